"""The stage of bar D1: people with a yes and a booking each, and every channel as a function that looks at one of them."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.test import Client
from pypdf import PdfReader

from backend.accounts.data import Scope
from backend.accounts.usecases import make_demo_link
from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.kernel.ids import new_id, pairwise_id
from network.bookings import usecases as bookings
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Category, Layer, Recipient
from network.notifications import usecases as messages
from network.notifications.models import Delivery, Notice
from network.notifications.states import DeliveryState
from network.opportunities import events as requests_events
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation
from network.people import usecases as people
from network.people.queries import payee_ref_of
from payments import public as payments
from tests.factories.people import (
    EVERYTHING,
    OPEN_IDENTITY,
    actor_of,
    give_layer,
    make_coordinator,
    make_person,
    make_topic,
    profile_of,
)
from tests.factories.requests import TOPIC, ends_of, invite_one, make_brief, make_organisation, say_yes
from tests.network.api.world import Program, token_for
from tests.network.consent import status_reader
from tests.network.consent.interleavings.channels import CHANNELS
from tests.network.consent.interleavings.history import History, Read, Write

REQUEST, COORDINATION, ASKED, RECORD = "request", "coordination", "asked", "record"
LAYERS = {COORDINATION: Layer.COORDINATION, ASKED: Layer.BE_ASKED, RECORD: Layer.KEEP_RECORD}
NAME, STORY, THERE = "name", "story", "there"
Seen = tuple[frozenset[str], int]


def in_turn(act: Callable[[], Any]) -> tuple[float, float, Any]:
    """Do it, again when SQLite's one writer kept it waiting for too long: whoever is sent away has done nothing and was
    shown nothing. Returns when what counted began (by the machine's clock, and by the product's), and what it gave."""
    for _ in range(20):
        began, wall = time.monotonic(), clock.now().timestamp()
        try:
            return began, wall, act()
        except OperationalError as busy:
            if "locked" not in str(busy):
                raise
    raise AssertionError("never got in")


@dataclass
class Somebody:
    """One person on the stage."""

    tag: str
    id: UUID
    actor: Actor
    brief: UUID
    booking: UUID
    delivery: UUID
    grants: dict[str, UUID]
    version: int = 0
    live: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)
    post: Lock = field(default_factory=Lock)


class Stage:
    """Everything is made around the present: consents end by the real clock."""

    def __init__(self, people_count: int) -> None:
        self.history = History()
        self.at = clock.now()
        then = self.at - timedelta(days=5)
        self.coordinator = make_coordinator(at=then)
        self.org, self.owner = make_organisation(at=then)
        topic = make_topic(TOPIC)
        self.people = [self._somebody(f"s{n}", topic, then) for n in range(people_count)]
        self.open = make_brief(
            self.org, self.owner, accepted_by=self.coordinator, at=then, starts_at=then + timedelta(days=60),
            ends_at=then + timedelta(days=60, hours=1),
        )  # fmt: skip
        self.invoice = self._invoice(topic, then)
        self.token = token_for(self.org, list(Scope), at=self.at)
        self.links = {
            who: [make_demo_link(user_id=actor.user_id, at=self.at) for _ in range(12)]
            for who, actor in (("desk", self.owner), ("team", self.coordinator))
            if actor.user_id
        }
        program = Program(self.token)
        for one in self.people:
            requests.accept_boundaries(opportunity_id=one.brief, actor=self.owner, at=self.at)
            assert program.post(f"/briefs/{one.brief}/boundaries", {"accept": "all"}).status_code == 200

    def _somebody(self, tag: str, topic: UUID, at: datetime) -> Somebody:
        person = make_person(tag=tag, topics=[topic], coordinator=self.coordinator, at=at)
        payments.register_payee(payee_ref=payee_ref_of(person), owner_user_id=None, at=at)
        brief = make_brief(self.org, self.owner, accepted_by=self.coordinator, at=at)
        invitation = invite_one(brief, person, self.coordinator, at=at)
        say_yes(invitation, person, shares=EVERYTHING, identity=OPEN_IDENTITY, at=at)
        requests.choose(opportunity_id=brief, public_id=pairwise_id(self.org, person), actor=self.owner, at=at)
        booking = bookings.open_booking(invitation_id=invitation, actor=self.owner, at=at).booking_id
        messages.tell(topic=requests_events.INVITATION_OUTCOME, object_id=invitation, source=new_id(), at=at)
        notice = Notice.objects.get(person_id=person, topic=requests_events.INVITATION_OUTCOME)
        delivery = Delivery.objects.filter(notice=notice).first() or Delivery.objects.create(
            notice=notice, route="email", state=DeliveryState.QUEUED, not_before=at
        )
        grant = Invitation.objects.values_list("grant_id", flat=True).get(id=invitation)
        assert grant is not None
        from network.consent.models import Grant

        own = {kind: Grant.objects.get(person_id=person, layer=layer).id for kind, layer in LAYERS.items()}
        me = Somebody(tag, person, actor_of(person), brief, booking, delivery.id, {REQUEST: grant, **own})
        me.live = {REQUEST, *LAYERS}
        self.history.wrote(f"{tag}:{REQUEST}", Write(0, 0, frozenset({NAME, STORY, THERE}), what="given"))
        for kind in LAYERS:
            self.history.wrote(f"{tag}:{kind}", Write(0, 0, frozenset({NAME, THERE}), what="given"))
        return me

    def _invoice(self, topic: UUID, at: datetime) -> UUID:
        one = self._somebody("billed", topic, at)
        for actor in (one.actor, self.owner):
            bookings.confirm_booking(booking_id=one.booking, actor=actor, at=at)
        bookings.mark_done(booking_id=one.booking, actor=self.owner, at=ends_of(at))
        (invoice,) = payments.invoices_for(self.org)
        return invoice.invoice_id

    # --- what the person does ---------------------------------------------------------------------------------------

    def _act(self, one: Somebody, kind: str, what: str, shows: set[str], act: Callable[[], Any], **more: Any) -> Any:
        began, _, found = in_turn(act)
        self.history.wrote(f"{one.tag}:{kind}", Write(began, time.monotonic(), frozenset(shows), what=what, **more))
        return found

    def give(self, one: Somebody, *, lasts: timedelta = timedelta(days=60)) -> None:
        ends = clock.now() + lasts
        receipt = self._act(
            one, REQUEST, "given", {NAME, STORY, THERE},
            lambda: consent.give(
                person_id=one.id, layer=Layer.FOR_REQUEST, categories=EVERYTHING,
                recipient=Recipient.organisation(self.org), opportunity=one.brief, identity=OPEN_IDENTITY, ends_at=ends,
                actor=one.actor, at=clock.now(),
            ),
            until=ends.timestamp(),
        )  # fmt: skip
        one.grants[REQUEST] = receipt.grant_id
        one.live.add(REQUEST)

    def narrow(self, one: Somebody) -> None:
        self._act(
            one, REQUEST, "narrowed", {STORY, THERE},
            lambda: consent.narrow(
                grant_id=one.grants[REQUEST], categories=frozenset({Category.STORY}), actor=one.actor, at=clock.now()
            ),
        )  # fmt: skip

    def withdraw(self, one: Somebody, kind: str) -> None:
        self._act(
            one, kind, "withdrawn", set(),
            lambda: consent.withdraw(grant_id=one.grants[kind], actor=one.actor, at=clock.now()),
        )  # fmt: skip
        one.live.discard(kind)

    def again(self, one: Somebody, kind: str) -> None:
        receipt = self._act(one, kind, "given", {NAME, THERE}, lambda: give_layer(one.id, LAYERS[kind], at=clock.now()))
        one.grants[kind] = receipt.grant_id
        one.live.add(kind)

    def edit(self, one: Somebody) -> None:
        """New words: whoever reads after that reads these."""
        version = one.version + 1
        profile = profile_of(f"{one.tag} v{version}z")
        self._act(
            one, f"{REQUEST}:words", "edited", set(),
            lambda: people.save_profile(person_id=one.id, profile=profile, actor=one.actor, at=clock.now()),
            version=version,
        )  # fmt: skip
        one.version = version

    # --- who looks --------------------------------------------------------------------------------------------------

    def eyes(self, number: int) -> Eyes:
        return Eyes(self, number)


class Eyes:
    """One looker's browsers and program. Made in the thread that looks."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.desk, self.team = Client(), Client()  # an exception comes out, so that `in_turn` sees it
        assert self.desk.get(f"/demo/sign-in/{stage.links['desk'][number]}/").status_code == 303
        assert self.team.get(f"/demo/sign-in/{stage.links['team'][number]}/").status_code == 303
        self.program = Program(stage.token)
        self.program.client.raise_request_exception = True
        self.ways: dict[str, tuple[str, Callable[[Somebody], Seen]]] = {
            "page: cards": (REQUEST, lambda o: self._words(o, self.desk.get(f"/desk/briefs/{o.brief}/people/"))),
            "API: cards": (REQUEST, lambda o: self._words(o, self.program.get(f"/briefs/{o.brief}/cards"))),
            "use case: cards": (REQUEST, self._use_case),
            "page: booking": (REQUEST, lambda o: self._words(o, self.desk.get(f"/desk/bookings/{o.booking}/"))),
            "API: booking": (REQUEST, lambda o: self._words(o, self.program.get(f"/bookings/{o.booking}"))),
            "iCal": (REQUEST, lambda o: self._words(o, self.desk.get(f"/desk/bookings/{o.booking}/calendar.ics"))),
            "PDF": (REQUEST, self._pdf),
            "API: status": (REQUEST, self._status),
            "API: statuses": (REQUEST, self._statuses),
            "API: status list": (REQUEST, self._status_list),
            "page: reveal": (COORDINATION, self._reveal),
            "page: search": (COORDINATION, self._search),
            "page: match": (ASKED, self._match),
            "email": (RECORD, self._email),
        }
        assert set(self.ways) == CHANNELS

    def look(self, channel: str, one: Somebody) -> None:
        kind, way = self.ways[channel]
        began, wall, (shown, version) = in_turn(lambda: way(one))
        self.stage.history.read(Read(channel, f"{one.tag}:{kind}", began, time.monotonic(), wall, shown, version))

    def _words(self, one: Somebody, answer: Any) -> Seen:
        assert answer.status_code == 200, (answer.status_code, answer.content[:300])
        return self._found(one, answer.content.decode())

    def _found(self, one: Somebody, text: str) -> Seen:
        shown, versions = set(), []
        for what, words in ((NAME, "First"), (STORY, "Story")):
            if hit := re.search(rf"{words} {one.tag}(?: v(\d+)z)?\b", text):
                shown.add(what)
                versions.append(int(hit[1] or 0))
        return frozenset(shown), min(versions, default=0)

    def _use_case(self, one: Somebody) -> Seen:
        with gate.window():
            found = requests.cards_for(opportunity_id=one.brief, actor=self.stage.owner, at=clock.now())
            return self._found(one, " ".join(f"{c.shown.name} {c.shown.story}" for c in found.cards))

    def _pdf(self, one: Somebody) -> Seen:
        answer = self.desk.get(f"/desk/invoices/{self.stage.invoice}/pdf/")
        assert answer.status_code == 200
        return self._found(one, " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages))

    def _reference(self, one: Somebody) -> str:
        return gate._ref(one.grants[REQUEST], Recipient.organisation(self.stage.org))

    def _word(self, word: str) -> Seen:
        """A status says that something may be used: all of it, or less."""
        return frozenset({"valid": {NAME, STORY, THERE}, "narrowed": {STORY, THERE}}.get(word, ())), 0

    def _status(self, one: Somebody) -> Seen:
        answer = self.program.get(f"/consents/{self._reference(one)}")
        return self._word(answer.json()["status"] if answer.status_code == 200 else "")

    def _statuses(self, one: Somebody) -> Seen:
        answer = self.program.get(f"/consents?references={self._reference(one)}")
        return self._word(answer.json()["items"][0]["status"])

    def _status_list(self, one: Somebody) -> Seen:
        reference = self._reference(one)
        entries = self.program.get(f"/consents/{reference}")
        if entries.status_code != 200:
            return self._word("")
        entry = entries.json()["credential_status"][-1]
        path = entry["statusListCredential"].split("/api/v1")[1]
        document = self.program.get(path).content.decode()
        keys = Client().get("/api/v1/.well-known/jwks.json").json()
        credential = status_reader.opened(document, keys, at=clock.now())
        return self._word(status_reader.message(credential, entry))

    def _reveal(self, one: Somebody) -> Seen:
        answer = self.team.post(
            f"/team/people/{one.id}/reveal/", {"category": "name", "task": "other", "note": "book the train"}
        )
        assert answer.status_code == 200, answer.content[:300]
        return frozenset({NAME} if re.search(rf"Full {one.tag}\b", answer.content.decode()) else ()), 0

    def _search(self, one: Somebody) -> Seen:
        answer = self.team.post("/team/people/search/", {"term": f"Full {one.tag}"})
        assert answer.status_code == 200, answer.content[:300]
        return frozenset({NAME} if re.search(rf"Working name {one.tag}\b", answer.content.decode()) else ()), 0

    def _match(self, one: Somebody) -> Seen:
        answer = self.team.get(f"/team/briefs/{self.stage.open}/match/")
        assert answer.status_code == 200
        return frozenset({THERE} if re.search(rf"Working name {one.tag}\b", answer.content.decode()) else ()), 0

    def _email(self, one: Somebody) -> Seen:
        """One message composed and sent now. Two at once of the same row would only wait for each other."""
        with one.post:
            Delivery.objects.filter(id=one.delivery).update(
                state=DeliveryState.QUEUED, reason="", put_off=99, not_before=self.stage.at
            )
            messages.send(delivery_id=one.delivery, attempt=1, at=clock.now())
            sent = Delivery.objects.get(id=one.delivery).state == DeliveryState.SENT
        return frozenset({THERE} if sent else ()), 0
