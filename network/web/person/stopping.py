"""STOP: one act for everything, signed in or by the link of a message; and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from backend.kernel.errors import NotFound
from backend.web.fields import OneOfField
from backend.web.forms import Form
from backend.web.pages import FormPage, ReadPage
from network.bookings import usecases as bookings
from network.bookings.aftermath import after_stopping
from network.bookings.queries import bookings_visible_to, recalls_visible_to
from network.consent import queries
from network.consent.states import GrantState
from network.people.queries import my_profile
from network.people.states import PersonState
from network.web.person.bookings import my_booking
from network.web.person.kit import PersonRead, SurePage, to
from network.web.person.requests import LinkDoor
from network.web.person.words import categories_words, identity_words

STOP_THEM, KEEP_THEM = "stop", "keep"


class StopForm(Form):
    """What becomes of what is arranged. The safe answer is chosen already, so that two taps are enough."""

    arranged = OneOfField(
        label="And what is arranged with you?",
        required=False,
        initial=STOP_THEM,
        choices=(
            (STOP_THEM, "Stop that too"),
            (
                KEEP_THEM,
                "Keep it for now, and ask me again",
                "Nothing of you is shown for it meanwhile. It stops by itself if you say nothing for a week, or when "
                "it could not be taken back any more.",
            ),
        ),
    )


class BareStopForm(Form):
    """Where nothing is arranged there is nothing to choose."""


def keeps_bookings(data: Mapping[str, Any]) -> bool:
    """Anything but the person's own "keep it" stops everything."""
    return data.get("arranged") == KEEP_THEM


class StopEverything(SurePage):
    """Reachable from every page. One act, no reason; it waits for nothing but our own database."""

    template_name = "network/person/stop.html"
    form_class = StopForm
    title = "Stop everything"
    button = "Stop everything now"
    kind = "warning"
    stay = "Go back"

    def initial(self) -> Mapping[str, Any]:
        self.cancel_url = to("home")
        return {}

    def context(self) -> Mapping[str, object]:
        return {"pause_url": to("pause")}

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        arranged = bookings_visible_to(self.actor, self.at, live_only=True, limit=1)
        return form if arranged else BareStopForm(data=data)

    def act(self, data: dict[str, Any]) -> str:
        bookings.stop_everything(
            person_id=self.person_id, keep_bookings=keeps_bookings(data), actor=self.actor, at=self.at
        )
        return to("stopped")


class StopByLink(LinkDoor, FormPage):
    """STOP for whoever holds the link in a message to them: nobody has to sign in to be left alone."""

    template_name = "network/person/stop.html"
    form_class = StopForm
    title = "Stop everything"
    button = "Stop everything now"

    def initial(self) -> Mapping[str, Any]:
        self._opened  # noqa: B018  # a link that is over has the same page here as everywhere
        self.cancel_url = self.step()
        return {}

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, kind="warning", stay="Go back", **more)

    def act(self, data: dict[str, Any]) -> str:
        actor = self.answering
        if actor.person_id is None:
            raise NotFound
        bookings.stop_everything(person_id=actor.person_id, keep_bookings=keeps_bookings(data), actor=actor, at=self.at)
        return reverse("answer-stopped")


class StoppedByLink(ReadPage):
    """The same page for everybody: it says nothing of anybody."""

    public = True
    layout = "base_person.html"
    template_name = "network/person/stopped_by_link.html"
    title = "Everything is stopped"

    def context(self) -> Mapping[str, object]:
        return {"stop_here": ""}


class Stopped(PersonRead):
    """What stopped, what could not, what is kept for now, and who is being asked."""

    template_name = "network/person/stopped.html"
    title = "Everything is stopped"

    def context(self) -> Mapping[str, object]:
        mine = my_profile(actor=self.actor, at=self.at)
        grants = queries.my_consents(actor=self.actor, at=self.at)
        return {
            "quiet": mine.quiet,
            "paused": mine.state is PersonState.PAUSED,
            "stopped": sum(g.state is GrantState.WITHDRAWN for g in grants),
            "after": after_stopping(self.actor, self.at),
            "consents_url": to("consents"),
            "recalls_url": to("recalls"),
            "back_url": to("home"),
        }


class GoOn(SurePage):
    """Yes again to a booking that was kept for now: exactly what would be seen, and one button."""

    template_name = "network/person/booking_go_on.html"
    form_class = Form
    title = "Let this booking go on?"
    button = "Yes, it goes on"
    stay = "Not yet"
    done = "It goes on. They see what you agreed to show for it, and nothing else of you."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("booking", self.kwargs["id"])
        if my_booking(self).asked_until is None:
            raise NotFound
        return {}

    def context(self) -> Mapping[str, object]:
        booking = my_booking(self)
        grant = next(
            (
                g
                for g in queries.my_consents(actor=self.actor, at=self.at)
                if g.opportunity_id == booking.opportunity_id
            ),
            None,
        )
        return {
            "booking": booking,
            "what": categories_words(grant.categories) if grant else "",
            "shown": identity_words(grant.identity) if grant else (),
            "stop_url": to("booking-stop", self.kwargs["id"]),
        }

    def act(self, data: dict[str, Any]) -> str:
        bookings.go_on(booking_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("booking", self.kwargs["id"])


class Recalls(PersonRead):
    """Each organisation that was asked to stop using something, and what it answered."""

    template_name = "network/person/recalls.html"
    title = "What we asked them to take back"

    def context(self) -> Mapping[str, object]:
        return {"recalls": recalls_visible_to(self.actor), "back_url": to("consents")}
