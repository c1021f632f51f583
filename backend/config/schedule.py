"""Everything that happens by the clock, on one page. Celery beat and the embedded runner both read it."""

from __future__ import annotations

from datetime import timedelta

from backend.outbox import jobs
from backend.outbox.jobs import Job

SCHEDULE: tuple[Job, ...] = (
    Job("outbox-sweep", "backend.outbox.tasks.sweep", timedelta(seconds=10), once=False),
    Job("outbox-tidy", "backend.outbox.usecases.tidy", timedelta(hours=6)),
    Job("once-tidy", "backend.once.store.forget_old", timedelta(hours=1)),
    Job("accounts-tidy", "backend.accounts.housekeeping.tidy", timedelta(hours=1)),
)


def connect() -> None:
    """Called once when Django is ready."""
    jobs.connect(SCHEDULE)
