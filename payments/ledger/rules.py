"""Who may close a month of the books, and who may open it again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import NotAllowed, NotFound, StepUpNeeded

CLOSERS = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.BOOKKEEPER)
REOPENERS = (Role.FINANCE_APPROVER, Role.BOOKKEEPER)


def need(actor: Actor, at: datetime, *roles: Role) -> tuple[UUID, str]:
    """The user and session, freshly proven. Raises NotFound for others, StepUpNeeded, NotAllowed."""
    if actor.kind is not ActorKind.USER or actor.user_id is None or not actor.has(*roles):
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded("Please confirm that it is you before you change the books.")
    if not actor.session_ref:
        raise NotAllowed("This session cannot be told apart from others; please sign in again.")
    return actor.user_id, actor.session_ref
