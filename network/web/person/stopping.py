"""STOP: one act for everything, signed in or by the link of a message; and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from backend.kernel.errors import NotFound
from backend.web.forms import Form
from backend.web.pages import FormPage, ReadPage
from network.bookings import usecases as bookings
from network.bookings.queries import bookings_visible_to, recalls_visible_to
from network.bookings.states import BookingState
from network.consent import queries
from network.consent.data import Recipient
from network.consent.states import GrantState
from network.people.queries import my_profile
from network.people.states import PersonState
from network.web.person.consents import Naming
from network.web.person.kit import PersonRead, SurePage, to
from network.web.person.requests import LinkDoor


class StopEverything(SurePage):
    """Reachable from every page. One act, no reason; it waits for nothing but our own database."""

    template_name = "network/person/stop.html"
    form_class = Form
    title = "Stop everything"
    button = "Stop everything now"
    kind = "warning"
    stay = "Go back"

    def initial(self) -> Mapping[str, Any]:
        self.cancel_url = to("home")
        return {}

    def act(self, data: dict[str, Any]) -> str:
        bookings.stop_everything(person_id=self.person_id, actor=self.actor, at=self.at)
        return to("stopped")


class StopByLink(LinkDoor, FormPage):
    """STOP for whoever holds the link in a message to them: nobody has to sign in to be left alone."""

    template_name = "network/person/stop.html"
    form_class = Form
    title = "Stop everything"
    button = "Stop everything now"

    def initial(self) -> Mapping[str, Any]:
        self.cancel_url = self.step()
        return {}

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, kind="warning", stay="Go back", **more)

    def act(self, data: dict[str, Any]) -> str:
        actor = self.answering
        if actor.person_id is None:
            raise NotFound
        bookings.stop_everything(person_id=actor.person_id, actor=actor, at=self.at)
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
    """What stopped, what could not, and who is being asked."""

    template_name = "network/person/stopped.html"
    title = "Everything is stopped"

    def context(self) -> Mapping[str, object]:
        mine = my_profile(actor=self.actor, at=self.at)
        grants = queries.my_consents(actor=self.actor, at=self.at)
        stopped = [g for g in grants if g.state is GrantState.WITHDRAWN]
        recalls = recalls_visible_to(self.actor)
        released = queries.released_to([g.id for g in stopped])
        naming = Naming(self)
        asked = {org for orgs in released.values() for org in orgs}
        naming.organisations(asked)
        done = [b for b in bookings_visible_to(self.actor, self.at) if b.state is BookingState.DONE]
        return {
            "quiet": mine.quiet,
            "paused": mine.state is PersonState.PAUSED,
            "stopped": len(stopped),
            "asked": sorted(naming.who(Recipient.organisation(org)) for org in asked),
            "recalls": recalls,
            "done": done,
            "consents_url": to("consents"),
            "back_url": to("home"),
        }


class Recalls(PersonRead):
    """Each organisation that was asked to stop using something, and what it answered."""

    template_name = "network/person/recalls.html"
    title = "What we asked them to take back"

    def context(self) -> Mapping[str, object]:
        return {"recalls": recalls_visible_to(self.actor), "back_url": to("consents")}
