"""What runs by the clock; the machinery calls these, each safe to repeat and to run twice at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backend.kernel.errors import Unavailable
from payments.gateways.registry import stripe_gateway
from payments.gateways.stripe_connect import events_lookback
from payments.gateways.usecases import note_hint
from payments.payees.data import Route
from payments.payees.queries import standings
from payments.payouts.models import Payout
from payments.payouts.states import PayoutState
from payments.payouts.usecases import destinations
from payments.payouts.usecases.sending import follow_up

LOST_RING = timedelta(minutes=2)


def _held_that_may_go(at: datetime) -> list[UUID]:
    """Held payouts whose reason has passed or become another; two statements however many wait."""
    held = list(Payout.objects.filter(state=PayoutState.HELD).values_list("id", "payee_ref", "reason", "fingerprint"))
    known = standings(ref for _, ref, _, _ in held)
    return [
        i
        for i, ref, reason, fingerprint in held
        if known[ref].fingerprint != fingerprint or (reason != "over_limit" and known[ref].blocked_by(at) != reason)
    ][:200]


def settle_unknowns(at: datetime) -> int:
    """Every minute: whatever waits for its moment (unknown, silent, held, parked, sent, or approved but never rung)."""
    waiting = [
        *Payout.objects.filter(
            route=Route.STRIPE,
            state__in=(PayoutState.SENDING, PayoutState.UNKNOWN, PayoutState.SENT),
            next_look_at__lte=at,
        ).values_list("id", flat=True)[:200],
        *_held_that_may_go(at),
        *Payout.objects.filter(state=PayoutState.PARKED, next_look_at__lte=at).values_list("id", flat=True)[:200],
        *Payout.objects.filter(
            state=PayoutState.APPROVED, route=Route.STRIPE, approved_at__lte=at - LOST_RING
        ).values_list("id", flat=True)[:200],
    ]
    gateway = stripe_gateway()
    for payout_id in waiting:
        try:
            follow_up(payout_id=payout_id, gateway=gateway, at=at)
        except Unavailable:
            continue  # the next round comes in a minute
    return len(waiting)


def sweep_stripe_events(at: datetime) -> int:
    """Every hour: events whose webhook never reached us, and payees who were not ready. Returns how many were new."""
    gateway = stripe_gateway()
    try:
        hints = gateway.recent_events(since=at - events_lookback())
        new = sum(note_hint(hint=hint, at=at) for hint in hints)
        destinations.refresh_waiting(gateway=gateway, at=at)
    except Unavailable:
        return 0
    return new
