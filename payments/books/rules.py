"""Who may read the books, and who compares them with the bank and Stripe: a role that can pay nobody (control C36)."""

from __future__ import annotations

from datetime import datetime

from backend.kernel.actor import Actor, ActorKind, Role
from payments.ledger.rules import need

FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)
READERS = (*FINANCE, Role.BOOKKEEPER, Role.TRUSTEE)
WORKERS = (*FINANCE, Role.BOOKKEEPER)  # see lines of statements, which may carry names


def may_read(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(*READERS)


def may_see_lines(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(*WORKERS)


def need_bookkeeper(actor: Actor, at: datetime) -> str:
    """Whoever compares: the bookkeeper, freshly proven, or the machinery that runs by the clock. Raises NotFound for
    others (those who can pay among them), StepUpNeeded. Returns the actor's reference."""
    if actor.kind is not ActorKind.SYSTEM:
        need(actor, at, Role.BOOKKEEPER)
    return actor.ref
