"""Every asynchronous flow of the product on one page: topic -> who does what about it. There are no signals."""

from __future__ import annotations

from backend.accounts.handlers import SUBSCRIPTIONS as ACCOUNTS
from backend.outbox import registry
from backend.outbox.data import Subscription

SUBSCRIPTIONS: tuple[Subscription, ...] = (*ACCOUNTS,)


def connect() -> None:
    """Called once when Django is ready."""
    registry.connect(SUBSCRIPTIONS)
