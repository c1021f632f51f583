"""May this actor? Pure predicates."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role

OUTSIDE_ROLES = frozenset({Role.SPOKESPERSON, Role.SUPPORTER, Role.REQUESTER})
SCOPED_ROLES = OUTSIDE_ROLES  # they are roles over one person or one organisation
# Two people for money (control C30), and a third who compares and cannot pay (C36): nobody has two of these.
NEVER_TOGETHER = frozenset({Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.BOOKKEEPER})


def may_grant(actor: Actor, role: Role) -> bool:
    """Coordinators bring people and organisations in; the admin appoints staff; the machinery seeds and migrates."""
    if actor.kind == ActorKind.SYSTEM:
        return True
    if role in OUTSIDE_ROLES:
        return actor.has(Role.COORDINATOR)
    return actor.has(Role.ADMIN)


def may_manage_account(actor: Actor) -> bool:
    return actor.kind == ActorKind.SYSTEM or actor.has(Role.ADMIN)


def may_manage_programs(actor: Actor, organisation_id: UUID) -> bool:
    """The organisation's own people, a coordinator, or the machinery. Never a program."""
    if actor.kind == ActorKind.SYSTEM:
        return True
    if actor.kind != ActorKind.USER:
        return False
    return actor.has(Role.COORDINATOR) or (actor.has(Role.REQUESTER) and actor.speaks_for(organisation_id))


def needs_step_up(actor: Actor, at: datetime) -> bool:
    """True for a human who has not proved themselves again in the last minutes; the machinery has nothing to prove."""
    return actor.kind != ActorKind.SYSTEM and not actor.has_stepped_up(at)
