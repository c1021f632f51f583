"""Reads of the outbox: its health, and what was given up."""

from __future__ import annotations

from django.db.models import Count, Min, Q

from backend.kernel.actor import Actor, Role
from backend.kernel.clock import database_now
from backend.kernel.errors import NotFound
from backend.outbox.data import DeadLetter, Health
from backend.outbox.models import Work
from backend.outbox.states import WorkState

PAGE = 50


def health() -> Health:
    """One statement; says nothing about anybody."""
    at = database_now()
    due = Q(state=WorkState.READY, not_before__lte=at)
    row = Work.objects.filter(state__in=(WorkState.READY, WorkState.DEAD)).aggregate(
        ready=Count("id", filter=due), oldest=Min("not_before", filter=due), dead=Count("id", filter=Q(state="dead"))
    )
    waited = (at - row["oldest"]).total_seconds() if row["oldest"] else 0.0
    return Health(ready=row["ready"], oldest_ready_seconds=waited, dead=row["dead"])


def dead_letters_visible_to(actor: Actor) -> list[DeadLetter]:
    """The newest dead letters, for the network admin. Raises NotFound for everybody else."""
    if not actor.has(Role.ADMIN):
        raise NotFound
    rows = Work.objects.filter(state=WorkState.DEAD).order_by("-finished_at", "id")[:PAGE]
    return [DeadLetter(w.id, w.topic, w.subscriber, w.created_at, w.finished_at, w.attempts, w.error) for w in rows]
