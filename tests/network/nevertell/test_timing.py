"""Bar P3 for the never-tell list: those who ask cannot tell a match by the clock.

Time of sending a brief and of reading who said yes, with and without a match, in turn and in a drawn order; the figure
is the area under the curve: 0.5 is a coin, 1 tells every time. Process time, so that a busy machine says nothing.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import transaction

from backend.kernel.actor import Actor
from network.consent import gate
from network.nevertell import usecases
from network.nevertell.states import EntryKind
from network.opportunities import usecases as requests
from network.opportunities.states import Source
from tests.conftest import AT
from tests.factories.people import actor_of, make_coordinator
from tests.factories.requests import brief_input, invite_one, make_brief, make_candidate, make_organisation, say_yes

pytestmark = pytest.mark.django_db

MOST = 0.55
SEED = 20261122


def auc(first: list[float], second: list[float]) -> float:
    """How often a value of `second` is above one of `first`, ties half: by ranks, whichever way round."""
    every = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, at = 0.0, 0
    while at < len(every):
        end = at
        while end < len(every) and every[end][0] == every[at][0]:
            end += 1
        middle = (at + 1 + end) / 2
        ranks += middle * sum(which for _, which in every[at:end])
        at = end
    area = (ranks - len(second) * (len(second) + 1) / 2) / (len(first) * len(second))
    return max(area, 1 - area)


def measure(matching: Callable[[], object], plain: Callable[[], object], samples: int) -> float:
    """Both, `samples` times each, in a drawn order."""
    lot = random.Random(SEED)
    times: dict[bool, list[float]] = {True: [], False: []}
    for act in (matching, plain) * 10:
        act()
    order = [True, False] * samples
    lot.shuffle(order)
    gc.collect()
    gc.disable()
    try:
        for which in order:
            before = time.process_time_ns()
            (matching if which else plain)()
            times[which].append(time.process_time_ns() - before)
    finally:
        gc.enable()
    return auc(times[True], times[False])


class World:
    """Two organisations alike in everything. One of them is on the person's list, the other is not."""

    def __init__(self) -> None:
        coordinator = make_coordinator()
        self.person = make_candidate()
        names = {True: "Exampleton Echo Alpha", False: "Exampleton Echo Bravo"}
        self.asks: dict[bool, tuple[UUID, Actor, UUID]] = {}
        for which, name in names.items():
            organisation, owner = make_organisation(
                name=name, member_name="Morgan Kayne" if which else "Jordan Layne",
                member_email=f"kim@{'alpha' if which else 'bravo'}.example", website="https://echo.example",
            )  # fmt: skip
            brief = make_brief(organisation, owner, accepted_by=coordinator)
            invitation = invite_one(brief, self.person, coordinator)
            if which:
                say_yes(invitation, self.person)
            self.asks[which] = organisation, owner, brief
        # Somebody said yes to each; in the plain world they took their consent back again.
        _, _, brief = self.asks[False]
        from network.opportunities.models import Invitation

        row = Invitation.objects.get(opportunity_id=brief)
        say_yes(row.id, self.person)
        from network.consent.usecases import withdraw

        row.refresh_from_db()
        assert row.grant_id is not None
        withdraw(grant_id=row.grant_id, actor=actor_of(self.person), at=AT)
        for kind, value in (
            (EntryKind.NAME, "Morgan Kayne"), (EntryKind.DOMAIN, "alpha.example"), (EntryKind.OUTLET, names[True]),
        ):  # fmt: skip
            usecases.add_entry(person_id=self.person, kind=kind, value=value, actor=actor_of(self.person), at=AT)

    def send(self, which: bool) -> Callable[[], object]:
        organisation, owner, _ = self.asks[which]

        def act() -> None:
            with transaction.atomic():
                requests.send_brief(
                    brief=brief_input(), organisation_id=organisation, source=Source.WEB, actor=owner, at=AT
                )
                transaction.set_rollback(True)

        return act

    def read(self, which: bool) -> Callable[[], object]:
        _, owner, brief = self.asks[which]

        def act() -> None:
            with gate.window():
                assert requests.cards_for(opportunity_id=brief, actor=owner, at=AT).cards == ()

        return act


def check(samples: int, most: float) -> None:
    world = World()
    sending = measure(world.send(True), world.send(False), samples)
    reading = measure(world.read(True), world.read(False), samples)
    print(f"never-tell timing, seed {SEED}, {samples}+{samples}: sending {sending:.3f}, reading {reading:.3f}")
    assert sending <= most
    assert reading <= most


def test_the_figure_itself_tells_apart_what_differs() -> None:
    assert auc([1, 2, 3], [1, 2, 3]) == 0.5
    assert auc([1, 2, 3], [4, 5, 6]) == 1.0


def test_nobody_can_tell_a_match_by_the_clock_in_short() -> None:
    """Few samples, so a wide bound: the long run has the bar."""
    check(120, 0.65)


def test_an_early_return_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: whoever matches is dropped before the rest of the work is done."""
    world = World()
    plain = requests.cards_for

    def early(*, opportunity_id: UUID, actor: Actor, at: object) -> object:
        if opportunity_id == world.asks[True][2]:
            return plain(opportunity_id=world.asks[False][2], actor=world.asks[False][1], at=AT)
        plain(opportunity_id=opportunity_id, actor=actor, at=AT)
        return plain(opportunity_id=opportunity_id, actor=actor, at=AT)

    monkeypatch.setattr(requests, "cards_for", early)
    assert measure(world.read(True), world.read(False), 60) > 0.75


@pytest.mark.slow
def test_nobody_can_tell_a_match_by_the_clock() -> None:
    check(2000, MOST)
