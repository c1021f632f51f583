"""May this actor? Pure predicates over ids; no rows are read here."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.clock import LONDON
from network.bookings.states import CheckInKind

CAN_WRITE = "bookings:write"
CAN_READ = "bookings:read"


def is_the_person(actor: Actor, person_id: UUID) -> bool:
    """The person, signed in. A link in a message answers one invitation only, so it does not count here."""
    return actor.kind is ActorKind.USER and actor.is_person(person_id)


def may_stop(actor: Actor, person_id: UUID) -> bool:
    """Stopping is easier than starting: the person's own signed link is enough (promise 4)."""
    return actor.kind in (ActorKind.USER, ActorKind.LINK) and actor.is_person(person_id)


def is_the_requester(actor: Actor, organisation_id: UUID, *, writes: bool = True) -> bool:
    """A member of the organisation that asked, or its program with the right scope."""
    if not actor.speaks_for(organisation_id):
        return False
    if actor.kind is ActorKind.PROGRAM:
        return (CAN_WRITE if writes else CAN_READ) in actor.scopes
    return actor.kind is ActorKind.USER and actor.has(Role.REQUESTER)


def is_coordinator(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(Role.COORDINATOR)


def _at_ten(day_of: datetime, days: int) -> datetime:
    """Ten o'clock in London so many days from the London day of `day_of`, in UTC."""
    day = day_of.astimezone(LONDON).date() + timedelta(days=days)
    return datetime.combine(day, time(10), LONDON).astimezone(UTC)


def check_in_times(starts_at: datetime, ends_at: datetime) -> dict[CheckInKind, datetime]:
    """When we ask how it is going: the day before, an hour after, the next day, a week and a month on.

    The next-day contact is from Savera UK's guidance ("After the interview"); the others are the network's practice.
    """
    return {
        CheckInKind.BEFORE: _at_ten(starts_at, -1),
        CheckInKind.SAME_DAY: ends_at + timedelta(hours=1),
        CheckInKind.DAY_AFTER: _at_ten(ends_at, 1),
        CheckInKind.WEEK: _at_ten(ends_at, 7),
        CheckInKind.MONTH: _at_ten(ends_at, 30),
    }


def london_day(at: datetime) -> str:
    return at.astimezone(LONDON).date().isoformat()
