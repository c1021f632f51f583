"""Telling the safeguarding lead: apart from the page that caused it, so that its time says nothing."""

from __future__ import annotations

from backend.outbox.data import Item, Subscription
from network.nevertell import events, usecases


def on_asker(item: Item) -> None:
    usecases.look_at_asker(asker_id=item.object_id, at=item.at)


def on_entry(item: Item) -> None:
    usecases.look_at_entry(entry_id=item.object_id, at=item.at)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(events.ASKER_CHANGED, "never_tell.look_at_asker", on_asker),
    Subscription(events.ENTRY_ADDED, "never_tell.look_at_entry", on_entry),
)
