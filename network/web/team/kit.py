"""What the pages of staff share: who may open them, where they lead, and the window in which details are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from backend.kernel.actor import STAFF_ROLES, Role
from backend.kernel.clock import LONDON
from backend.web.pages import ActionPage, FormPage, Page, ReadPage
from network.consent import gate

COORDINATORS = (Role.COORDINATOR,)
SUPPORT = (Role.COORDINATOR, Role.SAFEGUARDING)
ALL_STAFF = tuple(sorted(STAFF_ROLES))


def to(name: str, *args: object) -> str:
    """The address of a page of this edge."""
    return reverse(f"team:{name}", args=args)


@dataclass(frozen=True, slots=True)
class Next:
    """One thing that waits, in one sentence and one button."""

    sentence: str
    button: str
    url: str
    hint: str = ""


def count_words(number: int, one: str, many: str) -> str:
    """ "One brief ..." or "3 briefs ...": `many` has a {} for the number."""
    return one if number == 1 else many.format(number)


def how_long(until: datetime, at: datetime) -> str:
    """ "in 3 days", "today", "2 days late": how far off a moment is, by the days of a London calendar."""
    days = (until.astimezone(LONDON).date() - at.astimezone(LONDON).date()).days
    if until < at:
        return "late" if days == 0 else ("1 day late" if days == -1 else f"{-days} days late")
    return "today" if days == 0 else ("tomorrow" if days == 1 else f"in {days} days")


def short_day(moment: datetime) -> str:
    """3 Nov 2026, in London."""
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%b} {local.year}"


class OfCoordinators(Page):
    roles: ClassVar[tuple[Role, ...]] = COORDINATORS

    @property
    def id(self) -> UUID:
        found: UUID = self.kwargs["id"]
        return found


class TeamRead(OfCoordinators, ReadPage):
    """A page to read."""


class TeamWindow(TeamRead):
    """A page that shows something from the gate: built inside the window, with the consents held still."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with gate.window():
            return super().get(request, *args, **kwargs)


class TeamForm(OfCoordinators, FormPage):
    """A form of a coordinator's. Its thing is looked up before anything is shown."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check()
        return super().post(request, *args, **kwargs)

    def check(self) -> None:
        """Raise NotFound for a thing this actor may not see."""


class TeamAction(OfCoordinators, ActionPage):
    """One button."""

    def after(self) -> str:
        return to("home")

    def step_up_next(self) -> str:
        return self.success_url or to("home")


class SureForm(TeamForm):
    """A page with a form and one button of a given kind ("warning" for what stops something)."""

    template_name = "network/team/form.html"
    kind: str = ""
    stay: str = "Go back"

    def facts(self) -> Mapping[str, object]:
        """Lines of a summary list above the form."""
        return {}

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        rows = [(label, value) for label, value in self.facts().items()]
        return super().page(status, kind=self.kind, stay=self.stay, facts=rows, **more)
