"""Bank statements: read whole or not at all, each line once, confirmed by a person, booked with the match or not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from backend.kernel.actor import Role
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from payments.books import queries, statements
from payments.books.models import BankStatement, LineMatch, MatchedEntry, StatementLine
from payments.books.usecases import importing, matching
from payments.books.usecases.reconciling import compare_bank
from payments.invoicing.models import Invoice
from payments.invoicing.usecases import record_bank_payment
from payments.ledger.data import BANK, BANK_CHARGES, GIFTS
from payments.ledger.models import Entry
from payments.ledger.queries import balance
from payments.money import Pence
from payments.payouts import queries as payout_queries
from payments.payouts.models import Payout
from payments.payouts.usecases import destinations, runs
from tests.payments.approving import released_file
from tests.payments.books.ledger_book import Desk
from tests.payments.cast import IN_PERSON, START, choose_bank, later, owe, staff

DAY = START.date()


def read(text: str, profile: str = "signed") -> list[tuple[date, int, str]]:
    lines = statements.read(text.encode(), statements.profile(profile))
    return [(line.on, line.amount, line.text) for line in lines]


def test_each_profile_reads_its_form() -> None:
    d = date(2026, 11, 2)
    assert read('Date,Description,Amount,Balance\n02/11/2026,"A  B","1,234.50",2.00\n') == [(d, 123450, "A B")]
    assert read("Date,Type,Description,Paid out,Paid in,Balance\n02/11/2026,FPO,X,7.50,,1\n", "in-out") == [
        (d, -750, "FPO X")
    ]
    assert read("date,description,reference,amount\n2026-11-02,X,R1,-0.05\n", "iso") == [(d, -5, "X R1")]
    assert all("unverified" in p.status and p.source for p in statements.profiles())


def test_newest_first_is_turned_round_by_day_or_by_balance() -> None:
    rows = "Date,Description,Amount,Balance\n03/11/2026,B,2.00,13.00\n02/11/2026,A,1.00,11.00\n"
    assert [r[2] for r in read(rows)] == ["A", "B"]
    same_day = "Date,Description,Amount,Balance\n02/11/2026,B,2.00,13.00\n02/11/2026,A,1.00,11.00\n"
    assert [r[2] for r in read(same_day)] == ["A", "B"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Day,Description,Amount,Balance\n02/11/2026,A,1.00,1.00\n",
        "Date,Description,Amount,Balance\n2026-11-02,A,1.00,1.00\n",
        "Date,Description,Amount,Balance\n02/11/2026,A,one pound,1.00\n",
        "Date,Description,Amount,Balance\n02/11/2026,A,1.00,1.00\n03/11/2026,B,1.005,2.00\n",
        "Date,Description,Amount,Balance\n02/11/2026,A\n",
        "Date,Description,Amount,Balance\n09/11/2026,TO COME,1.00,1.00\n",
    ],
)
def test_what_cannot_be_read_whole_is_refused_whole(desk: Desk, text: str) -> None:
    with pytest.raises(Invalid):
        desk.imports(START, text.encode())
    assert not BankStatement.objects.exists()
    assert not StatementLine.objects.exists()


def test_the_same_file_and_an_overlapping_one_add_no_line_twice(desk: Desk) -> None:
    for n in range(4):
        desk.bank.moves(DAY - timedelta(days=4 - n), "LIKE", 500)
        desk.bank.moves(DAY - timedelta(days=4 - n), "LIKE", 500)  # twice on one day, and both count
    whole = desk.bank.csv()
    desk.imports(START, whole)
    assert StatementLine.objects.count() == 8
    again = importing.import_statement(content=whole, profile="signed", actor=desk.keeper, at=START)
    assert (again.fresh, again.known_before) == (0, True)
    desk.bank.moves(DAY, "NEW", 100)
    later_file = importing.import_statement(
        content=desk.bank.csv(since=DAY - timedelta(days=2)), profile="signed", actor=desk.keeper, at=START
    )
    assert (later_file.rows, later_file.fresh) == (5, 1)
    assert StatementLine.objects.count() == 9
    assert [f.code for f in compare_bank() if f.code == "bank-gap"] == []


def test_lines_that_differ_in_nothing_but_their_number_are_kept_without_balances(desk: Desk) -> None:
    rows = "date,description,reference,amount\n" + "2026-11-01,X,R,5.00\n" * 3
    for content in (rows, rows + "2026-11-02,Y,R,1.00\n"):
        importing.import_statement(content=content.encode(), profile="iso", actor=desk.keeper, at=START)
    assert StatementLine.objects.count() == 4


@pytest.mark.parametrize("table", ["payments_bank_statement", "payments_statement_line"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET position = 9", "DELETE FROM {}"])
def test_statements_are_immutable(desk: Desk, table: str, verb: str) -> None:
    desk.bank.moves(DAY, "A", 100)
    desk.imports(START)
    words = verb.format(table).replace("position", "rows" if "bank_" in table else "position")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(words)


def test_the_words_of_a_line_are_sealed_in_the_database(desk: Desk) -> None:
    desk.bank.moves(DAY, "MARKER OF A NAME", 100)
    desk.imports(START)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM payments_statement_line")
        assert "MARKER" not in str([bytes(c) if isinstance(c, memoryview) else c for c in cursor.fetchone()])
    assert queries.line_visible_to(desk.keeper, StatementLine.objects.get().id).text == "MARKER OF A NAME"


@pytest.mark.parametrize("role", [Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.TRUSTEE, Role.ADMIN])
def test_who_can_pay_neither_imports_nor_says_what_a_line_is(desk: Desk, role: Role) -> None:
    """C36. And the same after the bookkeeper, so that it fails for its reason."""
    desk.bank.moves(DAY, "A", -100)
    content = desk.bank.csv()
    with pytest.raises(NotFound):
        desk.imports(START, content, actor=staff(role))
    desk.imports(START, content)
    line = StatementLine.objects.get()
    with pytest.raises(NotFound):
        matching.confirm(line_id=line.id, choice="as:charge", note="", actor=staff(role), at=START)
    with pytest.raises(StepUpNeeded):
        matching.confirm(
            line_id=line.id, choice="as:charge", note="", actor=desk.keeper, at=START + timedelta(minutes=6)
        )
    assert not LineMatch.objects.exists()
    matching.confirm(line_id=line.id, choice="as:charge", note="", actor=desk.keeper, at=START)
    assert balance(BANK_CHARGES) == 100


def test_an_invoice_is_suggested_by_reference_and_amount_and_paid_when_confirmed(desk: Desk) -> None:
    invoice = desk.invoice()
    other = desk.invoice(2, 15000)
    desk.bank.moves(DAY, f"DAILY EXAMPLE {invoice.number.replace('-', ' ')}", 15000)
    desk.imports(START)
    line = StatementLine.objects.get()
    found = matching.suggestions_for(line_id=line.id, actor=desk.keeper)
    assert [(s.choice, s.strong) for s in found] == [(f"invoice:{invoice.id}", True), (f"invoice:{other.id}", False)]
    assert balance(BANK) == 0, "a suggestion books nothing"
    matching.confirm(line_id=line.id, choice=found[0].choice, note="", actor=desk.keeper, at=START)
    invoice.refresh_from_db()
    assert (invoice.state, balance(BANK)) == ("paid", 15000)
    assert compare_bank() == []
    with pytest.raises(Conflict):
        matching.confirm(line_id=line.id, choice=found[1].choice, note="", actor=desk.keeper, at=START)
    assert balance(BANK) == 15000


def test_what_finance_recorded_before_is_matched_and_not_booked_again(desk: Desk) -> None:
    invoice = desk.invoice()
    record_bank_payment(
        invoice_id=invoice.id, amount=Pence(15000), received_on=DAY, statement_ref=invoice.number,
        actor=desk.cast.preparer, at=START,
    )  # fmt: skip
    desk.bank.moves(DAY, f"BGC {invoice.number}", 15000)
    desk.bank.moves(DAY, f"BGC {invoice.number}", 15000)  # and a second time, by mistake of the customer
    desk.imports(START)
    first, second = StatementLine.objects.order_by("position")
    found = matching.suggestions_for(line_id=first.id, actor=desk.keeper)
    assert [(s.choice.partition(":")[0], s.strong) for s in found] == [("entry", True)]
    entries = Entry.objects.count()
    matching.confirm(line_id=first.id, choice=found[0].choice, note="", actor=desk.keeper, at=START)
    assert Entry.objects.count() == entries
    assert matching.suggestions_for(line_id=second.id, actor=desk.keeper) == [], "an entry stands on one line"
    with pytest.raises(Conflict):
        matching.confirm(line_id=second.id, choice=found[0].choice, note="", actor=desk.keeper, at=START)
    match = LineMatch.objects.get()
    matching.release(match_id=match.id, actor=desk.keeper, at=START)
    matching.confirm(line_id=second.id, choice=found[0].choice, note="", actor=desk.keeper, at=START)
    assert MatchedEntry.objects.filter(live=True).count() == 1


def _sent_by_bank(desk: Desk, amounts: tuple[int, ...]) -> str:
    """Payments in one bank file; returns its id."""
    at = START + timedelta(hours=80)
    choose_bank(desk.cast)
    destinations.record_call_back(
        payee_ref=desk.cast.payee_ref, note=IN_PERSON, actor=later(desk.cast.preparer, at), at=at
    )
    for number, amount in enumerate(amounts, start=1):
        owe(desk.cast, number, amount)
    run_id = runs.prepare_run(payout_ids=None, actor=later(desk.cast.preparer, at), at=at)
    approver = later(desk.cast.approver, at)
    runs.approve_run(
        run_id=run_id, digest=payout_queries.run_visible_to(approver, run_id).digest, actor=approver, at=at
    )
    return str(released_file(desk.cast, at))


def test_payments_of_a_bank_file_one_by_one_and_as_one_sum(desk: Desk) -> None:
    _sent_by_bank(desk, (15000, 15000, 7000, 3000))
    at = START + timedelta(hours=90)
    desk.keeper = later(desk.keeper, at)
    desk.bank.moves(at.date(), "FPO A EXAMPLE BKTEST002", -15000)
    desk.imports(at)
    (line,) = StatementLine.objects.all()
    found = matching.suggestions_for(line_id=line.id, actor=desk.keeper)
    strong = [s for s in found if s.strong]
    assert len(strong) == 1
    assert "BK-TEST002" in strong[0].words
    matching.confirm(line_id=line.id, choice=strong[0].choice, note="", actor=desk.keeper, at=at)
    assert sorted(Payout.objects.values_list("reference", "state")) == [
        ("BK-TEST001", "sending"), ("BK-TEST002", "paid"), ("BK-TEST003", "sending"), ("BK-TEST004", "sending"),
    ]  # fmt: skip
    desk.bank.moves(at.date(), "BACS RUN", -25000)  # the rest of the file as one sum
    desk.imports(at)
    rest = StatementLine.objects.get(amount_pence=-25000)
    (whole,) = matching.suggestions_for(line_id=rest.id, actor=desk.keeper)
    matching.confirm(line_id=rest.id, choice=whole.choice, note="", actor=desk.keeper, at=at)
    assert set(Payout.objects.values_list("state", flat=True)) == {"paid"}
    assert balance(BANK) == -40000 == sum(amount for _, _, amount in desk.bank.lines)
    assert compare_bank() == []


def test_a_payment_confirmed_with_a_wrong_sum_changes_nothing(desk: Desk) -> None:
    file_id = _sent_by_bank(desk, (15000,))
    at = START + timedelta(hours=90)
    desk.keeper = later(desk.keeper, at)
    desk.bank.moves(at.date(), "FPO", -15001)
    desk.imports(at)
    line = StatementLine.objects.get()
    before = Entry.objects.count()
    with pytest.raises(Conflict):
        matching.confirm(line_id=line.id, choice=f"file:{file_id}", note="", actor=desk.keeper, at=at)
    assert Entry.objects.count() == before
    assert set(Payout.objects.values_list("state", flat=True)) == {"sending"}


def test_lines_of_no_invoice_say_what_they_are(desk: Desk) -> None:
    desk.bank.moves(DAY, "GIFT", 5000)
    desk.bank.moves(DAY, "WHO KNOWS", 321)
    desk.imports(START)
    gift, odd = StatementLine.objects.order_by("position")
    matching.confirm(line_id=gift.id, choice="as:gift", note="", actor=desk.keeper, at=START)
    assert balance(GIFTS) == -5000
    for choice in ("as:charge", "as:nonsense", "nonsense", "invoice:x"):
        with pytest.raises(Invalid):
            matching.confirm(line_id=odd.id, choice=choice, note="n", actor=desk.keeper, at=START)
    with pytest.raises(Invalid):  # what nobody can place needs a note
        matching.confirm(line_id=odd.id, choice="as:unexplained", note=" ", actor=desk.keeper, at=START)
    matching.confirm(line_id=odd.id, choice="as:unexplained", note="asked the bank", actor=desk.keeper, at=START)
    with pytest.raises(Conflict):  # what booked something stands
        matching.release(match_id=LineMatch.objects.get(line=odd).id, actor=desk.keeper, at=START)
    assert balance(BANK) == 5321


def test_an_entry_is_dated_by_the_statement_unless_that_month_is_closed(desk: Desk) -> None:
    from payments.ledger.usecases import close_month

    september, october = date(2026, 9, 14), date(2026, 10, 12)
    desk.bank.moves(september, "GIFT", 100)
    desk.bank.moves(october, "GIFT", 200)
    desk.imports(START)
    close_month(month=september, actor=desk.keeper, at=START)
    for line in StatementLine.objects.all():
        matching.confirm(line_id=line.id, choice="as:gift", note="", actor=desk.keeper, at=START)
    assert [(e.total_pence, e.at.date()) for e in Entry.objects.order_by("total_pence")] == [
        (100, DAY),
        (200, october),
    ]


def test_an_invoice_is_not_paid_by_money_that_went_out(desk: Desk) -> None:
    invoice = desk.invoice()
    desk.bank.moves(DAY, invoice.number, -15000)
    desk.imports(START)
    with pytest.raises(Conflict):
        matching.confirm(
            line_id=StatementLine.objects.get().id, choice=f"invoice:{invoice.id}", note="", actor=desk.keeper, at=START
        )
    assert Invoice.objects.get().state == "issued"
