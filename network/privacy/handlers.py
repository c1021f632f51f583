"""Erasure runs apart from the page that asked for it: each step commits by itself."""

from __future__ import annotations

from backend.outbox.data import Item, Subscription
from network.privacy.events import ERASURE_ASKED
from network.privacy.usecases import carry_out


def on_asked(item: Item) -> None:
    carry_out(erasure_id=item.object_id, at=item.at)


SUBSCRIPTIONS: tuple[Subscription, ...] = (Subscription(ERASURE_ASKED, "privacy.erase", on_asked, external=True),)
