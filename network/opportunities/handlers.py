"""What requests do when they hear of something elsewhere, and what runs by the clock."""

from __future__ import annotations

from backend.kernel.actor import Actor
from backend.outbox.data import Item, Subscription
from network.consent.events import CONSENT_EXPIRED, CONSENT_WITHDRAWN
from network.opportunities.usecases import withdrawn


def stop_what_rested_on_it(item: Item) -> None:
    """A yes whose consent is gone is stopped. (Nothing was shown meanwhile: the gate reads consents live.)"""
    withdrawn(grant_id=item.object_id, actor=Actor.system("opportunities"), at=item.at)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(CONSENT_WITHDRAWN, "opportunities.stop_on_withdrawal", stop_what_rested_on_it),
    Subscription(CONSENT_EXPIRED, "opportunities.stop_on_expiry", stop_what_rested_on_it),
)
