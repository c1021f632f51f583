"""Trying an answer or a change before giving it: what exactly would they see?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from network.consent import gate
from network.consent.data import Disclosed, Identity, Recipient, Wording
from network.consent.states import Category, Layer
from network.consent.usecases import narrow
from network.consent.wording import wording
from network.opportunities import rules
from network.opportunities.data import Cards
from network.opportunities.models import Invitation
from network.opportunities.queries import formats_of
from network.opportunities.states import InvitationMove
from network.opportunities.usecases.answers import answer_invitation, facts_told
from network.opportunities.usecases.choosing import OPEN, cards_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The cards of the person alone, as the organisation would get them, with what its page needs beside them."""

    title: str
    organisation: str
    opportunity_id: UUID
    answer_by: datetime | None
    open: bool
    cards: Cards

    @property
    def shown(self) -> Disclosed | None:
        return self.cards.cards[0].shown if self.cards.cards else None


@contextmanager
def _taken_back() -> Iterator[None]:
    """What is done in here is really done, really looked at, and taken back before anybody could know: so that what is
    seen cannot differ from what would be shown."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            yield
        finally:
            transaction.savepoint_rollback(point)


def _seen(invitation_id: UUID, actor: Actor, at: datetime) -> Seen:
    """As things stand now. Nothing is recorded: it is the person who looks."""
    row = Invitation.objects.select_related("opportunity__organisation").get(pk=invitation_id)
    opportunity = row.opportunity
    shown = gate.preview(
        person_id=row.person_id,
        recipient=Recipient.organisation(opportunity.organisation_id),
        opportunity=opportunity.id,
        formats=formats_of(opportunity),
        actor=actor,
        at=at,
    )
    return Seen(
        title=opportunity.title or "No title yet",
        organisation=opportunity.organisation.name,
        opportunity_id=opportunity.id,
        answer_by=opportunity.answer_by,
        open=opportunity.state in OPEN,
        cards=cards_of(opportunity, [row], {row.person_id: shown} if shown else {}),
    )


def seen_after_yes(
    *,
    invitation_id: UUID,
    fee_pence: int | None,
    terms_note: str = "",
    shares: frozenset[Category],
    identity: Identity,
    reuse: bool = False,
    share_until: datetime | None,
    version_read: int | None,
    actor: Actor,
    at: datetime,
) -> Seen:
    """What the organisation would get of the person after a yes with these choices. Only the person, signed in. Raises
    what `answer_invitation` raises."""
    with _taken_back():
        answer_invitation(
            invitation_id=invitation_id, move=InvitationMove.YES, fee_pence=fee_pence, terms_note=terms_note,
            shares=shares, identity=identity, reuse=reuse, share_until=share_until, version_read=version_read,
            actor=actor, at=at,
        )  # fmt: skip
        return _seen(invitation_id, actor, at)


def _of_grant(grant_id: UUID, actor: Actor) -> UUID:
    """The answer that a consent was given with. Raises NotFound for anybody else's, and for one that was no answer."""
    if actor.person_id is None:
        raise NotFound
    found = Invitation.objects.filter(grant_id=grant_id, person_id=actor.person_id).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    return found


def seen_now(*, grant_id: UUID, actor: Actor, at: datetime) -> Seen:
    """What the organisation gets of the person now, under one consent. Only the person, signed in. Raises NotFound."""
    return _seen(_of_grant(grant_id, actor), actor, at)


def seen_after_less(
    *,
    grant_id: UUID,
    categories: frozenset[Category] | None = None,
    identity: Identity | None = None,
    reuse: bool | None = None,
    actor: Actor,
    at: datetime,
) -> Seen:
    """What it would get after showing less. Raises what `consent.usecases.narrow` raises."""
    return _after(
        grant_id,
        lambda: narrow(grant_id=grant_id, categories=categories, identity=identity, reuse=reuse, actor=actor, at=at),
        actor,
        at,
    )


def _after(grant_id: UUID, change: Callable[[], object], actor: Actor, at: datetime) -> Seen:
    invitation_id = _of_grant(grant_id, actor)
    with _taken_back():
        change()
        return _seen(invitation_id, actor, at)


def asked_for(*, invitation_id: UUID, actor: Actor, at: datetime) -> Wording:
    """What the person is asked to agree to for one request, filled in from its brief as it stands: the four parts that the
    ICO asks for, and the seven of Ofcom 7.3. The person, also by their link. Raises NotFound."""
    row = Invitation.objects.select_related("opportunity").filter(pk=invitation_id).first()
    if row is None or not rules.may_answer(actor, row.person_id, row.id):
        raise NotFound
    return wording(Layer.FOR_REQUEST, facts=facts_told(row.opportunity))
