"""What happens by itself at its time. Each is safe to run twice and at any hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from backend.kernel.actor import Actor
from backend.outbox.publish import publish
from network.opportunities import events, kinds
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import BriefMove, BriefState, InvitationState
from network.opportunities.usecases._common import move, today

_BATCH = 500


def end_holds(at: datetime) -> int:
    """Holds end by themselves: the brief is back in the inbox. Returns how many."""
    due = Opportunity.objects.filter(state=BriefState.ON_HOLD, hold_until__lte=at).order_by("hold_until")
    ended = 0
    for opportunity_id in due.values_list("id", flat=True)[:_BATCH]:
        with transaction.atomic():
            row = Opportunity.objects.select_for_update().get(pk=opportunity_id)
            if row.state != BriefState.ON_HOLD or row.hold_until is None or row.hold_until > at:
                continue
            until, row.hold_until, row.state_reason = row.hold_until, None, ""
            row.save(update_fields=["hold_until", "state_reason"])
            move(row, BriefMove.END_HOLD, actor=Actor.system("holds"), at=at, note="The hold ended by itself.")
            publish(events.BRIEF_BACK, row.id, key=f"{row.id}:{until.isoformat()}", at=at)
            ended += 1
    return ended


@transaction.atomic
def remind_unanswered(at: datetime) -> int:
    """One reminder, some hours before answers are due, to people who have not answered. Returns how many were due."""
    soon = at + timedelta(hours=kinds.policy("reminder_hours", today(at)))
    rows = list(
        Invitation.objects.filter(
            state=InvitationState.SENT,
            opportunity__state__in=(BriefState.ACCEPTED, BriefState.CHOSEN),
            opportunity__answer_by__gt=at,
            opportunity__answer_by__lte=soon,
        ).values_list("id", flat=True)[:_BATCH]
    )
    for invitation_id in rows:
        publish(events.INVITATION_REMINDER, invitation_id, key=str(invitation_id), at=at)
    return len(rows)


@transaction.atomic
def send_cards(at: datetime) -> int:
    """On the promised day each requester is told to look, whoever said yes or nobody (control C2). Returns how many."""
    due = Opportunity.objects.filter(
        state__in=(BriefState.ACCEPTED, BriefState.CHOSEN), answer_by__lte=at, answer_by__gt=at - timedelta(days=14)
    )
    ids = list(due.values_list("id", flat=True)[:_BATCH])
    for opportunity_id in ids:
        publish(events.CARDS_READY, opportunity_id, key=str(opportunity_id), at=at)
    return len(ids)
