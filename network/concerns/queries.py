"""Reading concerns: one's own; or those that come to this member of staff, open and oldest first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from backend.audit.record import record_access
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import NotFound
from backend.kernel.sealed import open_rows
from network.concerns import rules
from network.concerns.data import ConcernLine
from network.concerns.models import Concern
from network.concerns.states import ConcernAbout, ConcernKind, ConcernState
from network.people.queries import assigned_to

PAGE = 100


def _line(row: Concern, *, staff: bool) -> ConcernLine:
    return ConcernLine(
        concern_id=row.id,
        person_id=row.person_id,
        known_as=row.person.known_as if staff else "",
        kind=ConcernKind(row.kind),
        about=ConcernAbout(row.about),
        about_id=row.about_id,
        words=row.words,
        raised_at=row.raised_at,
        state=ConcernState(row.state),
        answer=row.answer,
        answered_at=row.answered_at,
    )


def my_concerns(actor: Actor) -> tuple[ConcernLine, ...]:
    """The person's own, newest first. Raises NotFound for anybody else."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    rows = Concern.objects.select_related("person").filter(person_id=actor.person_id).order_by("-raised_at", "id")
    return tuple(_line(row, staff=False) for row in open_rows(rows[:PAGE]))


@transaction.atomic
def concerns_visible_to(*, actor: Actor, at: datetime) -> tuple[ConcernLine, ...]:
    """What waits for this member of staff and what they may read, open ones first, oldest first. Empty for others.

    Each person whose words are read sees that they were (promise 8). Three statements, whatever their number.
    """
    if actor.kind is not ActorKind.USER or not actor.is_staff:
        return ()
    rows = _theirs(actor, at).select_related("person").order_by("-state", "raised_at", "id")
    seen = open_rows(rows[:PAGE])
    if seen:
        record_access(
            actor=actor, person_ids={row.person_id for row in seen}, categories=["concern"], purpose="coordination",
            released=False, at=at,
        )  # fmt: skip
    return tuple(_line(row, staff=True) for row in seen)


def asked_by_person(*, actor: Actor, person_id: UUID, at: datetime) -> tuple[tuple[UUID, datetime], ...]:
    """Open questions and worries of one person that wait for this member of staff: ids and times, no words."""
    rows = _theirs(actor, at).filter(person_id=person_id, state=ConcernState.OPEN).order_by("raised_at", "id")
    return tuple(rows.values_list("id", "raised_at"))


@transaction.atomic
def concern_visible_to(*, actor: Actor, concern_id: UUID, at: datetime) -> ConcernLine:
    """One of them, and only that one is recorded as read. Raises NotFound for whoever it did not come to."""
    if actor.kind is not ActorKind.USER or not actor.is_staff:
        raise NotFound
    row = _theirs(actor, at).select_related("person").filter(id=concern_id).first()
    if row is None:
        raise NotFound
    record_access(
        actor=actor, person_ids={row.person_id}, categories=["concern"], purpose="coordination", released=False, at=at
    )
    return _line(row, staff=True)


def open_concerns(*, actor: Actor, at: datetime) -> int:
    """How many wait for this member of staff: a number for their start page, with nobody's words in it."""
    if actor.kind is not ActorKind.USER or not actor.is_staff:
        return 0
    return _theirs(actor, at).filter(state=ConcernState.OPEN)[:PAGE].count()


def _theirs(actor: Actor, at: datetime) -> QuerySet[Concern]:
    """The same rule as `rules.may_read`, as a filter."""
    if actor.has(Role.SAFEGUARDING):
        return Concern.objects.all()
    if not actor.has(Role.COORDINATOR):
        return Concern.objects.none()
    asks = Concern.objects.filter(kind=ConcernKind.ASK)
    mine = assigned_to(actor, set(asks.values_list("person_id", flat=True)), at)
    return asks.filter(person_id__in=mine)
