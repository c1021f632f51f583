from __future__ import annotations

from dataclasses import replace

import pytest

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, OwnWordsError, StepUpNeeded
from payments import public
from payments.money import Pence
from payments.payouts.models import Payout
from tests.payments.cast import START, Cast


def _claim(
    cast: Cast, kind: public.ExpenseKind = public.ExpenseKind.REIMBURSED, amount: int = 2340
) -> public.ClaimView:
    public.claim_expense(
        key="expense:1",
        payee_ref=cast.payee_ref,
        reference="BK-TEST001",
        kind=kind,
        amount=Pence(amount),
        what_for="train, return",
        pay_by=START.date(),
        actor=cast.person,
        at=START,
    )
    return public.expenses_for(cast.payee_ref)[0]


def test_approved_is_owed(cast: Cast) -> None:
    claim = _claim(cast)
    public.decide_expense(claim_id=claim.claim_id, approve=True, reason="", actor=cast.preparer, at=START)
    payout = Payout.objects.get()
    assert (payout.amount_pence, payout.code, payout.state) == (2340, "expense", "due")
    with pytest.raises(Conflict):
        public.decide_expense(claim_id=claim.claim_id, approve=True, reason="", actor=cast.preparer, at=START)
    assert Payout.objects.count() == 1


def test_booked_directly_is_not_owed_to_the_person(cast: Cast) -> None:
    claim = _claim(cast, public.ExpenseKind.DIRECT)
    public.decide_expense(claim_id=claim.claim_id, approve=True, reason="", actor=cast.preparer, at=START)
    assert not Payout.objects.exists()


def test_refusals_change_nothing(cast: Cast) -> None:
    claim = _claim(cast)
    own = replace(cast.preparer, user_id=cast.person.user_id)
    tries: list[tuple[Actor, type[OwnWordsError]]] = [
        (cast.person, NotFound),
        (own, NotAllowed),
        (replace(cast.preparer, stepped_up_at=None), StepUpNeeded),
    ]
    for actor, error in tries:
        with pytest.raises(error):
            public.decide_expense(claim_id=claim.claim_id, approve=True, reason="", actor=actor, at=START)
    with pytest.raises(Invalid):
        public.decide_expense(claim_id=claim.claim_id, approve=False, reason=" ", actor=cast.preparer, at=START)
    assert public.expenses_for(cast.payee_ref)[0].state == "submitted"
    assert not Payout.objects.exists()


def test_bad_claims(cast: Cast) -> None:
    with pytest.raises(Invalid):
        _claim(cast, amount=0)
    assert public.expenses_for(cast.payee_ref) == []
    _claim(cast)
    with pytest.raises(Conflict):
        _claim(cast, amount=9)
