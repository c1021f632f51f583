"""What a coordinator does with a brief that came in."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid
from backend.outbox.publish import publish
from network.opportunities import events, kinds, rules
from network.opportunities.models import Opportunity
from network.opportunities.states import BriefMove
from network.opportunities.usecases._common import locked, move, reason_given, today
from network.opportunities.usecases.inviting import tell_those_who_asked
from network.organisations.queries import standing


def _coordinates(actor: Actor, organisation_id: UUID) -> bool:
    return rules.may_coordinate(actor)


def _locked(opportunity_id: UUID, actor: Actor) -> Opportunity:
    return locked(opportunity_id, actor, _coordinates)


@transaction.atomic
def accept(*, opportunity_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a brief on. People who asked to be told of every request on its topics are told in the same moment:
    staff cannot keep such a brief from them (promise 3). Raises NotFound; Conflict while nobody checked who asks."""
    row = _locked(opportunity_id, actor)
    if not standing(row.organisation_id, today(at)).in_standing:
        raise Conflict("Check the organisation first: it has no standing yet.", next_step="Open the organisation.")
    if row.answer_by is None or row.answer_by <= at:
        raise Conflict("Its time for answers has passed.", next_step="Ask the requester to change the brief.")
    row.hold_until = None
    row.state_reason = ""
    row.next_word_by = today(row.answer_by)
    row.save(update_fields=["hold_until", "state_reason", "next_word_by"])
    move(row, BriefMove.ACCEPT, actor=actor, at=at)
    tell_those_who_asked(row, at=at)
    publish(events.BRIEF_ACCEPTED, row.id, key=str(row.id), at=at)


@transaction.atomic
def decline(*, opportunity_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Do not take a brief on, and say why. Raises NotFound, Invalid, Conflict."""
    row = _locked(opportunity_id, actor)
    row.state_reason = reason_given(reason)
    row.hold_until = None
    row.save(update_fields=["state_reason", "hold_until"])
    move(row, BriefMove.DECLINE, actor=actor, at=at, note=row.state_reason)
    publish(events.BRIEF_DECLINED, row.id, key=str(row.id), at=at)


@transaction.atomic
def hold(*, opportunity_id: UUID, reason: str, until: datetime, actor: Actor, at: datetime) -> None:
    """Let a brief wait, for a reason that the requester reads and until a moment when it comes back by itself.

    Raises NotFound, Invalid, Conflict.
    """
    row = _locked(opportunity_id, actor)
    reason = reason_given(reason)
    longest = kinds.policy("longest_hold_days", today(at))
    if until.tzinfo is None or until <= at:
        raise Invalid({"until": ["Choose a time in the future."]})
    if until > at + timedelta(days=longest):
        raise Invalid({"until": [f"A hold lasts {longest} days at most."]})
    row.state_reason = reason
    row.hold_until = until
    row.save(update_fields=["state_reason", "hold_until"])
    move(row, BriefMove.HOLD, actor=actor, at=at, note=reason)
    publish(events.BRIEF_HELD, row.id, key=f"{row.id}:{at.isoformat()}", at=at)
