"""What subscribers and publishers exchange: ids and times, never personal data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of work as a handler sees it. `at` is the moment of handling, in UTC."""

    id: UUID
    topic: str
    object_id: UUID
    at: datetime
    attempt: int


Handler = Callable[[Item], None]
Together = Callable[[Sequence[Item]], Collection[UUID]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic and who does what about it.

    With `external=False` the handler runs in the same transaction that marks the work done: exactly once.
    With `external=True` it calls something outside, so it manages its own transactions, must be safe to repeat
    (keys saved before the call), and the work is marked done afterwards: at least once.
    External work may name `together`: first tries are then claimed up to `most` at a time and given to it in one call,
    which returns the ids of the work that is done. What it leaves out, or what raises, is tried again alone.
    """

    topic: str
    name: str  # unique, stable: it is part of the dedupe key and of the stored row
    handler: Handler
    queue: str = "default"  # default | mail | money
    external: bool = False
    together: Together | None = None
    most: int = 1


@dataclass(frozen=True, slots=True)
class Claimed:
    """Work that this process holds a lease on. `token` proves it."""

    id: UUID
    topic: str
    subscriber: str
    object_id: UUID
    attempt: int
    token: UUID


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Work that was given up after its last try, as the admin sees it."""

    id: UUID
    topic: str
    subscriber: str
    created_at: datetime
    finished_at: datetime | None
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class Health:
    """How the queue is doing. `oldest_ready_seconds` is how long the oldest due work has waited."""

    ready: int
    oldest_ready_seconds: float
    dead: int
