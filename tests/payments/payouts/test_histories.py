"""Bar M4: webhooks in any order, each one to five times, some never, then the sweep: the same final state and the same
book as hearing everything once and in order. And what is forged, stale, for another endpoint or of the other mode
changes nothing, whatever stands around it."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from backend.kernel.errors import NotAllowed
from payments import public
from payments.gateways import stripe_connect
from payments.gateways.data import Endpoint, Hint
from payments.gateways.models import ProviderEvent
from payments.gateways.usecases import note_hint
from payments.ledger.data import STRIPE_BALANCE
from payments.ledger.queries import balance
from payments.payees import usecases as payees
from payments.payouts import handlers, schedule
from payments.payouts.models import Payout
from payments.payouts.usecases import sending
from payments.payouts.usecases.destinations import record_call_back
from tests.payments.approving import approve_all
from tests.payments.cast import IN_PERSON, START, Cast, choose_other, owe
from tests.payments.conftest import drain
from tests.payments.gateways.test_webhooks import signed
from tests.payments.payouts.fake_book import FakeBook

SEED = int(os.environ.get("M4_SEED", "20261122"))
RESTED = START + timedelta(hours=73)
SECRET = "whsec_platform"
TOGETHER = 50  # histories that run through each other


def _payload(hint: Hint, live: bool = False) -> bytes:
    body = {"id": hint.event_id, "type": hint.type, "livemode": live, "data": {"object": {"id": hint.object_ref}}}
    return json.dumps(body).encode()


def _deliver(payload: bytes, header: str, at: datetime) -> bool:
    try:
        note_hint(hint=stripe_connect.read_webhook(Endpoint.PLATFORM, payload, header), at=at)
    except NotAllowed:
        return False
    return True


def _bad(draw: random.Random, hint: Hint) -> tuple[bytes, str]:
    payload = _payload(hint)
    now = int(time.time())
    return draw.choice(
        [
            (payload, f"t={now},v1={'0' * 64}"),
            (payload, signed(payload, SECRET, now - 301)),
            (payload, signed(payload, "whsec_connect")),
            (_payload(hint, live=True), signed(_payload(hint, live=True), SECRET)),
            (payload + b" ", signed(payload, SECRET)),
            (payload, ""),
        ]
    )


def _sent(cast: Cast, book: FakeBook, count: int, at: datetime) -> list[UUID]:
    """So many payouts that are sent, and of which nothing was heard yet."""
    from django.db.models import F

    before = set(Payout.objects.values_list("id", flat=True))
    for _ in range(count):
        owe(cast, number=uuid4().int % 10**12, amount=1000, at=START)
    approve_all(cast, at)
    found = list(Payout.objects.exclude(id__in=before).filter(state="approved").values_list("id", flat=True))
    for payout_id in found:
        sending.send_payout(payout_id=payout_id, gateway=book, at=at)
    assert Payout.objects.filter(id__in=found, state="sent", amount_pence=F("amount_pence")).count() == count
    return found


def histories(cast: Cast, book: FakeBook, count: int) -> Counter[str]:
    """Runs `count` histories; says how many ended otherwise than in-order-once would have, and what was refused."""
    said: Counter[str] = Counter()
    draw = random.Random(SEED)
    at, back = RESTED, 0
    for start in range(0, count, TOGETHER):
        at += timedelta(days=1)
        book.events.clear()
        payouts = _sent(cast, book, min(TOGETHER, count - start), at)
        groups = {p.id: sending.group_of(p) for p in Payout.objects.filter(id__in=payouts)}
        reversed_ones = {i for i in payouts if draw.random() < 0.4}
        for payout_id, group in groups.items():
            book.update(group)
            if payout_id in reversed_ones:
                book.reverse(group)
        for number, hint in enumerate(book.events):
            book.events[number] = Hint(
                endpoint=hint.endpoint, event_id=f"evt_{start}_{number}", type=hint.type, object_ref=hint.object_ref,
                live=False,
            )  # fmt: skip
        heard = [hint for hint in book.events if draw.random() > 0.2 for _ in range(draw.randint(1, 5))]
        draw.shuffle(heard)
        for number, hint in enumerate(heard):
            if draw.random() < 0.1:
                known = ProviderEvent.objects.count()
                said["bad taken"] += _deliver(*_bad(draw, hint), at)
                said["bad left something"] += ProviderEvent.objects.count() != known
                said["bad refused"] += 1
            payload = _payload(hint)
            assert _deliver(payload, signed(payload, SECRET), at)
            if number % 7 == 0:
                drain(at)
        drain(at)
        schedule.sweep_stripe_events(at)
        drain(at)
        schedule.settle_unknowns(at + timedelta(minutes=5))
        ended = dict(Payout.objects.filter(id__in=payouts).values_list("id", "state"))
        said["wrong end"] += sum(ended[i] != ("due" if i in reversed_ones else "paid") for i in payouts)
        back += len(reversed_ones)
        said["histories"] += len(payouts)
        # Those that came back are owed again; taken out of the way of the next round.
        Payout.objects.filter(id__in=reversed_ones).update(reason="came_back", state="cancelled")
    said["wrong book"] = int(-balance(STRIPE_BALANCE) != 1000 * (count - back))
    print(f"\nM4: seed {SEED}, {dict(said)}")
    return said


@pytest.fixture
def told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> tuple[Cast, FakeBook]:
    book = FakeBook()
    for where in (handlers, schedule):
        monkeypatch.setattr(where, "stripe_gateway", lambda: book)
    monkeypatch.setattr("payments.payouts.limits.policy", lambda name, on: 10**12)
    choose_other(cast, public.Route.STRIPE, START)
    payees.attach_stripe_account(
        payee_ref=cast.payee_ref, account="acct_1", rest=timedelta(hours=72), actor=cast.person, at=START
    )
    payees.note_stripe_ready(payee_ref=cast.payee_ref, ready=True, at=START)
    record_call_back(payee_ref=cast.payee_ref, note=IN_PERSON, actor=cast.preparer, at=START)
    return cast, book


def _right(said: Counter[str]) -> bool:
    return not any(said[what] for what in ("wrong end", "wrong book", "bad taken", "bad left something"))


def test_m4_short(told: tuple[Cast, FakeBook]) -> None:
    said = histories(*told, 40)
    assert _right(said), said
    assert said["bad refused"] > 0


@pytest.mark.slow
def test_m4_ten_thousand_histories(told: tuple[Cast, FakeBook]) -> None:
    said = histories(*told, int(os.environ.get("M4_HISTORIES", "10000")))
    assert _right(said), said


def test_m4_mutant_believing_the_event_in_the_order_of_arrival(
    told: tuple[Cast, FakeBook], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an event says is done at once, instead of asking the provider's book: the end depends on the order."""
    from backend.outbox import registry
    from backend.outbox.data import Item, Subscription
    from payments.gateways.queries import hint as hint_of

    def believe(item: Item) -> None:
        hint = hint_of(item.object_id)
        state = {"transfer.reversed": "due"}.get(hint.type, "paid")
        Payout.objects.filter(external_ref=hint.object_ref).update(state=state, paid_on=item.at.date())

    for name, handler in (("payouts.heed_hint", believe), ("payouts.check_sent", lambda item: None)):
        plain = registry._by_name[name]
        mutant = Subscription(plain.topic, name, handler, queue=plain.queue, external=True)
        monkeypatch.setitem(registry._by_name, name, mutant)
    monkeypatch.setattr(schedule, "sweep_stripe_events", lambda at: 0)
    monkeypatch.setattr(schedule, "settle_unknowns", lambda at: 0)
    said = histories(*told, 40)
    assert said["wrong end"] > 5
