"""A closed month takes no entry, whoever asks; two people open it again; both engines refuse it in the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from backend.kernel.actor import Role
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from payments.ledger import queries
from payments.ledger.data import BANK, FEE_COST, credit, debit
from payments.ledger.models import Entry, MonthMove, Posting
from payments.ledger.usecases import ask_to_reopen, close_month, post, reopen_month
from tests.payments.cast import START, later, staff

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)
# October by London's clock: it began on 30 September at 23:00 UTC and ended on 31 October at midnight UTC.
FIRST, LAST = datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC)
PREPARER, APPROVER, KEEPER = (staff(role) for role in (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.BOOKKEEPER))


def book(key: str, at: datetime, amount: int = 5) -> None:
    post(key=key, kind="t", lines=[debit(FEE_COST, amount), credit(BANK, amount)], at=at)


def raw(at: str) -> None:
    """A balanced entry past the use cases, as an attacker with the database's password would write it."""
    book("seed", START)
    entry, rows = uuid4(), dict(Posting.objects.values_list("account__code", "account_id"))
    of = (lambda v: v.hex) if connection.vendor == "sqlite" else str
    with connection.cursor() as cursor:
        for code, d, c in (("fee_cost", 5, 0), ("bank", 0, 5)):
            cursor.execute(
                "INSERT INTO payments_posting (id, entry_id, account_id, debit_pence, credit_pence) "
                "VALUES (%s,%s,%s,%s,%s)",
                [of(uuid4()), of(entry), of(rows[code]), d, c],
            )
        cursor.execute(
            "INSERT INTO payments_entry (id, key, kind, at, external_ref, total_pence) VALUES (%s,%s,%s,%s,%s,%s)",
            [of(entry), f"raw:{entry}", "raw", at, "", 5],
        )


@pytest.mark.parametrize("at", [FIRST, datetime(2026, 10, 15, tzinfo=UTC), LAST])
def test_nothing_is_dated_into_a_closed_month(at: datetime) -> None:
    close_month(month=OCTOBER, actor=PREPARER, at=START)
    with pytest.raises(Conflict) as refused:
        book("k", at)
    assert refused.value.code == "month-closed"
    with pytest.raises(DatabaseError, match="closed"), transaction.atomic():
        raw(at.strftime("%Y-%m-%d %H:%M:%S+00:00"))
    assert not Entry.objects.filter(kind__in=["raw", "t"], at__lt=START).exists()


@pytest.mark.parametrize("at", [FIRST - timedelta(microseconds=1), LAST + timedelta(microseconds=1), START])
def test_other_months_are_open(at: datetime) -> None:
    close_month(month=OCTOBER, actor=PREPARER, at=START)
    book("k", at)
    assert Entry.objects.count() == 1


def test_without_the_trigger_the_same_entry_is_taken() -> None:
    """The mutant: so that the refusals above come from the database."""
    close_month(month=OCTOBER, actor=PREPARER, at=START)
    with connection.cursor() as cursor:
        table = " ON payments_entry" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER payments_entry_month{table}")
    raw("2026-10-15 09:00:00+00:00")
    assert Entry.objects.filter(kind="raw").count() == 1
    assert [f.code for f in queries.verify()] == ["closed-month-changed"], "and verify says so"


def test_a_month_is_closed_once_it_has_ended_by_who_may() -> None:
    with pytest.raises(Conflict):
        close_month(month=START.date(), actor=PREPARER, at=START)
    for role in (Role.TRUSTEE, Role.COORDINATOR, Role.ADMIN):
        with pytest.raises(NotFound):
            close_month(month=OCTOBER, actor=staff(role), at=START)
    with pytest.raises(StepUpNeeded):
        close_month(month=OCTOBER, actor=PREPARER, at=START + timedelta(minutes=6))
    close_month(month=OCTOBER, actor=PREPARER, at=START)
    with pytest.raises(Conflict):
        close_month(month=OCTOBER, actor=APPROVER, at=START)
    assert MonthMove.objects.count() == 1


def test_two_people_open_it_again() -> None:
    book("k", LAST)
    close_month(month=OCTOBER, actor=APPROVER, at=START)
    with pytest.raises(Conflict):  # nobody asked
        reopen_month(month=OCTOBER, actor=KEEPER, at=START)
    with pytest.raises(Invalid):
        ask_to_reopen(month=OCTOBER, reason=" ", actor=APPROVER, at=START)
    ask_to_reopen(month=OCTOBER, reason="An invoice was missed", actor=APPROVER, at=START)
    with pytest.raises(NotAllowed):
        reopen_month(month=OCTOBER, actor=APPROVER, at=START)
    with pytest.raises(NotFound):  # a preparer asks, and does not agree
        reopen_month(month=OCTOBER, actor=PREPARER, at=START)
    with pytest.raises(Conflict):
        book("late", LAST)
    reopen_month(month=OCTOBER, actor=KEEPER, at=START)
    book("late", LAST)
    close_month(month=OCTOBER, actor=APPROVER, at=START + timedelta(minutes=1))
    assert [m.move for m in MonthMove.objects.order_by("number")] == ["close", "ask", "reopen", "close"]
    assert queries.verify() == []


@pytest.mark.parametrize("same", ["person", "session"])
def test_the_database_refuses_one_pair_of_eyes(same: str) -> None:
    close_month(month=OCTOBER, actor=APPROVER, at=START)
    ask_to_reopen(month=OCTOBER, reason="r", actor=APPROVER, at=START)
    asked = MonthMove.objects.get(move="ask")
    by = asked.by if same == "person" else uuid4()
    session = asked.session if same == "session" else "another"
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        MonthMove.objects.create(
            month=OCTOBER, number=3, move="reopen", starts_at=asked.starts_at, ends_at=asked.ends_at, at=START, by=by,
            session=session,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_month_move")
    assert queries.is_closed(LAST)


def test_what_a_closed_month_held_is_checked_against_its_digest() -> None:
    book("k", LAST)
    close_month(month=OCTOBER, actor=PREPARER, at=START)
    move = MonthMove.objects.get()
    assert (move.entries, move.total_pence) == (1, 5)
    assert queries.verify() == []


def test_the_list_of_months_says_how_each_stands() -> None:
    book("a", datetime(2026, 9, 3, tzinfo=UTC))
    book("b", LAST, 7)
    close_month(month=OCTOBER, actor=PREPARER, at=START)
    ask_to_reopen(month=OCTOBER, reason="why", actor=later(PREPARER, START), at=START)
    found = [(f"{m.month:%Y-%m}", m.state.value, m.entries, m.total) for m in queries.months(START)]
    assert found == [("2026-11", "open", 0, 0), ("2026-10", "asked", 1, 7), ("2026-09", "open", 1, 5)]
