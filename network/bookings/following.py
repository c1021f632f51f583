"""What waits for the coordinators: check-ins that nobody answered, calls that were asked for, bookings to say done,
reports that were promised. Each read is a constant number of statements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from network.bookings import rules
from network.bookings.data import CHECK_IN_WORDS, BookingLine, FollowUp, Side
from network.bookings.models import Booking, CheckIn, ReportBack
from network.bookings.queries import PAGE, REPORT_WITHIN, _assigned, _line
from network.bookings.states import LIVE, BookingState, CheckInKind, CheckInState
from network.people.models import Assignment
from network.people.queries import live_assignment

TO_FOLLOW = Q(state=CheckInState.NO_ANSWER) | Q(state=CheckInState.ANSWERED, wants_a_call=True)


def check_ins_to_follow(actor: Actor, at: datetime) -> tuple[FollowUp, ...]:
    """Check-ins that a coordinator has to do something about, the oldest first: of the people they work with, and of
    people with whom nobody works. Nobody's words are in it. Empty for anybody else."""
    if not rules.is_coordinator(actor) or actor.user_id is None:
        return ()
    live = Assignment.objects.filter(live_assignment(at), person_id=OuterRef("booking__person_id"))
    rows = (
        CheckIn.objects.filter(TO_FOLLOW, followed_up_at__isnull=True)
        .annotate(mine=Exists(live.filter(coordinator_id=actor.user_id)), anybody=Exists(live))
        .filter(Q(mine=True) | Q(anybody=False))
        .select_related("booking__person")
        .order_by("due_at", "id")
    )
    return tuple(
        FollowUp(
            check_in_id=row.id,
            booking_id=row.booking_id,
            person_id=row.booking.person_id,
            booking_reference=row.booking.reference,
            who=row.booking.person.known_as if row.mine else row.booking.person.reference,
            kind_words=CHECK_IN_WORDS[CheckInKind(row.kind)],
            due_at=row.due_at,
            asked_for_a_call=row.wants_a_call,
        )
        for row in rows[:PAGE]
    )


def bookings_to_follow(actor: Actor, at: datetime) -> tuple[BookingLine, ...]:
    """Bookings whose time has passed and of which nobody said that they took place, then those whose promised report
    is overdue; the oldest first. For coordinators; empty for anybody else."""
    if not rules.is_coordinator(actor):
        return ()
    today = at.astimezone(LONDON).date()
    overdue = Q(opportunity__outcome_promised_by__lt=today) | Q(
        opportunity__outcome_promised_by__isnull=True, done_at__lt=at - REPORT_WITHIN
    )
    rows = list(
        Booking.objects.filter(
            Q(state=BookingState.CONFIRMED, ends_at__lte=at)
            | (Q(state=BookingState.DONE, report_back__isnull=True) & overdue)
        )
        .select_related("person", "organisation", "opportunity")
        .prefetch_related(Prefetch("report_back", queryset=ReportBack.objects.only("id", "booking_id")))
        .order_by("state", "ends_at", "id")[:PAGE]
    )
    assigned = _assigned(actor, {row.person_id for row in rows}, at)
    return tuple(_line(row, Side.COORDINATOR, at, reported=False, assigned=assigned) for row in rows)


def bookings_of_people(actor: Actor, person_ids: Collection[UUID], at: datetime) -> dict[UUID, tuple[BookingLine, ...]]:
    """The live bookings of people this coordinator works with, by person, the soonest first. Strangers are absent."""
    if not rules.is_coordinator(actor):
        return {}
    mine = _assigned(actor, person_ids, at)
    rows = (
        Booking.objects.filter(person_id__in=mine, state__in=LIVE)
        .select_related("person", "organisation", "opportunity")
        .order_by("starts_at", "id")
    )
    found: dict[UUID, tuple[BookingLine, ...]] = {}
    for row in rows:
        line = _line(row, Side.COORDINATOR, at, reported=False, assigned=mine)
        found[row.person_id] = (*found.get(row.person_id, ()), line)
    return found
