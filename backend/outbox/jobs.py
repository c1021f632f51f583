"""Scheduled jobs: each runs once for each period, whoever rings (one beat, two beats, embedded runners)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from backend.closed import state
from backend.kernel.clock import database_now
from backend.outbox.faults import describe
from backend.outbox.models import JobRun

log = logging.getLogger("own_words.schedule")
GIVE_UP_AFTER = timedelta(minutes=15)  # a job still unfinished then has lost its process


@dataclass(frozen=True, slots=True)
class Job:
    """A function `f(*, at)` by its dotted path, run once in each period `every`.

    `once` is False for jobs that are harmless to run twice and so frequent that a row for each would be waste.
    """

    name: str
    function: str
    every: timedelta
    once: bool = True
    queue: str = "default"

    def slot(self, at: datetime) -> int:
        """Which period `at` falls in."""
        return int(at.timestamp() // self.every.total_seconds())


_jobs: dict[str, Job] = {}


def connect(jobs: Iterable[Job]) -> None:
    """Replace the schedule. Raises ValueError for two jobs of one name."""
    _jobs.clear()
    for job in jobs:
        if job.name in _jobs:
            raise ValueError(f"two jobs are called {job.name}")
        _jobs[job.name] = job


def known() -> tuple[Job, ...]:
    return tuple(_jobs.values())


def run(name: str, at: datetime | None = None) -> bool:
    """Run the job for the present period. False when somebody else has taken it, or there is no such job."""
    job = _jobs.get(name)
    if job is None:
        log.warning("schedule.unknown_job")
        return False
    if state.is_closed():
        return False
    at = at or database_now()
    if not job.once:
        import_string(job.function)(at=at)
        return True
    if JobRun.objects.filter(job=job.name, slot=job.slot(at)).exists():
        return False
    try:
        with transaction.atomic():
            taken = JobRun.objects.create(job=job.name, slot=job.slot(at), started_at=at)
    except IntegrityError:
        return False
    _work(job, taken.id, at)
    return True


def run_lost(at: datetime) -> int:
    """Run again what a crash cut off: begun in its present period, not finished within `GIVE_UP_AFTER`.

    Without this a daily job whose process died would wait a day. Returns how many jobs that was.
    """
    ran = 0
    begun = JobRun.objects.filter(finished_at__isnull=True, started_at__lt=at - GIVE_UP_AFTER)
    for row in begun.order_by("started_at")[:20]:
        job = _jobs.get(row.job)
        if job is None or job.slot(at) != row.slot:
            continue
        if JobRun.objects.filter(id=row.id, started_at=row.started_at, finished_at__isnull=True).update(started_at=at):
            _work(job, row.id, at)
            ran += 1
    return ran


def _work(job: Job, run_id: UUID, at: datetime) -> None:
    try:
        import_string(job.function)(at=at)
    except Exception as error:
        JobRun.objects.filter(id=run_id).update(finished_at=database_now(), error=describe(error))
        log.error("schedule.failed job=%s error=%s", job.name, describe(error))
        return
    JobRun.objects.filter(id=run_id).update(finished_at=database_now())


class Ticker:
    """The embedded scheduler: asks each second which jobs have entered a new period since it last looked."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def tick(self) -> int:
        """Run what is due. Returns how many jobs ran."""
        at = database_now()
        ran = 0
        if state.is_closed():
            return ran
        for job in known():
            slot = job.slot(at)
            if self._seen.get(job.name) == slot:
                continue
            self._seen[job.name] = slot
            try:
                ran += run(job.name, at)
            except Exception as error:
                log.error("schedule.failed job=%s error=%s", job.name, describe(error))
        return ran
