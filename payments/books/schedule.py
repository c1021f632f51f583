"""What runs by the clock in the books; safe to repeat and to run twice at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.kernel.actor import Actor
from payments.books.usecases.reconciling import reconcile as compare_all
from payments.gateways.registry import stripe_gateway

LOOKS_BACK = timedelta(days=30)


def reconcile(at: datetime) -> int:
    """Every day: Stripe's book and the bank's against ours. Returns how many differences there are."""
    found = compare_all(gateway=stripe_gateway(), since=at - LOOKS_BACK, actor=Actor.system("reconcile"), at=at)
    return len(found)
