"""The book: balanced, immutable, once per key; and the database itself refuses anything else."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from backend.kernel.errors import Conflict
from payments.ledger import queries
from payments.ledger.data import BANK, FEE_COST, FEE_INCOME, Line, credit, debit, payable
from payments.ledger.models import Account, Entry, Posting
from payments.ledger.usecases import Unbalanced, post

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _entry(key: str = "k1", amount: int = 500) -> None:
    post(key=key, kind="test", lines=[debit(FEE_COST, amount), credit(BANK, amount)], at=AT)


def _id(value: UUID) -> str:
    return value.hex if connection.vendor == "sqlite" else str(value)


def _raw_posting(entry: UUID, account: UUID, d: int, c: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_posting (id, entry_id, account_id, debit_pence, credit_pence) "
            "VALUES (%s,%s,%s,%s,%s)",
            [_id(uuid4()), _id(entry), _id(account), d, c],
        )


def _raw_entry(entry: UUID, total: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_entry (id, key, kind, at, external_ref, total_pence) VALUES (%s,%s,%s,%s,%s,%s)",
            [_id(entry), f"raw:{entry}", "raw", AT, "", total],
        )


def test_same_key_same_legs_is_one_entry() -> None:
    first = post(key="k", kind="t", lines=[debit(FEE_COST, 5), credit(BANK, 5)], at=AT)
    again = post(key="k", kind="t", lines=[credit(BANK, 5), debit(FEE_COST, 5)], at=AT)
    assert first == again
    assert Entry.objects.count() == 1
    assert Posting.objects.count() == 2


def test_same_key_other_legs_is_refused_and_changes_nothing() -> None:
    _entry("k", 5)
    with pytest.raises(Conflict):
        _entry("k", 6)
    assert queries.balance(FEE_COST) == 5
    assert queries.balance(BANK) == -5


def test_the_program_refuses_what_does_not_add_up() -> None:
    with pytest.raises(Unbalanced):
        post(key="k", kind="t", lines=[debit(FEE_COST, 5), credit(BANK, 4)], at=AT)
    with pytest.raises(ValueError, match="debit or a credit"):
        Line(BANK)
    with pytest.raises(ValueError, match="debit or a credit"):
        debit(BANK, -3)


@pytest.mark.parametrize(("legs", "total"), [([(5, 0), (0, 4)], 5), ([(5, 0)], 5), ([], 5), ([(5, 0), (0, 5)], 6)])
def test_the_database_refuses_unbalanced_raw_sql(legs: list[tuple[int, int]], total: int) -> None:
    _entry()
    account = Account.objects.get(code="bank").id
    entry = uuid4()
    with pytest.raises(DatabaseError), transaction.atomic():
        for d, c in legs:
            _raw_posting(entry, account, d, c)
        _raw_entry(entry, total)
    assert Entry.objects.count() == 1
    assert Posting.objects.count() == 2


def test_the_same_raw_sql_balanced_is_taken() -> None:
    """So that the test above fails for its reason only."""
    _entry()
    account = Account.objects.get(code="bank").id
    entry = uuid4()
    _raw_posting(entry, account, 5, 0)
    _raw_posting(entry, account, 0, 5)
    _raw_entry(entry, 5)
    assert Entry.objects.count() == 2


def test_no_leg_may_join_an_entry_that_exists() -> None:
    _entry()
    entry = Entry.objects.get()
    account = Account.objects.get(code="bank").id
    with pytest.raises(DatabaseError), transaction.atomic():
        _raw_posting(entry.id, account, 5, 0)
    assert Posting.objects.count() == 2


def test_a_leg_without_an_entry_cannot_be_committed() -> None:
    _entry()
    account = Account.objects.get(code="bank").id
    with pytest.raises(IntegrityError), transaction.atomic():
        _raw_posting(uuid4(), account, 5, 0)
        connection.check_constraints()  # what a commit checks
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("table", ["payments_entry", "payments_posting"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_book_is_append_only(table: str, verb: str) -> None:
    _entry()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))
    assert Posting.objects.count() == 2


def test_trial_balance_is_zero_and_names_no_party() -> None:
    somebody = uuid4()
    _entry("a", 500)
    post(key="b", kind="t", lines=[debit(FEE_COST, 70), credit(payable(somebody), 70)], at=AT)
    post(key="c", kind="t", lines=[debit(BANK, 900), credit(FEE_INCOME, 900)], at=AT)
    trial = queries.trial_balance(AT)
    assert trial.difference == 0
    assert trial.debits == 1470
    assert "Owed to people" in {row.heading for row in trial.rows}
    assert str(somebody) not in str(trial)
    assert queries.owed_to({somebody}) == {somebody: 70}
    assert queries.verify() == []
