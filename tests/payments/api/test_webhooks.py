"""The webhook addresses over HTTP: what is verified is kept once and followed up; all else changes nothing."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from backend.kernel import clock
from backend.outbox.models import Work
from payments.gateways.data import Endpoint
from payments.gateways.models import ProviderEvent
from payments.gateways.standin.server import StandIn
from payments.invoicing.models import Invoice
from payments.ledger.models import Entry
from payments.payouts.models import Payout
from tests.payments.cast import Cast, owe
from tests.payments.conftest import drain, press
from tests.payments.gateways.test_webhooks import SECRETS, _link, event, signed

PLATFORM = "/webhooks/stripe/platform"


def send(path: str, payload: bytes, header: str, client: Client | None = None) -> tuple[int, dict[str, object]]:
    """As Stripe does it: no session, no CSRF token, the raw body signed."""
    client = client or Client(enforce_csrf_checks=True)
    answer = client.post(path, payload, content_type="application/json", headers={"Stripe-Signature": header})
    return answer.status_code, json.loads(answer.content)


def everything() -> tuple[object, ...]:
    return (
        ProviderEvent.objects.count(),
        Work.objects.count(),
        Entry.objects.count(),
        list(Invoice.objects.values_list("state", "paid_pence")),
        list(Payout.objects.values_list("state", "round")),
    )


@pytest.mark.parametrize("endpoint", list(Endpoint))
def test_a_good_one_is_taken(db: None, outbox: None, endpoint: Endpoint) -> None:
    thin = {"id": "evt_1", "type": "v2.core.account.updated", "livemode": False, "related_object": {"id": "acct_1"}}
    payload = json.dumps(thin).encode() if endpoint is Endpoint.THIN else event()
    assert send(f"/webhooks/stripe/{endpoint}", payload, signed(payload, SECRETS[endpoint])) == (
        200,
        {"received": True},
    )
    row = ProviderEvent.objects.get()
    assert (row.endpoint, row.event_id) == (endpoint, "evt_1")


def _bad() -> dict[str, tuple[str, bytes, str]]:
    good = event()
    stale = signed(good, SECRETS["platform"], int(time.time()) - 301)
    live = event(live=True)
    return {
        "forged": (PLATFORM, good, "t=1,v1=00"),
        "unsigned": (PLATFORM, good, ""),
        "stale": (PLATFORM, good, stale),
        "secret of another endpoint": (PLATFORM, good, signed(good, SECRETS["connect"])),
        "sent to another endpoint": ("/webhooks/stripe/connect", good, signed(good, SECRETS["platform"])),
        "unknown secret": (PLATFORM, good, signed(good, "whsec_somebody")),
        "another body": (PLATFORM, event(2), signed(good, SECRETS["platform"])),
        "the other mode": (PLATFORM, live, signed(live, SECRETS["platform"])),
        "no JSON": (PLATFORM, b"hello", signed(b"hello", SECRETS["platform"])),
        "no text": (PLATFORM, b"\xff\xfe", "t=1,v1=00"),
        "empty": (PLATFORM, b"", ""),
    }


@pytest.mark.parametrize("name", list(_bad()))
def test_a_bad_one_changes_nothing(cast: Cast, name: str) -> None:
    owe(cast)
    before = everything()
    status, document = send(*_bad()[name])
    assert status == 400
    assert document["code"] in ("bad-signature", "wrong-mode")
    assert everything() == before


def test_what_is_too_large_is_refused(cast: Cast) -> None:
    before = everything()
    payload = b" " * 1_100_000
    status, document = send(PLATFORM, payload, signed(payload, SECRETS["platform"]))
    assert (status, document["code"]) == (413, "too-large")
    assert everything() == before


def test_only_post_and_only_the_three(db: None) -> None:
    client = Client()
    assert client.get(PLATFORM).status_code == 405
    assert client.get(PLATFORM)["Content-Type"] == "application/problem+json"
    assert client.post("/webhooks/stripe/other").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_card_payment_is_booked_once_however_often_it_is_told(cast: Cast, standin: StandIn) -> None:
    press(_link(cast, owe(cast)))
    payload = json.dumps(standin.snapshot()["event"][-1]).encode()
    for _ in range(3):
        assert send(PLATFORM, payload, signed(payload, SECRETS["platform"]))[0] == 200
        drain(clock.now())
    assert Invoice.objects.get().state == "paid"
    assert ProviderEvent.objects.count() == 1
    assert Entry.objects.filter(kind="card_in").count() == 1


@pytest.mark.django_db(transaction=True)
def test_raw_bytes_over_the_wire(live_server: LiveServer, outbox: None) -> None:
    """A real server and a body that no framework touched: spaces and all are what was signed."""
    payload = b'{ "id": "evt_w",\n "type": "transfer.updated", "livemode": false,  "data": {"object": {"id": "tr_1"}}}'
    host, port = live_server.url.removeprefix("http://").split(":")
    wire = HTTPConnection(host, int(port), timeout=10)
    headers = {"Stripe-Signature": signed(payload, SECRETS["platform"]), "Content-Type": "application/json"}
    wire.request("POST", PLATFORM, payload, headers)
    assert wire.getresponse().status == 200
    assert ProviderEvent.objects.get().object_ref == "tr_1"
