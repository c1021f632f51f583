"""One subscription for each event of the catalogue, and one that sends."""

from __future__ import annotations

from backend.outbox.data import Item, Subscription
from network.notifications import usecases
from network.notifications.catalogue import CATALOGUE
from network.notifications.events import DELIVERY_QUEUED


def on_event(item: Item) -> None:
    """Write down who is told, in the same transaction that marks the event as handled."""
    usecases.tell(topic=item.topic, object_id=item.object_id, source=item.id, at=item.at)


def on_delivery(item: Item) -> None:
    usecases.send(delivery_id=item.object_id, attempt=item.attempt, at=item.at)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *(Subscription(topic, f"notifications.{topic}", on_event) for topic in CATALOGUE),
    Subscription(DELIVERY_QUEUED, "notifications.send", on_delivery, queue="mail", external=True),
)
