"""Bar M8: random paths through everything that can be done to a payout. Whatever happens, money leaves only when two
different people in two sessions, neither of them the payee, approved exactly this destination, after the call-back and
the 72 hours. A notebook beside the system keeps what was done; the provider asks it before anything moves."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import OwnWordsError
from payments import public
from payments.gateways.data import TransferOrder
from payments.payees import usecases as payees
from payments.payees.data import Standing
from payments.payouts import queries, rules, schedule
from payments.payouts.models import Payout
from payments.payouts.usecases import destinations, runs, sending
from tests.payments.cast import IN_PERSON, START, Cast, choose_other, later, make_cast, owe, staff
from tests.payments.conftest import drain
from tests.payments.payouts.fake_book import FakeBook

SEED = int(os.environ.get("M8_SEED", "20261122"))
BOTH = frozenset({Role.FINANCE_PREPARER, Role.FINANCE_APPROVER})


@dataclass
class Notebook:
    """What was done, in the words of the rule; nothing is read from the system."""

    changed_at: datetime
    now: datetime
    called_back: bool = False
    submitted: tuple[Any, str] | None = None
    approved: tuple[Any, str] | None = None
    approved_at: datetime | None = None
    broken: list[str] = field(default_factory=list)

    def ask(self, payee: Actor) -> None:
        """Money is about to leave."""
        if self.submitted is None or self.approved is None or self.approved_at is None:
            self.broken.append("fewer than two people")
            return
        if self.submitted[0] == self.approved[0] or self.submitted[1] == self.approved[1]:
            self.broken.append("one person or one session")
        if self.approved[0] == payee.user_id or self.submitted[0] == payee.user_id:
            self.broken.append("the payee")
        if self.changed_at > self.approved_at:
            self.broken.append("the destination changed after the approval")
        if self.now < self.changed_at + timedelta(hours=72):
            self.broken.append("inside the 72 hours")
        if not self.called_back:
            self.broken.append("no call-back")


class Walk:
    def __init__(self, draw: random.Random, book: FakeBook) -> None:
        self.draw, self.book, self.at = draw, book, START
        self.cast: Cast = make_cast()
        self.note = Notebook(START, START)
        self.accounts = 0
        self.change_destination()
        self.payout_id = owe(self.cast).payout_id
        both = [replace(staff(Role.FINANCE_PREPARER), roles=BOTH) for _ in range(2)]
        self.people = [*both, self.cast.preparer, self.cast.approver, replace(self.cast.person, roles=BOTH)]
        self.sessions = ["s1", "s2", "s3"]
        book.watch = self.watch
        self.approvals = 0

    def watch(self, order: TransferOrder) -> None:
        self.note.now = self.at
        self.note.ask(self.cast.person)

    def somebody(self) -> Actor:
        proven = self.at if self.draw.random() < 0.95 else self.at - timedelta(minutes=6)
        return later(replace(self.draw.choice(self.people), session_ref=self.draw.choice(self.sessions)), proven)

    # --- what can be done

    def change_destination(self) -> None:
        self.accounts += 1
        if self.accounts > 1:
            choose_other(self.cast, public.Route.MANUAL, self.at)
        choose_other(self.cast, public.Route.STRIPE, self.at)
        if self.accounts == 1:
            payees.attach_stripe_account(
                payee_ref=self.cast.payee_ref, account=f"acct_{self.cast.payee_ref}", rest=timedelta(hours=72),
                actor=self.cast.person, at=self.at,
            )  # fmt: skip
            payees.note_stripe_ready(payee_ref=self.cast.payee_ref, ready=True, at=self.at)
        self.note.changed_at, self.note.called_back = self.at, False

    def call_back(self) -> None:
        destinations.record_call_back(payee_ref=self.cast.payee_ref, note=IN_PERSON, actor=self.somebody(), at=self.at)
        self.note.called_back = True

    def submit(self) -> None:
        actor = self.somebody()
        runs.prepare_run(payout_ids=[self.payout_id], actor=actor, at=self.at)
        self.note.submitted, self.note.approved = (actor.user_id, actor.session_ref), None

    def approve(self) -> None:
        actor = self.somebody()
        run_id = Payout.objects.get(id=self.payout_id).run_id
        if run_id is None:
            return
        digest = queries.run_visible_to(self.cast.approver, run_id).digest
        if self.draw.random() < 0.1:
            digest = "0" * 64
        runs.approve_run(run_id=run_id, digest=digest, actor=actor, at=self.at)
        self.approvals += 1
        self.note.approved, self.note.approved_at = (actor.user_id, actor.session_ref), self.at

    def take_out(self) -> None:
        runs.take_out(payout_id=self.payout_id, actor=self.somebody(), at=self.at)
        self.note.submitted = self.note.approved = None

    def machinery(self) -> None:
        drain(self.at)
        schedule.settle_unknowns(self.at)
        drain(self.at)

    def send(self) -> None:
        sending.send_payout(payout_id=self.payout_id, gateway=self.book, at=self.at)

    def retry(self) -> None:
        sending.retry(payout_id=self.payout_id, actor=self.somebody(), at=self.at)

    def bounce(self) -> None:
        payout = Payout.objects.get(id=self.payout_id)
        group = sending.group_of(payout)
        if payout.state in ("sent", "paid") and group in self.book.made:
            self.book.reverse(group)
            sending.confirm(payout_id=self.payout_id, gateway=self.book, at=self.at)
            self.note.submitted = self.note.approved = None

    def wait(self) -> None:
        self.at += timedelta(hours=self.draw.choice((0.01, 1, 24, 73, 73)))

    def step(self) -> None:
        acts = [self.change_destination, self.call_back, self.submit, self.approve, self.take_out, self.machinery,
                self.send, self.retry, self.bounce, self.wait]  # fmt: skip
        act = self.draw.choices(acts, weights=(1, 5, 5, 7, 1, 5, 4, 1, 1, 5))[0]
        before = Payout.objects.values_list("state", "approved_by", "digest").get(id=self.payout_id)
        try:
            act()
        except OwnWordsError:
            if act != self.change_destination:
                after = Payout.objects.values_list("state", "approved_by", "digest").get(id=self.payout_id)
                assert after == before, f"a refused {act.__name__} changed something"


def walk_paths(count: int, monkeypatch: pytest.MonkeyPatch, steps: int = 26) -> tuple[list[str], int]:
    """What was broken, and on how many paths money left."""
    from django.db import transaction

    broken: list[str] = []
    paid = 0
    for number in range(count):
        book = FakeBook()
        for where in ("payments.payouts.handlers", "payments.payouts.schedule"):
            monkeypatch.setattr(f"{where}.stripe_gateway", lambda book=book: book)
        point = transaction.savepoint()
        walk = Walk(random.Random(SEED + number), book)
        for _ in range(steps):
            walk.step()
        broken += [f"seed {SEED + number}: {what}" for what in walk.note.broken]
        paid += bool(book.orders)
        transaction.savepoint_rollback(point)
    print(f"\nM8: {count} paths from seed {SEED}, money left on {paid}, {len(broken)} broken")
    return broken, paid


def test_m8_short(db: None, outbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, paid = walk_paths(50, monkeypatch)
    assert broken == []
    assert paid > 0, "and some paths do pay"


@pytest.mark.slow
def test_m8_five_thousand_paths(db: None, outbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, paid = walk_paths(5000, monkeypatch)
    assert broken == []
    assert paid > 100, "and some paths do pay"


@pytest.mark.slow
def test_m8_mutant_nobody_asks_who_the_payee_is(db: None, outbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = rules.need_second_person
    monkeypatch.setattr(runs, "need_second_person", lambda **given: plain(**given | {"owners": []}))
    broken, _ = walk_paths(400, monkeypatch)
    assert any("the payee" in what for what in broken)


def test_m8_mutant_nothing_holds_a_new_destination(db: None, outbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Standing, "blocked_by", lambda self, at: "")
    broken, _ = walk_paths(60, monkeypatch)
    assert {what.partition(": ")[2] for what in broken} & {"inside the 72 hours", "no call-back"}
