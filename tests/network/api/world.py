"""An organisation with a program, and things in every state that a program can meet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from backend.accounts.data import Scope
from backend.accounts.usecases import create_program
from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.kernel.ids import pairwise_id
from network.bookings import usecases as bookings
from network.consent import usecases as consent
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation
from network.people.queries import payee_ref_of
from payments import public as payments
from tests.conftest import AT
from tests.factories.people import actor_of, make_coordinator
from tests.factories.requests import (
    brief_input,
    ends_of,
    invite_one,
    make_brief,
    make_candidate,
    make_organisation,
    say_yes,
)


def token_for(organisation_id: UUID, scopes: Iterable[str] = tuple(Scope), *, at: datetime = AT) -> str:
    """A bearer token got as a program gets it."""
    made = create_program(
        organisation_id=organisation_id, name="Desk", scopes=scopes, actor=Actor.system("test"), at=at
    )
    form = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.secret}
    answer = Client().post("/oauth/token", form)
    assert answer.status_code == 200, answer.content
    found: str = answer.json()["access_token"]
    return found


class Program:
    """A requester's program as it calls us."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        if key:
            sent["Idempotency-Key"] = key
        more: dict[str, Any] = {}
        if body is not None:
            data = body if isinstance(body, str | bytes) else json.dumps(body)
            more = {"data": data, "content_type": "application/json"}
        return self.client.generic(method, f"/api/v1{path}", headers=sent, **more)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self.call("POST", path, body, key=key)

    def patch(self, path: str, body: Any, *, key: str = "") -> Any:
        return self.call("PATCH", path, body, key=key)


def as_json(at: datetime = AT, **changes: Any) -> dict[str, Any]:
    """A complete brief as a program writes it."""
    brief = brief_input(at=at)
    found: dict[str, Any] = {name: getattr(brief, name) for name in brief.__slots__}
    for name in ("starts_at", "ends_at", "answer_by"):
        found[name] = found[name].isoformat()
    found["topics"] = list(brief.topics)
    found["extras"] = dict(brief.extras)
    found["preparation_minutes"] = 30
    found.update(changes)
    return {name: value for name, value in found.items() if value is not ...}


class World:
    """One newsroom, its program, one coordinator; and whatever a test asks for."""

    def __init__(self, scopes: Iterable[str] = tuple(Scope)) -> None:
        self.organisation_id, self.owner = make_organisation()
        self.coordinator = make_coordinator()
        self.program = Program(token_for(self.organisation_id, scopes))

    def open_brief(self, **changes: Any) -> UUID:
        """A brief for which people can be asked."""
        return make_brief(self.organisation_id, self.owner, accepted_by=self.coordinator, **changes)

    def yes(self, brief_id: UUID, **values: Any) -> tuple[UUID, UUID]:
        """Somebody who said yes: their id and their public id here."""
        person_id = make_candidate()
        payments.register_payee(payee_ref=payee_ref_of(person_id), owner_user_id=None, at=AT)
        say_yes(invite_one(brief_id, person_id, self.coordinator), person_id, **values)
        return person_id, pairwise_id(self.organisation_id, person_id)

    def asks(self, brief_id: UUID, person_id: UUID, text: str = "Is there a lift?") -> UUID:
        invitation = Invitation.objects.get(opportunity_id=brief_id, person_id=person_id)
        return requests.ask_question(invitation_id=invitation.id, text=text, actor=actor_of(person_id), at=AT)

    def accept_boundaries(self, brief_id: UUID) -> None:
        answer = self.program.post(f"/briefs/{brief_id}/boundaries", {"accept": "all"})
        assert answer.status_code == 200, answer.content

    def booking(self, upto: str = "agreeing") -> tuple[UUID, UUID]:
        """A booking made through the API and taken as far as `upto`; with its person."""
        brief_id = self.open_brief()
        person_id, public_id = self.yes(brief_id)
        answer = self.program.post(f"/briefs/{brief_id}/cards/{public_id}/choose", {})
        assert answer.status_code == 201, answer.content
        booking_id = UUID(answer.json()["booking_id"])
        if upto in ("confirmed", "done"):
            bookings.confirm_booking(booking_id=booking_id, actor=actor_of(person_id), at=AT)
            bookings.confirm_booking(booking_id=booking_id, actor=self.owner, at=AT)
        if upto == "done":
            bookings.mark_done(booking_id=booking_id, actor=self.owner, at=ends_of())
        return booking_id, person_id

    def recalled(self) -> UUID:
        """Somebody whose card was seen and who took their consent back; the id of the recall."""
        from network.bookings.models import Recall

        brief_id = self.open_brief()
        person_id, _ = self.yes(brief_id)
        self.accept_boundaries(brief_id)
        assert self.program.get(f"/briefs/{brief_id}/cards").status_code == 200
        grant_id = Invitation.objects.get(opportunity_id=brief_id).grant_id
        assert grant_id is not None
        consent.withdraw(grant_id=grant_id, actor=actor_of(person_id), at=AT)
        bookings.recall_what_was_given(grant_id=grant_id, at=AT)
        found: UUID = Recall.objects.get(grant_id=grant_id).id
        return found


def later(**ago: float) -> datetime:
    return AT + timedelta(**ago)


__all__ = ["AT", "Program", "World", "as_json", "clock", "later", "token_for"]
