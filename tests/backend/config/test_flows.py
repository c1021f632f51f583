"""The two pages that list what happens by itself hold together."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.module_loading import import_string

from backend.config.schedule import SCHEDULE
from backend.config.subscriptions import SUBSCRIPTIONS
from backend.outbox import jobs
from backend.outbox.jobs import Job
from backend.outbox.models import JobRun

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
_calls: list[datetime] = []


def note(*, at: datetime) -> None:
    _calls.append(at)


@pytest.mark.parametrize("job", SCHEDULE, ids=lambda job: job.name)
def test_every_job_is_a_function_that_takes_the_time(job: Job) -> None:
    parameters = inspect.signature(import_string(job.function)).parameters
    assert "at" in parameters
    others = [p for name, p in parameters.items() if name != "at" and p.default is p.empty]
    assert not others


def test_every_listener_takes_one_item_and_has_its_own_name() -> None:
    assert len({s.name for s in SUBSCRIPTIONS}) == len(SUBSCRIPTIONS)
    for subscription in SUBSCRIPTIONS:
        assert len(inspect.signature(subscription.handler).parameters) == 1


@pytest.mark.django_db
def test_a_job_cut_off_by_a_crash_runs_again_in_its_period(monkeypatch: pytest.MonkeyPatch) -> None:
    daily = Job("daily", f"{__name__}.note", timedelta(days=1))
    monkeypatch.setattr(jobs, "_jobs", {"daily": daily})
    _calls.clear()
    JobRun.objects.create(job="daily", slot=daily.slot(AT), started_at=AT - timedelta(minutes=16))
    assert jobs.run("daily", AT) is False  # the slot is taken ...
    assert jobs.run_lost(at=AT) == 1  # ... by a process that is gone
    assert _calls == [AT]
    assert jobs.run_lost(at=AT + timedelta(hours=1)) == 0


@pytest.mark.django_db
def test_a_job_still_running_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    daily = Job("daily", f"{__name__}.note", timedelta(days=1))
    monkeypatch.setattr(jobs, "_jobs", {"daily": daily})
    _calls.clear()
    JobRun.objects.create(job="daily", slot=daily.slot(AT), started_at=AT - timedelta(minutes=14))
    assert jobs.run_lost(at=AT) == 0
    assert _calls == []
