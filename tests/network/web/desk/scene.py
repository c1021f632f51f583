"""A newsroom in the middle of its work: a draft, a brief with answers, bookings in each state, an invoice, a recall."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.test import Client

from backend.accounts import usecases as accounts
from backend.kernel import clock
from backend.kernel.actor import Actor
from network.bookings import usecases as bookings
from network.bookings.queries import recalls_visible_to
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Category, Identity
from network.opportunities import usecases as requests
from network.opportunities.data import BriefInput, Card
from network.opportunities.models import Invitation
from network.opportunities.states import Source
from network.people.models import Person
from network.people.states import Face, NameMode, Place, Voice
from network.people.usecases import load_topics
from payments import public as payments
from tests.factories.people import EVERYTHING, actor_of, make_coordinator
from tests.factories.requests import invite_one, make_brief, make_candidate, make_organisation, say_yes

SHOWN = Identity(name_mode=NameMode.FIRST, face=Face.NO_FACE, voice=Voice.REVOICED, place=Place.REGION,
                 anonymous_from=("family",))  # fmt: skip


def client_of(user_id: UUID | None, at: datetime) -> Client:
    """A browser that is signed in."""
    assert user_id is not None
    client = Client()
    token = accounts.make_demo_link(user_id=user_id, at=at)
    assert client.get(f"/demo/sign-in/{token}/").status_code == 303
    return client


class Scene:
    """Everything happens around the present moment, since the browser's server has no frozen clock."""

    def __init__(self) -> None:
        self.at = clock.now()
        load_topics()
        then = self.at - timedelta(days=60)
        self.coordinator = make_coordinator(at=then)
        self.org, self.owner = make_organisation(at=then, name="The Exampleton Courier")
        self.other_org, self.rival = make_organisation(at=then)
        self.draft = requests.save_draft(
            brief=BriefInput(
                kind="print_interview",
                title="Finding work again",
                purpose="An article about ex-offenders who look for work.",
            ),
            organisation_id=self.org,
            source=Source.WEB,
            actor=self.owner,
            at=self.at,
        ).opportunity_id
        self._open_brief()
        self.agreeing = self.booking(self.at - timedelta(days=5), title="A morning in the waiting room")
        self.confirmed = self.booking(self.at - timedelta(days=5), confirm=True, title="What a landlord asks")
        self._done()

    def _open_brief(self) -> None:
        sent = self.at - timedelta(days=3)
        self.open = self.accepted_brief(sent, "prison-release")
        self.yes: list[UUID] = []
        for number in range(2):
            person = make_candidate(topic="prison-release", at=sent)
            invitation = invite_one(self.open, person, self.coordinator, at=sent)
            fee = 25_000 if number else None
            shares = EVERYTHING if number else frozenset({Category.TOPICS, Category.STORY})
            say_yes(invitation, person, shares=shares, identity=SHOWN if number else None, fee_pence=fee, at=sent)
            self.yes.append(person)
            self.invitation = invitation
        self.silent = make_candidate(topic="prison-release", at=sent)
        invite_one(self.open, self.silent, self.coordinator, at=sent)
        self.question = requests.ask_question(
            invitation_id=self.invitation, text="Can I bring my sister?", actor=actor_of(self.yes[1]), at=self.at
        )

    def accepted_brief(self, at: datetime, topic: str) -> UUID:
        """Sent in, and taken on a minute later, so that the two stand in that order in its history."""
        brief = make_brief(self.org, self.owner, at=at, topics=(topic,))
        requests.accept(opportunity_id=brief, actor=self.coordinator, at=at + timedelta(minutes=1))
        return brief

    def cards(self, opportunity_id: UUID | None = None, actor: Actor | None = None) -> tuple[Card, ...]:
        with gate.window():
            return requests.cards_for(
                opportunity_id=opportunity_id or self.open, actor=actor or self.owner, at=self.at
            ).cards

    def booking(self, at: datetime, *, confirm: bool = False, **brief: object) -> UUID:
        """A chosen person and the booking that comes of it, all at one moment."""
        opportunity = make_brief(
            self.org, self.owner, accepted_by=self.coordinator, at=at, topics=("homelessness",), **brief
        )
        person = make_candidate(topic="homelessness", at=at)
        row = Person.objects.get(id=person)
        payments.register_payee(payee_ref=row.payee_ref, owner_user_id=row.user_id, at=at)
        invitation = invite_one(opportunity, person, self.coordinator, at=at)
        say_yes(invitation, person, shares=EVERYTHING, identity=SHOWN, at=at)
        with gate.window():
            (card,) = requests.cards_for(opportunity_id=opportunity, actor=self.owner, at=at).cards
        requests.choose(opportunity_id=opportunity, public_id=card.public_id, actor=self.owner, at=at)
        booking = bookings.open_booking(invitation_id=invitation, actor=self.owner, at=at).booking_id
        self.speaker = person
        if confirm:
            bookings.confirm_booking(booking_id=booking, actor=actor_of(person), at=at)
            bookings.confirm_booking(booking_id=booking, actor=self.owner, at=at)
        return booking

    def _done(self) -> None:
        """One that took place three weeks ago, with its invoice; its person has since taken their consent back."""
        long_ago = self.at - timedelta(days=42)
        self.done = self.booking(long_ago, confirm=True, title="The first month at home")
        bookings.mark_done(booking_id=self.done, actor=self.owner, at=long_ago + timedelta(days=22))
        grant = Invitation.objects.values_list("grant_id", flat=True).get(person_id=self.speaker)
        assert grant is not None
        consent.withdraw(grant_id=grant, actor=actor_of(self.speaker), at=self.at - timedelta(days=1))
        bookings.recall_what_was_given(grant_id=grant, at=self.at - timedelta(days=1))
        (recall,) = recalls_visible_to(self.owner)
        self.recall = recall.recall_id

    def client(self) -> Client:
        return client_of(self.owner.user_id, self.at)

    def rival_client(self) -> Client:
        return client_of(self.rival.user_id, self.at)

    def called(self, path: str) -> str:
        """A name for a picture of this page."""
        names = {"draft": self.draft, "open": self.open, "agreeing": self.agreeing, "confirmed": self.confirmed,
                 "done": self.done, "recall": self.recall}  # fmt: skip
        for name, id_ in names.items():
            path = path.replace(str(id_), name)
        return "-".join(part[:12] for part in path.strip("/").split("/"))
