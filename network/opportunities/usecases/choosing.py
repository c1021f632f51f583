"""What the requester gets, and what they decide: cards, choosing, giving reasons, closing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.ids import keyed_digest, pairwise_id
from backend.kernel.sealed import open_rows
from backend.outbox.publish import publish
from network.consent import gate
from network.consent.data import Disclosed, Recipient
from network.consent.states import Category, Purpose
from network.opportunities import events, rules
from network.opportunities.data import Card, Cards, Chosen
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.queries import BRIEF_WORDS, formats_of, next_step
from network.opportunities.states import BriefMove, BriefState, InvitationMove, InvitationState
from network.opportunities.usecases._common import (
    end_consent,
    locked,
    move,
    move_invitation,
    reason_given,
    settle,
    today,
    trusted,
)
from network.organisations.queries import standing
from payments.money import pounds

ON_CARDS = (InvitationState.YES, InvitationState.CHOSEN)
OPEN = (BriefState.ACCEPTED, BriefState.CHOSEN)


def _current(row: Invitation, opportunity: Opportunity) -> bool:
    """A yes counts for the brief that it was said to: after a change that matters it rests until it is said again."""
    return row.state == InvitationState.CHOSEN or row.version_seen >= opportunity.version_that_matters


def _shown(opportunity: Opportunity, rows: list[Invitation], actor: Actor, at: datetime) -> dict[UUID, Disclosed]:
    return gate.disclose(
        person_ids=[row.person_id for row in rows],
        wanted=frozenset(Category),
        purpose=Purpose.OPPORTUNITY,
        recipient=Recipient.organisation(opportunity.organisation_id),
        opportunity=opportunity.id,
        formats=formats_of(opportunity),
        actor=actor,
        at=at,
    )


def cards_for(*, opportunity_id: UUID, actor: Actor, at: datetime) -> Cards:
    """Who said yes to a brief, each with only what they agreed to show for it: nothing about anybody else.

    Call it inside `gate.window()` and build the page or the answer there. The same shape, the same statements and the
    same words for nobody and for many; an order that says nothing. Raises NotFound for strangers, RuntimeError outside
    the window.
    """
    row = Opportunity.objects.filter(pk=opportunity_id).first()
    if row is None or not rules.may_see_cards(actor, row.organisation_id):
        raise NotFound
    stand = standing(row.organisation_id, today(at))
    yes = [
        invitation
        for invitation in open_rows(Invitation.objects.filter(opportunity=row, state__in=ON_CARDS))
        if stand.in_standing and _current(invitation, row)
    ]
    return cards_of(row, yes, _shown(row, yes, actor, at))


def cards_of(row: Opportunity, yes: list[Invitation], shown: Mapping[UUID, Disclosed]) -> Cards:
    """The cards of these people, for the requester and for somebody who looks at what the requester would see."""
    yes = sorted(yes, key=lambda invitation: keyed_digest("card-order", str(row.id), str(invitation.person_id)))
    return Cards(
        opportunity_id=row.id,
        reference=row.reference,
        state=row.state,
        state_words=BRIEF_WORDS[BriefState(row.state)],
        next_step=next_step(row),
        next_word_by=row.next_word_by,
        cards=tuple(
            _card(row, invitation, shown[invitation.person_id]) for invitation in yes if invitation.person_id in shown
        ),
    )


def _card(opportunity: Opportunity, row: Invitation, shown: Disclosed) -> Card:
    fee = row.agreed_fee_pence or opportunity.fee_pence or 0
    return Card(
        shown=shown,
        state=row.state,
        fee_pence=fee,
        asks_for_more=fee > (opportunity.fee_pence or 0),
        terms_note=row.terms_note,
    )


def _of_public_id(opportunity: Opportunity, public_id: UUID) -> Invitation:
    """The yes behind a public id. Unknown, another organisation's, not asked, not yes: all the same NotFound."""
    for row in (
        Invitation.objects.select_for_update().filter(opportunity=opportunity, state__in=ON_CARDS).order_by("id")
    ):
        if pairwise_id(opportunity.organisation_id, row.person_id) == public_id and _current(row, opportunity):
            return row
    raise NotFound


@transaction.atomic
def choose(
    *, opportunity_id: UUID, public_id: UUID, fee_pence: int | None = None, actor: Actor, at: datetime
) -> Chosen:
    """Choose somebody who said yes. The booking follows from the event, once.

    Somebody who asked for more than the brief's fee is chosen by repeating that fee in `fee_pence`.
    Raises NotFound, NotAllowed without standing, Conflict when they are not available any more, Invalid.
    """
    row = locked(opportunity_id, actor, rules.may_choose)
    if not trusted(row.organisation_id, at).in_standing:
        raise NotAllowed("We need to check your organisation first.", next_step="Wait for our call.")
    if row.state not in OPEN:
        raise Conflict("Nobody can be chosen for this brief now.")
    if row.starts_at is None or row.starts_at <= at:
        raise Conflict("The time of this request has passed.", next_step="Close it, or copy it into a new one.")
    invitation = _of_public_id(row, public_id)
    fee = invitation.agreed_fee_pence or row.fee_pence or 0
    if invitation.state == InvitationState.YES and fee != row.fee_pence and fee_pence != fee:
        raise Invalid({"fee_pence": [f"This person asks for {pounds(fee)}. Agree to it by entering it."]})
    with gate.window():
        live = _shown(row, [invitation], actor, at)
    if invitation.person_id not in live or _taken(invitation, row):
        raise Conflict(
            "This person is not available any more. Nothing was changed.", next_step="Look at the answers again."
        )
    move_invitation(invitation, InvitationMove.CHOOSE)
    invitation.agreed_fee_pence = fee
    invitation.save(update_fields=["state", "version", "agreed_fee_pence"])
    move(row, BriefMove.CHOOSE, actor=actor, at=at)
    publish(events.OPPORTUNITY_CHOSEN, invitation.id, key=str(invitation.id), at=at)
    return Chosen(invitation_id=invitation.id, opportunity_id=row.id, public_id=public_id)


def _taken(invitation: Invitation, opportunity: Opportunity) -> bool:
    """Chosen by somebody else for an overlapping time. (The booking's own constraint has the last word.)"""
    return (
        Invitation.objects.filter(
            person_id=invitation.person_id,
            state=InvitationState.CHOSEN,
            opportunity__starts_at__lt=opportunity.ends_at,
            opportunity__ends_at__gt=opportunity.starts_at,
        )
        .exclude(pk=invitation.pk)
        .exists()
    )


@transaction.atomic
def pass_over(*, opportunity_id: UUID, public_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Do not choose somebody who said yes, and tell them why (promise 9). Raises NotFound, Invalid, Conflict."""
    row = locked(opportunity_id, actor, rules.may_choose)
    reason = reason_given(reason)
    if row.state not in OPEN:
        raise Conflict("This brief has ended.")
    invitation = _of_public_id(row, public_id)
    move_invitation(invitation, InvitationMove.PASS_OVER)
    end_consent(invitation, at)
    invitation.outcome_reason = reason
    invitation.save(update_fields=["state", "version", "outcome_reason"])
    publish(events.INVITATION_OUTCOME, invitation.id, key=f"{invitation.id}:{invitation.version}", at=at)


@transaction.atomic
def close_brief(*, opportunity_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """End a brief; everybody who was asked hears how it ended (promise 9).

    A requester cannot end it while somebody they were shown is owed a reason of their own. A yes that rests since the
    brief changed, which they are not shown, gets the reason of the end; so does each yes when a coordinator ends it.
    Raises NotFound, Invalid, Conflict.
    """
    row = locked(opportunity_id, actor, rules.may_write_brief)
    reason = reason_given(reason)
    theirs = rules.may_choose(actor, row.organisation_id)
    yes = Invitation.objects.select_for_update().filter(opportunity=row, state=InvitationState.YES)
    if theirs and any(_current(invitation, row) for invitation in yes):
        raise Conflict(
            "Somebody who said yes has not heard why they were not chosen.",
            next_step="Give each person a reason first, then close the brief.",
        )
    row.state_reason = reason
    row.save(update_fields=["state_reason"])
    move(row, BriefMove.CLOSE, actor=actor, at=at, note=reason)
    settle(row, reason=reason, actor=actor, at=at, pass_over_yes=True)
    publish(events.BRIEF_CLOSED, row.id, key=str(row.id), at=at)
