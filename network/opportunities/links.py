"""A signed link that opens one invitation for one person, for a short time, and nothing else.

The token says which invitation and until when; it carries no name, cause or outlet, and it is no session: whoever
holds it may read that brief and answer it, which is what the message it came in is for (control C14 kills it with the
consent: a stopped or closed invitation shows nothing to do).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from network.opportunities import kinds, rules
from network.opportunities.models import Invitation
from network.opportunities.states import InvitationState
from network.people.states import PersonState

_SALT = "own-words.answer-one-invitation"
_DEAD = (InvitationState.STOPPED, InvitationState.LAPSED, InvitationState.NOT_CHOSEN, InvitationState.CALLED_OFF)


def answer_link(invitation_id: UUID, *, at: datetime) -> str:
    """A token for the message about this invitation; make it when the message is composed, never store it."""
    until = at + timedelta(days=kinds.policy("answer_link_days", at.date()))
    return signing.dumps([invitation_id.hex, int(until.timestamp())], salt=_SALT)


def open_answer_link(token: str, *, at: datetime) -> tuple[Actor, UUID]:
    """Who acts by this link, and on which invitation. Raises NotFound for anything wrong, old or over: one answer."""
    try:
        raw, until = signing.loads(token, salt=_SALT)
        invitation_id = UUID(hex=raw)
        over = int(until) <= at.timestamp()
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
    found = (
        Invitation.objects.filter(pk=invitation_id, person__state__in=(PersonState.ACTIVE, PersonState.PAUSED))
        .exclude(state__in=_DEAD)
        .values_list("person_id", flat=True)
        .first()
    )
    if over or found is None:
        raise NotFound
    scopes = frozenset({f"{rules.LINK_SCOPE}{invitation_id}"})
    return Actor(kind=ActorKind.LINK, person_id=found, scopes=scopes), invitation_id
