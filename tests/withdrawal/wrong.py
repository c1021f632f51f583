"""The product made wrong on purpose, as a WSGI application for a process under test (bar D5's mutants)."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import redis

from backend.config.wsgi import application
from backend.outbox import doorbell
from network.notifications import links

MUTANT = os.environ["STOP_MUTANT"]


def _enqueue_first(*, link: str, keep_bookings: bool = False, at: datetime) -> None:
    """The stop is put in the broker's hands, for a worker to carry out."""
    redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=1, socket_connect_timeout=1).rpush("stop", link)


class _Rung:
    """The doorbell is rung after all."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


match MUTANT:
    case "enqueue first":
        links.stop_everything = _enqueue_first
    case "rings":
        plain: Any = _Rung
        doorbell.unrung = plain
    case _:
        raise ValueError(MUTANT)

__all__ = ["application"]
