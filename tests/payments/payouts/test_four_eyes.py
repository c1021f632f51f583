"""Two different people, in two sessions, neither of them the payee, both freshly proven; and what they sign is what is
paid. Every refusal leaves everything as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, NotAllowed, NotFound, OwnWordsError, StepUpNeeded
from payments import public
from payments.ledger.data import DONATIONS_DUE, SUPPORT_INCOME, payable
from payments.ledger.queries import balance
from payments.payouts import queries
from payments.payouts.models import Payout, PayoutRun
from payments.payouts.usecases import runs
from tests.payments.approving import approve_all
from tests.payments.cast import START, Cast, choose_bank, choose_other, later, owe, staff
from tests.payments.conftest import drain


def _submitted(cast: Cast) -> tuple[PayoutRun, str]:
    choose_bank(cast)
    owe(cast)
    run_id = runs.prepare_run(payout_ids=None, actor=cast.preparer, at=START)
    run = PayoutRun.objects.get(id=run_id)
    return run, run.digest


def test_two_people_can(cast: Cast) -> None:
    run, digest = _submitted(cast)
    runs.approve_run(run_id=run.id, digest=digest, actor=cast.approver, at=START)
    assert Payout.objects.get().state == "approved"


def _matrix(cast: Cast) -> dict[str, tuple[Actor, type[OwnWordsError]]]:
    both = frozenset({Role.FINANCE_PREPARER, Role.FINANCE_APPROVER})
    return {
        "the preparer": (replace(cast.preparer, roles=both, session_ref="other"), NotAllowed),
        "another user in the preparer's session": (
            replace(cast.approver, session_ref=cast.preparer.session_ref),
            NotAllowed,
        ),
        "the payee": (replace(cast.approver, user_id=cast.person.user_id), NotAllowed),
        "no step-up": (replace(cast.approver, stepped_up_at=None), StepUpNeeded),
        "a step-up of six minutes ago": (later(cast.approver, START - timedelta(minutes=6)), StepUpNeeded),
        "no session": (replace(cast.approver, session_ref=""), NotAllowed),
        "a preparer only": (staff(Role.FINANCE_PREPARER), NotFound),
        "a coordinator": (staff(Role.COORDINATOR), NotFound),
        "an admin": (staff(Role.ADMIN), NotFound),
        "the machinery": (Actor.system("payouts"), NotFound),
        "nobody": (Actor.nobody(), NotFound),
    }


def test_nobody_else_can(cast: Cast) -> None:
    run, digest = _submitted(cast)
    for who, (actor, error) in _matrix(cast).items():
        with pytest.raises(error):
            runs.approve_run(run_id=run.id, digest=digest, actor=actor, at=START)
        payout = Payout.objects.get()
        assert (payout.state, payout.approved_by) == ("submitted", None), who
        assert PayoutRun.objects.get().state == "submitted", who


def test_only_a_stepped_up_preparer_prepares(cast: Cast) -> None:
    choose_bank(cast)
    owe(cast)
    for actor, error in (
        (cast.approver, NotFound),
        (replace(cast.preparer, stepped_up_at=None), StepUpNeeded),
        (Actor.system("x"), NotFound),
    ):
        with pytest.raises(error):
            runs.prepare_run(payout_ids=None, actor=actor, at=START)
    assert Payout.objects.get().state == "due"
    assert not PayoutRun.objects.exists()


def test_own_pay_is_left_out_of_what_one_prepares(cast: Cast) -> None:
    choose_bank(cast)
    owe(cast)
    with pytest.raises(Conflict):
        runs.prepare_run(payout_ids=None, actor=replace(cast.preparer, user_id=cast.person.user_id), at=START)
    assert Payout.objects.get().state == "due"


def test_a_changed_destination_voids_what_was_to_be_signed(cast: Cast) -> None:
    run, digest = _submitted(cast)
    choose_bank(cast, bank=public.BankDetails(account_holder="A", sort_code="112233", account_number="87654321"))
    signals = queries.run_visible_to(cast.approver, run.id, at=START).payouts[0].signals
    assert any("changed since" in signal for signal in signals)
    with pytest.raises(Conflict):
        runs.approve_run(run_id=run.id, digest=digest, actor=cast.approver, at=START)
    assert Payout.objects.get().state == "submitted"


def test_a_changed_amount_or_a_stale_page_is_refused(cast: Cast) -> None:
    run, digest = _submitted(cast)
    with pytest.raises(Conflict):
        runs.approve_run(run_id=run.id, digest="0" * 64, actor=cast.approver, at=START)
    Payout.objects.update(amount_pence=15001)
    with pytest.raises(Conflict):
        runs.approve_run(run_id=run.id, digest=digest, actor=cast.approver, at=START)
    assert Payout.objects.get().state == "submitted"


def test_taking_one_out_changes_what_is_signed(cast: Cast) -> None:
    choose_bank(cast)
    owe(cast, 1)
    second = owe(cast, 2, 4000)
    run_id = runs.prepare_run(payout_ids=None, actor=cast.preparer, at=START)
    seen = queries.run_visible_to(cast.approver, run_id).digest
    runs.take_out(payout_id=second.payout_id, actor=cast.approver, at=START)
    with pytest.raises(Conflict):
        runs.approve_run(run_id=run_id, digest=seen, actor=cast.approver, at=START)
    fresh = queries.run_visible_to(cast.approver, run_id).digest
    runs.approve_run(run_id=run_id, digest=fresh, actor=cast.approver, at=START)
    assert sorted(Payout.objects.values_list("key", "state")) == [("fee:1", "approved"), ("fee:2", "due")]


@pytest.mark.parametrize(
    "change",
    [
        {"approved_by": None},
        {"approved_session": ""},
        {"digest": ""},
        {"state": "paid", "prepared_by": None},
    ],
)
def test_the_database_itself_asks_for_two_people(cast: Cast, change: dict[str, Any]) -> None:
    run, digest = _submitted(cast)
    runs.approve_run(run_id=run.id, digest=digest, actor=cast.approver, at=START)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.update(approved_by=Payout.objects.get().prepared_by)
    assert Payout.objects.get().state == "approved"


def test_a_gathered_run_still_needs_both_people(cast: Cast) -> None:
    choose_bank(cast)
    owe(cast)
    run_id = runs.gather_run(payout_ids=None, actor=Actor.system("payout_run"), at=START)
    with pytest.raises(Conflict):
        runs.approve_run(run_id=run_id, digest="", actor=cast.approver, at=START)
    digest = runs.submit_run(run_id=run_id, actor=cast.preparer, at=START)
    runs.approve_run(run_id=run_id, digest=digest, actor=cast.approver, at=START)
    assert Payout.objects.get().state == "approved"


@pytest.mark.parametrize(("route", "account"), [("donate", "donations_due"), ("decline", "support_income")])
def test_giving_on_and_declining_settle_without_money(cast: Cast, route: str, account: str) -> None:
    choose_other(cast, public.Route(route))
    owe(cast)
    run_id = runs.prepare_run(payout_ids=None, actor=cast.preparer, at=START)
    digest = queries.run_visible_to(cast.approver, run_id).digest
    runs.approve_run(run_id=run_id, digest=digest, actor=cast.approver, at=START)
    assert Payout.objects.get().state == "settled"
    assert balance(payable(cast.payee_ref)) == 0
    assert balance(DONATIONS_DUE if route == "donate" else SUPPORT_INCOME) == -15000
    assert public.verify() == []


def test_somebody_unknown_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        runs.approve_run(run_id=uuid4(), digest="", actor=cast.approver, at=START)


def test_a_destination_changed_away_and_back_voids_the_approval(on_stripe: Cast) -> None:
    """The same account again is still a change after the approval: somebody else may have been at it (M8)."""
    owe(on_stripe)
    approve_all(on_stripe, START + timedelta(hours=73))
    choose_other(on_stripe, public.Route.MANUAL, START + timedelta(hours=73))
    choose_other(on_stripe, public.Route.STRIPE, START + timedelta(hours=73))
    drain(START + timedelta(hours=80))
    payout = Payout.objects.get()
    assert (payout.state, payout.digest) == ("due", "")
