"""Many payouts at once: each exactly as if it had gone alone, in a number of statements that does not grow with them."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.audit.models import AccessEvent
from backend.outbox.models import Work
from payments import public
from payments.gateways.data import Outcome, TransferOrder
from payments.gateways.registry import stripe_gateway
from payments.gateways.standin.faults import Planned
from payments.gateways.standin.server import StandIn
from payments.ledger.models import Entry
from payments.payouts.models import Payout, PayoutAttempt, PayoutHistory
from payments.payouts.usecases import batches
from tests.payments.approving import approve_all
from tests.payments.cast import START, Cast, choose_other, owe
from tests.payments.conftest import drain
from tests.payments.payouts.fake_book import FakeBook
from tests.payments.payouts.test_stripe_payouts import (
    assert_paid_once,
    settle_over_time,
    transfers_by_payout,
)

RESTED = START + timedelta(hours=73)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *a, **k: 0)


def _approved(cast: Cast, count: int, first: int = 1) -> None:
    for number in range(first, first + count):
        owe(cast, number=number, amount=1000 + number, at=START)
    approve_all(cast, RESTED)


def _ids() -> list[UUID]:
    return list(Payout.objects.order_by("id").values_list("id", flat=True))


def test_a_batch_is_paid_once_each_and_told(on_stripe: Cast, standin: StandIn) -> None:
    _approved(on_stripe, 20)
    drain(RESTED)
    assert_paid_once(on_stripe, standin)
    assert set(PayoutAttempt.objects.values_list("outcome", "number")) == {("accepted", 1)}
    assert Entry.objects.filter(kind="payout").count() == 20
    moves = Counter(PayoutHistory.objects.values_list("move", flat=True))
    assert (moves["claim"], moves["accept"], moves["confirm"]) == (20, 20, 20)
    assert AccessEvent.objects.filter(person_id=on_stripe.payee_ref, purpose="pay", released=True).exists()


def test_statements_do_not_grow_with_the_batch(on_stripe: Cast) -> None:
    counted = []
    for count, first in ((2, 1), (2, 3), (16, 5)):  # the first round also opens the accounts of the book
        _approved(on_stripe, count, first)
        book = FakeBook(prefix=f"tr_{first}")
        with CaptureQueriesContext(connection) as claimed:
            tries = batches._claim(list(Payout.objects.filter(state="approved").values_list("id", flat=True)), RESTED)
        answers = [(tried, book.send(tried.order)) for tried in tries]
        with CaptureQueriesContext(connection) as finished:
            batches._finish(answers, RESTED)
        counted.append((len(claimed), len(finished)))
        assert not Payout.objects.exclude(state="sent").exists()
    print(f"statements to claim and to finish: {counted}")
    assert counted[1] == counted[2]


def test_calls_wait_side_by_side(on_stripe: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight calls are under way at the same moment: none of them comes back before all eight have begun."""
    _approved(on_stripe, 8)
    book, all_eight = FakeBook(), threading.Barrier(8, timeout=60)
    plain = book.send

    def send(order: TransferOrder) -> Outcome:
        all_eight.wait()
        return plain(order)

    monkeypatch.setattr(book, "send", send)
    batches.send_payouts(payout_ids=_ids(), gateway=book, at=RESTED)
    assert set(Payout.objects.values_list("state", flat=True)) == {"sent"}


def test_one_that_may_not_go_does_not_hold_up_the_others(
    on_stripe: Cast, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    _approved(on_stripe, 6)
    changed, waiting = Payout.objects.order_by("id")[:2]
    Payout.objects.filter(id=changed.id).update(digest="another destination")
    Payout.objects.filter(id=waiting.id).update(over_limit="payout", trustee_by=None)
    batches.send_payouts(payout_ids=_ids(), gateway=stripe_gateway(), at=RESTED)
    states = dict(Payout.objects.values_list("id", "state"))
    assert (states.pop(changed.id), states.pop(waiting.id)) == ("due", "held")
    assert set(states.values()) == {"sent"}
    paid = transfers_by_payout(standin)
    assert paid == Counter({str(i): 1 for i in states})


def test_a_changed_destination_stops_all_of_a_batch(on_stripe: Cast, standin: StandIn) -> None:
    _approved(on_stripe, 4)
    choose_other(on_stripe, public.Route.MANUAL, RESTED)
    batches.send_payouts(payout_ids=_ids(), gateway=stripe_gateway(), at=RESTED)
    assert set(Payout.objects.values_list("state", flat=True)) == {"due"}
    assert not transfers_by_payout(standin)


@pytest.mark.parametrize("kind", ["cut_after", "cut_before", "error_saved", "error_unsaved", "busy", "refused"])
def test_faults_in_a_batch_are_each_settled_for_themselves(on_stripe: Cast, standin: StandIn, kind: str) -> None:
    _approved(on_stripe, 10)
    standin.faults.plan(Planned(kind, path="/v1/transfers", method="POST", times=9))
    drain(RESTED)
    last = settle_over_time(RESTED)
    failed = set(Payout.objects.filter(state="failed").values_list("id", flat=True))
    assert bool(failed) is (kind == "refused")
    if not failed:
        assert_paid_once(on_stripe, standin)
    assert not Payout.objects.exclude(state__in=("paid", "failed")).exists(), last
    paid = transfers_by_payout(standin)
    assert set(paid.values()) == {1}
    assert not {str(i) for i in failed} & set(paid)


def test_a_call_whose_turn_comes_too_late_is_not_begun(
    on_stripe: Cast, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    _approved(on_stripe, 5)
    monkeypatch.setattr(batches, "BEGIN_WITHIN", -1.0)
    drain(RESTED)
    assert not transfers_by_payout(standin)
    assert set(Payout.objects.values_list("state", flat=True)) == {"sending"}
    settle_over_time(RESTED)
    assert_paid_once(on_stripe, standin)


def test_a_process_that_dies_in_a_batch_leaves_nothing_undone(
    on_stripe: Cast, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies when some were sent and no answer is in the book yet."""

    class Died(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Died

    _approved(on_stripe, 12)
    with monkeypatch.context() as patch:
        patch.setattr(batches, "_finish", dies)
        with pytest.raises(Died):
            drain(RESTED)
    assert transfers_by_payout(standin)
    assert set(Payout.objects.values_list("state", flat=True)) == {"sending"}
    settle_over_time(RESTED)
    assert_paid_once(on_stripe, standin)
    assert not Work.objects.filter(state="dead").exists()
