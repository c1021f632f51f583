"""Payments that did not go out: somebody looks after each of them by name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, NotFound
from payments.payouts.models import Payout
from payments.payouts.rules import is_finance
from payments.payouts.states import PayoutState
from payments.payouts.usecases.steps import lock

TROUBLE = (PayoutState.FAILED, PayoutState.PARKED, PayoutState.UNKNOWN, PayoutState.HELD, PayoutState.DUE)


@transaction.atomic
def look_after(*, payout_id: UUID, actor: Actor, at: datetime) -> None:
    """Take this one up, or over from somebody else of finance. Raises NotFound, Conflict when it is settled."""
    if not is_finance(actor):
        raise NotFound
    payout = lock(payout_id)
    if payout.state not in TROUBLE:
        raise Conflict("There is nothing to look after any more: this has moved on.", code="moved-on")
    Payout.objects.filter(id=payout.id).update(looked_after_by=actor.user_id)
