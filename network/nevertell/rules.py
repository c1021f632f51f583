"""Pure predicates: the list is the person's; a match is the safeguarding lead's to read and the person's to decide."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from network.nevertell.states import HitMove, How


def is_self(actor: Actor, person_id: UUID) -> bool:
    return actor.is_person(person_id) and actor.kind is ActorKind.USER


def is_lead(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(Role.SAFEGUARDING)


def may_move(move: HitMove, how: How) -> bool:
    """The lead may say "not the same" of a name that only looks alike. What fits exactly, the person alone may let
    pass (promise 3)."""
    return move is not HitMove.NOT_THE_SAME or how is How.SIMILAR
