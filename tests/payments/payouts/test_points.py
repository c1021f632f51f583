"""Bar R1 for every task about money: die at each point before and after each commit and each call outside, enumerated
and not sampled; then go on. The effect is there once, by the provider's own book and by ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from payments.gateways.standin.faults import Planned
from payments.gateways.standin.server import StandIn
from payments.gateways.stripe_connect import StripeConnect
from payments.payouts import schedule
from payments.payouts.models import Payout
from tests.payments.approving import approve_all
from tests.payments.cast import START, Cast, owe
from tests.payments.conftest import drain
from tests.payments.payouts.test_stripe_payouts import assert_paid_once, settle_over_time, transfers_by_payout

RESTED = START + timedelta(hours=73)
OUTSIDE = ("send", "find_by_group", "look_at_transfer", "payee_ready", "recent_events", "ensure_payee")


class Killed(BaseException):
    """As `kill -9`: nothing in the product catches it."""


class Points:
    """Counts the points on the way and dies at the `at`-th. A point is before or after a commit or a call outside."""

    def __init__(self, at: int | None) -> None:
        self.at, self.seen = at, 0
        self.lock = threading.Lock()  # the calls of a batch pass by from several threads

    def pass_by(self) -> None:
        with self.lock:
            self.seen += 1
            here = self.seen - 1
        if here == self.at:
            raise Killed

    @contextmanager
    def armed(self) -> Iterator[None]:
        patch = pytest.MonkeyPatch()
        for name in OUTSIDE:
            patch.setattr(StripeConnect, name, self._around(getattr(StripeConnect, name)))
        plain_exit = transaction.Atomic.__exit__

        def leave(atomic: Any, kind: Any, *rest: Any) -> Any:
            # Only what would be a real transaction of a worker: `durable` ones of ours, and the outermost of a task.
            if kind is None and atomic.durable:
                try:
                    self.pass_by()  # before the commit: nothing of it is kept
                except Killed as killed:
                    plain_exit(atomic, Killed, killed, None)
                    raise
                plain_exit(atomic, kind, *rest)
                self.pass_by()
                return None
            return plain_exit(atomic, kind, *rest)

        patch.setattr(transaction.Atomic, "__exit__", leave)
        try:
            yield
        finally:
            patch.undo()

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def around(*args: Any, **kwargs: Any) -> Any:
            self.pass_by()
            answer = call(*args, **kwargs)
            self.pass_by()
            return answer

        return around


def _send(cast: Cast, standin: StandIn) -> None:
    approve_all(cast, RESTED)


def _send_a_batch(cast: Cast, standin: StandIn) -> None:
    for number in (2, 3):
        owe(cast, number=number, amount=1000 * number)
    approve_all(cast, RESTED)


def _settle_unknown(cast: Cast, standin: StandIn) -> None:
    approve_all(cast, RESTED)
    standin.faults.plan(Planned("cut_after", "/v1/transfers", "POST", 3))
    drain(RESTED)
    assert Payout.objects.get().state == "unknown"


def _settle_stored_error(cast: Cast, standin: StandIn) -> None:
    approve_all(cast, RESTED)
    standin.faults.plan(Planned("error_unsaved", "/v1/transfers", "POST", 3))
    drain(RESTED)
    assert Payout.objects.get().state == "unknown"


def _wake(cast: Cast, standin: StandIn) -> None:
    approve_all(cast, START + timedelta(hours=1))
    drain(START + timedelta(hours=1))
    assert Payout.objects.get().state == "held"


def _park(cast: Cast, standin: StandIn) -> None:
    approve_all(cast, RESTED)
    with standin.book.work() as book:
        book.add("balance", -1_000_000)
    drain(RESTED)
    assert Payout.objects.get().state == "parked"
    with standin.book.work() as book:
        book.add("balance", 1_000_000)


TASKS = {
    "send": _send,
    "a batch": _send_a_batch,
    "unknown": _settle_unknown,
    "stored error": _settle_stored_error,
    "held": _wake,
    "parked": _park,
}


def _go(points: Points) -> bool:
    """The workers at work over some hours; True when they died on the way."""
    try:
        with points.armed():
            at = RESTED
            for minutes in (0, 1, 3, 11, 11, 65):
                at += timedelta(minutes=minutes)
                drain(at)
                schedule.settle_unknowns(at)
    except Killed:
        return True
    return False


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *a, **k: 0)


def _walk(cast: Cast, standin: StandIn, task: str, at: int | None) -> tuple[bool, int]:
    owe(cast)
    TASKS[task](cast, standin)
    points = Points(at)
    died = _go(points)
    settle_over_time(RESTED + timedelta(hours=2))
    return died, points.seen


@pytest.mark.parametrize("task", TASKS)
def test_r1_every_point_of_every_task(on_stripe: Cast, standin: StandIn, task: str) -> None:
    """The last point is found when nothing dies any more: then the whole way was walked."""
    number = 0
    while True:
        with standin.book.work() as book:
            start = book.count("balance")
        point = transaction.savepoint()
        before = set(transfers_by_payout(standin))
        died, seen = _walk(on_stripe, standin, task, number)
        payouts = dict(Payout.objects.values_list("id", "amount_pence"))
        assert set(Payout.objects.values_list("state", flat=True)) == {"paid"}, (task, number)
        paid = transfers_by_payout(standin)
        assert {i: n for i, n in paid.items() if i not in before} == {str(i): 1 for i in payouts}, (task, number)
        if number == 0:
            assert_paid_once(on_stripe, standin)
        transaction.savepoint_rollback(point)
        standin.faults.clear()
        with standin.book.work() as book:
            assert book.count("balance") == start - sum(payouts.values())
        if not died:
            break
        number += 1
    print(f"\nR1 {task}: {number} points, each died at once")
    assert number >= 8, seen


def test_r1_mutant_without_the_key_a_death_pays_twice(
    on_stripe: Cast, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The protection off: no saved key, no look into the provider's book."""
    from dataclasses import replace
    from uuid import uuid4

    plain = StripeConnect.send
    monkeypatch.setattr(StripeConnect, "send", lambda self, order: plain(self, replace(order, key=str(uuid4()))))
    monkeypatch.setattr(StripeConnect, "find_by_group", lambda self, group: [])
    twice = 0
    for number in range(12):
        point = transaction.savepoint()
        _walk(on_stripe, standin, "send", number)
        twice += max(transfers_by_payout(standin).values()) > 1
        transaction.savepoint_rollback(point)
    assert twice > 0
