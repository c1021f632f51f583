from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import NotFound
from payments.expenses.data import ClaimView, ExpenseKind
from payments.expenses.models import Claim
from payments.expenses.states import ClaimState
from payments.money import Pence


def view_of(claim: Claim) -> ClaimView:
    return ClaimView(
        claim_id=claim.id,
        key=claim.key,
        payee_ref=claim.payee_ref,
        reference=claim.reference,
        kind=ExpenseKind(claim.kind),
        amount=Pence(claim.amount_pence),
        what_for=claim.what_for,
        state=claim.state,
        state_words=str(ClaimState(claim.state).label),
        reason=claim.reason,
        pay_by=claim.pay_by,
        submitted_at=claim.submitted_at,
        decided_at=claim.decided_at,
    )


def claims_of(payee_ref: UUID) -> Sequence[ClaimView]:
    """One payee's; network has checked that the payee is the actor's own."""
    return [view_of(c) for c in Claim.objects.filter(payee_ref=payee_ref).order_by("-submitted_at", "id")]


FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)


def claims_visible_to(actor: Actor) -> Sequence[ClaimView]:
    """Claims that wait for finance; nothing for anybody else."""
    if not actor.has(*FINANCE):
        return []
    return [view_of(c) for c in Claim.objects.filter(state=ClaimState.SUBMITTED).order_by("pay_by", "id")]


def decided_claims_visible_to(actor: Actor, *, most: int = 50) -> Sequence[ClaimView]:
    """What finance has decided about, newest first; nothing for anybody else."""
    if not actor.has(*FINANCE):
        return []
    rows = Claim.objects.exclude(state=ClaimState.SUBMITTED).order_by("-decided_at", "id")
    return [view_of(c) for c in rows[:most]]


def claim_visible_to(actor: Actor, claim_id: UUID) -> ClaimView:
    """One claim, for finance. Raises NotFound."""
    claim = Claim.objects.filter(id=claim_id).first() if actor.has(*FINANCE) else None
    if claim is None:
        raise NotFound
    return view_of(claim)
