"""The only way to put work into the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel import clock
from backend.outbox import doorbell
from backend.outbox.models import Work
from backend.outbox.registry import subscribers_of
from backend.outbox.states import WorkState


def publish(topic: str, object_id: UUID, *, key: str, at: datetime, not_before: datetime | None = None) -> None:
    """Say that something happened. Must be called inside the transaction of the change itself.

    `key` makes the event unique for its topic ("answered:{invitation}:{version}"): publishing it twice is one
    event. `not_before` (UTC) delays the work. Raises RuntimeError outside a transaction.
    """
    publish_many(topic, [(object_id, key)], at=at, not_before=not_before)


def publish_many(
    topic: str, about: Iterable[tuple[UUID, str]], *, at: datetime, not_before: datetime | None = None
) -> None:
    """The same for many (object, key), in one statement."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish() belongs in the transaction of the change it tells of")
    subscriptions = subscribers_of(topic)
    rows = [
        Work(
            topic=topic,
            subscriber=subscription.name,
            object_id=object_id,
            key=f"{topic}:{key}:{subscription.name}"[:255],
            queue=subscription.queue,
            created_at=at,
            not_before=not_before or at,
        )
        for object_id, key in about
        for subscription in subscriptions
    ]
    if not rows:
        return
    Work.objects.bulk_create(rows, ignore_conflicts=True)
    if not_before is None or not_before <= at:
        for row in rows:
            doorbell.ring_on_commit(row.queue, [row.id])


def cancel(object_id: UUID, *, topics: frozenset[str] | None = None) -> int:
    """Take back what has not been done yet about `object_id`. Returns how many pieces of work that was."""
    rows = Work.objects.filter(object_id=object_id, state=WorkState.READY)
    if topics is not None:
        rows = rows.filter(topic__in=topics)
    return rows.update(state=WorkState.CANCELLED, finished_at=clock.now())
