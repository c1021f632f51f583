"""The task functions that both the embedded runner and Celery workers call."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID


def ring_celery(work_ids: Sequence[UUID]) -> None:
    raise NotImplementedError  # placeholder until the worker lands
