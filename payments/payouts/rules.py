"""Who may do what with payouts, and what an approval signs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import NotAllowed, NotFound, StepUpNeeded
from payments.money import CURRENCY
from payments.payouts.data import PayoutPage
from payments.payouts.states import PayoutState

FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)


def payout_digest(
    *,
    payout_id: UUID,
    key: str,
    round_number: int,
    payee_ref: UUID,
    route: str,
    fingerprint: str,
    version: int,
    amount: int,
) -> str:
    """What an approval signs (C31): payee, destination, amount, currency and what it is for. `version` is how often the
    destination was set: one that was changed away and back is not the one that was approved."""
    parts = (
        *(str(payout_id), key, str(round_number), str(payee_ref)),
        *(route, fingerprint, str(version), str(amount), CURRENCY),
    )
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


def need_statement_reader(actor: Actor, at: datetime) -> None:
    """Who may say that the bank statement shows a payment: finance, or the bookkeeper, who can send none (C36); the
    machinery confirms for nobody. Raises NotFound, StepUpNeeded."""
    if actor.kind is ActorKind.USER and actor.has(Role.BOOKKEEPER):
        if not actor.has_stepped_up(at):
            raise StepUpNeeded("Please confirm that it is you before you change the books.")
        return
    need_finance(actor, at)


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


def trustee_may(actor: Actor, page: PayoutPage) -> bool:
    """Whether this reader could be the third person (sessions and the payee are checked when they decide)."""
    payout = page.payout
    waits = payout.state == PayoutState.HELD and bool(payout.over_limit) and page.trustee_by is None
    return waits and actor.has(Role.FINANCE_APPROVER) and actor.user_id not in (page.prepared_by, page.approved_by)


def need_third_person(*, trustee: UUID, session: str, people: Iterable[UUID | None], sessions: Iterable[str]) -> None:
    """Above a limit (C35): somebody who neither prepared nor approved it, in a session of their own, and not the one
    who is paid."""
    if trustee in set(people):
        raise NotAllowed("A third person decides this: not the one who prepared it, approved it or is paid.")
    if session in set(sessions):
        raise NotAllowed("This was prepared or approved in the same session. A trustee signs in on their own.")
