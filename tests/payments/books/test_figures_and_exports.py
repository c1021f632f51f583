"""Figures for trustees, VAT from dated data, and files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from backend.kernel.actor import Role
from backend.kernel.errors import Invalid, NotFound
from payments.books import exports
from payments.books.figures import last_twelve_months, trustee_figures, vat_summary
from payments.invoicing.usecases import receive_from_statement
from payments.ledger.data import BANK, FLOAT, GIFTS, credit, debit
from payments.ledger.usecases import post
from payments.money import Pence
from payments.payouts.models import Payout
from payments.rates.usecases import set_rate
from tests.payments.books.ledger_book import Desk
from tests.payments.cast import START, later, owe, staff

DAY = START.date()


def rows(desk: Desk, name: str) -> list[dict[str, str]]:
    made = exports.export(format_name=name, since=DAY, until=DAY, actor=desk.keeper)
    assert made.debits == made.credits
    return list(csv.DictReader(io.StringIO(made.content.decode(), newline="")))


def test_each_program_gets_its_columns_and_sums_of_zero(desk: Desk) -> None:
    invoice = desk.invoice()
    receive_from_statement(
        invoice_id=invoice.id, amount=Pence(15000), received_on=DAY, line_ref="l", actor=desk.keeper, at=START
    )
    xero = rows(desk, "xero")
    assert list(xero[0])[:6] == ["*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount"]
    assert {r["*Date"] for r in xero} == {"02/11/2026"}
    sums: dict[str, float] = {}
    for r in xero:
        sums[r["*Narration"]] = sums.get(r["*Narration"], 0) + float(r["*Amount"])
    assert set(sums.values()) == {0.0}
    assert "-150.00" in {r["*Amount"] for r in xero}, "a number keeps its minus"
    quickbooks = rows(desk, "quickbooks")
    assert sum(float(r["Debits"] or 0) - float(r["Credits"] or 0) for r in quickbooks) == 0
    sage = rows(desk, "sage")
    assert {r["Type"] for r in sage} == {"JD", "JC"}
    assert len(xero) == len(quickbooks) == len(sage) == 6
    for text in (str(xero), str(quickbooks), str(sage)):
        assert "Daily Example" not in text
        assert str(desk.cast.payee_ref) not in text
        assert str(desk.cast.customer_ref) not in text


def test_every_account_has_a_code_in_every_format() -> None:
    from payments.ledger import data

    known = {ref.code for ref in vars(data).values() if isinstance(ref, data.AccountRef)}
    for how in exports.formats():
        assert set(how.codes) == known | {"receivable", "payable"}
        assert len(how.columns) == len(how.fields)
        assert how.source and "unverified" in how.status


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1"])
def test_a_cell_that_begins_like_a_formula_is_text(text: str) -> None:
    assert exports.neutral(text) == f"'{text}"


def test_a_reference_that_somebody_typed_cannot_run(desk: Desk) -> None:
    post(
        key="k", kind="=cmd|' /C calc'!A0", lines=[debit(BANK, 5), credit(GIFTS, 5)], at=START,
        external_ref='=HYPERLINK("x")',
    )  # fmt: skip
    for how in exports.formats():
        made = exports.export(format_name=how.name, since=DAY, until=DAY, actor=desk.keeper)
        for row in csv.reader(io.StringIO(made.content.decode(), newline="")):
            for cell, field in zip(row, how.fields, strict=True):
                assert field == "signed" or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (how.name, cell)


def test_who_gets_a_file(desk: Desk) -> None:
    for role in (Role.TRUSTEE, Role.ADMIN, Role.COORDINATOR):
        with pytest.raises(NotFound):
            exports.export(format_name="xero", since=DAY, until=DAY, actor=staff(role))
    with pytest.raises(Invalid):
        exports.export(format_name="xero", since=DAY, until=DAY - timedelta(days=1), actor=desk.keeper)
    with pytest.raises(Invalid):
        exports.export(format_name="lotus", since=DAY, until=DAY, actor=desk.keeper)


def test_the_figures_of_a_trustee(desk: Desk) -> None:
    """Worked out by hand beside them."""
    post(key="float", kind="opening", lines=[debit(BANK, 100_000), credit(FLOAT, 100_000)], at=START)
    for number, (amount, waited, on_time) in enumerate([(10_000, 2, True), (20_000, 4, True), (30_000, 12, False)], 1):
        owe(desk.cast, number, amount)
        Payout.objects.filter(key=f"fee:{number}").update(
            state="paid", paid_on=DAY + timedelta(days=waited), prepared_by=desk.cast.preparer.user_id,
            prepared_session="a", approved_by=desk.cast.approver.user_id, approved_session="b", digest="d",
        )  # fmt: skip
        assert on_time is (waited <= 7)
    owe(desk.cast, 4, 5000, START - timedelta(days=50))
    at = START + timedelta(days=40)
    f = trustee_figures(actor=desk.trustee, at=at)
    assert (f.owed, f.owed_count, f.overdue) == (5000, 1, 5000)
    assert (f.paid_count, f.on_time_percent, f.median_days, f.slowest_days) == (3, 66, 4.0, 12)
    assert (f.in_hand, f.promised, f.spare) == (100_000, 65_000, 35_000), "promised is what the book owes"
    assert f.coming_in == 65_000
    # Issued 2 November and due 2 December: ten days late on 12 December; the other was due on 13 October, 60 days late.
    assert dict(f.ageing) == {
        "Not due yet": 0,
        "1 to 30 days late": 60_000,
        "31 to 60 days late": 5000,
        "61 to 90 days late": 0,
        "More than 90 days late": 0,
    }
    assert [(r.name, r.outstanding, r.late) for r in f.requesters] == [("The Daily Example", 65_000, 65_000)]
    for role in (Role.COORDINATOR, Role.ADMIN, Role.SAFEGUARDING):
        with pytest.raises(NotFound):
            trustee_figures(actor=staff(role), at=at)


def test_vat_comes_from_dated_data(desk: Desk) -> None:
    desk.invoice(1, 15000)
    post(key="gift", kind="t", lines=[debit(BANK, 700), credit(GIFTS, 700)], at=START)
    v = vat_summary(since=DAY, until=DAY, actor=desk.trustee)
    assert (v.registered, v.sales, v.outside, v.vat_charged) == (False, 15000, 700, 0)
    assert (v.threshold, v.threshold_from) == (9_000_000, date(2024, 4, 1))
    before = vat_summary(since=date(2023, 1, 1), until=date(2023, 12, 31), actor=desk.trustee)
    assert (before.threshold, before.sales, before.turnover) == (8_500_000, 0, 0)
    set_rate(
        kind="vat:registered", effective_from=DAY, value=1, source="Board minute of that day",
        actor=later(desk.cast.approver, START), at=START,
    )  # fmt: skip
    now = vat_summary(since=DAY, until=DAY, actor=desk.trustee)
    assert (now.registered, now.registered_source) == (True, "Board minute of that day")
    assert last_twelve_months(date(2023, 3, 31)) == date(2022, 4, 1)
    assert last_twelve_months(date(2024, 2, 28)) == date(2023, 3, 1)
