"""The schedule: each job once for each period, whoever rings, and a failure is seen."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils.module_loading import import_string

from backend.config import schedule
from backend.kernel import clock
from backend.outbox import jobs
from backend.outbox.jobs import Job, Ticker
from backend.outbox.models import JobRun

pytestmark = pytest.mark.django_db
ran: list[datetime] = []


def note(at: datetime) -> None:
    ran.append(at)


def fail(at: datetime) -> None:
    raise ValueError("a secret that no log may show")


@pytest.fixture(autouse=True)
def _our_jobs() -> Iterator[None]:
    ran.clear()
    here = "tests.backend.outbox.test_jobs"
    jobs.connect(
        [
            Job("hourly", f"{here}.note", timedelta(hours=1)),
            Job("broken", f"{here}.fail", timedelta(days=1)),
        ]
    )
    yield
    schedule.connect()


def test_two_rings_in_one_period_are_one_run(at: datetime) -> None:
    assert jobs.run("hourly", at)
    assert not jobs.run("hourly", at + timedelta(minutes=59))
    assert jobs.run("hourly", at + timedelta(minutes=60))
    assert ran == [at, at + timedelta(minutes=60)]


def test_without_the_unique_slot_it_would_run_twice(at: datetime) -> None:
    """The mutant: forget the row, and the second ring runs the job again."""
    jobs.run("hourly", at)
    JobRun.objects.all().delete()
    assert jobs.run("hourly", at)


def test_two_schedulers_do_no_harm(at: datetime) -> None:
    with clock.frozen(at):
        for ticker in (Ticker(), Ticker()):
            ticker.tick()
            ticker.tick()
    assert ran == [at]


def test_a_failure_is_recorded_without_its_message(at: datetime) -> None:
    assert jobs.run("broken", at)
    row = JobRun.objects.get()
    assert row.error.startswith("builtins.ValueError at backend.outbox.jobs:")
    assert row.finished_at is not None


def test_an_unknown_job_is_no_crash(at: datetime) -> None:
    assert not jobs.run("no-such-job", at)


def test_every_job_of_the_product_exists_and_takes_the_time(at: datetime) -> None:
    names = [job.name for job in schedule.SCHEDULE]
    assert len(names) == len(set(names))
    for job in schedule.SCHEDULE:
        inspect.signature(import_string(job.function)).bind(at=at)
