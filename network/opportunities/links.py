"""A signed link that opens one invitation for one person, for a short time, and nothing else.

The token says which invitation, when it was made and until when it lives; it carries no name, cause or outlet, and it
is no session: whoever holds it may read that brief and answer it. It is made when somebody opens the link of a message
to a mailbox that they say nobody else can see, and it dies with the consent (control C14): after STOP, and for a stopped
or closed invitation, it is as if it had never been.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from network.opportunities import kinds, rules
from network.opportunities.models import Invitation
from network.opportunities.states import InvitationState
from network.people.queries import takes_links

_SALT = "own-words.answer-one-invitation"
_DEAD = (InvitationState.STOPPED, InvitationState.LAPSED, InvitationState.NOT_CHOSEN, InvitationState.CALLED_OFF)


def answer_link(invitation_id: UUID, *, at: datetime) -> str:
    """A token for this invitation; make it when it is needed, never store it."""
    until = at + timedelta(days=kinds.policy("answer_link_days", at.date()))
    return signing.dumps([invitation_id.hex, int(at.timestamp()), int(until.timestamp())], salt=_SALT)


def open_answer_link(token: str, *, at: datetime) -> tuple[Actor, UUID]:
    """Who acts by this link, and on which invitation. Raises NotFound for anything wrong, old or over: one answer."""
    try:
        raw, made, until = signing.loads(token, salt=_SALT)
        invitation_id = UUID(hex=raw)
        made_at = datetime.fromtimestamp(int(made), UTC)
        over = int(until) <= at.timestamp()
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
    person_id = (
        Invitation.objects.filter(pk=invitation_id).exclude(state__in=_DEAD).values_list("person_id", flat=True).first()
    )
    if over or person_id is None or not takes_links(person_id, made_at=made_at):
        raise NotFound
    scopes = frozenset({f"{rules.LINK_SCOPE}{invitation_id}"})
    return Actor(kind=ActorKind.LINK, person_id=person_id, scopes=scopes), invitation_id
