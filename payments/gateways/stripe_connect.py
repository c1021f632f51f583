"""The only place that imports stripe. Amounts are pence; a call may take half a minute: never in a transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from backend.kernel.errors import NotAllowed, Unavailable
from payments.gateways.data import (
    Accepted,
    BookLine,
    CheckoutOrder,
    CheckoutSeen,
    Endpoint,
    Hint,
    Lost,
    Outcome,
    Refused,
    TransferOrder,
    TransferSeen,
)
from payments.money import CURRENCY, Pence

if TYPE_CHECKING:
    from stripe._base_address import BaseAddresses
    from stripe.checkout import Session
    from stripe.params import BalanceTransactionListParams, EventListParams, TransferCreateParams, TransferListParams
    from stripe.params.checkout import SessionCreateParams
    from stripe.params.v2.core import AccountCreateParams, AccountLinkCreateParams

NEUTRAL_NAME = "Messages"  # what Stripe shows and mails: says nothing about the network or its cause (promise 10)
NO_FUNDS = frozenset({"balance_insufficient", "insufficient_funds"})
WEBHOOK_TOLERANCE = 300  # seconds
_RECIPIENT: list[Literal["configuration.recipient"]] = ["configuration.recipient"]


def is_live(key: str) -> bool:
    return key.startswith(("sk_live_", "rk_live_"))


@lru_cache(maxsize=4)
def _client(key: str, base: str, engine: str) -> stripe.StripeClient:
    if not key:
        raise ImproperlyConfigured("STRIPE_SECRET_KEY is missing, so cards and transfers cannot be used")
    if not key.startswith(("sk_test_", "rk_test_", "sk_live_", "rk_live_")):
        raise ImproperlyConfigured("STRIPE_SECRET_KEY starts with sk_test_, rk_test_, sk_live_ or rk_live_")
    if is_live(key) and engine != "postgresql":
        raise ImproperlyConfigured("Live payouts are refused on SQLite; use PostgreSQL")
    if is_live(key) and base:
        raise ImproperlyConfigured("A live key must not be sent to anywhere but Stripe; leave STRIPE_API_BASE empty")
    addresses: BaseAddresses = {}
    if base:
        base = base.rstrip("/")
        if urlsplit(base).hostname not in ("127.0.0.1", "localhost", "::1") and not base.startswith("https://"):
            raise ImproperlyConfigured("STRIPE_API_BASE off this machine must be https")
        addresses = {"api": base, "connect": base, "files": base, "meter_events": base}
    return stripe.StripeClient(
        key,
        base_addresses=addresses,
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=(5, 25)),
    )


def client() -> stripe.StripeClient:
    """The client of this process. Raises ImproperlyConfigured for a missing key, or a live one where it must not be."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, connection.vendor)


def check_mode(live: bool) -> None:
    """Objects of live and test must never mix. Raises NotAllowed."""
    if live != is_live(settings.STRIPE_SECRET_KEY):
        raise NotAllowed("This is from the other mode (live or test) of the payment provider.", code="wrong-mode")


def transfer_params(order: TransferOrder) -> TransferCreateParams:
    return {
        "amount": order.amount,
        "currency": CURRENCY,
        "destination": order.account,
        "transfer_group": order.group,
        "metadata": {"payout": str(order.payout_id)},
    }


def account_params(payee_ref: UUID) -> AccountCreateParams:
    """No name and no address: Stripe asks the person itself. Its mails come under our neutral platform name."""
    return {
        "display_name": NEUTRAL_NAME,
        "dashboard": "express",
        "identity": {"country": "gb", "entity_type": "individual"},
        "defaults": {
            "currency": CURRENCY,
            "responsibilities": {"fees_collector": "application", "losses_collector": "application"},
        },
        "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
        "metadata": {"payee": str(payee_ref)},
        "include": [*_RECIPIENT],
    }


def link_params(account: str, refresh_url: str, return_url: str) -> AccountLinkCreateParams:
    return {
        "account": account,
        "use_case": {
            "type": "account_onboarding",
            "account_onboarding": {
                "refresh_url": refresh_url,
                "return_url": return_url,
            },
        },
    }


def checkout_params(order: CheckoutOrder) -> SessionCreateParams:
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": order.amount,
                    "product_data": {"name": f"Invoice {order.label}"},
                },
            }
        ],
        "client_reference_id": str(order.invoice_id),
        "metadata": {"invoice": str(order.invoice_id)},
        "payment_intent_data": {
            "metadata": {"invoice": str(order.invoice_id)},
            "transfer_group": f"in_{order.invoice_id.hex}",
        },
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
    }


def outcome_of(error: stripe.StripeError) -> Refused | Lost:
    """What an error says about the money. Only a definite 4xx is a no; everything else may have moved it."""
    status = error.http_status or 0
    code = (error.code or "").strip()[:60]
    if isinstance(error, stripe.APIConnectionError) or status == 0:
        return Lost("no_answer")
    if status == 429:
        return Lost("busy")
    if status == 409 or isinstance(error, stripe.IdempotencyError):
        return Lost("key_in_use")
    if status >= 500:
        return Lost("provider_error", stored=True)
    if status in (401, 403):
        return Refused(code or "no_access", wait=True)
    if 400 <= status < 500:
        return Refused(code or f"http_{status}", wait=code in NO_FUNDS)
    return Lost("odd_answer")


def _unavailable(error: stripe.StripeError) -> Unavailable:
    return Unavailable("The payment provider is not answering as it should. Nothing was changed; please try again.")


def _seen_transfer(transfer: stripe.Transfer) -> TransferSeen:
    return TransferSeen(
        id=transfer.id,
        group=transfer.transfer_group or "",
        amount=Pence(transfer.amount),
        currency=transfer.currency,
        reversed_amount=Pence(transfer.amount_reversed),
        reversal_ref=transfer.reversals.data[0].id if transfer.reversals.data else "",
        live=transfer.livemode,
        destination=_id_of(transfer.destination),
    )


def _id_of(named: object) -> str:
    """An object's id, whether Stripe answered with the id or with the object."""
    return named if isinstance(named, str) else str(getattr(named, "id", "") or "")


def _seen_checkout(session: Session) -> CheckoutSeen:
    gross = fee = net = 0
    charge_id = ""
    intent = session.payment_intent
    if session.payment_status == "paid" and isinstance(intent, stripe.PaymentIntent):
        charge = intent.latest_charge
        if isinstance(charge, stripe.Charge) and isinstance(charge.balance_transaction, stripe.BalanceTransaction):
            line = charge.balance_transaction
            charge_id, gross, fee, net = charge.id, line.amount, line.fee, line.net
    return CheckoutSeen(
        id=session.id,
        url=session.url or "",
        status=session.status or "",
        paid=bool(charge_id),
        gross=Pence(gross),
        fee=Pence(fee),
        net=Pence(net),
        charge=charge_id,
        live=session.livemode,
    )


class StripeConnect:
    """Accounts v2 recipients, separate charges and transfers, hosted Checkout."""

    def ensure_payee(self, *, payee_ref: UUID) -> str:
        try:
            account = client().v2.core.accounts.create(
                account_params(payee_ref), {"idempotency_key": f"account:{payee_ref}"}
            )
        except stripe.StripeError as error:
            raise _unavailable(error) from error
        check_mode(account.livemode)
        return account.id

    def onboarding_link(self, *, account: str, refresh_url: str, return_url: str) -> str:
        try:
            return client().v2.core.account_links.create(link_params(account, refresh_url, return_url)).url
        except stripe.StripeError as error:
            raise _unavailable(error) from error

    def payee_ready(self, *, account: str) -> bool:
        try:
            seen = client().v2.core.accounts.retrieve(account, {"include": [*_RECIPIENT]})
        except stripe.StripeError as error:
            raise _unavailable(error) from error
        recipient = seen.configuration.recipient if seen.configuration else None
        capabilities = recipient.capabilities if recipient else None
        balance = capabilities.stripe_balance if capabilities else None
        transfers = balance.stripe_transfers if balance else None
        return transfers is not None and transfers.status == "active"

    def send(self, order: TransferOrder) -> Outcome:
        try:
            transfer = client().v1.transfers.create(transfer_params(order), {"idempotency_key": order.key})
        except stripe.StripeError as error:
            return outcome_of(error)
        if transfer.amount != order.amount or transfer.currency != CURRENCY:
            return Lost("other_transfer")
        return Accepted(transfer.id)

    def find_by_group(self, group: str) -> Sequence[TransferSeen]:
        params: TransferListParams = {"transfer_group": group, "limit": 100}
        try:
            return [_seen_transfer(t) for t in client().v1.transfers.list(params).auto_paging_iter()]
        except stripe.StripeError as error:
            raise _unavailable(error) from error

    def transfers(self, *, since: datetime) -> Sequence[TransferSeen]:
        params: TransferListParams = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        try:
            return [_seen_transfer(t) for t in client().v1.transfers.list(params).auto_paging_iter()]
        except stripe.StripeError as error:
            raise _unavailable(error) from error

    def look_at_transfer(self, transfer: str) -> TransferSeen | None:
        try:
            return _seen_transfer(client().v1.transfers.retrieve(transfer))
        except stripe.StripeError as error:
            if error.http_status == 404:
                return None
            raise _unavailable(error) from error

    def book(self, *, since: datetime) -> Sequence[BookLine]:
        params: BalanceTransactionListParams = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        try:
            return [
                BookLine(
                    id=line.id,
                    type=line.type,
                    source=line.source if isinstance(line.source, str) else (line.source.id if line.source else ""),
                    amount=Pence(line.amount),
                    fee=Pence(line.fee),
                    net=Pence(line.net),
                    currency=line.currency,
                    at=datetime.fromtimestamp(line.created, UTC),
                )
                for line in client().v1.balance_transactions.list(params).auto_paging_iter()
            ]
        except stripe.StripeError as error:
            raise _unavailable(error) from error

    def open_checkout(self, order: CheckoutOrder) -> CheckoutSeen:
        try:
            session = client().v1.checkout.sessions.create(checkout_params(order), {"idempotency_key": order.key})
        except stripe.StripeError as error:
            raise _unavailable(error) from error
        check_mode(session.livemode)
        return _seen_checkout(session)

    def look_at_checkout(self, session: str) -> CheckoutSeen:
        try:
            seen = client().v1.checkout.sessions.retrieve(
                session, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
            )
        except stripe.StripeError as error:
            raise _unavailable(error) from error
        check_mode(seen.livemode)
        return _seen_checkout(seen)

    def recent_events(self, *, since: datetime) -> Sequence[Hint]:
        """The provider's own list of events, for those whose webhook never came. Raises Unavailable."""
        params: EventListParams = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        try:
            events = list(client().v1.events.list(params).auto_paging_iter())
        except stripe.StripeError as error:
            raise _unavailable(error) from error
        return [
            _hint(Endpoint.PLATFORM, e.id, e.type, str(getattr(e.data.object, "id", "")), e.livemode) for e in events
        ]


def _hint(endpoint: Endpoint, event_id: str, kind: str, object_ref: str, live: bool) -> Hint:
    return Hint(endpoint=endpoint, event_id=event_id[:80], type=kind[:120], object_ref=object_ref[:120], live=live)


def read_webhook(endpoint: Endpoint, payload: bytes, signature: str) -> Hint:
    """Verify a webhook's raw body against its own endpoint's secret. Raises NotAllowed for a forged, stale (over 300
    seconds) or misdirected one, and for one of the other mode: nothing is changed then."""
    secret = settings.STRIPE_WEBHOOK_SECRETS.get(endpoint, "")
    try:
        if not secret:
            raise NotAllowed("There is no secret for this endpoint.", code="bad-signature")
        stripe.WebhookSignature.verify_header(payload.decode(), signature, secret, WEBHOOK_TOLERANCE)
        body: dict[str, Any] = json.loads(payload)
        live = bool(body["livemode"])
        # A snapshot event carries the object; a thin one (API v2) names it. Neither is believed beyond its id; the
        # balance has none.
        related: Any = body["related_object"] if endpoint is Endpoint.THIN else body["data"]["object"]
        hint = _hint(endpoint, str(body["id"]), str(body["type"]), str(related.get("id") or ""), live)
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError):
        raise NotAllowed("This did not come from the payment provider.", code="bad-signature") from None
    check_mode(live)
    return hint


def events_lookback() -> timedelta:
    """How far back the hourly sweep reads, so that two missed sweeps in a row lose nothing."""
    return timedelta(hours=3)
