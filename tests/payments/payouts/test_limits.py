"""Above a limit a third person decides (C35): per payment, per person in a week, per day. And what an approver is shown
first (C34): shown, never decided by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, NotAllowed, NotFound, OwnWordsError, StepUpNeeded
from payments import public
from payments.money import Pence
from payments.payouts import limits, queries, schedule
from payments.payouts.models import BankFile, Payout
from payments.payouts.usecases import bank, trustee
from payments.payouts.usecases.destinations import record_call_back
from payments.rates.usecases import set_rate
from tests.payments.approving import approve_all, released_file
from tests.payments.cast import IN_PERSON, START, Cast, choose_bank, later, make_cast, owe, staff
from tests.payments.conftest import drain

RESTED = START + timedelta(hours=73)
TRUSTEE = staff(Role.FINANCE_APPROVER)


@pytest.fixture
def banked(cast: Cast) -> Cast:
    choose_bank(cast)
    record_call_back(payee_ref=cast.payee_ref, note=IN_PERSON, actor=cast.preparer, at=START)
    return cast


def _trustee(at: datetime = RESTED) -> Actor:
    return later(TRUSTEE, at)


def _states() -> dict[str, tuple[str, str]]:
    return {p.key: (p.state, p.over_limit) for p in Payout.objects.order_by("key")}


def test_the_trustee_lets_it_go(banked: Cast) -> None:
    owed = owe(banked, amount=200_001)
    approve_all(banked, RESTED)
    assert _states() == {"fee:1": ("held", "payout")}
    schedule.settle_unknowns(RESTED + timedelta(days=2))  # no time lets it go
    drain(RESTED + timedelta(days=2))
    with pytest.raises(Conflict):
        bank.make_bank_file(actor=later(banked.preparer, RESTED), at=RESTED)
    digest = queries.payout_visible_to(TRUSTEE, owed.payout_id, at=RESTED).digest
    trustee.agree(payout_id=owed.payout_id, digest=digest, actor=_trustee(), at=RESTED)
    assert _states() == {"fee:1": ("approved", "payout")}
    with pytest.raises(Conflict):
        trustee.agree(payout_id=owed.payout_id, digest=digest, actor=_trustee(), at=RESTED)
    file_id = released_file(banked, RESTED)
    actor = later(banked.preparer, RESTED)
    bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=actor, at=RESTED)
    assert _states() == {"fee:1": ("paid", "payout")}
    assert public.verify() == []


def test_the_trustee_sends_it_back(banked: Cast) -> None:
    owed = owe(banked, amount=200_001)
    approve_all(banked, RESTED)
    digest = Payout.objects.get().digest
    trustee.send_back(payout_id=owed.payout_id, digest=digest, actor=_trustee(), at=RESTED)
    payout = Payout.objects.get()
    assert (payout.state, payout.reason, payout.approved_by, payout.over_limit) == ("due", "trustee_no", None, "")


def _matrix(cast: Cast) -> dict[str, tuple[Actor, type[OwnWordsError]]]:
    both = frozenset({Role.FINANCE_PREPARER, Role.FINANCE_APPROVER})
    at = RESTED
    return {
        "the preparer": (replace(later(cast.preparer, at), roles=both, session_ref="x"), NotAllowed),
        "the approver": (replace(later(cast.approver, at), session_ref="x"), NotAllowed),
        "the payee": (replace(_trustee(), user_id=cast.person.user_id), NotAllowed),
        "in the approver's session": (replace(_trustee(), session_ref=cast.approver.session_ref), NotAllowed),
        "in the preparer's session": (replace(_trustee(), session_ref=cast.preparer.session_ref), NotAllowed),
        "not proven": (replace(_trustee(), stepped_up_at=None), StepUpNeeded),
        "proven six minutes ago": (_trustee(at - timedelta(minutes=6)), StepUpNeeded),
        "a third preparer": (staff(Role.FINANCE_PREPARER, at=at), NotFound),
        "an admin": (staff(Role.ADMIN, at=at), NotFound),
        "the machinery": (Actor.system("payouts"), NotFound),
    }


def test_nobody_but_a_third_person_decides(banked: Cast) -> None:
    owed = owe(banked, amount=200_001)
    approve_all(banked, RESTED)
    digest = Payout.objects.get().digest
    for who, (actor, error) in _matrix(banked).items():
        for act in (trustee.agree, trustee.send_back):
            with pytest.raises(error):
                act(payout_id=owed.payout_id, digest=digest, actor=actor, at=RESTED)
        assert _states() == {"fee:1": ("held", "payout")}, who
    with pytest.raises(Conflict):
        trustee.agree(payout_id=owed.payout_id, digest="0" * 64, actor=_trustee(), at=RESTED)
    choose_bank(
        banked, RESTED, bank=public.BankDetails(account_holder="A", sort_code="112233", account_number="87654321")
    )
    with pytest.raises(Conflict):
        trustee.agree(payout_id=owed.payout_id, digest=digest, actor=_trustee(), at=RESTED)
    schedule.settle_unknowns(RESTED)
    assert _states() == {"fee:1": ("due", "")}


@pytest.mark.parametrize("change", [{"state": "sending"}, {"trustee_by": None}, {"trustee_session": ""}])
def test_the_database_itself_asks_for_the_third(banked: Cast, change: dict[str, Any]) -> None:
    owed = owe(banked, amount=200_001)
    approve_all(banked, RESTED)
    if change != {"state": "sending"}:
        digest = Payout.objects.get().digest
        trustee.agree(payout_id=owed.payout_id, digest=digest, actor=_trustee(), at=RESTED)
        Payout.objects.update(state="sending")
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.update(**change)
    for other in ("prepared_by", "approved_by"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payout.objects.update(trustee_by=getattr(Payout.objects.get(), other), trustee_session="y")


def test_what_one_person_gets_in_a_week(banked: Cast) -> None:
    for number in (1, 2, 3):
        owe(banked, number, 140_000)
    approve_all(banked, RESTED)
    assert sorted(over for _, over in _states().values()) == ["", "", "payee_week"]
    owe(banked, 4, 20_000)  # what a trustee looks at uses up nobody's room
    approve_all(banked, RESTED + timedelta(hours=1))
    assert _states()["fee:4"] == ("approved", "")
    owe(banked, 5, 140_000)
    approve_all(banked, RESTED + timedelta(days=7, minutes=1))
    assert _states()["fee:5"] == ("approved", "")


def test_what_goes_out_in_a_day(banked: Cast) -> None:
    set_rate(
        kind="policy:network_day_limit_pence", effective_from=START.date(), value=25_000, source="The trustees, minute 3",
        actor=staff(Role.FINANCE_APPROVER), at=START,
    )  # fmt: skip
    other = make_cast()
    choose_bank(other, bank=public.BankDetails(account_holder="B", sort_code="112233", account_number="87654321"))
    record_call_back(payee_ref=other.payee_ref, note=IN_PERSON, actor=banked.preparer, at=START)
    owe(banked, 1, 15_000)
    approve_all(banked, RESTED)
    owe(other, 2, 15_000)
    approve_all(banked, RESTED + timedelta(hours=1))  # in another run, to another person
    owe(banked, 3, 9_000)
    approve_all(banked, RESTED + timedelta(hours=2))
    assert _states() == {"fee:1": ("approved", ""), "fee:2": ("held", "network_day"), "fee:3": ("approved", "")}
    owe(banked, 4, 9_000)
    approve_all(banked, RESTED + timedelta(days=1))
    assert _states()["fee:4"] == ("approved", "")


def test_mutant_without_limits_it_would_go(banked: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "past_limits", lambda payouts, at: {})
    monkeypatch.setattr("payments.payouts.usecases.runs.past_limits", lambda payouts, at: {})
    owe(banked, amount=200_001)
    approve_all(banked, RESTED)
    assert _states() == {"fee:1": ("approved", "")}


def test_signals_are_shown_and_nothing_is_refused(banked: Cast) -> None:
    from payments.payouts.usecases import runs

    other = make_cast()
    choose_bank(other)  # the same account
    choose_bank(
        banked, bank=public.BankDetails(account_holder="Z Other", sort_code="08-99-99", account_number="66374959")
    )
    choose_bank(banked)
    choose_bank(
        banked, bank=public.BankDetails(account_holder="Z Other", sort_code="08-99-99", account_number="66374959")
    )
    for number in range(30):
        owe(other, number, 1000 + number)
    record_call_back(payee_ref=other.payee_ref, note=IN_PERSON, actor=banked.preparer, at=START)
    approve_all(banked, RESTED)
    paid = released_file(banked, RESTED)
    actor = later(banked.preparer, RESTED)
    bank.mark_bank_file_paid(file_id=paid, payout_ids=None, paid_on=RESTED.date(), actor=actor, at=RESTED)
    assert BankFile.objects.count() == 1
    owe(banked, 100, 210_000)
    twin = public.fee_owed(
        key="fee:101", payee_ref=banked.payee_ref, customer_ref=None, reference="BK-TEST100",
        amount=Pence(210_000), pay_by=RESTED.date(), description_code="fee", actor=Actor.system("t"), at=START,
    )  # fmt: skip
    run_id = runs.prepare_run(payout_ids=[twin.payout_id], actor=actor, at=RESTED)
    view = queries.run_visible_to(banked.approver, run_id, at=RESTED)
    shown = " | ".join(view.payouts[0].signals)
    for words in (
        "the limit for one payment: a trustee decides",
        "First payment to this person",
        "changed and not confirmed",
        "not like the name",
        "do not fit each other",
        "same reference stands in the books more than once",
        "Among the largest payments",
    ):
        assert words in shown, shown
    runs.approve_run(run_id=run_id, digest=view.digest, actor=later(banked.approver, RESTED), at=RESTED)
