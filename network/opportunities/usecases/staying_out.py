"""What the person answers when the safeguarding lead asked them about a match with their never-tell list."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from network.nevertell import usecases as never_tell
from network.nevertell.queries import asked_of_me
from network.opportunities.models import Invitation
from network.opportunities.states import WAITING, BriefState, InvitationMove, InvitationState
from network.opportunities.usecases.answers import answer_invitation


@transaction.atomic
def answer_match(*, hit_id: UUID, go_on: bool, actor: Actor, at: datetime) -> None:
    """Go on all the same, or stay out: then what the person was asked, or had said yes to, there is answered with no.

    Nothing was shown to them meanwhile either way. Raises NotFound for anybody but the person, Conflict.
    """
    asked = next((line for line in asked_of_me(actor=actor) if line.hit_id == hit_id), None)
    if asked is None or actor.person_id is None:
        raise NotFound
    never_tell.answer(hit_id=hit_id, go_on=go_on, actor=actor, at=at)
    if go_on:
        return
    rows = Invitation.objects.filter(
        person_id=actor.person_id,
        opportunity__organisation_id=asked.organisation_id,
        opportunity__state__in=(BriefState.ACCEPTED, BriefState.CHOSEN),
        opportunity__starts_at__gt=at,
        state__in=(*WAITING, InvitationState.YES),
    )
    if asked.opportunity_id is not None:
        rows = rows.filter(opportunity_id=asked.opportunity_id)
    for invitation_id in rows.values_list("id", flat=True):
        answer_invitation(invitation_id=invitation_id, move=InvitationMove.NO, actor=actor, at=at)
