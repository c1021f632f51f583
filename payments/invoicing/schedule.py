"""What runs by the clock in invoicing."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.kernel.errors import Unavailable
from payments.gateways.registry import stripe_gateway
from payments.invoicing.usecases import open_checkouts, settle_checkout

QUIET = timedelta(minutes=10)


def settle_open_checkouts(at: datetime) -> int:
    """Every ten minutes: hosted pages that may have been paid without a webhook reaching us."""
    sessions = open_checkouts(asked_before=at - QUIET)
    for session in sessions:
        try:
            settle_checkout(session=session, gateway=stripe_gateway(), at=at)
        except Unavailable:
            break
    return len(sessions)
