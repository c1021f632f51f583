"""Claim, lease, retry, poison, dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.ids import new_id
from backend.outbox import queries, usecases, worker
from backend.outbox.data import Item, Subscription
from backend.outbox.models import Work
from backend.outbox.publish import cancel, publish
from backend.outbox.states import WorkState

pytestmark = pytest.mark.django_db(transaction=True)
Subscribe = Callable[[Iterable[Subscription]], None]
ADMIN = Actor(kind=ActorKind.USER, user_id=new_id(), roles=frozenset({Role.ADMIN}))


class Recorder:
    """A handler that remembers, and fails for the objects it is told to fail for."""

    def __init__(self) -> None:
        self.seen: list[UUID] = []
        self.poison: set[UUID] = set()

    def __call__(self, item: Item) -> None:
        self.seen.append(item.object_id)
        if item.object_id in self.poison:
            raise ValueError("a secret that no log may show")


@pytest.fixture
def recorder(subscribed: Subscribe) -> Recorder:
    handler = Recorder()
    subscribed(
        [
            Subscription("thing.happened", "record-inside", handler),
            Subscription("letter.due", "record-outside", handler, queue="mail", external=True),
        ]
    )
    return handler


def tell(topic: str, at: datetime, object_id: UUID | None = None, **more: object) -> UUID:
    object_id = object_id or new_id()
    with transaction.atomic():
        publish(topic, object_id, key=str(object_id), at=at, **more)  # type: ignore[arg-type]
    return object_id


@pytest.mark.parametrize("topic", ["thing.happened", "letter.due"])
def test_work_is_done_once(recorder: Recorder, at: datetime, topic: str) -> None:
    with clock.frozen(at):
        ids = [tell(topic, at) for _ in range(3)]
        assert worker.run_due() == 3
        assert worker.run_due() == 0
    assert sorted(recorder.seen) == sorted(ids)
    assert set(Work.objects.values_list("state", flat=True)) == {WorkState.DONE}


def test_publishing_the_same_key_twice_is_one_event(recorder: Recorder, at: datetime) -> None:
    one = tell("thing.happened", at)
    tell("thing.happened", at, one)
    with clock.frozen(at):
        worker.run_due()
    assert recorder.seen == [one]


def test_publish_outside_a_transaction_is_refused(recorder: Recorder, at: datetime) -> None:
    with pytest.raises(RuntimeError):
        publish("thing.happened", new_id(), key="k", at=at)
    assert not Work.objects.exists()


def test_nothing_is_claimed_twice_until_the_lease_is_over(recorder: Recorder, at: datetime) -> None:
    tell("letter.due", at)
    first = worker.claim(at=at)
    assert len(first) == 1
    assert worker.claim(at=at + worker.LEASE) == []
    second = worker.claim(at=at + worker.LEASE + timedelta(seconds=1))
    assert [c.id for c in second] == [first[0].id]
    assert second[0].attempt == 2


def test_a_worker_that_lost_its_lease_changes_nothing(recorder: Recorder, at: datetime) -> None:
    tell("thing.happened", at)
    slow = worker.claim(at=at)
    with clock.frozen(at + worker.LEASE * 2):
        assert worker.run_due() == 1
        assert worker.run(slow) == 0
    assert len(recorder.seen) == 1


def test_not_before_is_kept(recorder: Recorder, at: datetime) -> None:
    tell("thing.happened", at, not_before=at + timedelta(hours=1))
    with clock.frozen(at + timedelta(minutes=59)):
        assert worker.run_due() == 0
    with clock.frozen(at + timedelta(minutes=60)):
        assert worker.run_due() == 1


@pytest.mark.parametrize("topic", ["thing.happened", "letter.due"])
def test_what_is_cancelled_after_the_claim_is_not_done(recorder: Recorder, at: datetime, topic: str) -> None:
    withdrawn, kept = tell(topic, at), tell(topic, at)
    with clock.frozen(at):
        claimed = [worker.claim(ids=[w.id])[0] for w in Work.objects.all()]
        assert cancel(withdrawn) == 1
        for item in claimed:
            worker.run([item])
    assert recorder.seen == [kept]
    assert Work.objects.get(object_id=withdrawn).state == WorkState.CANCELLED


@pytest.mark.parametrize("topic", ["thing.happened", "letter.due"])
def test_poison_is_tried_five_times_and_holds_up_nobody(recorder: Recorder, at: datetime, topic: str) -> None:
    bad = tell(topic, at)
    good = [tell(topic, at + timedelta(microseconds=n)) for n in range(30)]
    recorder.poison = {bad}
    moment = at + timedelta(seconds=1)
    with clock.frozen(moment):
        worker.run_due()
    assert set(Work.objects.filter(state=WorkState.DONE).values_list("object_id", flat=True)) == set(good)
    recorder.seen.clear()
    for _ in range(10):
        moment += timedelta(minutes=5)
        with clock.frozen(moment):
            worker.run_due()
    assert recorder.seen == [bad] * 4, "one try in the first round and four more"
    work = Work.objects.get(object_id=bad)
    assert work.state == WorkState.DEAD
    assert work.error.startswith("builtins.ValueError at backend.outbox.worker:")
    assert "secret" not in work.error


def test_a_failed_internal_handler_leaves_nothing_behind(subscribed: Subscribe, at: datetime) -> None:
    def write_then_fail(item: Item) -> None:
        publish("after", item.object_id, key="x", at=item.at)
        raise ValueError

    subscribed([Subscription("before", "writes", write_then_fail), Subscription("after", "never", lambda item: None)])
    tell("before", at)
    with clock.frozen(at):
        worker.run_due()
    assert not Work.objects.filter(topic="after").exists()


def test_a_poison_that_kills_its_process_is_buried(recorder: Recorder, at: datetime) -> None:
    tell("letter.due", at)
    moment = at
    for _ in range(worker.MAX_TRIES):
        assert len(worker.claim(at=moment)) == 1  # claimed, and then the process dies
        moment += worker.LEASE * 2
    with clock.frozen(moment):
        assert worker.bury_lost() == 1
        assert worker.run_due() == 0
    assert recorder.seen == []
    assert Work.objects.get().state == WorkState.DEAD


def test_what_vanished_once_is_claimed_alone(recorder: Recorder, at: datetime) -> None:
    for _ in range(5):
        tell("thing.happened", at)
    assert len(worker.claim(at=at)) == 5
    assert len(worker.claim(at=at + worker.LEASE * 2)) == 1


def test_an_unknown_subscriber_becomes_a_dead_letter(recorder: Recorder, subscribed: Subscribe, at: datetime) -> None:
    tell("thing.happened", at)
    subscribed([])
    for n in range(worker.MAX_TRIES):
        with clock.frozen(at + timedelta(hours=n)):
            worker.run_due()
    assert Work.objects.get().state == WorkState.DEAD


def dead_letter(at: datetime) -> UUID:
    tell("thing.happened", at)
    Work.objects.update(state=WorkState.DEAD, finished_at=at, attempts=5, error="x")
    return Work.objects.get().id


def test_admin_can_retry_a_dead_letter_once(recorder: Recorder, at: datetime) -> None:
    work_id = dead_letter(at)
    assert [letter.id for letter in queries.dead_letters_visible_to(ADMIN)] == [work_id]
    usecases.retry(actor=ADMIN, work_id=work_id, at=at)
    with pytest.raises(Conflict):
        usecases.retry(actor=ADMIN, work_id=work_id, at=at)
    with clock.frozen(at):
        worker.run_due()
    assert Work.objects.get().state == WorkState.DONE


def test_dismissed_is_not_done_and_not_shown(recorder: Recorder, at: datetime) -> None:
    work_id = dead_letter(at)
    usecases.dismiss(actor=ADMIN, work_id=work_id, at=at)
    assert queries.dead_letters_visible_to(ADMIN) == []
    with clock.frozen(at):
        assert worker.run_due() == 0


@pytest.mark.parametrize("role", [r for r in Role if r != Role.ADMIN])
def test_nobody_else_sees_or_touches_dead_letters(recorder: Recorder, at: datetime, role: Role) -> None:
    work_id = dead_letter(at)
    other = Actor(kind=ActorKind.USER, user_id=new_id(), roles=frozenset({role}))
    with pytest.raises(NotFound):
        queries.dead_letters_visible_to(other)
    for act in (usecases.retry, usecases.dismiss):
        with pytest.raises(NotFound):
            act(actor=other, work_id=work_id, at=at)
    assert Work.objects.get().state == WorkState.DEAD


def test_health_tells_how_long_the_oldest_waits(recorder: Recorder, at: datetime) -> None:
    tell("thing.happened", at)
    tell("thing.happened", at, not_before=at + timedelta(days=1))
    with clock.frozen(at + timedelta(seconds=90)):
        health = queries.health()
    assert (health.ready, health.oldest_ready_seconds, health.dead) == (1, 90.0, 0)
