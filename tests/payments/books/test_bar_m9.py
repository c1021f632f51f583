"""Bar M9: one run of the daily comparison finds each planted fault, both in Stripe's book and in the bank's.

A month of real flows first, through the use cases and against the stand-in over HTTP, after which a run finds nothing.
Then one fault is planted, past the use cases, and the very next run must say so. The witness is what was planted; the
mutant of each is the clean run before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection

from backend.kernel.actor import Actor, Role
from payments.books import queries
from payments.books.models import Discrepancy, LineMatch, MatchedEntry, StatementLine
from payments.books.usecases import matching, reconciling
from payments.books.usecases.importing import import_statement
from payments.gateways.registry import stripe_gateway
from payments.gateways.standin.book import Body
from payments.gateways.standin.server import StandIn
from payments.ledger.data import BANK, GIFTS, credit, debit
from payments.ledger.models import Entry
from payments.ledger.usecases import post
from payments.payouts import queries as payout_queries
from payments.payouts.models import Payout, PayoutAttempt
from payments.payouts.reconcile import compare, record_top_up
from payments.payouts.usecases import runs
from tests.payments.books.ledger_book import Bank
from tests.payments.cast import START, Cast, later, owe, staff
from tests.payments.conftest import drain

MACHINE = Actor.system("test")
RESTED = START + timedelta(hours=73)
SINCE = START - timedelta(days=400)
MINUTE = timedelta(minutes=1)
AFTER = RESTED + timedelta(days=1, minutes=10)


def compared() -> list[tuple[str, str]]:
    found = reconciling.reconcile(gateway=stripe_gateway(), since=SINCE, actor=MACHINE, at=AFTER)
    return sorted((f.code, f.ref) for f in found)


@dataclass
class World:
    cast: Cast
    standin: StandIn
    bank: Bank

    @property
    def transfers(self) -> list[Body]:
        return list(self.standin.snapshot()["transfer"])

    def put(self, kind: str, body: Body, **changed: object) -> None:
        with self.standin.book.work():
            self.standin.book.put(kind, {**body, **changed})

    def line_of(self, transfer: Body) -> Body:
        return next(t for t in self.standin.snapshot()["balance_transaction"] if t["source"] == transfer["id"])


@pytest.fixture
def world(on_stripe: Cast, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> World:
    """Three payments by Stripe, a top-up, and a bank statement that shows it: all explained."""
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *a, **k: 0)
    for number in (1, 2, 3):
        owe(on_stripe, number, 10000 + number)
    run_id = runs.prepare_run(payout_ids=None, actor=later(on_stripe.preparer, RESTED), at=RESTED)
    approver = later(on_stripe.approver, RESTED)
    runs.approve_run(
        run_id=run_id, digest=payout_queries.run_visible_to(approver, run_id).digest, actor=approver, at=RESTED
    )
    drain(RESTED)
    top_up = next(d for d in compare(gateway=stripe_gateway(), since=SINCE, at=RESTED)[1])
    record_top_up(amount=top_up.theirs, external_ref=top_up.ref, actor=later(on_stripe.preparer, RESTED), at=RESTED)
    bank = Bank(opening=2_000_000)
    keeper = staff(Role.BOOKKEEPER, at=AFTER)
    bank.moves(RESTED.date(), "STRIPE TOP UP", -int(top_up.theirs))
    bank.moves(RESTED.date(), "FEES", -750)
    import_statement(content=bank.csv(), profile="signed", actor=keeper, at=AFTER)
    moved, fees = StatementLine.objects.order_by("position")
    (known,) = matching.suggestions_for(line_id=moved.id, actor=keeper)
    matching.confirm(line_id=moved.id, choice=known.choice, note="", actor=keeper, at=AFTER)
    matching.confirm(line_id=fees.id, choice="as:charge", note="", actor=keeper, at=AFTER)
    found = reconciling.reconcile(gateway=stripe_gateway(), since=SINCE, actor=MACHINE, at=AFTER)
    assert [f.code for f in found] == ["bank-opening"], found
    opening = next(d for d in queries.differences_visible_to(keeper) if d.can_book)
    reconciling.book_it(difference_id=opening.difference_id, actor=keeper, at=AFTER)
    assert compared() == [], "a clean run: what follows is found because it was planted"
    return World(on_stripe, standin, bank)


def _past_the_triggers(*statements: str) -> None:
    """As somebody would who has the database's password and switched its guards off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for sql in statements:
                table = next(word for word in sql.split() if word.startswith("payments_"))
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(sql)
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%no_%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute("PRAGMA defer_foreign_keys = ON")
            for sql in statements:
                cursor.execute(sql)


def _id_text(value: object) -> str:
    return getattr(value, "hex", str(value)) if connection.vendor == "sqlite" else str(value)


def missing_leg(w: World) -> tuple[str, str]:
    transfer = w.transfers[0]
    entry = Entry.objects.get(external_ref=transfer["id"])
    key = _id_text(entry.id)
    _past_the_triggers(f"DELETE FROM payments_posting WHERE entry_id = '{key}'")  # noqa: S608  # a uuid of ours
    return "missing-in-books", transfer["id"]


def extra_transfer(w: World) -> tuple[str, str]:
    destination = w.transfers[0]["destination"]
    with w.standin.book.work():
        made = w.standin.stripe().create_transfer({"amount": "700", "currency": "gbp", "destination": destination})
    return "missing-in-books", made["id"]


def wrong_amount(w: World) -> tuple[str, str]:
    transfer = w.transfers[0]
    line = w.line_of(transfer)
    w.put("balance_transaction", line, amount=line["amount"] - 1, net=line["net"] - 1)
    return "other-amount", transfer["id"]


def wrong_payee(w: World) -> tuple[str, str]:
    transfer = w.transfers[0]
    w.put("transfer", transfer, destination="acct_of_somebody_else")
    return "wrong-payee", transfer["id"]


def stuck_unknown(w: World) -> tuple[str, str]:
    owe(w.cast, 9, 5000)
    payout = Payout.objects.get(key="fee:9")
    PayoutAttempt.objects.create(
        payout=payout, number=1, key="payout:stuck:1", digest="d", made_at=AFTER - timedelta(hours=24, seconds=1)
    )
    Payout.objects.filter(id=payout.id).update(
        state="unknown", route="stripe", prepared_by=w.cast.preparer.user_id, prepared_session="a", digest="d",
        approved_by=w.cast.approver.user_id, approved_session="b",
    )  # fmt: skip
    return "stuck-unknown", str(payout.id)


def reversed_(w: World) -> tuple[str, str]:
    transfer = w.transfers[0]
    with w.standin.book.work():
        w.standin.stripe().reverse(transfer["id"], {})
    return "reversed", transfer["id"]


def currency(w: World) -> tuple[str, str]:
    line = w.line_of(w.transfers[0])
    w.put("balance_transaction", line, currency="eur")
    return "currency", line["id"]


def duplicate(w: World) -> tuple[str, str]:
    transfer = w.transfers[0]
    with w.standin.book.work():
        w.standin.stripe().create_transfer(
            {k: str(transfer[k]) for k in ("amount", "currency", "destination", "transfer_group")}
        )
    return "paid-twice", str(Payout.objects.get(external_ref=transfer["id"]).id)


def line_changed(w: World) -> tuple[str, str]:
    """The bank's own line, changed after it was imported: its balance does not follow any more."""
    line = StatementLine.objects.order_by("position").last()
    assert line is not None
    _past_the_triggers(
        f"UPDATE payments_statement_line SET amount_pence = amount_pence - 1 WHERE id = '{_id_text(line.id)}'"  # noqa: S608
    )
    return "bank-gap", str(line.id)


def line_in_no_book(w: World) -> tuple[str, str]:
    w.bank.moves(AFTER.date(), "A DIRECT DEBIT NOBODY KNOWS", -4200)
    import_statement(content=w.bank.csv(), profile="signed", actor=staff(Role.BOOKKEEPER, at=AFTER), at=AFTER)
    return "bank-not-in-books", str(StatementLine.objects.get(amount_pence=-4200).id)


def entry_on_no_statement(w: World) -> tuple[str, str]:
    post(key="invented", kind="t", lines=[debit(BANK, 99), credit(GIFTS, 99)], at=RESTED)
    w.bank.moves((AFTER + timedelta(days=6)).date(), "FEES", -750)
    at = AFTER + timedelta(days=6)
    import_statement(content=w.bank.csv(), profile="signed", actor=staff(Role.BOOKKEEPER, at=at), at=at)
    return "bank-missing", "invented"


def matched_with_another_sum(w: World) -> tuple[str, str]:
    match = LineMatch.objects.get(kind="charge")
    MatchedEntry.objects.filter(match=match).update(live=False)
    return "bank-other-amount", str(match.line_id)


FAULTS: tuple[Callable[[World], tuple[str, str]], ...] = (
    missing_leg,
    extra_transfer,
    wrong_amount,
    wrong_payee,
    stuck_unknown,
    reversed_,
    currency,
    duplicate,
    line_changed,
    line_in_no_book,
    entry_on_no_statement,
    matched_with_another_sum,
)


@pytest.mark.parametrize("plant", FAULTS, ids=lambda f: f.__name__.strip("_"))
def test_the_next_run_finds_it(world: World, plant: Callable[[World], tuple[str, str]]) -> None:
    before = Discrepancy.objects.count()
    planted = plant(world)
    entries = Entry.objects.count()
    assert planted in compared()
    assert Entry.objects.count() == entries, "nothing is mended"
    row = Discrepancy.objects.get(code=planted[0], ref=planted[1])
    assert (row.gone_at, row.explained_at, row.owner) == (None, None, None)
    assert Discrepancy.objects.count() > before
    compared()
    assert Discrepancy.objects.filter(code=planted[0], ref=planted[1]).count() == 1, "seen again is the same difference"


def test_all_of_them_at_once(world: World) -> None:
    planted = {plant(world) for plant in (extra_transfer, stuck_unknown, line_in_no_book)}
    assert planted <= set(compared())


def test_what_is_put_right_is_gone_and_stays_to_be_read(world: World) -> None:
    line_in_no_book(world)
    keeper = staff(Role.BOOKKEEPER, at=AFTER)
    compared()
    (open_one,) = queries.differences_visible_to(keeper)
    reconciling.take_on(difference_id=open_one.difference_id, actor=keeper, at=AFTER)
    reconciling.write_note(
        difference_id=open_one.difference_id, text="It is the insurance", actor=keeper, at=AFTER + MINUTE
    )
    reconciling.explain(
        difference_id=open_one.difference_id, text="Booked tomorrow", actor=keeper, at=AFTER + 2 * MINUTE
    )
    assert (queries.open_differences(), len(compared())) == (0, 1), "explained is not gone"
    line = StatementLine.objects.get(amount_pence=-4200)
    matching.confirm(line_id=line.id, choice="as:cost", note="Insurance", actor=keeper, at=AFTER)
    assert compared() == []
    (gone,) = [d for d in queries.differences_visible_to(keeper, gone=True) if d.code == "bank-not-in-books"]
    assert gone.state == "gone"
    assert [n.text for n in gone.notes] == ["Took this on", "It is the insurance", "Explained: Booked tomorrow"]
