"""Trying an answer before giving it: what exactly would they see?"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from network.consent import gate
from network.consent.data import Disclosed, Identity, Recipient
from network.consent.states import Category
from network.opportunities.models import Invitation
from network.opportunities.states import InvitationMove
from network.opportunities.usecases.answers import answer_invitation


@transaction.atomic
def what_they_would_see(
    *,
    invitation_id: UUID,
    fee_pence: int | None,
    shares: frozenset[Category],
    identity: Identity,
    share_until: datetime | None,
    version_read: int | None,
    actor: Actor,
    at: datetime,
) -> Disclosed | None:
    """What the organisation would see of the person after a yes with these choices; None: nothing at all.

    The yes is really given, the gate really asked, and both are taken back before anybody could know: so the preview
    cannot differ from the disclosure. Only the person, signed in. Raises what `answer_invitation` raises.
    """
    point = transaction.savepoint()
    try:
        answer_invitation(
            invitation_id=invitation_id,
            move=InvitationMove.YES,
            fee_pence=fee_pence,
            shares=shares,
            identity=identity,
            share_until=share_until,
            version_read=version_read,
            actor=actor,
            at=at,
        )
        row = Invitation.objects.select_related("opportunity").get(pk=invitation_id)
        return gate.preview(
            person_id=row.person_id,
            recipient=Recipient.organisation(row.opportunity.organisation_id),
            opportunity=row.opportunity_id,
            actor=actor,
            at=at,
        )
    finally:
        transaction.savepoint_rollback(point)
