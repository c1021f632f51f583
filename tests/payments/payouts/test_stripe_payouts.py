"""Payouts against the stand-in over real HTTP, with faults; reconciled against the stand-in's own book."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.audit.models import AccessEvent
from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, NotFound
from payments import public
from payments.books.usecases import reconciling
from payments.gateways.data import Endpoint, Hint, TransferOrder
from payments.gateways.registry import stripe_gateway
from payments.gateways.standin.faults import Planned
from payments.gateways.standin.server import StandIn
from payments.gateways.stripe_connect import StripeConnect
from payments.gateways.usecases import note_hint
from payments.ledger.data import STRIPE_BALANCE, payable
from payments.ledger.queries import balance, trial_balance
from payments.payouts import queries, reconcile, schedule
from payments.payouts.models import Payout, PayoutAttempt
from payments.payouts.states import PayoutState
from payments.payouts.usecases import sending, trouble
from tests.payments.approving import approve_all
from tests.payments.cast import START, Cast, choose_other, later, owe
from tests.payments.conftest import drain

MACHINE = Actor.system("test")
RESTED = START + timedelta(hours=73)
SDK_TRIES = 3  # one call and two retries with the same key


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK sleeps between its retries."""
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *a, **k: 0)


def transfers_by_payout(standin: StandIn) -> Counter[str]:
    """The witness: how often each payout was really paid, by the other side's book."""
    return Counter(t["metadata"]["payout"] for t in standin.snapshot()["transfer"] if not t["reversed"])


def settle_over_time(start: datetime, hours: int = 30) -> datetime:
    """Let the clock run with the sweeper and the runner at work."""
    at = start
    for minutes in (1, 1, 1, 3, 5, 11, 11, 30, 60, 60, 120, 600, 600)[:hours]:
        at += timedelta(minutes=minutes)
        drain(at)
        schedule.settle_unknowns(at)
        drain(at)
    return at


def assert_paid_once(cast: Cast, standin: StandIn) -> None:
    ours = {str(p.id): p for p in Payout.objects.all()}
    assert {p.state for p in ours.values()} == {"paid"}
    assert transfers_by_payout(standin) == Counter(dict.fromkeys(ours, 1))
    assert balance(payable(cast.payee_ref)) == 0
    assert -balance(STRIPE_BALANCE) == sum(t["amount"] - t["amount_reversed"] for t in standin.snapshot()["transfer"])
    assert trial_balance(START + timedelta(days=60)).difference == 0
    assert public.verify() == []


def test_paid_and_told(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    drain(RESTED)
    assert_paid_once(on_stripe, standin)
    line = public.money_for([on_stripe.payee_ref])[on_stripe.payee_ref][0]
    assert line.is_paid
    assert line.paid_on == RESTED.date()
    assert AccessEvent.objects.filter(person_id=on_stripe.payee_ref, purpose="pay", released=True).exists()


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "busy", "error_saved", "error_unsaved"])
@pytest.mark.parametrize("times", [1, SDK_TRIES, 2 * SDK_TRIES])
def test_every_fault_ends_in_one_payment(on_stripe: Cast, standin: StandIn, kind: str, times: int) -> None:
    owe(on_stripe, 1)
    owe(on_stripe, 2, 4200)
    approve_all(on_stripe, RESTED)
    standin.faults.plan(Planned(kind, "/v1/transfers", "POST", times))
    drain(RESTED)
    settle_over_time(RESTED)
    assert_paid_once(on_stripe, standin)


def test_a_lost_answer_is_unknown_until_looked_up(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    standin.faults.plan(Planned("cut_after", "/v1/transfers", "POST", SDK_TRIES))
    drain(RESTED)
    assert Payout.objects.get().state == "unknown"
    assert balance(STRIPE_BALANCE) == 0
    line = public.money_for([on_stripe.payee_ref])[on_stripe.payee_ref][0]
    assert "payment provider" in line.state_words
    schedule.settle_unknowns(RESTED + timedelta(minutes=2))
    drain(RESTED + timedelta(minutes=2))
    assert_paid_once(on_stripe, standin)
    assert PayoutAttempt.objects.count() == 1


class Killed(BaseException):
    """As `kill -9` at this point."""


@pytest.mark.parametrize("after", [False, True])
def test_killed_around_the_call(
    on_stripe: Cast, standin: StandIn, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    send = StripeConnect.send

    def killed(self: StripeConnect, order: TransferOrder) -> Any:
        if after:
            send(self, order)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(StripeConnect, "send", killed)
        with pytest.raises(Killed):
            drain(RESTED)
    payout = Payout.objects.get()
    assert (payout.state, payout.attempts.count()) == ("sending", 1)
    settle_over_time(RESTED)
    assert_paid_once(on_stripe, standin)


def test_keys_forgotten_after_a_day_are_looked_up_first(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    standin.faults.plan(Planned("cut_after", "/v1/transfers", "POST", SDK_TRIES))
    drain(RESTED)
    with standin.book.work() as book:
        book.forget_answers()
    late = RESTED + timedelta(hours=26)
    schedule.settle_unknowns(late)
    drain(late)
    assert_paid_once(on_stripe, standin)


def test_mutant_a_fresh_key_for_each_try_pays_twice(
    on_stripe: Cast, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The protection taken away: the outside witness sees the double payment, so the tests above can fail."""
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    send = StripeConnect.send
    tries: list[int] = []

    def fresh_key(self: StripeConnect, order: TransferOrder) -> Any:
        tries.append(1)
        return send(self, replace(order, key=f"{order.key}:{len(tries)}"))

    monkeypatch.setattr(StripeConnect, "send", fresh_key)
    monkeypatch.setattr(StripeConnect, "find_by_group", lambda self, group: [])
    standin.faults.plan(Planned("cut_after", "/v1/transfers", "POST", SDK_TRIES))
    drain(RESTED)
    schedule.settle_unknowns(RESTED + timedelta(minutes=2))
    assert transfers_by_payout(standin)[str(Payout.objects.get().id)] == 2
    found = reconcile.compare(gateway=stripe_gateway(), since=RESTED - timedelta(days=400), at=RESTED)[1]
    assert "missing-in-books" in {d.code for d in found}


def test_a_definite_refusal_fails_and_is_retried_without_new_approval(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    standin.faults.plan(Planned("refused", "/v1/transfers", "POST", 1))
    drain(RESTED)
    payout = Payout.objects.get()
    assert (payout.state, payout.reason) == ("failed", "not_this_one")
    assert balance(STRIPE_BALANCE) == 0
    trouble.look_after(payout_id=payout.id, actor=on_stripe.approver, at=RESTED)
    at = RESTED + timedelta(hours=1)
    seen = queries.payouts_visible_to(on_stripe.preparer, states=[PayoutState.FAILED], at=at)[0]
    assert seen.looked_after_by == on_stripe.approver.user_id
    assert seen.reason_words
    sending.retry(payout_id=payout.id, actor=later(on_stripe.preparer, at), at=at)
    drain(at)
    assert_paid_once(on_stripe, standin)
    assert PayoutAttempt.objects.count() == 2
    assert Payout.objects.get().looked_after_by is None
    with pytest.raises(Conflict):
        trouble.look_after(payout_id=payout.id, actor=on_stripe.approver, at=at)
    with pytest.raises(NotFound):
        trouble.look_after(payout_id=payout.id, actor=on_stripe.person, at=at)


@pytest.mark.parametrize("heard", ["webhook", "sweep"])
def test_waits_until_the_capability_is_active_then_goes_by_itself(
    on_stripe: Cast, standin: StandIn, heard: str
) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    account = standin.snapshot()["account"][0]["id"]
    with standin.book.work():  # and nobody heard of it
        standin.stripe().set_capability(account, "restricted")
    drain(RESTED)
    payout = Payout.objects.get()
    assert (payout.state, payout.reason) == ("parked", "stripe_not_ready")
    assert balance(STRIPE_BALANCE) == 0
    settle_over_time(RESTED)  # trying again is no use while it is not active
    assert PayoutAttempt.objects.count() == 1
    with standin.book.work():
        standin.stripe().set_capability(account, "active")
    at = RESTED + timedelta(hours=40)
    if heard == "webhook":
        kind = "v2.core.account[configuration.recipient].capability_status_updated"
        note_hint(hint=Hint(endpoint=Endpoint.THIN, event_id="evt_x", type=kind, object_ref=account, live=False), at=at)
    else:
        schedule.sweep_stripe_events(at)
    drain(at)
    assert_paid_once(on_stripe, standin)


def test_a_top_up_wakes_what_waits_for_funds(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    with standin.book.work() as book:
        book.add("balance", -1_000_000)
    drain(RESTED)
    assert Payout.objects.get().state == "parked"
    with standin.book.work():
        standin.stripe().top_up(20_000)
    schedule.sweep_stripe_events(clock.now())
    drain(clock.now())
    assert Payout.objects.get().state == "paid"
    assert set(transfers_by_payout(standin).values()) == {1}


def test_no_funds_parks_and_wakes(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    with standin.book.work() as book:
        book.add("balance", -1_000_000)
    drain(RESTED)
    assert Payout.objects.get().state == "parked"
    with standin.book.work() as book:
        book.add("balance", 1_000_000)
    settle_over_time(RESTED)
    assert_paid_once(on_stripe, standin)


def test_new_destination_rests_then_goes_by_itself(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    soon = START + timedelta(hours=1)
    approve_all(on_stripe, soon)
    drain(soon)
    assert (Payout.objects.get().state, Payout.objects.get().reason) == ("held", "resting")
    assert not standin.snapshot()["transfer"]
    almost = START + timedelta(hours=71, minutes=59)
    schedule.settle_unknowns(almost)
    drain(almost)
    assert Payout.objects.get().state == "held"
    drain(START + timedelta(hours=72))
    assert_paid_once(on_stripe, standin)


def test_a_destination_changed_after_approval_stops_it(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    choose_other(on_stripe, public.Route.MANUAL, RESTED)
    drain(RESTED)
    payout = Payout.objects.get()
    assert (payout.state, payout.reason, payout.approved_by) == ("due", "destination_changed", None)
    assert not standin.snapshot()["transfer"]


def test_money_that_came_back_is_owed_again(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    drain(RESTED)
    transfer = Payout.objects.get().external_ref
    with standin.book.work():
        standin.stripe().reverse(transfer, {})
    at = RESTED + timedelta(days=1)
    for _ in range(2):  # hearing it twice changes nothing more
        sending.confirm(payout_id=Payout.objects.get().id, gateway=stripe_gateway(), at=at)
    payout = Payout.objects.get()
    assert (payout.state, payout.round, payout.approved_by) == ("due", 2, None)
    assert balance(payable(on_stripe.payee_ref)) == -15000
    assert balance(STRIPE_BALANCE) == 0
    approve_all(on_stripe, at)
    drain(at)
    assert_paid_once(on_stripe, standin)
    found = reconcile.compare(gateway=stripe_gateway(), since=START - timedelta(days=400), at=at)[1]
    assert {d.code for d in found if not d.ref.startswith("tu_")} == set()


def test_reconcile_finds_what_differs_both_ways(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    drain(RESTED)
    since = START - timedelta(days=400)
    clean = reconcile.compare(gateway=stripe_gateway(), since=since, at=RESTED)[1]
    assert [(d.code, d.ref[:3]) for d in clean] == [("missing-in-books", "tu_")]  # the opening balance
    top_up = clean[0]
    reconcile.record_top_up(
        amount=top_up.theirs, external_ref=top_up.ref, actor=later(on_stripe.preparer, RESTED), at=RESTED
    )
    assert reconciling.reconcile(gateway=stripe_gateway(), since=since, actor=MACHINE, at=RESTED) == []
    account = standin.snapshot()["account"][0]["id"]
    with standin.book.work():  # a transfer that we never asked for
        standin.stripe().create_transfer({"amount": "700", "currency": "gbp", "destination": account})
    found = reconciling.reconcile(gateway=stripe_gateway(), since=since, actor=MACHINE, at=RESTED + timedelta(hours=1))
    assert [(d.code, d.theirs, d.ours) for d in found] == [("missing-in-books", -700, 0)]
    last = queries.last_reconciliation(on_stripe.approver)
    assert last is not None
    assert [d.code for d in last[1]] == ["missing-in-books"]


def test_repeating_any_step_changes_nothing(on_stripe: Cast, standin: StandIn) -> None:
    owed = owe(on_stripe)
    approve_all(on_stripe, RESTED)
    payout_id: UUID = owed.payout_id
    for _ in range(3):
        sending.send_payout(payout_id=payout_id, gateway=stripe_gateway(), at=RESTED)
        sending.confirm(payout_id=payout_id, gateway=stripe_gateway(), at=RESTED)
        sending.settle_unknown(payout_id=payout_id, gateway=stripe_gateway(), at=RESTED)
        drain(RESTED)
    assert_paid_once(on_stripe, standin)


def test_nothing_about_a_person_reaches_stripe(on_stripe: Cast, standin: StandIn) -> None:
    owe(on_stripe)
    approve_all(on_stripe, RESTED)
    drain(RESTED)
    everything = str(standin.snapshot())
    for word in ("Alex", "Example", "BK-TEST", "Daily", "Own Words"):
        assert word not in everything
