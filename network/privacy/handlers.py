"""Erasure runs apart from the page that asked for it: each step commits by itself. What was taken back is written to a
list outside the database."""

from __future__ import annotations

from backend.outbox.data import Item, Subscription
from network.consent.events import CONSENT_NARROWED, CONSENT_WITHDRAWN
from network.privacy.events import ERASURE_ASKED
from network.privacy.usecases import carry_out
from network.privacy.usecases.replaying import note_grant


def on_asked(item: Item) -> None:
    carry_out(erasure_id=item.object_id, at=item.at)


def on_less(item: Item) -> None:
    """Somebody withdrew or narrowed a consent: no restore of a backup may bring it back."""
    note_grant(grant_id=item.object_id)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(ERASURE_ASKED, "privacy.erase", on_asked, external=True),
    Subscription(CONSENT_WITHDRAWN, "privacy.withdrawn", on_less, external=True),
    Subscription(CONSENT_NARROWED, "privacy.narrowed", on_less, external=True),
)
