from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from backend.kernel.states import next_state
from payments.expenses.data import ClaimView, ExpenseKind
from payments.expenses.models import Claim
from payments.expenses.queries import view_of
from payments.expenses.states import MOVES, ClaimMove, ClaimState
from payments.money import Pence
from payments.payees.queries import standing


@transaction.atomic
def submit(
    *,
    key: str,
    payee_ref: UUID,
    reference: str,
    kind: ExpenseKind,
    amount: Pence,
    what_for: str,
    pay_by: date,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Ask for an expense. The same key again is the same claim. Raises Invalid, Conflict."""
    known = Claim.objects.filter(key=key).first()
    if known is not None:
        if (known.payee_ref, known.amount_pence) != (payee_ref, amount):
            raise Conflict("This expense was sent before, with another amount.")
        return known.id
    problems: dict[str, list[str]] = {}
    if amount <= 0:
        problems["amount"] = ["Enter an amount above zero"]
    if not what_for.strip():
        problems["what_for"] = ["Say in a few words what it is for, like “train, return”"]
    if problems:
        raise Invalid(problems)
    return Claim.objects.create(
        key=key,
        payee_ref=payee_ref,
        reference=reference,
        kind=kind,
        amount_pence=amount,
        what_for=what_for.strip()[:100],
        pay_by=pay_by,
        submitted_by=actor.ref,
        submitted_at=at,
    ).id


@transaction.atomic
def decide(
    *,
    claim_id: UUID,
    move: ClaimMove,
    reason: str,
    actor: Actor,
    at: datetime,
) -> ClaimView:
    """Finance approves or refuses. Nobody decides about their own.

    Raises NotFound, StepUpNeeded, NotAllowed, Conflict, Invalid for a refusal without a reason.
    """
    if not actor.has(Role.FINANCE_PREPARER, Role.FINANCE_APPROVER):
        raise NotFound
    claim = Claim.objects.select_for_update().filter(id=claim_id).first()
    if claim is None:
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    own = standing(claim.payee_ref).owner_user_id
    if actor.user_id is None or actor.user_id == own or claim.submitted_by == actor.ref:
        raise NotAllowed("Somebody else decides about your own expense.")
    if move is ClaimMove.REFUSE and not reason.strip():
        raise Invalid({"reason": ["Say why, in words the person will read"]})
    claim.state = next_state(MOVES, ClaimState(claim.state), move)
    claim.decided_by, claim.decided_at, claim.reason = actor.ref, at, reason.strip()[:200]
    claim.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    return view_of(claim)
