"""Keeping an entry of "who looked" from the person for a while, because knowing it now would put them in danger.

Two people together, one of them a safeguarding lead, each freshly proved; thirty days at most, once more at most; then it
shows by itself, without anybody doing anything (threat model 5.6). What was looked at is written down all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.audit.models import AccessSeal
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, NotAllowed, NotFound, StepUpNeeded
from backend.kernel.policy import figure

FILE = Path(__file__).parent / "material" / "policy.json"


def is_lead(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(Role.SAFEGUARDING)


def may_seal(actor: Actor) -> bool:
    """A safeguarding lead; or an administrator as the second person, who sees nothing of what is sealed."""
    return actor.kind is ActorKind.USER and actor.has(Role.SAFEGUARDING, Role.ADMIN)


def _term(at: datetime) -> timedelta:
    return timedelta(days=figure(FILE, "seal_days", at.astimezone(LONDON).date()))


def sealed_contexts(person_ids: Collection[UUID], at: datetime) -> frozenset[str]:
    """Contexts of entries that these people do not see at this moment. One statement."""
    rows = AccessSeal.objects.filter(person_id__in=list(person_ids), confirmed_at__lte=at, ends_at__gt=at)
    return frozenset(rows.values_list("context", flat=True))


def _checked(actor: Actor, at: datetime) -> UUID:
    if not may_seal(actor) or actor.user_id is None:
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    return actor.user_id


@transaction.atomic
def ask(*, person_id: UUID, context: str, actor: Actor, at: datetime) -> None:
    """Ask for a seal, or for its one renewal while it stands. Nothing is hidden yet. Raises NotFound, StepUpNeeded,
    Conflict when it was renewed before or has run out."""
    user = _checked(actor, at)
    row = AccessSeal.objects.select_for_update().filter(person_id=person_id, context=context).first()
    if row is None:
        AccessSeal.objects.create(
            person_id=person_id, context=context, asked_by=user, asked_by_lead=is_lead(actor), asked_at=at
        )
        return
    if row.confirmed_at is None:
        raise Conflict("It has been asked for already and waits for a second person.")
    if row.renewed or row.ends_at is None or row.ends_at <= at:
        raise Conflict("It cannot be kept back any longer. The person sees it when its time is over.")
    AccessSeal.objects.filter(id=row.id).update(renewal_asked_by=user, renewal_asked_by_lead=is_lead(actor))


@transaction.atomic
def confirm(*, person_id: UUID, context: str, actor: Actor, at: datetime) -> None:
    """The second person agrees. Raises NotFound, StepUpNeeded, NotAllowed for whoever asked or without a lead among
    the two, Conflict."""
    user = _checked(actor, at)
    row = AccessSeal.objects.select_for_update().filter(person_id=person_id, context=context).first()
    if row is None:
        raise NotFound
    if row.confirmed_at is None:
        _two(row.asked_by, user, lead=row.asked_by_lead or is_lead(actor))
        rows = AccessSeal.objects.filter(id=row.id, confirmed_at__isnull=True)
        changed = rows.update(confirmed_by=user, confirmed_at=at, ends_at=at + _term(at))
    else:
        if row.renewal_asked_by is None or row.renewed or row.ends_at is None or row.ends_at <= at:
            raise Conflict("There is nothing to agree to.")
        _two(row.renewal_asked_by, user, lead=bool(row.renewal_asked_by_lead) or is_lead(actor))
        rows = AccessSeal.objects.filter(id=row.id, renewed=False)
        changed = rows.update(renewed=True, renewal_confirmed_by=user, ends_at=row.ends_at + _term(at))
    if changed != 1:
        raise Conflict("Somebody else was faster. Nothing was changed.")


@transaction.atomic
def by_two(*, person_id: UUID, context: str, first: UUID, first_is_lead: bool, actor: Actor, at: datetime) -> None:
    """Ask and agree in one moment, where the two act on one thing. Raises NotAllowed, StepUpNeeded, Conflict."""
    if actor.user_id is None or not actor.has_stepped_up(at):
        raise StepUpNeeded
    _two(first, actor.user_id, lead=first_is_lead or is_lead(actor))
    _, new = AccessSeal.objects.get_or_create(
        person_id=person_id,
        context=context,
        defaults={
            "asked_by": first,
            "asked_by_lead": first_is_lead,
            "asked_at": at,
            "confirmed_by": actor.user_id,
            "confirmed_at": at,
            "ends_at": at + _term(at),
        },
    )
    if not new:
        raise Conflict("It was sealed before.")


def _two(first: UUID, second: UUID, *, lead: bool) -> None:
    if first == second:
        raise NotAllowed("This needs a second person.")
    if not lead:
        raise NotAllowed("One of the two must be a safeguarding lead.")


def ended_seals(*, at: datetime, within: timedelta = timedelta(days=2)) -> Iterator[tuple[UUID, UUID, datetime]]:
    """Seals that ran out lately: id, whose, when. For telling them that their list has something new."""
    rows = AccessSeal.objects.filter(Q(ends_at__lte=at, ends_at__gt=at - within))
    for seal_id, person_id, ended in rows.values_list("id", "person_id", "ends_at"):
        if ended is not None:
            yield seal_id, person_id, ended
