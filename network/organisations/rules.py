"""May this actor? Pure predicates."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role


def may_see(actor: Actor, organisation_id: UUID) -> bool:
    return actor.has(Role.COORDINATOR) or (actor.has(Role.REQUESTER) and actor.speaks_for(organisation_id))


def may_manage_members(actor: Actor, organisation_id: UUID, *, is_owner: bool) -> bool:
    """The organisation's owner; a coordinator may step in when the owner has gone. A program never may."""
    if actor.has(Role.COORDINATOR):
        return True
    return actor.kind is ActorKind.USER and actor.has(Role.REQUESTER) and actor.speaks_for(organisation_id) and is_owner


def may_check(actor: Actor) -> bool:
    return actor.has(Role.COORDINATOR)


def may_register(actor: Actor) -> bool:
    """Anybody may apply; a program or a link may not."""
    return actor.kind in (ActorKind.NOBODY, ActorKind.USER)
