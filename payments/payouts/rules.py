"""Who may do what with payouts, and what an approval signs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import NotAllowed, NotFound, StepUpNeeded
from payments.money import CURRENCY

FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)


def payout_digest(
    *, payout_id: UUID, key: str, round_number: int, payee_ref: UUID, route: str, fingerprint: str, amount: int
) -> str:
    """What an approval signs (C31): payee, destination, amount, currency and what it is for."""
    parts = (str(payout_id), key, str(round_number), str(payee_ref), route, fingerprint, str(amount), CURRENCY)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def run_digest(digests: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(sorted(digests)).encode()).hexdigest()


def is_finance(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.user_id is not None and actor.has(*FINANCE)


def need_finance(actor: Actor, at: datetime, *roles: Role) -> tuple[UUID, str]:
    """The finance user and session, freshly proven. Raises NotFound for others, StepUpNeeded."""
    if not is_finance(actor) or not actor.has(*(roles or FINANCE)) or actor.user_id is None:
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded("Please confirm that it is you before you move money.")
    if not actor.session_ref:
        raise NotAllowed("This session cannot be told apart from others; please sign in again.")
    return actor.user_id, actor.session_ref


def need_second_person(
    *, approver: UUID, session: str, preparer: UUID | None, preparer_session: str, owners: Iterable[UUID | None]
) -> None:
    """Four eyes (C30): another person than the preparer, in another session, and no payee among those paid."""
    if preparer is None or approver == preparer:
        raise NotAllowed("Another person than the one who prepared this approves it.")
    if session == preparer_session:
        raise NotAllowed("This was prepared in the same session. The second person signs in on their own.")
    if approver in set(owners):
        raise NotAllowed("Your own pay is in this run. Another person approves it.")
