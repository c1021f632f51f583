"""The two sides of the gate's figure give the same answer and leave the same record. No figure of time is asserted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.audit.models import AccessEvent
from backend.kernel import clock
from network.consent.models import Release
from tests.bench.gate import SHOWN, Scene, fill, targets
from tests.bench.report import Measured, over


@pytest.mark.django_db
def test_the_gate_and_the_hand_written_sql_answer_alike() -> None:
    fill(60, clock.now() - timedelta(days=1))
    scene = Scene()
    people, at = scene.people(), clock.now()
    records = []
    for show in (scene.by_gate, scene.by_hand):
        shown = show(people, at)
        assert set(shown) == set(people)
        assert shown[people[0]] == tuple(f"{word} of {people[0]}" for word in ("First", "Story", "Region"))
        columns = ("person_id", "organisation_id", "purpose", "released", "context", "consents")
        records.append(sorted(AccessEvent.objects.filter(at=at).values_list(*columns), key=str))
    assert len(records[0]) == SHOWN
    assert sorted([*records[0], *records[0]], key=str) == records[1]
    assert Release.objects.count() == SHOWN
    for target in targets():
        answer = target.once()
        assert answer.status == 200
        assert answer.statements


def test_the_ratio_is_of_medians_at_each_size() -> None:
    rows = [
        Measured.of("gate", "gate", people, cpu, [9], 1) for people, cpu in ((1000, [4.0, 4.0, 9.0]), (100_000, [6.0]))
    ] + [Measured.of("hand", "gate", people, [2.0], [5], 1) for people in (1000, 100_000)]
    assert over(rows, "gate", "hand") == {1000: 2.0, 100_000: 3.0}
