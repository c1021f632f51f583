"""All that payments listens to, and what it does by the clock, for `backend.config` to register."""

from __future__ import annotations

from backend.outbox.data import Subscription
from payments.gateways import events as gateway_events
from payments.invoicing import events as invoice_events
from payments.invoicing.handlers import SUBSCRIPTIONS as INVOICING
from payments.payees import events as payee_events
from payments.payouts import events as payout_events
from payments.payouts.handlers import SUBSCRIPTIONS as PAYOUTS

SUBSCRIPTIONS: tuple[Subscription, ...] = (*PAYOUTS, *INVOICING)
TOPICS: tuple[str, ...] = (
    *gateway_events.TOPICS,
    *payee_events.TOPICS,
    *invoice_events.TOPICS,
    *payout_events.TOPICS,
)
