"""Small steps that the use cases of this area share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.consent.usecases import end_with_request
from network.opportunities import events
from network.opportunities.models import Invitation, Opportunity, OpportunityHistory
from network.opportunities.states import (
    BRIEF,
    INVITATION,
    WAITING,
    BriefMove,
    BriefState,
    InvitationMove,
    InvitationState,
    Source,
)
from network.organisations.data import Standing
from network.organisations.queries import standing


def locked(opportunity_id: UUID, actor: Actor, rule: Callable[[Actor, UUID], bool]) -> Opportunity:
    """The brief's row, locked until the end of the transaction. Strangers: NotFound."""
    row = Opportunity.objects.select_for_update().filter(pk=opportunity_id).first()
    if row is None or not rule(actor, row.organisation_id):
        raise NotFound
    ours = actor.speaks_for(row.organisation_id) or row.raised_by == actor.ref or row.source == Source.PARLIAMENT
    if row.state == BriefState.DRAFT and not ours:
        raise NotFound
    return row


def seen(row: Opportunity, expected_version: int | None) -> None:
    """Raises Conflict when the brief has moved on since the actor read it."""
    if expected_version is not None and row.version != expected_version:
        raise Conflict("The brief has changed since you looked. Nothing was changed.", next_step="Look at it again.")


def move(row: Opportunity, step: BriefMove, *, actor: Actor, at: datetime, note: str = "") -> None:
    """Look up the move, save the state and write the history. The caller saves other columns first."""
    row.state = next_state(BRIEF, BriefState(row.state), step)
    row.updated_at = at
    row.save(update_fields=["state", "updated_at"])
    OpportunityHistory.objects.create(
        opportunity=row, at=at, actor_ref=actor.ref, move=step, to_state=row.state, note=note
    )


def move_invitation(row: Invitation, step: InvitationMove) -> None:
    """Look up the move and count the version up; the caller saves."""
    row.state = next_state(INVITATION, InvitationState(row.state), step)
    row.version += 1


def trusted(organisation_id: UUID, at: datetime) -> Standing:
    """The organisation's standing today. Raises NotAllowed for one that was refused or suspended."""
    stand = standing(organisation_id, today(at))
    if not stand.may_ask:
        raise NotAllowed("This organisation cannot send requests at the moment.", next_step="Write to the network.")
    return stand


def today(at: datetime) -> date:
    """The day in the United Kingdom."""
    return at.astimezone(LONDON).date()


def working_days_after(day: date, count: int) -> date:
    """Monday to Friday only; a bank holiday in between makes us faster than promised, never slower."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day


def reason_given(reason: str, *, field: str = "reason", longest: int = 500) -> str:
    reason = reason.replace("\x00", "").strip()
    if not reason or len(reason) > longest:
        raise Invalid({field: [f"Give a reason of up to {longest} characters. It is passed on as you write it."]})
    return reason


def end_consent(invitation: Invitation, at: datetime) -> None:
    """Somebody was not chosen: what they agreed to show for this request ends with it."""
    if invitation.grant_id is not None:
        end_with_request(grant_id=invitation.grant_id, at=at)


def settle(row: Opportunity, *, reason: str, actor: Actor, at: datetime, pass_over_yes: bool) -> None:
    """End what is open about a brief that ends: everyone who was asked hears why (promise 9)."""
    invitations = list(Invitation.objects.select_for_update().filter(opportunity=row).order_by("id"))
    for invitation in invitations:
        if invitation.state == InvitationState.YES and pass_over_yes:
            move_invitation(invitation, InvitationMove.PASS_OVER)
            end_consent(invitation, at)
        elif invitation.state in WAITING:
            move_invitation(invitation, InvitationMove.LAPSE)
        elif invitation.state != InvitationState.NO:
            continue
        invitation.outcome_reason = invitation.outcome_reason or reason
        invitation.save(update_fields=["state", "version", "outcome_reason"])
        publish(events.INVITATION_OUTCOME, invitation.id, key=f"{invitation.id}:{invitation.version}", at=at)
