"""Bank files and payments by hand: two people before, immutable, no payment in two files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend.audit.models import AccessEvent
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from payments import public
from payments.ledger.data import BANK as BANK_ACCOUNT
from payments.ledger.data import CASH, payable
from payments.ledger.queries import balance
from payments.payouts import queries
from payments.payouts.models import BankFile, BankFileDecision, Payout
from payments.payouts.states import PayoutState
from payments.payouts.usecases import bank
from payments.payouts.usecases.destinations import record_call_back
from payments.payouts.usecases.sending import retry
from tests.payments.approving import approve_all, released_file
from tests.payments.cast import IN_PERSON, START, Cast, choose_bank, choose_other, later, owe

RESTED = START + timedelta(hours=73)


@pytest.fixture
def banked(cast: Cast) -> Cast:
    choose_bank(cast)
    record_call_back(payee_ref=cast.payee_ref, note=IN_PERSON, actor=cast.preparer, at=START)
    owe(cast, 1)
    owe(cast, 2, 4255)
    return cast


def test_from_file_to_statement(banked: Cast) -> None:
    finance = later(banked.preparer, RESTED)
    with pytest.raises(Conflict):
        bank.make_bank_file(actor=finance, at=RESTED)  # nothing was approved
    approve_all(banked, RESTED)
    file_id = released_file(banked, RESTED)
    with pytest.raises(Conflict):
        bank.make_bank_file(actor=finance, at=RESTED)  # nothing stands in two files
    opened = bank.open_bank_file(file_id=file_id, actor=finance, at=RESTED)
    text = opened.text
    assert bank.open_bank_file(file_id=file_id, actor=finance, at=RESTED) == opened  # the same bytes again
    header, *rows = text.split("\r\n")
    assert header == "Beneficiary name,Sort code,Account number,Amount,Reference"
    assert sorted(filter(None, rows)) == [
        "A Example,123456,12345678,150.00,BK-TEST001",
        "A Example,123456,12345678,42.55,BK-TEST002",
    ]
    view = queries.bank_files_visible_to(finance)[0]
    assert (view.count, view.total, view.unpaid) == (2, 19255, 2)
    assert view.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert opened.name.endswith(".csv")
    assert AccessEvent.objects.filter(person_id=banked.payee_ref, released=True).count() >= 3
    assert b"12345678" not in bytes(BankFile.objects.get().content_sealed)
    assert balance(BANK_ACCOUNT) == 0
    assert (
        bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=finance, at=RESTED) == 2
    )
    assert (
        bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=finance, at=RESTED) == 0
    )
    assert balance(BANK_ACCOUNT) == -19255
    assert balance(payable(banked.payee_ref)) == 0
    assert {line.state for line in public.money_for([banked.payee_ref])[banked.payee_ref]} == {"paid"}
    assert public.verify() == []


def test_nobody_gives_the_bank_a_file_that_one_person_made_alone(banked: Cast) -> None:
    approve_all(banked, RESTED)
    maker, other = later(banked.preparer, RESTED), later(banked.approver, RESTED)
    file_id = bank.make_bank_file(actor=maker, at=RESTED)
    payout, digest = Payout.objects.get(key="fee:1"), BankFile.objects.get().sha256
    for blocked in (
        lambda: bank.open_bank_file(file_id=file_id, actor=maker, at=RESTED),
        lambda: bank.open_bank_file(file_id=file_id, actor=other, at=RESTED),
        lambda: bank.mark_bank_file_paid(
            file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=other, at=RESTED
        ),
        lambda: bank.mark_bank_refused(file_id=file_id, payout_id=payout.id, actor=other, at=RESTED),
        lambda: bank.release_bank_file(file_id=file_id, sha256="0" * 64, actor=other, at=RESTED),
    ):
        with pytest.raises(Conflict):
            blocked()
    for actor, error in (
        (maker, NotAllowed),
        (replace(maker, session_ref="another"), NotAllowed),
        (replace(other, session_ref=maker.session_ref), NotAllowed),
        (replace(other, user_id=banked.person.user_id), NotAllowed),
        (replace(other, stepped_up_at=None), StepUpNeeded),
        (later(banked.person, RESTED), NotFound),
    ):
        for act in (bank.release_bank_file, bank.refuse_bank_file):
            with pytest.raises(error):
                act(file_id=file_id, sha256=digest, actor=actor, at=RESTED)
    assert not BankFileDecision.objects.exists()
    assert balance(BANK_ACCOUNT) == 0
    bank.release_bank_file(file_id=file_id, sha256=digest, actor=other, at=RESTED)
    for act in (bank.release_bank_file, bank.refuse_bank_file):  # once
        with pytest.raises(Conflict):
            act(file_id=file_id, sha256=digest, actor=other, at=RESTED)


def test_a_file_that_is_not_released_lets_go_of_what_is_in_it(banked: Cast) -> None:
    approve_all(banked, RESTED)
    first = bank.make_bank_file(layout="pain.001.001.09", actor=later(banked.preparer, RESTED), at=RESTED)
    digest = BankFile.objects.get().sha256
    approver = later(banked.approver, RESTED)
    assert bank.refuse_bank_file(file_id=first, sha256=digest, actor=approver, at=RESTED) == 2
    with pytest.raises(Conflict):
        bank.open_bank_file(file_id=first, actor=approver, at=RESTED)
    second = released_file(banked, RESTED, "standard-18")  # the approvals stand
    assert queries.bank_file_visible_to(approver, first).file.decision == "refused"
    bank.mark_bank_file_paid(file_id=second, payout_ids=None, paid_on=RESTED.date(), actor=approver, at=RESTED)
    assert balance(BANK_ACCOUNT) == -19255
    assert public.verify() == []


def test_the_database_itself_asks_for_two_people_and_one_decision(banked: Cast) -> None:
    approve_all(banked, RESTED)
    bank.make_bank_file(actor=later(banked.preparer, RESTED), at=RESTED)
    file = BankFile.objects.get()
    assert file.maker is not None
    same: dict[str, Any] = {"file": file, "sha256": file.sha256, "at": RESTED, "released": True}
    for by, session in ((file.maker, "x"), (uuid4(), str(file.maker_session)), (uuid4(), "")):
        with pytest.raises(IntegrityError), transaction.atomic():
            BankFileDecision.objects.create(
                **same, by=by, session=session, maker=file.maker, maker_session=str(file.maker_session)
            )
    with pytest.raises(Invalid):
        bank.make_bank_file(layout="fax", actor=later(banked.preparer, RESTED), at=RESTED)


def test_the_file_cannot_be_changed(banked: Cast) -> None:
    approve_all(banked, RESTED)
    bank.make_bank_file(actor=later(banked.preparer, RESTED), at=RESTED)
    for statement in ("UPDATE payments_bank_file SET total_pence = 1", "DELETE FROM payments_bank_file_row"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_refused_by_the_bank_goes_into_a_later_file(banked: Cast) -> None:
    approve_all(banked, RESTED)
    finance = later(banked.preparer, RESTED)
    first = released_file(banked, RESTED)
    payout = Payout.objects.get(key="fee:1")
    bank.mark_bank_refused(file_id=first, payout_id=payout.id, actor=finance, at=RESTED)
    retry(payout_id=payout.id, actor=finance, at=RESTED)
    second = released_file(banked, RESTED)
    for file_id in (first, second):
        bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=finance, at=RESTED)
    assert balance(BANK_ACCOUNT) == -19255
    assert public.verify() == []


def test_bounced_is_owed_again(banked: Cast) -> None:
    approve_all(banked, RESTED)
    finance = later(banked.preparer, RESTED)
    file_id = released_file(banked, RESTED)
    bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=finance, at=RESTED)
    payout = Payout.objects.get(key="fee:1")
    bank.mark_bank_returned(payout_id=payout.id, actor=finance, at=RESTED)
    assert Payout.objects.get(key="fee:1").state == "due"
    assert balance(payable(banked.payee_ref)) == -15000
    assert public.verify() == []


def test_no_file_before_the_call_back(cast: Cast) -> None:
    choose_bank(cast)
    owe(cast)
    approve_all(cast, RESTED)
    with pytest.raises(Conflict):
        bank.make_bank_file(actor=later(cast.preparer, RESTED), at=RESTED)
    assert not BankFile.objects.exists()


def test_strangers_find_no_file(banked: Cast) -> None:
    approve_all(banked, RESTED)
    file_id = released_file(banked, RESTED)
    with pytest.raises(NotFound):
        bank.open_bank_file(file_id=file_id, actor=later(banked.person, RESTED), at=RESTED)
    assert queries.bank_files_visible_to(banked.person) == []
    assert queries.payouts_visible_to(banked.person, states=[PayoutState.DUE], at=START) == []


def test_cash_against_a_receipt(cast: Cast) -> None:
    choose_other(cast, public.Route.MANUAL)
    owed = owe(cast)
    finance = later(cast.preparer, RESTED)
    with pytest.raises(Conflict):
        bank.record_handed_over(payout_id=owed.payout_id, receipt="R1", paid_on=RESTED.date(), actor=finance, at=RESTED)
    approve_all(cast, RESTED)
    with pytest.raises(Invalid):
        bank.record_handed_over(payout_id=owed.payout_id, receipt=" ", paid_on=RESTED.date(), actor=finance, at=RESTED)
    bank.record_handed_over(payout_id=owed.payout_id, receipt="R1", paid_on=RESTED.date(), actor=finance, at=RESTED)
    assert Payout.objects.get().state == "paid"
    assert balance(CASH) == -15000
    assert public.verify() == []
