"""Webhooks are hints: forged, stale, misdirected and wrong-mode ones change nothing; any order and number of the good
ones ends in the same state."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.kernel.errors import NotAllowed
from payments import public
from payments.gateways import stripe_connect
from payments.gateways.data import Endpoint
from payments.gateways.models import ProviderEvent
from payments.gateways.standin.server import StandIn
from payments.gateways.usecases import note_hint
from payments.invoicing.models import Invoice, InvoiceReceipt
from payments.ledger.data import STRIPE_BALANCE, STRIPE_FEES, receivable
from payments.ledger.queries import balance
from payments.payouts import schedule
from tests.payments.cast import START, Cast, owe
from tests.payments.conftest import drain, press

SECRETS = {"platform": "whsec_platform", "connect": "whsec_connect", "thin": "whsec_thin"}


def signed(payload: bytes, secret: str, at: int | None = None) -> str:
    stamp = str(at or int(time.time()))
    return f"t={stamp},v1={hmac.new(secret.encode(), stamp.encode() + b'.' + payload, hashlib.sha256).hexdigest()}"


def event(number: int = 1, *, live: bool = False, kind: str = "checkout.session.completed", ref: str = "cs_1") -> bytes:
    body = {"id": f"evt_{number}", "type": kind, "livemode": live, "data": {"object": {"id": ref}}}
    return json.dumps(body).encode()


def test_a_good_one_is_read_and_kept_once(db: None, outbox: None) -> None:
    payload = event()
    hint = stripe_connect.read_webhook(Endpoint.PLATFORM, payload, signed(payload, SECRETS["platform"]))
    assert (hint.event_id, hint.object_ref) == ("evt_1", "cs_1")
    assert note_hint(hint=hint, at=START) is True
    assert note_hint(hint=hint, at=START) is False
    assert ProviderEvent.objects.count() == 1


def test_a_thin_one_names_its_object(db: None) -> None:
    body = {"id": "evt_t", "type": "v2.core.account.updated", "livemode": False, "related_object": {"id": "acct_1"}}
    payload = json.dumps(body).encode()
    hint = stripe_connect.read_webhook(Endpoint.THIN, payload, signed(payload, SECRETS["thin"]))
    assert hint.object_ref == "acct_1"


@pytest.mark.parametrize(
    ("payload", "header"),
    [
        (event(), "t=1,v1=00"),
        (event(), ""),
        (event(), signed(event(), "whsec_connect")),
        (event(), signed(event(), "whsec_platform", int(time.time()) - 301)),
        (event(2), signed(event(), "whsec_platform")),
        (event(live=True), signed(event(live=True), "whsec_platform")),
        (b"{}", signed(b"{}", "whsec_platform")),
        (b"[1]", signed(b"[1]", "whsec_platform")),
        (b"\xff", "t=1,v1=00"),
        (b"not json", signed(b"not json", "whsec_platform")),
    ],
    ids=["forged", "unsigned", "other endpoint", "stale", "other body", "live", "empty", "list", "binary", "text"],
)
def test_bad_ones_are_refused(payload: bytes, header: str) -> None:
    with pytest.raises(NotAllowed):
        stripe_connect.read_webhook(Endpoint.PLATFORM, payload, header)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_any_order_and_duplicates_end_the_same(cast: Cast, standin: StandIn, order: tuple[int, ...]) -> None:
    owed = [owe(cast, n, 3000 + n) for n in range(3)]
    for each in owed:
        press(_link(cast, each))
    events = [e for e in reversed(standin.snapshot()["event"]) if e["type"].startswith("checkout.")]
    assert len(events) == 3
    for number in [*order, *order, order[0]]:
        payload = json.dumps(events[number]).encode()
        hint = stripe_connect.read_webhook(Endpoint.PLATFORM, payload, signed(payload, SECRETS["platform"]))
        note_hint(hint=hint, at=START)
        drain(START)
    _assert_all_paid(cast, standin, 3)


def _link(cast: Cast, owed: public.Owed) -> str:
    assert owed.invoice_id is not None
    return public.pay_link(
        invoice_id=owed.invoice_id,
        customer_ref=cast.customer_ref,
        success_url="http://127.0.0.1:8000/thanks",
        cancel_url="http://127.0.0.1:8000/back",
        actor=cast.person,
        at=START,
    )


def _assert_all_paid(cast: Cast, standin: StandIn, count: int) -> None:
    assert {i.state for i in Invoice.objects.all()} == {"paid"}
    assert InvoiceReceipt.objects.count() == count
    assert balance(receivable(cast.customer_ref)) == 0
    charges = [t for t in standin.snapshot()["balance_transaction"] if t["type"] == "charge"]
    assert balance(STRIPE_BALANCE) == sum(c["net"] for c in charges)
    assert balance(STRIPE_FEES) == sum(c["fee"] for c in charges)


def test_dropped_webhooks_are_found_by_the_sweep(cast: Cast, standin: StandIn) -> None:
    from backend.kernel import clock

    press(_link(cast, owe(cast)))
    assert Invoice.objects.get().state == "issued"
    assert schedule.sweep_stripe_events(clock.now()) >= 1
    assert schedule.sweep_stripe_events(clock.now()) == 0
    drain(clock.now())
    _assert_all_paid(cast, standin, 1)


def test_asking_twice_for_the_card_page_gives_the_same_page(cast: Cast, standin: StandIn) -> None:
    owed = owe(cast)
    assert _link(cast, owed) == _link(cast, owed)
    assert len(standin.snapshot()["session"]) == 1


def test_live_keys_are_refused_where_they_must_not_be(settings: Any) -> None:
    for key, base, engine in (
        ("sk_live_1", "", "sqlite"),
        ("sk_live_1", "http://127.0.0.1:1", "postgresql"),
        ("pk_test_1", "", "sqlite"),
        ("", "", "sqlite"),
        ("sk_test_1", "http://example.org", "sqlite"),
    ):
        with pytest.raises(ImproperlyConfigured):
            stripe_connect._client(key, base, engine)
    stripe_connect._client("sk_live_1", "", "postgresql")
