"""Tell whoever works that there is work. Losing a ring is harmless: the sweeper finds the row."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

log = logging.getLogger("own_words.outbox")

MOST_IN_ONE_RING = 100
QUIET_AFTER_FAILURE = 10.0  # seconds without a further try, so that a frozen broker slows one request and not all


class _Pending(threading.local):
    def __init__(self) -> None:
        self.by_queue: dict[str, list[UUID]] = defaultdict(list)


_pending = _Pending()
_quiet_until = 0.0
_unrung: ContextVar[bool] = ContextVar("doorbell_unrung", default=False)


@contextmanager
def unrung() -> Iterator[None]:
    """Publish without ringing: for acts that wait for nothing but the database, not even for a broker to say that it is
    not there (bar D5). The sweeper finds the work within seconds."""
    token = _unrung.set(True)
    try:
        yield
    finally:
        _unrung.reset(token)


def ring_on_commit(queue: str, work_ids: Sequence[UUID]) -> None:
    """Ring once for everything that this transaction published. After a rollback a stale id rings for nothing."""
    if not settings.REDIS_URL or _unrung.get():
        return
    _pending.by_queue[queue].extend(work_ids)
    transaction.on_commit(_flush, robust=True)


def _flush() -> None:
    by_queue, _pending.by_queue = _pending.by_queue, defaultdict(list)
    for queue, ids in by_queue.items():
        ring(queue, ids)


def ring(queue: str, work_ids: Sequence[UUID]) -> bool:
    """Ring Celery when there is a broker. Never raises for a broker that is down, and never blocks for long.

    Returns False when the ring was not heard; the sweeper will find the work.
    """
    global _quiet_until  # noqa: PLW0603 - one circuit breaker for the process
    if not settings.REDIS_URL or time.monotonic() < _quiet_until:
        return False
    from backend.outbox.tasks import send_ring

    try:
        for start in range(0, len(work_ids), MOST_IN_ONE_RING):
            send_ring(queue, work_ids[start : start + MOST_IN_ONE_RING])
    except Exception as error:  # deliberately swallowed: the row in the database is the truth
        _quiet_until = time.monotonic() + QUIET_AFTER_FAILURE
        log.warning("outbox.ring_failed error=%s", type(error).__name__)
        return False
    return True
