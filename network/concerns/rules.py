"""Pure predicates: a question goes to those who work with the person, a worry to safeguarding, and nobody else reads it."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from network.concerns.states import ConcernKind


def is_self(actor: Actor, person_id: UUID) -> bool:
    return actor.is_person(person_id) and actor.kind is ActorKind.USER


def may_read(actor: Actor, kind: ConcernKind, *, assigned: bool) -> bool:
    """A worry may be about a coordinator, so coordinators do not see it."""
    if actor.kind is not ActorKind.USER:
        return False
    if kind is ConcernKind.WORRY:
        return actor.has(Role.SAFEGUARDING)
    return actor.has(Role.SAFEGUARDING) or (actor.has(Role.COORDINATOR) and assigned)
