"""External work that is done several at a time: one call for a batch of first tries, and alone after that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from backend.kernel import clock
from backend.kernel.ids import new_id
from backend.outbox import worker
from backend.outbox.data import Item, Subscription
from backend.outbox.models import Work
from backend.outbox.publish import cancel, publish, publish_many
from backend.outbox.states import WorkState

pytestmark = pytest.mark.django_db(transaction=True)
Subscribe = Callable[[Iterable[Subscription]], None]


class Calls:
    def __init__(self) -> None:
        self.batches: list[list[UUID]] = []
        self.alone: list[UUID] = []
        self.inside: list[UUID] = []
        self.left_out: set[UUID] = set()
        self.before: Callable[[], object] = lambda: None
        self.broken = False

    def together(self, items: Sequence[Item]) -> Collection[UUID]:
        self.before()
        self.batches.append([item.object_id for item in items])
        if self.broken:
            raise ValueError("a secret that no log may show")
        return {item.id for item in items if item.object_id not in self.left_out}

    def one(self, item: Item) -> None:
        self.alone.append(item.object_id)

    def within(self, item: Item) -> None:
        self.inside.append(item.object_id)


@pytest.fixture
def calls(subscribed: Subscribe) -> Calls:
    found = Calls()
    subscribed(
        [
            Subscription("send", "send", found.one, queue="money", external=True, together=found.together, most=4),
            Subscription("note", "note", found.within),
            Subscription("mail", "mail", found.one, queue="mail", external=True),
        ]
    )
    return found


def tell(topic: str, at: datetime, count: int = 1) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    with transaction.atomic():
        publish_many(topic, [(one, str(one)) for one in ids], at=at)
    return ids


def test_first_tries_go_together_up_to_the_most(calls: Calls, at: datetime) -> None:
    ids = tell("send", at, 9)
    with clock.frozen(at):
        assert worker.run_due() == 9
    assert [len(batch) for batch in calls.batches] == [4, 4]
    assert len(calls.alone) == 1, "one that is left is done the plain way"
    assert sorted([*calls.alone, *calls.batches[0], *calls.batches[1]]) == sorted(ids)
    assert set(Work.objects.values_list("state", "attempts")) == {(WorkState.DONE, 1)}


def test_only_work_of_one_subscriber_goes_together(calls: Calls, at: datetime) -> None:
    for n in range(3):
        for topic in ("mail", "send", "note"):
            tell(topic, at + timedelta(seconds=n))
    with clock.frozen(at + timedelta(minutes=1)):
        while worker.run_due():
            pass
    assert [len(batch) for batch in calls.batches] == [3]
    assert (len(calls.alone), len(calls.inside)) == (3, 3)
    assert not Work.objects.exclude(state=WorkState.DONE).exists()


def test_what_is_left_out_is_tried_alone(calls: Calls, at: datetime) -> None:
    ids = tell("send", at, 3)
    calls.left_out = {ids[1]}
    with clock.frozen(at):
        worker.run_due()
    assert Work.objects.get(object_id=ids[1]).state == WorkState.READY
    with clock.frozen(at + timedelta(seconds=11)):
        worker.run_due()
    assert calls.alone == [ids[1]]
    assert not Work.objects.exclude(state=WorkState.DONE).exists()


def test_a_call_that_breaks_costs_each_one_try(calls: Calls, at: datetime) -> None:
    ids = tell("send", at, 3)
    calls.broken = True
    with clock.frozen(at):
        worker.run_due()
    assert set(Work.objects.values_list("state", "attempts")) == {(WorkState.READY, 1)}
    assert "secret" not in "".join(Work.objects.values_list("error", flat=True))
    with clock.frozen(at + timedelta(seconds=11)):
        worker.run_due()
    assert (len(calls.batches), sorted(calls.alone)) == (1, sorted(ids))


def test_what_was_cancelled_since_the_claim_is_not_in_the_call(calls: Calls, at: datetime) -> None:
    ids = tell("send", at, 3)
    with clock.frozen(at):
        items = worker.claim()
        cancel(ids[0])
        assert worker.run(items) == 2
    assert sorted(calls.batches[0]) == sorted(ids[1:])


def test_work_taken_over_meanwhile_is_not_marked_by_the_late_one(calls: Calls, at: datetime) -> None:
    ids = tell("send", at, 2)
    calls.before = lambda: Work.objects.filter(object_id=ids[0]).update(lease_token=new_id())
    with clock.frozen(at):
        assert worker.run(worker.claim()) == 1
    assert Work.objects.get(object_id=ids[0]).state == WorkState.READY


def test_publishing_many_is_publishing_each_in_one_statement(
    calls: Calls, at: datetime, django_assert_num_queries: Callable[[int], object]
) -> None:
    ids = [new_id() for _ in range(30)]
    with transaction.atomic():
        publish("send", ids[0], key=str(ids[0]), at=at)
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            publish_many("send", [(one, str(one)) for one in ids], at=at)
    assert Work.objects.count() == 30, "the same key is the same event"
    with pytest.raises(RuntimeError):
        publish_many("send", [(new_id(), "k")], at=at)
