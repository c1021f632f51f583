"""Waits that a chaos run does not have to sit out. Loaded like the kill points, into processes under test only.

The sweeper that finds lost rings comes every second instead of every ten. Nothing that decides an effect is changed.
"""

from __future__ import annotations

import dataclasses
import sys
from datetime import timedelta
from types import ModuleType


def _schedule(module: ModuleType) -> None:
    module.SCHEDULE = tuple(  # type: ignore[attr-defined]
        dataclasses.replace(job, every=timedelta(seconds=1)) if job.name == "outbox-sweep" else job
        for job in module.SCHEDULE
    )


def install() -> None:
    sys.modules["own_words_killpoints"].install({"backend.config.schedule": _schedule})
