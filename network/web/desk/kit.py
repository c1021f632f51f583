"""What the pages of a requester share: whose they are, where they lead, and the window in which they are built."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from backend.kernel.actor import Role
from backend.kernel.errors import NotFound
from backend.web.pages import ActionPage, FormPage, Page, ReadPage
from network.consent import gate


def to(name: str, *args: object) -> str:
    """The address of a page of this edge."""
    return reverse(f"desk:{name}", args=args)


class OfRequester(Page):
    """Only people of an organisation open these pages, and only their own organisation's things are on them."""

    roles = (Role.REQUESTER,)

    @property
    def organisation_id(self) -> UUID:
        if self.actor.organisation_id is None:
            raise NotFound
        return self.actor.organisation_id

    @property
    def id(self) -> UUID:
        """The thing that the address names."""
        found: UUID = self.kwargs["id"]
        return found


class DeskRead(OfRequester, ReadPage):
    """A page to read."""


class DeskWindow(DeskRead):
    """A page that shows something from the gate: it is built inside the window, with the consents held still."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with gate.window():
            return super().get(request, *args, **kwargs)


class DeskForm(OfRequester, FormPage):
    """A form of the requester's."""

    def open(self) -> None:
        """Raise Conflict when there is nothing to do here any more. Asked before the page is shown only: what is sent
        goes to the use case, which refuses by itself, and a second sending is answered as the first was."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.open()
        return super().get(request, *args, **kwargs)


class DeskAction(OfRequester, ActionPage):
    """One button of the requester's."""

    def after(self) -> str:
        return to("home")

    def step_up_next(self) -> str:
        return self.success_url or to("home")


class SurePage(DeskForm):
    """One question before something that others will feel: what it means, one button, and a way to go back."""

    template_name = "network/desk/sure.html"
    kind: str = ""  # of the button: "warning" for what ends something
    stay: str = "Go back"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.initial()  # a thing that is not the actor's is refused before anything is shown
        return super().get(request, *args, **kwargs)

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, kind=self.kind, stay=self.stay, **more)
