"""May this actor? Pure predicates."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from network.mentoring.data import Part


def is_signed_in_person(actor: Actor, person_id: UUID) -> bool:
    return actor.kind is ActorKind.USER and actor.is_person(person_id)


def is_coordinator(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(Role.COORDINATOR)


def part_of(actor: Actor, *, mentor_id: UUID, mentee_id: UUID) -> Part | None:
    """Who the actor is in a pairing; None for a stranger. A coordinator who is one of the two is that one."""
    if is_signed_in_person(actor, mentor_id):
        return Part.MENTOR
    if is_signed_in_person(actor, mentee_id):
        return Part.MENTEE
    if is_coordinator(actor):
        return Part.COORDINATOR
    return None
