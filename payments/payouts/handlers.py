"""What payouts do when they hear an event."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.outbox.data import Item, Subscription
from payments.gateways.events import PROVIDER_HINT
from payments.gateways.queries import hint as hint_of
from payments.gateways.registry import stripe_gateway
from payments.payouts import events
from payments.payouts.models import Payout
from payments.payouts.usecases.batches import MOST, send_payouts
from payments.payouts.usecases.destinations import funds_came, refresh_account
from payments.payouts.usecases.sending import confirm, follow_up, send_payout


def send(item: Item) -> None:
    send_payout(payout_id=item.object_id, gateway=stripe_gateway(), at=item.at)


def send_together(items: Sequence[Item]) -> set[UUID]:
    """Those of one batch. What it leaves unsettled is looked after by itself, so all of the work is done."""
    send_payouts(payout_ids=[item.object_id for item in items], gateway=stripe_gateway(), at=items[0].at)
    return {item.id for item in items}


def look(item: Item) -> None:
    follow_up(payout_id=item.object_id, gateway=stripe_gateway(), at=item.at)


def check_sent(item: Item) -> None:
    confirm(payout_id=item.object_id, gateway=stripe_gateway(), at=item.at)


def heed_hint(item: Item) -> None:
    """Something about a transfer, an account or the balance may have changed: fetch it afresh."""
    hint = hint_of(item.object_id)
    if hint.type.startswith("transfer."):
        for payout_id in Payout.objects.filter(external_ref=hint.object_ref).values_list("id", flat=True):
            confirm(payout_id=payout_id, gateway=stripe_gateway(), at=item.at)
    elif hint.type.startswith("v2.core.account"):
        refresh_account(account=hint.object_ref, gateway=stripe_gateway(), at=item.at)
    elif hint.type in ("topup.succeeded", "balance.available"):
        funds_came(item.at)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(
        events.APPROVED, "payouts.send", send, queue="money", external=True, together=send_together, most=MOST
    ),
    Subscription(events.LOOK, "payouts.look", look, queue="money", external=True),
    Subscription(events.SENT, "payouts.check_sent", check_sent, queue="money", external=True),
    Subscription(PROVIDER_HINT, "payouts.heed_hint", heed_hint, queue="money", external=True),
)
