"""Write-offs by two people, statutory interest from dated figures, refunds up to what was overpaid."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from payments.invoicing import late, refunds, usecases, write_offs
from payments.invoicing.models import Invoice, LateClaim, WriteOff
from payments.invoicing.queries import overpaid
from payments.ledger.data import (
    BANK,
    FEE_INCOME,
    LATE_COMPENSATION,
    LATE_INTEREST,
    STRIPE_BALANCE,
    WRITE_OFFS,
    receivable,
)
from payments.ledger.models import Entry
from payments.ledger.queries import balance
from payments.money import Pence
from tests.payments.books.conftest import desk  # noqa: F401  # a fixture
from tests.payments.books.ledger_book import Desk
from tests.payments.cast import START, later


def pay(d: Desk, invoice: Invoice, amount: int, at: datetime = START, ref: str = "R") -> None:
    usecases.record_bank_payment(
        invoice_id=invoice.id, amount=Pence(amount), received_on=at.date(), statement_ref=ref,
        actor=later(d.cast.preparer, at), at=at,
    )  # fmt: skip


# --- write-offs -----------------------------------------------------------------------------------------------------


def test_two_people_write_off_what_is_left(desk: Desk) -> None:  # noqa: F811
    invoice = desk.invoice()
    pay(desk, invoice, 5000)
    asked = write_offs.ask(invoice_id=invoice.id, reason="Closed down", actor=desk.cast.approver, at=START)
    assert balance(WRITE_OFFS) == 0
    with pytest.raises(NotAllowed):
        write_offs.decide(write_off_id=asked, agree=True, actor=desk.cast.approver, at=START)
    with pytest.raises(NotFound):
        write_offs.decide(write_off_id=asked, agree=True, actor=desk.cast.preparer, at=START)
    with pytest.raises(NotFound):
        write_offs.decide(write_off_id=asked, agree=True, actor=desk.keeper, at=START)
    write_offs.decide(write_off_id=asked, agree=True, actor=desk.second_approver, at=START)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.written_off_pence) == ("given_up", 10000)
    assert balance(WRITE_OFFS) == 10000
    assert balance(receivable(desk.cast.customer_ref)) == 0
    with pytest.raises(Conflict):
        write_offs.decide(write_off_id=asked, agree=True, actor=desk.second_approver, at=START)
    assert Entry.objects.filter(kind="write_off").count() == 1


def test_the_database_refuses_a_write_off_by_one_person(desk: Desk) -> None:  # noqa: F811
    invoice = desk.invoice()
    asked = write_offs.ask(invoice_id=invoice.id, reason="r", actor=desk.cast.approver, at=START)
    row = WriteOff.objects.get(id=asked)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        WriteOff.objects.filter(id=asked).update(
            state="approved", decided_by=row.asked_by, decided_session="x", decided_at=START
        )


def test_money_that_comes_meanwhile_or_afterwards(desk: Desk) -> None:  # noqa: F811
    invoice = desk.invoice()
    asked = write_offs.ask(invoice_id=invoice.id, reason="r", actor=desk.cast.preparer, at=START)
    with pytest.raises(Conflict):
        write_offs.ask(invoice_id=invoice.id, reason="again", actor=desk.cast.approver, at=START)
    pay(desk, invoice, 1000)
    with pytest.raises(Conflict):
        write_offs.decide(write_off_id=asked, agree=True, actor=desk.cast.approver, at=START)
    assert WriteOff.objects.get().state == "asked", "a refusal changes nothing"
    write_offs.decide(write_off_id=asked, agree=False, actor=desk.cast.approver, at=START)
    again = write_offs.ask(invoice_id=invoice.id, reason="r", actor=desk.cast.preparer, at=START)
    write_offs.decide(write_off_id=again, agree=True, actor=desk.cast.approver, at=START)
    usecases.receive_from_statement(
        invoice_id=invoice.id, amount=Pence(14000), received_on=START.date(), line_ref="l", actor=desk.keeper, at=START
    )
    invoice.refresh_from_db()
    assert (invoice.state, invoice.written_off_pence, balance(WRITE_OFFS)) == ("paid", 0, 0)
    assert balance(receivable(desk.cast.customer_ref)) == 0


# --- interest ---------------------------------------------------------------------------------------------------------


def test_the_governments_own_example(desk: Desk) -> None:  # noqa: F811
    """£10,000, 60 days late at 11.75% and the fixed sum of £100: £10,293.15 in all."""
    issued = datetime(2026, 7, 6, 10, tzinfo=START.tzinfo)
    invoice = desk.invoice(1, 1_000_000, issued)
    at = issued + timedelta(days=30 + 61)
    actor = later(desk.cast.preparer, at)
    found = late.claimable(invoice_id=invoice.id, actor=actor, at=at)
    assert found is not None
    assert (found.days, found.rate_basis_points, found.interest, found.compensation) == (60, 1175, 19315, 10000)
    assert 1_000_000 + found.total == 1_029_315
    assert "Bank Rate in force on 30 June 2026" in found.rate_source
    assert balance(LATE_INTEREST) == 0, "nothing is booked before somebody claims it"
    claimed = Invoice.objects.get(id=late.claim(invoice_id=invoice.id, actor=actor, at=at))
    assert (claimed.total_pence, claimed.customer_id) == (29315, invoice.customer_id)
    assert (balance(LATE_INTEREST), balance(LATE_COMPENSATION)) == (-19315, -10000)
    assert balance(FEE_INCOME) == -1_000_000
    with pytest.raises(Conflict):
        late.claim(invoice_id=invoice.id, actor=actor, at=at)
    later_on = at + timedelta(days=10)
    again = late.claimable(invoice_id=invoice.id, actor=later(actor, later_on), at=later_on)
    assert again is not None
    assert (again.days, again.compensation, again.rate_basis_points) == (10, 0, 1175)
    assert late.claimable(invoice_id=claimed.id, actor=actor, at=later_on + timedelta(days=90)) is None
    with pytest.raises(DatabaseError), transaction.atomic():
        LateClaim.objects.update(interest_pence=1)


def test_part_payments_lower_what_bears_interest(desk: Desk) -> None:  # noqa: F811
    issued = datetime(2026, 7, 6, 10, tzinfo=START.tzinfo)
    invoice = desk.invoice(1, 100_000, issued)
    pay(desk, invoice, 50_000, issued + timedelta(days=41))  # after 10 days of interest
    at = issued + timedelta(days=51)
    found = late.claimable(invoice_id=invoice.id, actor=later(desk.cast.preparer, at), at=at)
    assert found is not None
    exact = (100_000 * 10 + 50_000 * 10) * 0.1175 / 365
    assert (found.days, found.interest, found.compensation) == (20, round(exact), 7000)


def test_an_unknown_rate_is_never_an_old_one(desk: Desk) -> None:  # noqa: F811
    issued = datetime(2026, 12, 10, 10, tzinfo=START.tzinfo)
    invoice = desk.invoice(1, 100_000, issued)
    at = issued + timedelta(days=60)
    with pytest.raises(Conflict, match="reference rate"):
        late.claimable(invoice_id=invoice.id, actor=later(desk.cast.preparer, at), at=at)
    assert late.half_year(date(2027, 1, 10)) == date(2027, 1, 1)


# --- refunds ----------------------------------------------------------------------------------------------------------


def test_a_refund_gives_back_what_was_overpaid_and_no_more(desk: Desk) -> None:  # noqa: F811
    invoice = desk.invoice()
    pay(desk, invoice, 15000)

    def back(amount: int, ref: str = "REF", how: str = "bank") -> None:
        refunds.record_refund(
            invoice_id=invoice.id, how=how, amount=Pence(amount), refunded_on=START.date(), reference=ref,
            actor=desk.cast.preparer, at=START,
        )  # fmt: skip

    with pytest.raises(Invalid):
        back(1)
    usecases.credit_by_finance(
        key="c", invoice_id=invoice.id, amount=Pence(6000), reason="Shorter", actor=desk.cast.preparer, at=START
    )
    assert overpaid(invoice.id) == 6000
    back(2500)
    back(2500)  # the same again is the same
    with pytest.raises(Conflict):
        back(2400)
    with pytest.raises(Invalid):
        back(3501, "OTHER")
    back(3500, "re_1", "card")
    assert (overpaid(invoice.id), balance(BANK), balance(STRIPE_BALANCE)) == (0, 12500, -3500)
    assert balance(receivable(desk.cast.customer_ref)) == 0
