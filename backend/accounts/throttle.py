"""Rate limits in the database (control C39): without the database nothing is allowed, so they cannot fail open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from backend.accounts.models import Throttle
from backend.kernel.ids import keyed_digest


def _digest(bucket: str, key: str) -> str:
    return keyed_digest("throttle", bucket, key)


def allow(*, bucket: str, key: str, limit: int, window: timedelta, at: datetime) -> bool:
    """Count one try at `key`. False when `limit` tries have been counted in the window that the first one opened.

    Counted by compare-and-swap, so that simultaneous tries cannot exceed the limit. The key is stored as a keyed hash.
    """
    digest = _digest(bucket, key)
    for _ in range(2):
        row = Throttle.objects.filter(digest=digest)
        if row.filter(window_ends__gt=at, count__lt=limit).update(count=F("count") + 1):
            return True
        if row.filter(window_ends__lte=at).update(count=1, window_ends=at + window):
            return True
        try:
            with transaction.atomic():
                Throttle.objects.create(digest=digest, count=1, window_ends=at + window)
        except IntegrityError:  # the row is there: full, or made by somebody else a moment ago
            continue
        return True
    return False


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a limit: how many more in this window, and after how many seconds it starts afresh."""

    allowed: bool
    left: int
    resets_in: int


def spend(*, bucket: str, key: str, limit: int, window: timedelta, at: datetime) -> Budget:
    """Count one try, as `allow` does, and say what is left. Two statements once the row is there."""
    allowed = allow(bucket=bucket, key=key, limit=limit, window=window, at=at)
    row = Throttle.objects.filter(digest=_digest(bucket, key)).values_list("count", "window_ends").first()
    count, ends = row or (limit, at + window)
    return Budget(allowed, max(0, limit - count), max(1, round((ends - at).total_seconds())))


def forget(*, bucket: str, key: str) -> None:
    """Start counting afresh, after a success that proves the owner."""
    Throttle.objects.filter(digest=_digest(bucket, key)).delete()
