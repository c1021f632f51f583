"""Bar M6: the book balances whatever is thrown at it, on both engines.

Random attempts by raw SQL, each in a transaction of its own, some balanced and most not; a witness here, in plain
Python, says beforehand which must be taken. Then entries and reversals at once from many threads, each sent twice, and
the sums read from the tables by SQL of our own. The mutants drop the triggers, and both runs must then fail.

PostgreSQL checks at the commit (a deferred constraint trigger besides the one on the entry), so legs and entry may come
in one transaction in the order that the product writes them. SQLite has no deferred triggers: there the entry's own
trigger adds up the legs that came before it, and the deferred foreign key refuses legs without an entry at the commit.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from payments.ledger.data import BANK, FEE_COST, FEE_INCOME, STRIPE_BALANCE, AccountRef, credit, debit
from payments.ledger.models import Account
from payments.ledger.usecases import post
from tests.network.racing import Arena, arena

SEED = 20261122
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
TRIGGERS = {
    "sqlite": ["DROP TRIGGER payments_entry_balance", "DROP TRIGGER payments_posting_first"],
    "postgresql": [
        "DROP TRIGGER payments_entry_balance ON payments_entry",
        "DROP TRIGGER payments_posting_balance ON payments_posting",
        "DROP TRIGGER payments_posting_first ON payments_posting",
    ],
}
pytestmark = pytest.mark.django_db(transaction=True)


def _id(value: UUID) -> str:
    return value.hex if connection.vendor == "sqlite" else str(value)


def accounts() -> list[UUID]:
    for ref in (BANK, FEE_COST, FEE_INCOME, STRIPE_BALANCE):
        Account.objects.get_or_create(code=ref.code, defaults={"kind": ref.kind})
    return list(Account.objects.order_by("code").values_list("id", flat=True))


class Attempt:
    """One random entry: its legs (debit, credit), the total it claims, and in which order it is written."""

    def __init__(self, draw: random.Random, places: int) -> None:
        amounts = [draw.randint(1, 500) for _ in range(draw.randint(1, 3))]
        self.legs = [(a, 0, draw.randrange(places)) for a in amounts]
        left = sum(amounts)
        self.total = left
        if draw.random() < 0.5:
            first = draw.randint(1, left)
            self.legs += [(0, c, draw.randrange(places)) for c in (first, left - first) if c]
        else:
            self.legs.append((0, left, draw.randrange(places)))
        self.spoilt = draw.choice(
            ["", "", "leg", "total", "missing", "negative", "both", "zero", "entry first", "no entry", "no legs"]
        )
        at = draw.randrange(len(self.legs))
        d, c, account = self.legs[at]
        match self.spoilt:
            case "leg":
                self.legs[at] = (d + 1 if d else 0, c + 1 if c else 0, account)
            case "total":
                self.total += draw.choice([-1, 1, 100])
            case "missing":
                del self.legs[at]
            case "negative":
                self.legs[at] = (-d, -c, account)
            case "both":
                self.legs[at] = (5, 5, account)
            case "zero":
                self.legs[at] = (0, 0, account)
            case "no legs":
                self.legs = []
        draw.shuffle(self.legs)

    @property
    def must_be_taken(self) -> bool:
        """The witness: the rules of double entry, said again in a few words and without the product."""
        return (
            self.spoilt not in ("entry first", "no entry")
            and len(self.legs) >= 2
            and all((d > 0) != (c > 0) and d >= 0 and c >= 0 for d, c, _ in self.legs)
            and sum(d for d, _, _ in self.legs) == sum(c for _, c, _ in self.legs) == self.total
        )

    def write(self, places: list[UUID]) -> bool:
        """Whether the database took it."""
        entry = uuid4()

        def put_entry() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO payments_entry (id, key, kind, at, external_ref, total_pence) "
                    "VALUES (%s,%s,%s,%s,%s,%s)",
                    [_id(entry), f"raw:{entry}", "raw", "2026-11-02 09:00:00+00:00", "", self.total],
                )

        try:
            with transaction.atomic():
                if self.spoilt == "entry first":
                    put_entry()
                with connection.cursor() as cursor:
                    for d, c, place in self.legs:
                        cursor.execute(
                            "INSERT INTO payments_posting (id, entry_id, account_id, debit_pence, credit_pence) "
                            "VALUES (%s,%s,%s,%s,%s)",
                            [_id(uuid4()), _id(entry), _id(places[place]), d, c],
                        )
                if self.spoilt not in ("entry first", "no entry"):
                    put_entry()
        except DatabaseError:
            return False
        return self.spoilt != "no entry" or bool(self.legs)


def wrong_answers(count: int, seed: int) -> tuple[int, int, int]:
    """How many attempts were taken, how many of those must not have been, and how many were refused in vain."""
    draw, places = random.Random(seed), accounts()
    taken = wrongly = in_vain = 0
    for _ in range(count):
        attempt = Attempt(draw, len(places))
        answer, right = attempt.write(places), attempt.must_be_taken
        taken += answer
        wrongly += answer and not right
        in_vain += right and not answer
    return taken, wrongly, in_vain


def sums() -> tuple[int, int]:
    """Debits minus credits of the whole table, and how many entries' legs do not add up to it; by SQL of our own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(SUM(debit_pence) - SUM(credit_pence), 0) FROM payments_posting")
        (difference,) = cursor.fetchone()
        cursor.execute(
            "SELECT COUNT(*) FROM payments_entry e WHERE e.total_pence <> "
            "(SELECT COALESCE(SUM(debit_pence), 0) FROM payments_posting p WHERE p.entry_id = e.id) "
            "OR e.total_pence <> (SELECT COALESCE(SUM(credit_pence), 0) FROM payments_posting p WHERE p.entry_id = e.id)"
        )
        (unbalanced,) = cursor.fetchone()
    return int(difference), int(unbalanced)


def _attempts(count: int) -> None:
    taken, wrongly, in_vain = wrong_answers(count, SEED)
    print(f"M6: {count} random attempts by raw SQL (seed {SEED}): {taken} taken, {wrongly} wrongly, {in_vain} in vain")
    assert taken > count // 20, "the draw has too few that balance to prove anything"
    assert (wrongly, in_vain) == (0, 0)
    assert sums() == (0, 0)


def test_random_attempts() -> None:
    _attempts(600)


@pytest.mark.slow
def test_ten_thousand_random_attempts() -> None:
    _attempts(10_000)


def test_without_the_triggers_unbalanced_entries_are_taken() -> None:
    """The mutant."""
    made = _made()
    with connection.cursor() as cursor:
        for drop in TRIGGERS[connection.vendor]:
            cursor.execute(drop)
    try:
        _, wrongly, _ = wrong_answers(300, SEED)
        assert wrongly > 0
        assert sums() != (0, 0)
    finally:
        with connection.cursor() as cursor:
            for again in made:
                cursor.execute(again)


def _made() -> list[str]:
    """The statements that make these triggers again: the tables outlive this test."""
    names = {drop.split()[2] for drop in TRIGGERS[connection.vendor]}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger")
        return [sql for name, sql in cursor.fetchall() if name in names]


@pytest.mark.parametrize("table", ["payments_entry", "payments_posting"])
def test_legs_and_entries_cannot_be_changed_by_raw_sql(table: str) -> None:
    post(key="k", kind="t", lines=[debit(FEE_COST, 5), credit(BANK, 5)], at=AT)
    column = "total_pence" if table.endswith("entry") else "debit_pence"
    for verb in ("UPDATE {0} SET {1} = {1} + 1", "DELETE FROM {0}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(verb.format(table, column))
    assert sums() == (0, 0)


# --- contention -------------------------------------------------------------------------------------------------------


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Arena]:
    with arena(tmp_path) as found:
        yield found


PLACES: tuple[AccountRef, ...] = (BANK, FEE_COST, FEE_INCOME, STRIPE_BALANCE)


def _contend(meeting: Arena, *, threads: int, entries: int) -> tuple[int, int, list[Exception]]:
    """Each entry is posted by every thread that draws it, and reversed twice, all at once. Returns how many distinct
    entries and reversals there must be, and what went wrong."""
    draw = random.Random(SEED)
    work: list[tuple[str, int, AccountRef, AccountRef]] = []
    for n in range(entries):
        one, other = draw.sample(PLACES, 2)
        amount = draw.randint(1, 9999)
        work += [(f"tx:{n}", amount, one, other)] * 2 + [(f"tx-back:{n}", amount, other, one)] * 2
    draw.shuffle(work)
    lock, left = threading.Lock(), list(work)
    wrong: list[Exception] = []
    sent_away: list[Exception] = []

    def run() -> None:
        while True:
            with lock:
                if not left:
                    return
                key, amount, one, other = left.pop()
            for _ in range(50):
                try:
                    post(key=key, kind="t", lines=[debit(one, amount), credit(other, amount)], at=AT)
                except OperationalError as busy:
                    # SQLite has one writer; whoever has waited too long is sent away with nothing done, and asks again
                    # with the same key, as every caller of ours may.
                    if "locked" not in str(busy):
                        wrong.append(busy)
                        break
                    sent_away.append(busy)
                except Exception as error:
                    wrong.append(error)
                    break
                else:
                    break
            else:
                wrong.append(RuntimeError(f"{key} never got in"))

    wrong += [found for found in meeting.race([run] * threads) if found is not None]
    print(f"M6: {len(sent_away)} had to ask again because another was writing")
    return entries * 2, len(work), wrong


def _hold(meeting: Arena, *, threads: int, entries: int) -> None:
    expected, sent, wrong = _contend(meeting, threads=threads, entries=entries)
    ((count, keys),) = meeting.rows("SELECT COUNT(*), COUNT(DISTINCT key) FROM payments_entry")
    by_account = meeting.rows(
        "SELECT account_id, SUM(debit_pence) - SUM(credit_pence) FROM payments_posting GROUP BY account_id"
    )
    ((difference,),) = meeting.rows("SELECT SUM(debit_pence) - SUM(credit_pence) FROM payments_posting")
    print(
        f"M6: {threads} threads, {entries} entries and their reversals, each sent twice ({sent} in all): {count} in the "
        f"book, difference {difference}, refused {len(wrong)}"
    )
    assert wrong == []
    assert (count, keys) == (expected, expected)
    assert difference == 0
    assert {amount for _, amount in by_account} == {0}, "what is posted and reversed leaves nothing anywhere"


def test_contention(meeting: Arena) -> None:
    _hold(meeting, threads=6, entries=25)


@pytest.mark.slow
def test_contention_of_twenty(meeting: Arena) -> None:
    _hold(meeting, threads=20, entries=500)


def test_the_same_key_with_other_figures_at_once_is_one_entry(meeting: Arena) -> None:
    def posting(amount: int) -> object:
        return post(key="same", kind="t", lines=[debit(BANK, amount), credit(FEE_INCOME, amount)], at=AT)

    found = meeting.race([partial(posting, n + 1) for n in range(6)])
    assert sum(isinstance(one, UUID) for one in found) == 1
    assert meeting.rows("SELECT COUNT(*) FROM payments_entry") == [(1,)]
