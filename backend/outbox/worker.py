"""Claiming work and doing it. The embedded runner, Celery workers and tests all come through here.

A claim is a compare-and-swap with a lease: an UPDATE that asks again for everything it relied on and whose effect is
read back by its token. `SKIP LOCKED` (PostgreSQL) only spares workers the wait for each other; SQLite ignores it and
lets one writer in at a time anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections, transaction
from django.db.models import F, Q, QuerySet

from backend.closed import state
from backend.kernel.clock import database_now
from backend.kernel.ids import new_id
from backend.outbox import registry
from backend.outbox.data import Claimed, Item, Subscription, Together
from backend.outbox.faults import describe
from backend.outbox.models import Work
from backend.outbox.states import WorkState

log = logging.getLogger("own_words.outbox")

LEASE = timedelta(seconds=180)  # what calls outside: longer than Celery's hard limit for a task
SHORT_LEASE = timedelta(seconds=30)  # what does not: taken over soon after a crash, and exactly once all the same
MAX_TRIES = 5
BATCH = 100
TOGETHER = 20  # internal pieces of work in one transaction; short enough not to keep SQLite's only writer busy
FIRST_DELAY = timedelta(seconds=10)


class LostLease(Exception):
    """The work was cancelled, finished or taken over while we held it. Whatever we did is rolled back."""


class LeftOver(Exception):
    """Work that was claimed with others and not done with them."""


class NoSubscriber(Exception):
    """The row names a subscriber that this version of the program does not have."""


def backoff(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failed try: 10, 20, 40, 80 seconds."""
    return FIRST_DELAY * float(2 ** (attempts - 1))


def _free(at: datetime) -> Q:
    return Q(state=WorkState.READY, not_before__lte=at) & (Q(lease_until__isnull=True) | Q(lease_until__lt=at))


def due(at: datetime, queues: Sequence[str] = ()) -> QuerySet[Work]:
    """Work that may be claimed at `at`, oldest first."""
    rows = Work.objects.filter(_free(at))
    if queues:
        rows = rows.filter(queue__in=queues)
    return rows.order_by("not_before", "id")


@dataclass(frozen=True, slots=True)
class _Company:
    """With what a piece of work may be claimed, and how many of it."""

    subscriber: str
    most: int


_ALONE, _INSIDE = _Company("", 1), _Company("", BATCH)


def _company(subscription: Subscription | None, attempts: int) -> _Company:
    if attempts or subscription is None:
        return _ALONE
    if not subscription.external:
        return _INSIDE
    return _Company(subscription.name, subscription.most) if subscription.together else _ALONE


@transaction.atomic
def claim(
    *, limit: int = BATCH, ids: Sequence[UUID] | None = None, queues: Sequence[str] = (), at: datetime | None = None
) -> list[Claimed]:
    """Take up to `limit` due pieces of work (only those of `ids` when given) for the length of the lease.

    A first try is claimed in batches: of what is done inside the database, or of one subscriber's that does many calls
    at once. Other calls outside, and what has failed or vanished before, are claimed alone: one that kills or stalls
    its worker must not cost its neighbours a second try.
    """
    if state.is_closed():
        return []
    at = at or database_now()
    candidates = due(at, queues)
    if ids is not None:
        candidates = candidates.filter(id__in=ids)
    locked = candidates.select_for_update(skip_locked=True).values_list("id", "attempts", "subscriber")[:limit]
    chosen: list[UUID] = []
    company, lease = _ALONE, SHORT_LEASE
    for work_id, attempts, subscriber in locked:
        subscription = registry.subscription(subscriber)
        own = _company(subscription, attempts)
        if not chosen:
            chosen, company = [work_id], own
            if subscription is not None and subscription.external:
                lease = LEASE
        elif own == company and own is not _ALONE:
            chosen.append(work_id)
        elif company is _INSIDE:
            break
        if len(chosen) >= company.most:
            break
    if not chosen:
        return []
    token = new_id()
    Work.objects.filter(_free(at), id__in=chosen).update(
        lease_until=at + lease, lease_token=token, attempts=F("attempts") + 1
    )
    rows = Work.objects.filter(id__in=chosen, lease_token=token).order_by("not_before", "id")
    return [Claimed(w.id, w.topic, w.subscriber, w.object_id, w.attempts, token) for w in rows]


def _held(items: Sequence[Claimed]) -> QuerySet[Work]:
    return Work.objects.filter(id__in=[item.id for item in items], lease_token=items[0].token, state=WorkState.READY)


def _mark_done(items: Sequence[Claimed], at: datetime) -> None:
    done = _held(items).update(state=WorkState.DONE, finished_at=at, lease_until=None, lease_token=None, error="")
    if done != len(items):
        raise LostLease


def _handle(item: Claimed, at: datetime) -> None:
    subscription = registry.subscription(item.subscriber)
    if subscription is None:
        raise NoSubscriber
    subscription.handler(Item(item.id, item.topic, item.object_id, at, item.attempt))


def _together(items: Sequence[Claimed], at: datetime) -> bool:
    """Do several internal pieces in one transaction. False when any failed; then nothing of it happened."""
    try:
        with transaction.atomic():
            _mark_done(items, at)
            for item in items:
                _handle(item, at)
    except Exception:  # each is tried again alone, where its own failure is recorded
        return False
    return True


def _at_once(items: Sequence[Claimed], together: Together) -> int:
    """Do several external pieces of one subscriber in one call. What is not done is put off, to be tried alone."""
    at = database_now()
    # Asked again at the last moment: what was cancelled or taken over since the claim is not sent.
    held = set(_held(items).filter(lease_until__gt=at).values_list("id", flat=True))
    mine = [item for item in items if item.id in held]
    problem: Exception = LeftOver()
    try:
        done = set(together([Item(i.id, i.topic, i.object_id, at, i.attempt) for i in mine])) if mine else set()
    except Exception as error:
        done, problem = set(), error
    finished = [item for item in mine if item.id in done]
    at = database_now()
    marked = 0
    if finished:
        marked = _held(finished).update(
            state=WorkState.DONE, finished_at=at, lease_until=None, lease_token=None, error=""
        )
    for item in mine:
        if item.id not in done:
            _fail(item, problem, at)
    return marked


def _fail(item: Claimed, error: Exception, at: datetime) -> None:
    """Record one failed try: later again, or a dead letter after the last."""
    where = describe(error)
    if item.attempt >= MAX_TRIES:
        buried = _held([item]).update(
            state=WorkState.DEAD, finished_at=at, lease_until=None, lease_token=None, error=where
        )
        if buried:
            log.error(
                "outbox.dead work=%s topic=%s subscriber=%s error=%s", item.id, item.topic, item.subscriber, where
            )
        return
    _held([item]).update(not_before=at + backoff(item.attempt), lease_until=None, lease_token=None, error=where)
    log.warning("outbox.retry work=%s topic=%s attempt=%d error=%s", item.id, item.topic, item.attempt, where)


def _one(item: Claimed) -> bool:
    at = database_now()
    subscription = registry.subscription(item.subscriber)
    try:
        if subscription is not None and subscription.external:
            # Asked again at the last moment: what was cancelled or taken over since the claim is not sent.
            if not _held([item]).filter(lease_until__gt=at).exists():
                return False
            _handle(item, at)
            with transaction.atomic():
                _mark_done([item], database_now())
        else:
            with transaction.atomic():
                _mark_done([item], at)  # first, so that a cancellation at the same moment waits or wins
                _handle(item, at)
    except LostLease:
        log.info("outbox.lost_lease work=%s topic=%s", item.id, item.topic)
        return False
    except Exception as error:
        _fail(item, error, database_now())
        return False
    return True


def run(items: Sequence[Claimed]) -> int:
    """Do what was claimed. Returns how many pieces were finished by us."""
    subscription = registry.subscription(items[0].subscriber) if len(items) > 1 else None
    if subscription is not None and subscription.together is not None:
        return _at_once(items, subscription.together)
    finished = 0
    for start in range(0, len(items), TOGETHER):
        group = items[start : start + TOGETHER]
        if start:
            _held(items[start:]).update(lease_until=database_now() + SHORT_LEASE)
        if len(group) > 1 and _together(group, database_now()):
            finished += len(group)
        else:
            finished += sum(_one(item) for item in group)
    return finished


def run_ids(ids: Sequence[UUID]) -> int:
    """Do those of `ids` that are due and free. Losing the race for one is normal."""
    finished = 0
    while items := claim(ids=ids):
        finished += run(items)
    return finished


def run_due(*, queues: Sequence[str] = (), most: int = 1000) -> int:
    """Do what is due, up to about `most` pieces. Returns how many were *tried*, so that 0 means nothing was due.

    A piece that fails is put off by its backoff, so this ends.
    """
    tried = 0
    while tried < most and (items := claim(queues=queues)):
        run(items)
        tried += len(items)
    return tried


def bury_lost() -> int:
    """Give up on work whose workers vanished at every try (a poison that kills its process). Returns how many."""
    at = database_now()
    buried = Work.objects.filter(state=WorkState.READY, attempts__gte=MAX_TRIES, lease_until__lt=at).update(
        state=WorkState.DEAD, finished_at=at, lease_until=None, lease_token=None, error="worker lost at every try"
    )
    if buried:
        log.error("outbox.dead count=%d error=worker-lost", buried)
    return buried


def close_connections() -> None:
    """Between rounds of a long-lived process: drop connections that are broken or too old."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
