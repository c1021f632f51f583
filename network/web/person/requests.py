"""Requests: the whole brief in plain English, and the person's own answer. Two doors lead to the same pages: signed in,
and the signed link of one message, which opens that one request and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound, OwnWordsError
from backend.web.pages import ActingPage, Page, ReadPage
from network.consent import gate
from network.opportunities import links, queries
from network.opportunities.data import InvitationLine, InvitationPage
from network.opportunities.states import InvitationMove, InvitationState
from network.web.message_links import link_is_over
from network.web.person.kit import OfPerson, PersonRead, to
from network.web.person.words import (
    countdown,
)

STATES: Mapping[str, tuple[str, str]] = {
    InvitationState.SENT: ("Waiting for you", "wait"),
    InvitationState.QUESTION: ("You asked a question", "info"),
    InvitationState.NOT_NOW: ("Not now", "quiet"),
    InvitationState.YES: ("You said yes", "good"),
    InvitationState.NO: ("You said no", "quiet"),
    InvitationState.CHOSEN: ("You were chosen", "good"),
    InvitationState.NOT_CHOSEN: ("Not chosen this time", "quiet"),
    InvitationState.LAPSED: ("Closed", "quiet"),
    InvitationState.STOPPED: ("You stopped", "quiet"),
    InvitationState.CALLED_OFF: ("Called off", "quiet"),
}
NEXT: Mapping[str, str] = {
    InvitationState.SENT: "Read it in your own time. You answer for yourself: nobody else can.",
    InvitationState.QUESTION: "We pass your question on without saying who asks. You can still answer at any time.",
    InvitationState.NOT_NOW: "Nothing more happens. You can still change your mind while it is open.",
    InvitationState.YES: "They can see what you chose to show. They choose next, and you hear either way.",
    InvitationState.NO: "Nothing more happens, and nobody will ask you why.",
    InvitationState.CHOSEN: "There is a booking. You confirm it next, or stop.",
    InvitationState.NOT_CHOSEN: "Nothing more happens. What you showed for this can no longer be seen.",
    InvitationState.LAPSED: "It closed before you answered. Nothing of yours was shown.",
    InvitationState.STOPPED: "Nothing more happens, and nobody will ask you why.",
    InvitationState.CALLED_OFF: "It is off. If you are owed something for it, it is on your money page.",
}
CHANGED = "It changed after you said yes. Nothing of yours is shown for it until you have answered."
WAITING = (InvitationState.SENT, InvitationState.QUESTION, InvitationState.NOT_NOW)


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """A request in a list."""

    line: InvitationLine
    words: str
    tone: str
    url: str
    left: str


def shown(line: InvitationLine, at: datetime) -> ShownRequest:
    words, tone = STATES[line.state]
    left = countdown(line.answer_by, at) if line.answer_by and line.answer_by > at and line.state in WAITING else ""
    return ShownRequest(line, words, tone, to("request", line.invitation_id), left)


class Requests(PersonRead):
    template_name = "network/person/requests.html"
    title = "Requests"

    def context(self) -> Mapping[str, object]:
        lines = [shown(line, self.at) for line in queries.invitations_for(self.actor, self.at)]
        waiting = [r for r in lines if r.line.state in WAITING]
        return {"waiting": waiting, "others": [r for r in lines if r not in waiting]}


# --- the two doors --------------------------------------------------------------------------------------------------


class Door(Page):
    """Who answers, which invitation, and where its pages are."""

    by_link = False

    @property
    def answering(self) -> Actor:
        return self.actor

    @property
    def invitation_id(self) -> UUID:
        found: UUID = self.kwargs["id"]
        return found

    def step(self, name: str = "") -> str:
        """The address of one of this request's pages."""
        return to(f"request-{name}" if name else "request", self.invitation_id)

    @property
    def invitation(self) -> InvitationPage:
        return queries.invitation_visible_to(self.answering, self.invitation_id, self.at)

    def after_answer(self) -> str:
        return self.step()


class OwnDoor(OfPerson, Door):
    """Signed in."""


class LinkDoor(Door):
    """By the link in a message: no session, no other page, and nothing of the person's own details."""

    public = True
    layout = "base_person.html"
    by_link = True

    @cached_property
    def _opened(self) -> tuple[Actor, UUID]:
        return links.open_answer_link(self.kwargs["token"], at=self.at)

    @property
    def answering(self) -> Actor:
        return self._opened[0]

    @property
    def invitation_id(self) -> UUID:
        return self._opened[1]

    def step(self, name: str = "") -> str:
        return reverse(f"answer-{name}" if name else "answer", args=[self.kwargs["token"]])

    def refused(self, problem: OwnWordsError) -> HttpResponseBase:
        done = super().refused(problem) if not isinstance(problem, NotFound) else self._sent_before()
        return done or link_is_over(self.request)

    def _sent_before(self) -> HttpResponseBase | None:
        """The second of two clicks on STOP finds that the link has ended: it is answered as the first was."""
        return self.performed() if isinstance(self, ActingPage) and self.request.method == "POST" else None

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, **{"stop_here": self.step("stop"), **more})


# --- reading --------------------------------------------------------------------------------------------------------


class ReadRequest(Door, ReadPage):
    template_name = "network/person/request.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with gate.window():
            return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, object]:
        invitation = self.invitation
        line = invitation.line
        moves = set(invitation.moves)
        return {
            "title": line.title,
            "invitation": invitation,
            "shown": shown(line, self.at),
            "what_next": CHANGED if invitation.changed_since_yes else NEXT[line.state],
            "can_yes": InvitationMove.YES in moves,
            "can_no": InvitationMove.NO in moves,
            "can_ask": InvitationMove.QUESTION in moves or (line.state == InvitationState.YES and bool(moves)),
            "can_wait": InvitationMove.NOT_NOW in moves and line.state != InvitationState.NOT_NOW,
            "said_yes": line.state == InvitationState.YES,
            "changed": [
                (c.label, c.before or "Nothing said", c.after or "Nothing said")
                for c in invitation.changes
                if c.matters
            ]
            if invitation.changed_since_yes
            else [],
            "still_url": self.step("still"),
            "back_out_url": self.step("take-back"),
            "chosen": line.state == InvitationState.CHOSEN,
            "yes_url": self.step("yes"),
            "no_url": self.step("no"),
            "ask_url": self.step("question"),
            "wait_url": self.step("not-now"),
            "booking_url": to("bookings"),
            "consent_url": to("consent", invitation.grant_id) if invitation.grant_id and not self.by_link else "",
            "back_url": "" if self.by_link else to("requests"),
            "by_link": self.by_link,
        }


class OneRequest(OwnDoor, ReadRequest):
    """One request, signed in."""


class OneRequestByLink(LinkDoor, ReadRequest):
    """One request, by its link."""
