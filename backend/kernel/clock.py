"""The time. Edges and the machinery ask here once and pass it down as `at`; use cases never fetch it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import connection

LONDON = ZoneInfo("Europe/London")
_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def _moved() -> timedelta:
    """How far a demo's or test's clock was moved: the seconds in CLOCK_FILE. Never in production."""
    path = os.environ.get("CLOCK_FILE", "")
    if not path or os.environ.get("OWN_WORDS_MODE") not in ("demo", "test"):
        return timedelta(0)
    try:
        return timedelta(seconds=int(Path(path).read_text(encoding="ascii").strip() or 0))
    except FileNotFoundError:
        return timedelta(0)


def now() -> datetime:
    """The present moment in UTC, or the frozen one inside `frozen()`."""
    return _frozen.get() or datetime.now(UTC) + _moved()


def database_now() -> datetime:
    """The database's own present moment in UTC (or the frozen one).

    Leases and due times are compared with this, so that a worker whose clock is wrong neither steals work nor
    runs it early (bar M7).
    """
    frozen_at = _frozen.get()
    if frozen_at is not None:
        return frozen_at
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment.astimezone(UTC) + _moved()
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]) + _moved()


@contextmanager
def frozen(at: datetime) -> Iterator[datetime]:
    """Stop the clock at `at` (tests and the seed only)."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield at
    finally:
        _frozen.reset(token)
