"""Pure predicates about looking at people's details."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.clock import LONDON


def supports(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.user_id is not None and actor.has(Role.COORDINATOR, Role.SAFEGUARDING)


def is_lead(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(Role.SAFEGUARDING)


def is_self(actor: Actor, person_id: UUID) -> bool:
    return actor.is_person(person_id) and actor.kind is ActorKind.USER


def unusual_hour(at: datetime, first: int, last: int) -> bool:
    """Outside the hours (UK time) in which staff commonly work."""
    return not first <= at.astimezone(LONDON).hour < last


def over(opened_today: frozenset[UUID], person_id: UUID, most: int) -> bool:
    """One more person would be too many. Another detail of somebody already opened today is not."""
    return person_id not in opened_today and len(opened_today) >= most
