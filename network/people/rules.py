"""Pure predicates: who may do what about a person."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role


def is_self(actor: Actor, person_id: UUID) -> bool:
    """The person, signed in. A signed link answers one request; it does not open a profile."""
    return actor.is_person(person_id) and actor.kind is ActorKind.USER


def may_invite(actor: Actor) -> bool:
    return actor.has(Role.COORDINATOR, Role.SAFEGUARDING)


def may_list(actor: Actor) -> bool:
    return actor.has(Role.COORDINATOR, Role.SAFEGUARDING)


def may_assign(actor: Actor, *, assigned: bool) -> bool:
    """A coordinator hands over or shares their own people; the safeguarding lead may assign anybody's."""
    return actor.has(Role.SAFEGUARDING) or (actor.has(Role.COORDINATOR) and assigned)


def may_write(actor: Actor, person_id: UUID, *, by_phone: bool, assigned: bool) -> bool:
    """The person; or, said to be by phone, a coordinator who works with them (recorded, and it can be undone)."""
    if by_phone:
        return actor.has(Role.COORDINATOR) and assigned and not actor.is_person(person_id)
    return is_self(actor, person_id)
