"""Nothing about a person is in anything that Stripe or a bank is told (promise 10): every request to the stand-in is
read as it came over the line, every bank file by its references."""

from __future__ import annotations

from typing import Any

import pytest

from payments import public
from payments.gateways.bank.layouts import layouts
from payments.gateways.standin.server import StandIn, _Handler
from payments.payouts import schedule
from payments.payouts.usecases import bank
from payments.payouts.usecases.destinations import record_call_back
from tests.payments.approving import approve_all, released_file
from tests.payments.cast import IN_PERSON, START, Cast, later, owe
from tests.payments.conftest import drain, press
from tests.payments.payouts.test_stripe_payouts import RESTED

MARKER = "Zyxmarker"


def _marked(cast: Cast, route: public.Route) -> None:
    details = public.BankDetails(account_holder=f"{MARKER} Holder", sort_code="112233", account_number="98989898")
    public.set_payment_choice(
        payee_ref=cast.payee_ref, owner=cast.owner, route=route, legal_name=f"{MARKER} Name",
        bank=details if route is public.Route.BANK else None, actor=later(cast.person, START), at=START,
    )  # fmt: skip


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request to the stand-in: path, query, headers and body."""
    said: list[str] = []
    plain = _Handler._api

    def listen(self: Any, method: str, path: str, query: str, raw: bytes) -> None:
        said.append(f"{method} {path}?{query} {dict(self.headers.items())} {raw.decode()}")
        plain(self, method, path, query, raw)

    monkeypatch.setattr(_Handler, "_api", listen)
    return said


def _pay_by_stripe(cast: Cast) -> None:
    _marked(cast, public.Route.STRIPE)
    common: dict[str, Any] = {"payee_ref": cast.payee_ref, "owner": cast.owner, "actor": cast.person, "at": START}
    press(public.onboarding_link(refresh_url="http://127.0.0.1/r", return_url="http://127.0.0.1/b", **common))
    public.check_onboarding(**common)
    record_call_back(payee_ref=cast.payee_ref, note=IN_PERSON, actor=cast.preparer, at=START)
    owe(cast)
    approve_all(cast, RESTED)
    drain(RESTED)
    schedule.sweep_stripe_events(RESTED)


def test_no_marker_in_any_request_to_stripe(cast: Cast, standin: StandIn, heard: list[str]) -> None:
    _pay_by_stripe(cast)
    assert any("/v1/transfers" in said for said in heard)
    assert any("/v2/core/accounts" in said for said in heard)
    everything = "\n".join(heard) + str(standin.snapshot())
    for word in (MARKER, "Example", "BK-TEST", "Own Words", "98989898", str(cast.person.user_id), str(cast.owner)):
        assert word not in everything
    assert "description" not in "".join(said for said in heard if said.startswith("POST /v1/transfers"))


def test_mutant_a_name_in_a_transfer_is_found(
    cast: Cast, standin: StandIn, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from payments.gateways import stripe_connect

    plain = stripe_connect.transfer_params
    monkeypatch.setattr(stripe_connect, "transfer_params", lambda order: {**plain(order), "description": MARKER})
    _pay_by_stripe(cast)
    assert MARKER in "\n".join(heard)


@pytest.mark.parametrize("layout", layouts())
def test_a_bank_is_told_the_account_and_an_opaque_reference(cast: Cast, layout: str) -> None:
    _marked(cast, public.Route.BANK)
    record_call_back(payee_ref=cast.payee_ref, note=IN_PERSON, actor=cast.preparer, at=START)
    owe(cast)
    approve_all(cast, RESTED)
    file_id = released_file(cast, RESTED, layout)
    opened = bank.open_bank_file(file_id=file_id, actor=later(cast.preparer, RESTED), at=RESTED)
    assert "98989898" in opened.text
    assert "BK-TEST001" in opened.text
    for word in (f"{MARKER} Name", "Daily", "Own Words", "interview", "Consultancy", str(cast.payee_ref)):
        assert word not in opened.text
    assert MARKER not in opened.name
    assert MARKER not in repr(opened)
