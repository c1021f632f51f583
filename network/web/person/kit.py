"""What the pages of a spokesperson share: whose they are, where they lead, and the window in which they are built."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from backend.kernel.actor import Role
from backend.kernel.errors import NotFound, StepUpNeeded
from backend.web.pages import ActionPage, FormPage, Page, ReadPage
from network.consent import gate


def to(name: str, *args: object) -> str:
    """The address of a page of this edge."""
    return reverse(f"person:{name}", args=args)


class OfPerson(Page):
    """Only a spokesperson's own account opens these pages; for everybody else there is no such page."""

    roles = (Role.SPOKESPERSON,)

    @property
    def person_id(self) -> UUID:
        if self.actor.person_id is None:
            raise NotFound
        return self.actor.person_id


class PersonRead(OfPerson, ReadPage):
    """A page to read."""


class PersonWindow(PersonRead):
    """A page that shows something from the gate: it is built inside the window, with the consents held still."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with gate.window():
            return super().get(request, *args, **kwargs)


class PersonForm(OfPerson, FormPage):
    """A form of the person's own."""


class PersonAction(OfPerson, ActionPage):
    """One button of the person's own."""

    def after(self) -> str:
        return to("home")

    def step_up_next(self) -> str:
        return self.success_url or to("home")


class KeptPage(PersonForm):
    """A form beside what the person keeps from whoever looks at their screen, or has their phone in hand. That is shown
    only with a fresh proof that it is they who ask (`?show=1`); to write something more down, none is needed."""

    @property
    def shown(self) -> bool:
        return self.actor.has_stepped_up(self.at)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "show" in request.GET and not self.shown:
            raise StepUpNeeded
        return super().get(request, *args, **kwargs)

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, shown=self.shown, show_url=f"{self.request.path}?show=1", **more)


class ProvedPage(PersonForm):
    """A form that opens only with a fresh proof of who asks."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self._prove()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self._prove()
        return super().post(request, *args, **kwargs)

    def _prove(self) -> None:
        if not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded


class TypedPage(ProvedPage):
    """A proved page on which people write. A proof that ran out while they wrote does not cost them their words: the
    page comes back with what was sent, and says how to go on. What is stored stays closed."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.actor.has_stepped_up(self.at):
            return super().post(request, *args, **kwargs)
        form = self.make_form(request.POST, request.FILES)
        return self.performed() or self.page(
            status=StepUpNeeded.status,
            form=form,
            problem=StepUpNeeded(
                "Your last proof has run out. Nothing is saved yet, and what you wrote is still below.",
                next_step=f"Confirm in another tab that it is you. Then come back here and press “{self.button}” again.",
            ),
            prove_url=self.step_up()["Location"],
            button=self.button,
            cancel_url=self.cancel_url,
        )


class SurePage(PersonForm):
    """One question before something that cannot be undone quietly: a page with one button, and nothing to fill in."""

    template_name = "network/person/sure.html"
    kind: str = ""  # of the button: "warning" for what stops something
    stay: str = "Go back"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.initial()  # a thing that is not the actor's is refused before anything is shown
        return super().get(request, *args, **kwargs)

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, kind=self.kind, stay=self.stay, **more)
