"""Bank files and payments by hand: two people before, immutable, no payment in two files."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from backend.audit.models import AccessEvent
from backend.kernel.errors import Conflict, Invalid, NotFound
from payments import public
from payments.ledger.data import BANK as BANK_ACCOUNT
from payments.ledger.data import CASH, payable
from payments.ledger.queries import balance
from payments.payouts import queries
from payments.payouts.models import BankFile, Payout
from payments.payouts.states import PayoutState
from payments.payouts.usecases import bank, runs
from payments.payouts.usecases.destinations import record_call_back
from payments.payouts.usecases.sending import retry
from tests.payments.cast import IN_PERSON, START, Cast, choose_bank, choose_other, later, owe

RESTED = START + timedelta(hours=73)


def _approve(cast: Cast, at: datetime = RESTED) -> None:
    run_id = runs.prepare_run(payout_ids=None, actor=later(cast.preparer, at), at=at)
    digest = queries.run_visible_to(cast.approver, run_id).digest
    runs.approve_run(run_id=run_id, digest=digest, actor=later(cast.approver, at), at=at)


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
    _approve(banked)
    file_id = bank.make_bank_file(actor=finance, at=RESTED)
    with pytest.raises(Conflict):
        bank.make_bank_file(actor=finance, at=RESTED)  # nothing stands in two files
    name, text = bank.open_bank_file(file_id=file_id, actor=finance, at=RESTED)
    header, *rows = text.split("\r\n")
    assert header == "Beneficiary name,Sort code,Account number,Amount,Reference"
    assert sorted(filter(None, rows)) == [
        "A Example,123456,12345678,150.00,BK-TEST001",
        "A Example,123456,12345678,42.55,BK-TEST002",
    ]
    view = queries.bank_files_visible_to(finance)[0]
    assert (view.count, view.total, view.unpaid) == (2, 19255, 2)
    assert view.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert name.endswith(".csv")
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


def test_the_file_cannot_be_changed(banked: Cast) -> None:
    _approve(banked)
    bank.make_bank_file(actor=later(banked.preparer, RESTED), at=RESTED)
    for statement in ("UPDATE payments_bank_file SET total_pence = 1", "DELETE FROM payments_bank_file_row"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_refused_by_the_bank_goes_into_a_later_file(banked: Cast) -> None:
    _approve(banked)
    finance = later(banked.preparer, RESTED)
    first = bank.make_bank_file(actor=finance, at=RESTED)
    payout = Payout.objects.get(key="fee:1")
    bank.mark_bank_refused(file_id=first, payout_id=payout.id, actor=finance, at=RESTED)
    retry(payout_id=payout.id, actor=finance, at=RESTED)
    second = bank.make_bank_file(actor=finance, at=RESTED)
    for file_id in (first, second):
        bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=finance, at=RESTED)
    assert balance(BANK_ACCOUNT) == -19255
    assert public.verify() == []


def test_bounced_is_owed_again(banked: Cast) -> None:
    _approve(banked)
    finance = later(banked.preparer, RESTED)
    file_id = bank.make_bank_file(actor=finance, at=RESTED)
    bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=RESTED.date(), actor=finance, at=RESTED)
    payout = Payout.objects.get(key="fee:1")
    bank.mark_bank_returned(payout_id=payout.id, actor=finance, at=RESTED)
    assert Payout.objects.get(key="fee:1").state == "due"
    assert balance(payable(banked.payee_ref)) == -15000
    assert public.verify() == []


def test_no_file_before_the_call_back(cast: Cast) -> None:
    choose_bank(cast)
    owe(cast)
    _approve(cast)
    with pytest.raises(Conflict):
        bank.make_bank_file(actor=later(cast.preparer, RESTED), at=RESTED)
    assert not BankFile.objects.exists()


def test_strangers_find_no_file(banked: Cast) -> None:
    _approve(banked)
    file_id = bank.make_bank_file(actor=later(banked.preparer, RESTED), at=RESTED)
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
    _approve(cast)
    with pytest.raises(Invalid):
        bank.record_handed_over(payout_id=owed.payout_id, receipt=" ", paid_on=RESTED.date(), actor=finance, at=RESTED)
    bank.record_handed_over(payout_id=owed.payout_id, receipt="R1", paid_on=RESTED.date(), actor=finance, at=RESTED)
    assert Payout.objects.get().state == "paid"
    assert balance(CASH) == -15000
    assert public.verify() == []
