"""The stand-in's answers against the SDK's own generated types, and our requests against its parameter types: what the
stand-in takes and gives is what Stripe would, as far as the library knows."""

from __future__ import annotations

import types
import typing
from datetime import datetime
from typing import Any, Literal, Union
from uuid import uuid4

import pytest
import stripe
import typing_extensions
from stripe import checkout
from stripe._list_object import ListObject
from stripe._stripe_object import StripeObject, UntypedStripeObject
from stripe._transfer_reversal import TransferReversal
from stripe.params import BalanceTransactionListParams, TransferCreateParams, TransferListParams
from stripe.params.checkout import SessionCreateParams
from stripe.params.v2 import core as v2_params
from stripe.v2 import core as v2

from payments.gateways import stripe_connect
from payments.gateways.data import CheckoutOrder, TransferOrder
from payments.gateways.standin.book import Body
from payments.gateways.standin.objects import Problem, since
from payments.gateways.standin.server import StandIn, _route
from payments.money import Pence


class Names(dict[str, Any]):
    """Where the SDK's forward references are looked up: its classes are imported lazily."""

    def __missing__(self, name: str) -> Any:
        if name == "TransferReversal":
            return TransferReversal
        for module in (stripe, checkout, v2):
            try:
                return getattr(module, name)
            except AttributeError:
                continue
        raise KeyError(name)


def _hints(cls: Any) -> dict[str, Any]:
    namespace = Names()
    for step in cls.__qualname__.split("."):
        namespace.setdefault(step, cls)
    out: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        module = typing.cast(Any, __import__(base.__module__, fromlist=["_"]))
        for name, raw in getattr(base, "__dict__", {}).get("__annotations__", {}).items():
            if name.startswith("_"):
                continue  # the library's own workings
            try:
                holder = types.SimpleNamespace(__annotations__={name: raw})
                out[name] = typing.get_type_hints(holder, vars(module), namespace, include_extras=True)[name]
            except NameError:
                out[name] = Any  # names a resource that we never receive
    return out


def mismatches(value: Any, wanted: Any, where: str) -> list[str]:
    """Everything in `value` that the annotation does not allow."""
    origin = typing.get_origin(wanted)
    if wanted is Any or isinstance(wanted, typing.TypeVar):
        return []
    if origin in (typing_extensions.NotRequired, typing.NotRequired, typing.Annotated):
        return mismatches(value, typing.get_args(wanted)[0], where)
    if origin in (Union, types.UnionType):
        tries = [mismatches(value, option, where) for option in typing.get_args(wanted)]
        return [] if any(not t for t in tries) else min(tries, key=len)
    if wanted is type(None):
        return [] if value is None else [f"{where}: not null"]
    if origin is Literal:
        return [] if value in typing.get_args(wanted) else [f"{where}: {value!r} is no {wanted}"]
    if origin in (list, typing.List):  # noqa: UP006
        if not isinstance(value, list):
            return [f"{where}: no list"]
        (item,) = typing.get_args(wanted)
        return [m for n, v in enumerate(value) for m in mismatches(v, item, f"{where}[{n}]")]
    if origin is dict or origin is UntypedStripeObject or wanted is UntypedStripeObject:
        return [] if isinstance(value, dict) else [f"{where}: no dictionary"]
    if origin is not None and isinstance(origin, type) and issubclass(origin, ListObject):
        (item,) = typing.get_args(wanted)
        rows = value["data"] if isinstance(value, dict) else []
        return [m for n, v in enumerate(rows) for m in mismatches(v, item, f"{where}.data[{n}]")]
    if typing_extensions.is_typeddict(wanted) or (isinstance(wanted, type) and issubclass(wanted, StripeObject)):
        if not isinstance(value, dict):
            return [f"{where}: no object"]
        hints = _hints(wanted)
        found = [f"{where}.{key}: unknown" for key in value if key not in hints]
        for key, hint in hints.items():
            if key in value:
                found += mismatches(value[key], hint, f"{where}.{key}")
            elif _needed(wanted, hint):
                found.append(f"{where}.{key}: missing")
        return found
    if wanted in (int, str, bool, float):
        good = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
        return [] if good else [f"{where}: {value!r} is no {wanted.__name__}"]
    if wanted is datetime:
        return [] if isinstance(value, str) else [f"{where}: no time"]
    return []


def _needed(owner: Any, hint: Any) -> bool:
    if typing.get_origin(hint) is typing.ClassVar or hint is Any:
        return False
    if typing_extensions.is_typeddict(owner):
        return typing.get_origin(hint) not in (typing_extensions.NotRequired, typing.NotRequired)
    return type(None) not in typing.get_args(hint)


@pytest.fixture
def server() -> typing.Iterator[StandIn]:
    standin = StandIn(opening=100_000).start()
    yield standin
    standin.stop()


def _account(server: StandIn) -> Body:
    params = typing.cast(Body, stripe_connect.account_params(uuid4()))
    account = server.stripe().create_account(params)
    return server.stripe().set_capability(account["id"], "active")


ORDER = CheckoutOrder(
    key="k",
    amount=Pence(5000),
    label="ABCDE-0001",
    invoice_id=uuid4(),
    success_url="http://127.0.0.1/s",
    cancel_url="http://127.0.0.1/c",
)


def _transfer(server: StandIn) -> Body:
    order = TransferOrder(key="k", group="po_1", amount=Pence(700), account=_account(server)["id"], payout_id=uuid4())
    return server.stripe().create_transfer(typing.cast(Body, stripe_connect.transfer_params(order)))


def _paid(server: StandIn) -> Body:
    session = server.stripe().create_session(typing.cast(Body, stripe_connect.checkout_params(ORDER)))
    assert not mismatches(session, checkout.Session, "open session")
    return server.stripe().pay(session["id"])


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("transfer", stripe.Transfer),
        ("session", checkout.Session),
        ("payment_intent", stripe.PaymentIntent),
        ("charge", stripe.Charge),
        ("balance_transaction", stripe.BalanceTransaction),
        ("event", stripe.Event),
        ("account", v2.Account),
    ],
)
def test_every_object_is_of_its_type(server: StandIn, kind: str, wanted: Any) -> None:
    with server.book.work() as book:
        transfer = _transfer(server)
        server.stripe().reverse(transfer["id"], {})
        _paid(server)
        rows = book.all(kind)
    assert rows
    for row in rows:
        assert mismatches(row, wanted, kind) == []


def test_balance_link_and_expanded_session_are_of_their_types(server: StandIn) -> None:
    with server.book.work():
        link = server.stripe().create_link(
            typing.cast(Body, stripe_connect.link_params(_account(server)["id"], "http://a/", "http://b/"))
        )
        assert mismatches(link, v2.AccountLink, "link") == []
        assert mismatches(server.stripe().balance(), stripe.Balance, "balance") == []
        expanded = server.stripe().expand(_paid(server), ["payment_intent.latest_charge.balance_transaction"])
    assert expanded["payment_intent"]["latest_charge"]["balance_transaction"]["fee"] == 95
    assert mismatches(expanded, checkout.Session, "session") == []


REQUESTS = [
    (stripe_connect.checkout_params(ORDER), SessionCreateParams),
    (
        stripe_connect.transfer_params(
            TransferOrder(key="k", group="g", amount=Pence(5), account="acct_1", payout_id=uuid4())
        ),
        TransferCreateParams,
    ),
    ({"transfer_group": "g", "limit": 100}, TransferListParams),
    ({"created": {"gte": 5}, "limit": 100}, BalanceTransactionListParams),
    (stripe_connect.account_params(uuid4()), v2_params.AccountCreateParams),
    (stripe_connect.link_params("acct_1", "http://a/", "http://b/"), v2_params.AccountLinkCreateParams),
]


@pytest.mark.parametrize(("params", "wanted"), REQUESTS, ids=lambda v: getattr(v, "__name__", "request"))
def test_every_request_is_of_its_type(params: Any, wanted: Any) -> None:
    assert mismatches(params, wanted, wanted.__name__) == []


@pytest.mark.parametrize("spoil", [{"nonsense": 1}, {"amount": "ten"}, {"amount": True}])
def test_the_check_itself_can_fail(server: StandIn, spoil: Body) -> None:
    with server.book.work():
        transfer = _transfer(server)
    assert mismatches(transfer | spoil, stripe.Transfer, "transfer")
    del transfer["amount"]
    assert mismatches(transfer, stripe.Transfer, "transfer") == ["transfer.amount: missing"]


def test_keys_replay_and_refuse_as_stripe_does(server: StandIn) -> None:
    client = stripe.StripeClient(
        "sk_test_x", base_addresses={"api": server.base}, http_client=stripe.RequestsClient(timeout=5)
    )
    with server.book.work():
        account = _account(server)["id"]
    order = TransferOrder(key="k", group="g", amount=Pence(500), account=account, payout_id=uuid4())
    params = stripe_connect.transfer_params(order)
    first = client.v1.transfers.create(params, {"idempotency_key": "one"})
    again = client.v1.transfers.create(params, {"idempotency_key": "one"})
    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.transfers.create({**params, "amount": 501}, {"idempotency_key": "one"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create({**params, "amount": 10**9}, {"idempotency_key": "two"})
    assert refused.value.code == "balance_insufficient"
    server.stripe()
    with server.book.work():
        server.stripe().top_up(10**9)
    with pytest.raises(stripe.InvalidRequestError):  # the stored refusal is replayed although there are funds now
        client.v1.transfers.create({**params, "amount": 10**9}, {"idempotency_key": "two"})
    assert len(server.snapshot()["transfer"]) == 1


def test_the_book_survives_a_restart(tmp_path: Any) -> None:
    path = str(tmp_path / "book.sqlite3")
    first = StandIn(book=path, opening=900).start()
    with first.book.work():
        transfer = _transfer(first)
    first.stop()
    second = StandIn(book=path, opening=900).start()
    assert [t["id"] for t in second.snapshot()["transfer"]] == [transfer["id"]]
    assert second.snapshot()["balance"] == 200
    second.stop()


def test_unknown_routes_and_parameters_are_refused(server: StandIn) -> None:
    with server.book.work():
        with pytest.raises(Problem):
            _route(server.stripe(), "GET", "/v1/nonsense", {})
        params = typing.cast(Body, stripe_connect.checkout_params(ORDER)) | {"payment_method_types": ["card"]}
        with pytest.raises(Problem):
            server.stripe().create_session(params)
    assert since([{"created": 5}, {"created": 9}], {"created": {"gte": "6"}}) == [{"created": 9}]
