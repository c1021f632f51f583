"""Bar D3: whatever people do, in whatever order, what is disclosed equals a model that shares no code with the gate.

Short tier here; the long one raises the number of examples. Each mutant takes one check out of the gate and must make
the same walk fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from network.consent import gate, rules, usecases
from network.consent.data import WITHHELD, Category, Disclosed, GrantView, Layer, Purpose, Recipient
from network.organisations.models import Check, Organisation
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
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "15"))
_IDENTIFYING = {"name", "contact", "place"}
_CHOICES = [c for c in Category if c in EVERYTHING]


class World:
    """Two people, two organisations, two requests; and what a careful clerk would write down beside them."""

    def __init__(self) -> None:
        topic = make_topic()
        self.people = [make_person(topics=[topic]) for _ in range(2)]
        self.orgs = [make_standing_organisation(), make_standing_organisation()]
        self.requests = [uuid4(), uuid4()]
        self.now = AT
        self.agreed: dict[tuple[UUID, UUID, UUID], tuple[UUID, set[str], datetime, datetime]] = {}
        self.level = dict.fromkeys(self.orgs, "J2")
        self.state = dict.fromkeys(self.orgs, "in_standing")

    def expected(self, person: UUID, org: UUID, request: UUID) -> set[str]:
        found = self.agreed.get((person, org, request))
        if found is None or self.state[org] != "in_standing":
            return set()
        _, shares, start, end = found
        if not (start <= self.now < end):
            return set()
        return shares if self.level[org] in ("J2", "J3") else shares - _IDENTIFYING

    def walk(self, random: Random, steps: int) -> None:
        for _ in range(steps):
            person, org, request = (random.choice(x) for x in (self.people, self.orgs, self.requests))
            random.choice(
                [
                    self._give,
                    self._give,
                    self._withdraw,
                    self._narrow,
                    self._stop,
                    self._wait,
                    self._check,
                    self._suspend,
                ]
            )(random, person, org, request)
            self.look()

    def _give(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        shares = set(random.sample(_CHOICES, random.randint(1, len(_CHOICES))))
        end = self.now + timedelta(days=random.randint(1, 20))
        receipt = give_for_request(person, org, request, categories=frozenset(shares), ends_at=end, at=self.now)
        self.agreed[person, org, request] = receipt.grant_id, {str(c) for c in shares}, self.now, end

    def _withdraw(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        found = self.agreed.pop((person, org, request), None)
        if found:
            usecases.withdraw(grant_id=found[0], actor=actor_of(person), at=self.now)

    def _narrow(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        found = self.agreed.get((person, org, request))
        if found is None or self.now >= found[3]:
            return
        grant, shares, start, end = found
        kept = set(random.sample(sorted(shares), random.randint(1, len(shares))))
        usecases.narrow(
            grant_id=grant, categories=frozenset(Category(c) for c in kept), actor=actor_of(person), at=self.now
        )
        self.agreed[person, org, request] = grant, kept, start, end

    def _stop(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        if random.random() < 0.5:
            return
        usecases.withdraw_everything(person_id=person, actor=actor_of(person), at=self.now)
        self.agreed = {key: value for key, value in self.agreed.items() if key[0] != person}

    def _wait(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        self.now += timedelta(days=random.randint(1, 8))
        if random.random() < 0.5:
            usecases.expire_due(at=self.now)

    def _check(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        self.level[org] = random.choice(["J0", "J1", "J2", "J3"])
        Check.objects.filter(organisation_id=org).update(level=self.level[org], valid_until="2030-01-01")

    def _suspend(self, random: Random, person: UUID, org: UUID, request: UUID) -> None:
        self.state[org] = random.choice(["in_standing", "in_standing", "suspended", "applied"])
        Organisation.objects.filter(id=org).update(state=self.state[org])

    def look(self) -> None:
        for org in self.orgs:
            for request in self.requests:
                for purpose in (Purpose.OPPORTUNITY, Purpose.REUSE):
                    shown = self._shown(org, request, purpose)
                    for person in self.people:
                        expected = self.expected(person, org, request) if purpose is Purpose.OPPORTUNITY else set()
                        assert _carried(shown.get(person)) == expected

    def _shown(self, org: UUID, request: UUID, purpose: Purpose) -> dict[UUID, Disclosed]:
        with gate.window():
            return gate.disclose(
                person_ids=self.people, wanted=frozenset(Category), purpose=purpose,
                recipient=Recipient.organisation(org), opportunity=request, actor=requester_of(org), at=self.now,
            )  # fmt: skip


def _carried(shown: Disclosed | None) -> set[str]:
    if shown is None:
        return set()
    names = ("name", "contact", "story", "topics", "place", "access_needs")
    return {name for name in names if getattr(shown, name) is not WITHHELD}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_what_is_disclosed_is_what_was_agreed(seed: int) -> None:
    World().walk(Random(seed), 12)


def _ignore_recipient(grant: GrantView, ask: rules.Ask) -> bool:
    return grant.live(ask.at) and grant.purpose is ask.purpose and grant.opportunity_id == ask.opportunity


def _ignore_request(grant: GrantView, ask: rules.Ask) -> bool:
    return grant.live(ask.at) and grant.purpose is ask.purpose and grant.recipient == ask.recipient


def _ignore_end(grant: GrantView, ask: rules.Ask) -> bool:
    forever = replace(grant, ends_at=ask.at + timedelta(days=1))
    return forever.live(ask.at) and grant.recipient == ask.recipient and grant.opportunity_id == ask.opportunity


MUTANTS: dict[str, tuple[str, Callable[..., object]]] = {
    "ignores the recipient": ("applies", _ignore_recipient),
    "ignores the request": ("applies", _ignore_request),
    "ignores the end": ("applies", _ignore_end),
    "either instead of both": ("applies", lambda g, a: g.live(a.at) or g.recipient == a.recipient),
    "ignores the categories": (
        "shown",
        lambda g, ask, no: ask.wanted - no if rules.covered(g, ask, no) else frozenset(),
    ),
    "ignores standing": ("blocked", lambda **_: frozenset()),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_check_is_needed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, *MUTANTS[mutant])
    with pytest.raises(AssertionError):
        for seed in range(40):
            World().walk(Random(seed), 12)


def test_a_cache_of_consent_would_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of bar D1: a decision remembered for a moment."""
    remembered: dict[object, object] = {}
    real = gate._decide

    def cached(ids: frozenset[UUID], ask: rules.Ask, *, lock: bool) -> object:
        key = (ids, ask.recipient, ask.opportunity, ask.purpose)
        return remembered.setdefault(key, real(ids, ask, lock=lock))

    monkeypatch.setattr(gate, "_decide", cached)
    with pytest.raises(AssertionError):
        for seed in range(10):
            World().walk(Random(seed), 12)


def test_layers_for_the_network_never_reach_an_organisation() -> None:
    world = World()
    world.look()
    assert {Layer.COORDINATION, Layer.BE_ASKED} <= {g.layer for g in gate_grants(world.people[0])}


def gate_grants(person: UUID) -> tuple[GrantView, ...]:
    from network.consent.queries import my_consents

    return my_consents(actor=actor_of(person), at=AT)
