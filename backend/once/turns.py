"""Two requests with one key at the same moment: one acts, the other hears at once that the first is still at work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from backend.kernel.errors import Conflict


@contextmanager
def in_turn(key: str) -> Iterator[None]:
    """A transaction that begins only when no other one is under way for this key (64 hexadecimal digits).

    Raises Conflict (code "in-progress") at once, without waiting for the other. The lock is the transaction's own, so it
    ends with its process, and nobody waits out a lease after a crash. SQLite has one writer at a time, and every request
    of a program writes (its budget): there the second waits for the first before it comes here, and gets its answer.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int(key[:15], 16)])  # 60 of its 64 bits
                if not cursor.fetchone()[0]:
                    raise Conflict(
                        "A request with this key is still being handled.",
                        code="in-progress",
                        next_step="Send it again in a moment.",
                    )
        yield
