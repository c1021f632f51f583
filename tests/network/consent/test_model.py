"""Bar D3: whatever people do, in whatever order, what is disclosed equals a model that shares no code with the gate.

The dimensions: who, which categories, for what, to whom, in which formats, under which name and place, used again or not,
from when until when; a request that changed, a pause, anonymity by law and its waiver, the standing of who asks. Short
tier here; the full tier (2,000 walks of 50 steps) is marked slow. Each mutant takes one check out of the gate and must
make the same walk fail. A failing walk prints its seed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.kernel.actor import Actor
from backend.kernel.errors import Invalid
from network.consent import gate, rules, usecases
from network.consent.data import WITHHELD, Category, Disclosed, Format, GrantView, Identity, Layer, Purpose, Recipient
from network.consent.models import Grant
from network.organisations.models import Check, Organisation
from network.people.protection import Protection
from network.people.states import NameMode, Place
from tests.conftest import AT
from tests.factories.people import (
    EVERYTHING,
    actor_of,
    give_for_request,
    make_person,
    make_standing_organisation,
    make_topic,
    requester_of,
)

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "8"))
FULL = int(os.environ.get("MODEL_FULL_EXAMPLES", "2000"))
_IDENTIFYING = {"name", "contact", "place"}
_CHOICES = [c for c in Category if c in EVERYTHING]
_COOLING_OFF = timedelta(days=7)


@dataclass
class Said:
    """What somebody said yes to, as a careful clerk writes it down."""

    grant: UUID
    shares: set[str]
    start: datetime
    end: datetime
    formats: set[str]
    name: str
    place: str
    reuse: bool
    rests: bool = False  # the request changed
    paused: bool = False


@dataclass
class Signed:
    """A waiver for one publisher."""

    grant: UUID
    lifts: set[str]
    start: datetime
    end: datetime
    paused: bool = False


class World:
    """Two people, two organisations, two requests; and what a careful clerk would write down beside them."""

    def __init__(self) -> None:
        topic = make_topic()
        self.people = [make_person(topics=[topic]) for _ in range(2)]
        self.orgs = [make_standing_organisation(), make_standing_organisation()]
        self.requests = [uuid4(), uuid4()]
        self.now = AT
        self.agreed: dict[tuple[UUID, UUID, UUID], Said] = {}
        self.level = dict.fromkeys(self.orgs, "J2")
        self.state = dict.fromkeys(self.orgs, "in_standing")
        self.law: dict[UUID, datetime | None] = {}  # until when; None: for good
        self.signed: dict[tuple[UUID, UUID], Signed] = {}
        self.pause: dict[UUID, datetime | None] = {}
        self.quiet: set[UUID] = set()

    def me(self, person: UUID) -> Actor:
        return replace(actor_of(person), stepped_up_at=self.now)

    # --- the clerk ---------------------------------------------------------------------------------------------------

    def kept_anonymous(self, person: UUID) -> bool:
        return person in self.law and (self.law[person] is None or self.now < (self.law[person] or self.now))

    def lifted(self, person: UUID, org: UUID) -> set[str]:
        found = self.signed.get((person, org))
        return found.lifts if found and not found.paused and found.start <= self.now < found.end else set()

    def would_name(self, person: UUID, org: UUID, name: str, place: str, shares: set[str]) -> set[str]:
        """What of it the law keeps back."""
        if not self.kept_anonymous(person):
            return set()
        lifted = self.lifted(person, org)
        hidden = set()
        if name in ("full", "first") and "name" not in lifted:
            hidden.add("name")
        if place == "exact" and "place" not in lifted:
            hidden.add("place")
        if "contact" in shares and "name" not in lifted:
            hidden.add("contact")
        return hidden

    def expected(self, person: UUID, org: UUID, request: UUID, formats: set[str], *, again: bool) -> set[str]:
        said = self.agreed.get((person, org, request))
        if said is None or self.state[org] != "in_standing" or said.rests or said.paused:
            return set()
        if not (said.start <= self.now < said.end) or (again and not said.reuse):
            return set()
        if not formats <= said.formats or (said.formats and not formats):
            return set()
        seen = said.shares if self.level[org] in ("J2", "J3") else said.shares - _IDENTIFYING
        seen = seen - self.would_name(person, org, said.name, said.place, said.shares)
        return seen - ({"name"} if said.name == "none" else set()) - ({"place"} if said.place == "none" else set())

    # --- what people do ----------------------------------------------------------------------------------------------

    def walk(self, random: Random, steps: int, *, glance: bool = False, only: str = "") -> None:
        """`only`: names of moves, so that a mutant meets soon what it gets wrong."""
        moves = [
            self._give, self._give, self._give, self._withdraw, self._narrow, self._stop, self._wait, self._check,
            self._suspend, self._change, self._change, self._reaffirm, self._pause, self._resume, self._protect,
            self._unprotect, self._waive, self._unwaive,
        ]  # fmt: skip
        if only:
            moves = [getattr(self, f"_{name}") for name in only.split()]
        for _ in range(steps):
            person, org, request = (random.choice(x) for x in (self.people, self.orgs, self.requests))
            random.choice(moves)(random, person, org, request)
            self.look(random, glance=glance)

    def _give(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        shares = set(random.sample(_CHOICES, random.randint(1, len(_CHOICES))))
        end = self.now + timedelta(days=random.randint(1, 20))
        formats = frozenset(random.sample([Format.PRINT, Format.LIVE], random.randint(0, 2)))
        name = random.choice(list(NameMode))
        place = random.choice(list(Place))
        reuse = random.random() < 0.3
        refused = self.would_name(person, org, name, place, {str(c) for c in shares})
        try:
            receipt = give_for_request(
                person, org, request, categories=frozenset(shares), ends_at=end, formats=formats, reuse=reuse,
                identity=Identity(name_mode=name, place=place), at=self.now,
            )  # fmt: skip
        except Invalid:
            assert refused
            return
        assert not refused
        self.agreed[person, org, request] = Said(
            receipt.grant_id, {str(c) for c in shares}, self.now, end, {str(f) for f in formats}, name, place, reuse
        )

    def _withdraw(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        found = self.agreed.pop((person, org, request), None)
        if found:
            usecases.withdraw(grant_id=found.grant, actor=self.me(person), at=self.now)

    def _narrow(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        found = self.agreed.get((person, org, request))
        if found is None or self.now >= found.end:
            return
        kept = set(random.sample(sorted(found.shares), random.randint(1, len(found.shares))))
        usecases.narrow(
            grant_id=found.grant, categories=frozenset(Category(c) for c in kept), reuse=False,
            actor=self.me(person), at=self.now,
        )  # fmt: skip
        found.shares, found.reuse = kept, False

    def _stop(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        if random.random() < 0.7:
            return
        usecases.withdraw_everything(person_id=person, actor=self.me(person), at=self.now)
        self.agreed = {key: value for key, value in self.agreed.items() if key[0] != person}
        self.signed = {key: value for key, value in self.signed.items() if key[0] != person}
        self.pause[person] = None
        self.quiet.add(person)

    def _wait(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        self.now += timedelta(days=random.randint(1, 8))
        if random.random() < 0.5:
            usecases.expire_due(at=self.now)
        if random.random() < 0.5:
            usecases.resume_due(at=self.now)
            for someone, until in list(self.pause.items()):
                if until is not None and until <= self.now and someone not in self.quiet:
                    self._back(someone)

    def _check(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        self.level[org] = random.choice(["J0", "J1", "J2", "J3"])
        Check.objects.filter(organisation_id=org).update(level=self.level[org], valid_until="2030-01-01")

    def _suspend(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        self.state[org] = random.choice(["in_standing", "in_standing", "suspended", "applied"])
        Organisation.objects.filter(id=org).update(state=self.state[org])

    def _change(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        """The request changed: every yes to it rests, whoever said it."""
        usecases.suspend_for_change(opportunity_id=request, actor=requester_of(org), at=self.now)
        for (_, _, about), said in self.agreed.items():
            if about == request:
                said.rests = True

    def _reaffirm(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        found = self.agreed.get((person, org, request))
        if found is None or not found.rests or self.now >= found.end:
            return
        formats = frozenset(random.sample([Format.PRINT, Format.LIVE], random.randint(1, 2)))
        refused = self.would_name(person, org, found.name, found.place, found.shares)
        try:
            usecases.reaffirm(grant_id=found.grant, told={}, formats=formats, actor=self.me(person), at=self.now)
        except Invalid:
            assert refused
            return
        assert not refused
        found.rests, found.formats = False, {str(f) for f in formats}

    def _pause(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        until = random.choice([None, self.now + timedelta(days=random.randint(1, 9))])
        usecases.pause_everything(person_id=person, until=until, actor=self.me(person), at=self.now)
        self.pause[person] = until
        self._rest(person, paused=True)

    def _resume(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        usecases.resume_everything(person_id=person, actor=self.me(person), at=self.now)
        self._back(person)

    def _back(self, person: UUID) -> None:
        self.pause.pop(person, None)
        self.quiet.discard(person)
        self._rest(person, paused=False)

    def _rest(self, person: UUID, *, paused: bool) -> None:
        for key, said in self.agreed.items():
            if key[0] == person:
                said.paused = paused
        for whose, signed in self.signed.items():
            if whose[0] == person:
                signed.paused = paused

    def _protect(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        usecases.keep_anonymous(person_id=person, regime="not_said", actor=self.me(person), at=self.now)
        self.law[person] = None

    def _unprotect(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        if person in self.law and self.law[person] is None:
            usecases.stop_keeping_anonymous(person_id=person, actor=self.me(person), at=self.now)
            self.law[person] = self.now + _COOLING_OFF

    def _waive(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        if not self.kept_anonymous(person):
            return
        lifts = set(random.sample([Category.NAME, Category.PLACE], random.randint(1, 2)))
        start = self.now + _COOLING_OFF
        end = start + timedelta(days=random.randint(1, 30))
        receipt = usecases.waive_anonymity(
            person_id=person, organisation_id=org, organisation="A paper", categories=frozenset(lifts), of_age=True,
            freely=True, ends_at=end, actor=self.me(person), at=self.now,
        )  # fmt: skip
        self.signed[person, org] = Signed(receipt.grant_id, {str(c) for c in lifts}, start, end)

    def _unwaive(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        found = self.signed.pop((person, org), None)
        if found:
            usecases.withdraw(grant_id=found.grant, actor=self.me(person), at=self.now)

    # --- what is seen ------------------------------------------------------------------------------------------------

    def look(self, random: Random, *, glance: bool = False) -> None:
        places = [(org, request) for org in self.orgs for request in self.requests]
        for org, request in [random.choice(places)] if glance else places:
            formats = frozenset(random.choice([(), (Format.PRINT,), (Format.LIVE,), (Format.LIVE, Format.PRINT)]))
            for purpose in (Purpose.OPPORTUNITY, Purpose.REUSE):
                shown = self._shown(org, request, purpose, formats)
                for person in self.people:
                    wanted = self.expected(
                        person, org, request, {str(f) for f in formats}, again=purpose is Purpose.REUSE
                    )
                    assert _carried(shown.get(person)) == wanted

    def _shown(self, org: UUID, request: UUID, purpose: Purpose, formats: frozenset[Format]) -> dict[UUID, Disclosed]:
        with gate.window():
            return gate.disclose(
                person_ids=self.people, wanted=frozenset(Category), purpose=purpose,
                recipient=Recipient.organisation(org), opportunity=request, formats=formats, actor=requester_of(org),
                at=self.now,
            )  # fmt: skip


def _carried(shown: Disclosed | None) -> set[str]:
    if shown is None:
        return set()
    names = ("name", "contact", "story", "topics", "place", "access_needs")
    return {name for name in names if getattr(shown, name) is not WITHHELD}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_what_is_disclosed_is_what_was_agreed(seed: int) -> None:
    World().walk(Random(seed), 14)


@pytest.mark.slow
@settings(max_examples=FULL, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_what_is_disclosed_is_what_was_agreed_in_full(seed: int) -> None:
    World().walk(Random(seed), 50, glance=True)


def test_the_ledger_tells_the_same_story_and_can_build_it_again() -> None:
    for seed in range(4):
        World().walk(Random(seed), 25, glance=True)
    World().walk(Random(5), 12, glance=True, only="give give give pause waive protect")
    World().walk(Random(6), 12, glance=True, only="give change")
    system = Actor.system("test")
    assert list(usecases.verify(actor=system, at=AT)) == []
    before = list(Grant.objects.order_by("id").values())
    assert any(row["suspended_at"] for row in before)
    assert any(row["paused_at"] for row in before)
    usecases.rebuild_projection(actor=system)
    assert list(Grant.objects.order_by("id").values()) == before


def _ignore_recipient(grant: GrantView, ask: rules.Ask) -> bool:
    return rules_applies(grant, replace(ask, recipient=grant.recipient))


def _ignore_request(grant: GrantView, ask: rules.Ask) -> bool:
    return rules_applies(grant, replace(ask, opportunity=grant.opportunity_id))


def _ignore_end(grant: GrantView, ask: rules.Ask) -> bool:
    return rules_applies(replace(grant, ends_at=ask.at + timedelta(days=1)), ask)


def _ignore_change(grant: GrantView, ask: rules.Ask) -> bool:
    return rules_applies(replace(grant, suspended_at=None), ask)


def _ignore_pause(grant: GrantView, ask: rules.Ask) -> bool:
    return rules_applies(replace(grant, paused_at=None), ask)


def _ignore_cooling_off(grants: Any, recipient: Recipient, at: datetime) -> frozenset[Category]:
    return rules_waived([replace(g, starts_at=at) for g in grants], recipient, at)


def _ignore_publisher(grants: Any, recipient: Recipient, at: datetime) -> frozenset[Category]:
    return rules_waived([replace(g, recipient=recipient) for g in grants], recipient, at)


rules_applies, rules_waived = rules.applies, rules.waived
MUTANTS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "ignores the recipient": (rules, "applies", _ignore_recipient),
    "ignores the request": (rules, "applies", _ignore_request),
    "ignores the end": (rules, "applies", _ignore_end),
    "either instead of both": (rules, "applies", lambda g, a: g.live(a.at) or g.recipient == a.recipient),
    "ignores the categories": (
        rules,
        "shown",
        lambda g, ask, no: ask.wanted - no if rules.covered(g, ask, no) else frozenset(),
    ),
    "ignores standing": (rules, "blocked", lambda **_: frozenset()),
    "ignores the format": (rules, "fits", lambda agreed, asked: True),
    "takes any format for all": (rules, "fits", lambda agreed, asked: bool(agreed & asked) or not asked),
    "ignores that it may not be used again": (rules, "serves", lambda grant, purpose: True),
    "ignores that the request changed": (rules, "applies", _ignore_change),
    "ignores the pause": (rules, "applies", _ignore_pause),
    "ignores the law on anonymity": (rules, "kept_back_by_law", lambda identity, waiver: frozenset()),
    "does not know of the law": (Protection, "by_law", lambda self, at: False),
    "takes a waiver before its time": (rules, "waived", _ignore_cooling_off),
    "takes another publisher's waiver": (rules, "waived", _ignore_publisher),
    "needs no waiver": (rules, "waived", lambda *_: frozenset({Category.NAME, Category.PLACE})),
}

_LAW = "give give protect waive waive wait"
SOONER = {
    "ignores the end": "give wait",
    "ignores that the request changed": "give change",
    "ignores the pause": "give pause",
    "ignores the law on anonymity": _LAW,
    "does not know of the law": "give give protect wait",
    "takes a waiver before its time": _LAW,
    "takes another publisher's waiver": _LAW,
    "needs no waiver": _LAW,
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_check_is_needed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MUTANTS[mutant])
    with pytest.raises(AssertionError):
        for seed in range(60):
            World().walk(Random(seed), 20, only=SOONER.get(mutant, ""))


def test_a_cache_of_consent_would_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of bar D1: a decision remembered for a moment."""
    remembered: dict[object, object] = {}
    real = gate._decide

    def cached(ids: frozenset[UUID], ask: rules.Ask, *, lock: bool) -> object:
        key = (ids, ask.recipient, ask.opportunity, ask.purpose, ask.formats)
        return remembered.setdefault(key, real(ids, ask, lock=lock))

    monkeypatch.setattr(gate, "_decide", cached)
    with pytest.raises(AssertionError):
        for seed in range(10):
            World().walk(Random(seed), 12)


def test_layers_for_the_network_never_reach_an_organisation() -> None:
    world = World()
    world.look(Random(0))
    assert {Layer.COORDINATION, Layer.BE_ASKED} <= {g.layer for g in gate_grants(world.people[0])}


def gate_grants(person: UUID) -> tuple[GrantView, ...]:
    from network.consent.queries import my_consents

    return my_consents(actor=actor_of(person), at=AT)
