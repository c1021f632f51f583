"""Joining and leaving: where an account, a person and the first consents begin and end together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import Invalid, NotFound
from network.consent import rules
from network.consent.data import Category, Identity, Receipt, Recipient
from network.consent.states import Layer
from network.consent.usecases.ending import end_all
from network.consent.usecases.grants import give
from network.people import usecases as people
from network.people.states import NameMode, Place

# What staff may open one by one when the person agrees to be helped.
COORDINATION_SHOWS = frozenset(Category) - {Category.PHOTO}


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    person_id: UUID
    user_id: UUID
    receipts: tuple[Receipt, ...]


def join(*, token: str, code: str, agreed: frozenset[Layer], at: datetime) -> Joined:
    """Accept an invitation: the account, the person and the first consents, with a receipt for each.

    `agreed` holds KEEP_RECORD, without which there is nothing to join, and COORDINATION if the person wishes.
    Unknown, used, run out and wrong code are one answer: NotFound (control C11). Each try is counted before it is
    judged, in a transaction of its own, so that a refusal cannot undo the count. Raises Invalid.
    """
    invitation_id = people.try_invitation(token=token, code=code, at=at)
    if Layer.KEEP_RECORD not in agreed or not agreed <= {Layer.KEEP_RECORD, Layer.COORDINATION}:
        raise Invalid({"agreed": ["We can only have you here if we may keep a record of you."]})
    return _join(invitation_id, agreed, at)


@transaction.atomic
def _join(invitation_id: UUID, agreed: frozenset[Layer], at: datetime) -> Joined:
    person_id, user_id = people.accept_invitation(invitation_id=invitation_id, at=at)
    me = Actor(kind=ActorKind.USER, user_id=user_id, roles=frozenset({Role.SPOKESPERSON}), person_id=person_id)
    receipts = [
        give(person_id=person_id, layer=Layer.KEEP_RECORD, recipient=Recipient.network(), actor=me, at=at),
    ]
    if Layer.COORDINATION in agreed:
        receipts.append(
            give(
                person_id=person_id,
                layer=Layer.COORDINATION,
                categories=COORDINATION_SHOWS,
                recipient=Recipient.network(),
                identity=Identity(name_mode=NameMode.FULL, place=Place.EXACT),
                actor=me,
                at=at,
            )
        )
    return Joined(person_id=person_id, user_id=user_id, receipts=tuple(receipts))


@transaction.atomic
def leave(*, person_id: UUID, actor: Actor, at: datetime) -> tuple[Receipt, ...]:
    """Leave the network: every consent ends, the account closes. What is owed is still paid. Erasure is a request
    of its own.

    Raises NotFound for anybody but the person, signed in.
    """
    if not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    receipts = end_all(person_id, keep=frozenset(), actor=actor, at=at)
    people.leave(person_id=person_id, actor=actor, at=at)
    return receipts
