"""Support from beginning to end: the care plan and the check-ins."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.bookings import events, rules
from network.bookings.following import TO_FOLLOW
from network.bookings.models import BookingHistory, CarePlan, CheckIn
from network.bookings.states import CHECK_IN, BookingState, CheckInKind, CheckInMove, CheckInState
from network.bookings.usecases.steps import locked
from network.people.queries import coordinators_of

TEXT_LENGTH = 4000
WAIT_FOR_AN_ANSWER = timedelta(hours=48)


def _fits(texts: dict[str, str]) -> None:
    long = {
        name: [f"Keep it to {TEXT_LENGTH:,} characters."] for name, text in texts.items() if len(text) > TEXT_LENGTH
    }
    if long:
        raise Invalid(long)


@transaction.atomic
def save_care_plan(
    *, booking_id: UUID, before: str, on_the_day: str, after: str, if_no_answer: str, actor: Actor, at: datetime
) -> None:
    """The person says what they want before, on the day and after, and what to do if they do not answer.

    Their words are stored as written (promise 7). Raises NotFound for anybody else, Invalid.
    """
    booking = locked(booking_id)
    if not rules.is_the_person(actor, booking.person_id):
        raise NotFound
    texts = {"before": before, "on_the_day": on_the_day, "after": after, "if_no_answer": if_no_answer}
    _fits(texts)
    CarePlan.objects.update_or_create(booking=booking, defaults={**texts, "updated_at": at})


@transaction.atomic
def send_due_check_ins(*, at: datetime) -> int:
    """Scheduled: ask how it is going where that is due. Each check-in is sent once, however often this runs and by
    however many. A booking that ended otherwise is not asked about. Returns how many were sent."""
    due = CheckIn.objects.filter(state=CheckInState.PLANNED, due_at__lte=at)
    before, after = due.filter(kind=CheckInKind.BEFORE), due.exclude(kind=CheckInKind.BEFORE)
    ids = [
        *before.filter(booking__state=BookingState.CONFIRMED).values_list("id", flat=True),
        *after.filter(booking__state__in=(BookingState.CONFIRMED, BookingState.DONE)).values_list("id", flat=True),
    ]
    sent = 0
    for check_in_id in ids:
        claimed = CheckIn.objects.filter(id=check_in_id, state=CheckInState.PLANNED).update(
            state=CheckInState.SENT, sent_at=at
        )
        if claimed:
            publish(events.CHECK_IN_DUE, check_in_id, key=str(check_in_id), at=at)
            sent += 1
    return sent


@transaction.atomic
def note_unanswered_check_ins(*, at: datetime) -> int:
    """Scheduled: two days without an answer tell the coordinators once, who then do what the person asked for in the
    care plan. Returns how many."""
    silent = 0
    for check_in_id in list(
        CheckIn.objects.filter(state=CheckInState.SENT, sent_at__lte=at - WAIT_FOR_AN_ANSWER).values_list(
            "id", flat=True
        )
    ):
        if CheckIn.objects.filter(id=check_in_id, state=CheckInState.SENT).update(state=CheckInState.NO_ANSWER):
            publish(events.CHECK_IN_UNANSWERED, check_in_id, key=str(check_in_id), at=at)
            silent += 1
    return silent


@transaction.atomic
def answer_check_in(*, check_in_id: UUID, answer: str, wants_a_call: bool, actor: Actor, at: datetime) -> None:
    """The person says how it is going, in their words, and whether they would like a call. Nothing is scored.

    Raises NotFound for anybody else, Conflict when it was answered or not asked yet, Invalid.
    """
    check_in = (
        CheckIn.objects.select_for_update(of=("self",), no_key=True)
        .select_related("booking")
        .filter(id=check_in_id)
        .first()
    )
    if check_in is None or not rules.is_the_person(actor, check_in.booking.person_id):
        raise NotFound
    then = next_state(CHECK_IN, CheckInState(check_in.state), CheckInMove.ANSWER)
    _fits({"answer": answer})
    if not answer and not wants_a_call:
        raise Invalid({"answer": ["Write as much or as little as you like, or ask for a call."]})
    check_in.state, check_in.answered_at, check_in.answer, check_in.wants_a_call = then, at, answer, wants_a_call
    check_in.save(update_fields=["state", "answered_at", "answer", "wants_a_call"])
    if wants_a_call:
        publish(events.CALL_ASKED, check_in.id, key=str(check_in.id), at=at)


@transaction.atomic
def follow_up(*, check_in_id: UUID, actor: Actor, at: datetime) -> None:
    """A coordinator says that they called, or did what the care plan asks for when there is no answer. The person sees
    that it was done. Raises NotFound for whoever does not work with the person (unless nobody does), Conflict."""
    check_in = CheckIn.objects.select_related("booking").filter(id=check_in_id).first()
    if check_in is None or not rules.is_coordinator(actor):
        raise NotFound
    theirs = coordinators_of(check_in.booking.person_id, at)
    if theirs and actor.user_id not in theirs:
        raise NotFound
    changed = CheckIn.objects.filter(TO_FOLLOW, id=check_in_id, followed_up_at__isnull=True).update(
        followed_up_at=at, followed_up_by=actor.ref
    )
    if not changed:
        raise Conflict("There is nothing to follow up here any more. Nothing was changed.")
    BookingHistory.objects.create(
        booking=check_in.booking, at=at, actor_ref=actor.ref, move="follow_up", to_state=check_in.booking.state
    )
