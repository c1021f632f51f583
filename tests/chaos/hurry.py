"""Waits that a chaos run does not have to sit out. Loaded like the kill points, into processes under test only.

The sweeper that finds lost rings comes every second instead of every ten, and a job whose process died is looked for
every second and taken up after one instead of after a quarter of an hour. Nothing that decides an effect is changed.
"""

from __future__ import annotations

import dataclasses
import sys
from datetime import timedelta
from types import ModuleType

SOON = timedelta(seconds=1)
SWEEPERS = ("outbox-sweep", "schedule-lost")


def _jobs(module: ModuleType) -> None:
    module.GIVE_UP_AFTER = SOON  # type: ignore[attr-defined]


def _schedule(module: ModuleType) -> None:
    module.SCHEDULE = tuple(  # type: ignore[attr-defined]
        dataclasses.replace(job, every=SOON) if job.name in SWEEPERS else job for job in module.SCHEDULE
    )


def install() -> None:
    sys.modules["own_words_killpoints"].install({"backend.config.schedule": _schedule, "backend.outbox.jobs": _jobs})
