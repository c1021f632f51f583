"""Tell whoever works that there is work. Losing a ring is harmless: the sweeper finds the row."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings


def ring(work_ids: Sequence[UUID]) -> None:
    """Ring Celery when there is a broker. Never raises for a broker that is down, and never blocks for long."""
    if not settings.REDIS_URL:
        return
    from backend.outbox.tasks import ring_celery

    ring_celery(work_ids)
