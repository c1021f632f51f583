"""The person's data and their being here: a pause, a copy of everything, leaving, being forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from backend.kernel.clock import LONDON
from backend.kernel.errors import StepUpNeeded
from backend.web import navigation
from backend.web.fields import DateField, TickField
from backend.web.forms import Form
from backend.web.pages import SeeOther
from network.bookings import usecases as bookings
from network.casework.queries import look_settings
from network.casework.states import Shown
from network.consent import usecases as consent
from network.people.queries import my_profile
from network.people.states import PersonState
from network.privacy import usecases as privacy
from network.web.person.kit import PersonAction, PersonForm, PersonRead, SurePage, to


class Yours(PersonRead):
    """Pause, data, leaving: one page of doors."""

    template_name = "network/person/yours.html"
    title = "Your data and your pace"

    def context(self) -> Mapping[str, object]:
        mine = my_profile(actor=self.actor, at=self.at)
        looked = look_settings(actor=self.actor).shown is not Shown.HIDDEN
        return {
            "paused": mine.state is PersonState.PAUSED,
            "until": mine.paused_until,
            "quiet": mine.quiet,
            "show_looked": looked,
        }


class PauseForm(Form):
    until = DateField(
        label="Until", required=False, help_text="Leave it empty to pause until you say so.",
        who_sees="You and your coordinators. Those who ask learn nothing.",
    )  # fmt: skip

    def clean_until(self) -> datetime | None:
        on = self.cleaned_data.get("until")
        try:
            return datetime.combine(on, time(8), LONDON).astimezone(UTC) if on else None
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None


class Pause(PersonForm):
    form_class = PauseForm
    title = "Not now"
    intro = (
        "No new requests for a while, and nobody outside sees anything of you. Every consent is kept as it is, your "
        "bookings stay, and you can come back at any time."
    )
    button = "Pause everything"
    done = "You are pausing. Nobody outside sees anything of you, and no new requests come."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("yours")
        return {}

    def act(self, data: dict[str, Any]) -> str:
        consent.pause_everything(person_id=self.person_id, until=data["until"], actor=self.actor, at=self.at)
        return to("yours")


class Back(PersonAction):
    """The end of a pause, or of the silence after STOP. Consents that ended stay ended."""

    done = "Welcome back. Look at what you share, and say yes again only to what you want."

    def act(self, data: Mapping[str, Any]) -> str:
        consent.resume_everything(person_id=self.person_id, actor=self.actor, at=self.at)
        return to("home")


class Download(PersonRead):
    """Everything we hold about the person, in one file, after a fresh check that it is them."""

    template_name = "network/person/download.html"
    title = "A copy of everything"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, object]:
        return {"file_url": to("download-file"), "back_url": to("yours")}


class DownloadFile(PersonAction):
    once = False  # it changes nothing but the list of who looked, and a second file is a second look

    def act(self, data: Mapping[str, Any]) -> HttpResponseBase:
        export = privacy.export_person(person_id=self.person_id, actor=self.actor, at=self.at)
        response = HttpResponse(export.content, content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="{export.filename}"'
        return response

    def step_up_next(self) -> str:
        return to("download")


class Leave(SurePage):
    template_name = "network/person/leave.html"
    form_class = Form
    title = "Leave the network"
    button = "Leave now"
    kind = "warning"
    stay = "Stay"

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("yours")
        return {}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        bookings.leave(person_id=self.person_id, actor=self.actor, at=self.at)
        return SeeOther(to_front_door())

    def _answer(self, result: Any) -> HttpResponseBase:
        response = super()._answer(result)
        logout(self.request)
        self.tell("You have left. What you are owed is still paid.")
        return response


class EraseForm(Form):
    sure = TickField(label="Delete everything about me", error_messages={"required": "Tick this if you mean it"})
    certificate = TickField(
        label="Show me a record of it", required=False, initial=True,
        help_text="A page that says what was deleted and what is left. It does not say who you are, and it is sent to nobody.",
    )  # fmt: skip
    never_invite = TickField(
        label="And never invite me again", required=False,
        help_text="We keep a scrambled form of your email address, only so that we can keep to this.",
    )  # fmt: skip


class Erase(SurePage):
    """Being forgotten: nothing can bring it back, so it asks for a fresh proof and for a tick."""

    template_name = "network/person/erase.html"
    form_class = EraseForm
    title = "Delete everything about me"
    button = "Delete it for ever"
    kind = "warning"
    stay = "Keep it"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded
        return super().get(request, *args, **kwargs)

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("yours")
        return {}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        erasure_id = privacy.ask_to_be_erased(
            person_id=self.person_id, never_invite=data["never_invite"], actor=self.actor, at=self.at
        )
        if not data["certificate"]:
            return SeeOther(to_front_door())
        secret = privacy.certificate_secret(erasure_id=erasure_id, actor=self.actor)
        return SeeOther(reverse("certificate", args=[secret]))

    def _answer(self, result: Any) -> HttpResponseBase:
        response = super()._answer(result)
        logout(self.request)
        self.tell("Asked for. Within minutes nothing of yours can be read any more.")
        return response


def to_front_door() -> str:
    return navigation.link(navigation.SIGN_IN) or "/"
