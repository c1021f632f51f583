"""What staff have to do about somebody, what they may read for it, and what the safeguarding lead hears of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.accounts.queries import known_as
from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from network.bookings.following import bookings_of_people, check_ins_to_follow
from network.casework import rules
from network.casework.data import AlertLine, LookSettings, OpenTask, WorksWithMe
from network.casework.models import LookAlert, LookChoice
from network.casework.states import AlertKind, AlertState, Shown
from network.concerns.queries import asked_by_person
from network.consent.queries import with_live
from network.consent.states import Layer
from network.opportunities.queries import open_invitations_of
from network.people import queries as people
from network.people.data import PersonAtWork

PAGE = 100


def may_be_worked_with(person_ids: Iterable[UUID], at: datetime) -> frozenset[UUID]:
    """Those who let coordinators help them ("internal coordination"). Of the others staff see a working name and what
    is to be done."""
    return with_live(person_ids, Layer.COORDINATION, at)


def person_at_work(*, actor: Actor, person_id: UUID, at: datetime) -> PersonAtWork | None:
    """Somebody's terms and safe ways of contact, for the staff who work with them; None when the person does not agree
    to that any more. Recorded. Raises NotFound for everybody else."""
    if not people.assigned_to(actor, {person_id}, at):
        raise NotFound
    if person_id not in may_be_worked_with({person_id}, at) and not people.is_invited(person_id):
        return None
    return people.person_at_work(actor=actor, person_id=person_id, at=at)


def open_tasks(*, actor: Actor, person_id: UUID, at: datetime) -> tuple[OpenTask, ...]:
    """What is to be done about somebody by whoever works with them. Nobody's words or names are in it.

    Raises NotFound for staff who do not work with them.
    """
    if not rules.supports(actor) or not people.assigned_to(actor, {person_id}, at):
        raise NotFound
    found = [
        OpenTask(key=f"booking:{b.booking_id}", label=f"Booking {b.reference}", hint=_day(b.starts_at))
        for b in bookings_of_people(actor, [person_id], at).get(person_id, ())
    ]
    found += [
        OpenTask(key=f"check_in:{f.check_in_id}", label=f"Check-in {f.booking_reference}", hint=_day(f.due_at))
        for f in check_ins_to_follow(actor, at)
        if f.person_id == person_id
    ]
    found += [
        OpenTask(key=f"invitation:{line.invitation_id}", label=f"Request {line.reference}", hint=line.title)
        for line in open_invitations_of(person_id)
    ]
    found += [
        OpenTask(key=f"concern:{concern_id}", label="Something they asked", hint=_day(asked_at))
        for concern_id, asked_at in asked_by_person(actor=actor, person_id=person_id, at=at)
    ]
    return tuple(found)


def _day(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B}"


def look_settings(*, actor: Actor) -> LookSettings:
    """The person's own choice. Raises NotFound for anybody else."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    row = LookChoice.objects.filter(person_id=actor.person_id).first()
    return LookSettings(shown=Shown(row.shown), watch=row.watch) if row else LookSettings()


def works_with_me(*, actor: Actor, at: datetime) -> tuple[WorksWithMe, ...]:
    """Who works with the person now, by name, and until when. Raises NotFound for anybody else."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    spans = people.assignments_of(actor.person_id, at)
    names = known_as(span.coordinator_id for span in spans)
    return tuple(
        WorksWithMe(
            user_id=s.coordinator_id, name=names.get(s.coordinator_id, ""), since=s.since,
            until=s.until.astimezone(LONDON).date() if s.until else None,
        )
        for s in spans
    )  # fmt: skip


def alerts_visible_to(*, actor: Actor) -> tuple[AlertLine, ...]:
    """Looks that the safeguarding lead should know of, unread ones first. Empty for anybody else."""
    if not rules.is_lead(actor):
        return ()
    rows = LookAlert.objects.select_related("person").order_by("state", "-at", "id")[:PAGE]
    return tuple(
        AlertLine(
            alert_id=row.id,
            person_id=row.person_id,
            known_as=row.person.known_as,
            staff_id=row.staff_id,
            kind=AlertKind(row.kind),
            at=row.at,
            state=AlertState(row.state),
        )
        for row in rows
    )


def open_alerts(*, actor: Actor) -> int:
    return LookAlert.objects.filter(state=AlertState.OPEN)[:PAGE].count() if rules.is_lead(actor) else 0


def state_of_alert(alert_id: UUID) -> str | None:
    """For addressing a message. For machinery only."""
    return LookAlert.objects.filter(id=alert_id).values_list("state", flat=True).first()
