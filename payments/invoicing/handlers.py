"""What invoicing does when it hears an event."""

from __future__ import annotations

from backend.outbox.data import Item, Subscription
from payments.gateways.events import PROVIDER_HINT
from payments.gateways.queries import hint as hint_of
from payments.gateways.registry import stripe_gateway
from payments.invoicing.usecases import settle_checkout


def heed_hint(item: Item) -> None:
    """A hosted page may have been paid: fetch it afresh and record what came in, once."""
    hint = hint_of(item.object_id)
    if hint.type.startswith("checkout.session."):
        settle_checkout(session=hint.object_ref, gateway=stripe_gateway(), at=item.at)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(PROVIDER_HINT, "invoicing.heed_hint", heed_hint, queue="money", external=True),
)
