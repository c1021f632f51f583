"""From a choice to a confirmed booking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from network.bookings import events, rules, usecases
from network.bookings.models import Booking, BookingHistory, CarePlan, CheckIn
from network.bookings.states import BookingState, CheckInKind
from network.organisations.models import Organisation
from payments import public as payments
from tests.factories.booked import AT, STARTS, Cast, actor_of, invitation, opportunity, program
from tests.network.bookings.conftest import state_of, topics_of

pytestmark = pytest.mark.django_db
LIVE_END = STARTS + timedelta(hours=1)


def test_a_choice_becomes_a_booking_once(cast: Cast) -> None:
    first = usecases.open_booking(invitation_id=cast.invitation.id, actor=Actor.system("bookings"), at=AT)
    again = usecases.open_booking(invitation_id=cast.invitation.id, actor=cast.requester, at=AT)
    assert (first.created, again.created) == (True, False)
    assert first.booking_id == again.booking_id
    booking = Booking.objects.get()
    assert booking.fee_pence == 15000
    assert booking.pay_by == payments.pay_by(LIVE_END.date())
    assert booking.point_of_no_return_at == STARTS  # live words are out when they are spoken
    assert CarePlan.objects.filter(booking=booking).count() == 1


def test_the_fee_is_the_one_the_person_agreed_to(cast: Cast) -> None:
    cast.invitation.agreed_fee_pence = 22000
    cast.invitation.save()
    usecases.open_booking(invitation_id=cast.invitation.id, actor=cast.requester, at=AT)
    assert Booking.objects.get().fee_pence == 22000


@pytest.mark.parametrize("state", ["sent", "yes", "no", "stopped", "not_chosen"])
def test_nobody_is_booked_who_was_not_chosen(cast: Cast, state: str) -> None:
    type(cast.invitation).objects.filter(id=cast.invitation.id).update(
        state=state, outcome_reason="Somebody else fits."
    )
    with pytest.raises(Conflict):
        usecases.open_booking(invitation_id=cast.invitation.id, actor=cast.requester, at=AT)
    assert not Booking.objects.exists()


def test_strangers_cannot_open_a_booking(cast: Cast) -> None:
    for stranger in (
        cast.rival,
        actor_of(cast.stranger),
        cast.speaker,
        Actor.nobody(),
        program(cast.org, "bookings:read"),
    ):
        with pytest.raises(NotFound):
            usecases.open_booking(invitation_id=cast.invitation.id, actor=stranger, at=AT)
    assert not Booking.objects.exists()


@pytest.mark.parametrize(("minutes", "taken"), [(-60, False), (-30, True), (0, True), (59, True), (60, False)])
def test_one_person_one_time(cast: Cast, booking_id: UUID, minutes: int, taken: bool) -> None:
    other = opportunity(cast.other_org, starts=STARTS + timedelta(minutes=minutes))
    invited = invitation(other, cast.wren)
    if taken:
        with pytest.raises(Conflict) as refused:
            usecases.open_booking(invitation_id=invited.id, actor=cast.rival, at=AT)
        assert refused.value.code == "time-taken"
        assert Booking.objects.count() == 1
    else:
        usecases.open_booking(invitation_id=invited.id, actor=cast.rival, at=AT)
        assert Booking.objects.count() == 2


def test_a_time_is_free_again_after_a_stop(cast: Cast, booking_id: UUID) -> None:
    usecases.stop_booking(booking_id=booking_id, actor=cast.speaker, at=AT)
    invited = invitation(opportunity(cast.other_org), cast.wren)
    usecases.open_booking(invitation_id=invited.id, actor=cast.rival, at=AT)
    assert Booking.objects.filter(state=BookingState.AGREEING).count() == 1


def test_another_person_at_the_same_time_is_no_clash(cast: Cast, booking_id: UUID) -> None:
    invited = invitation(cast.opportunity, cast.stranger)
    usecases.open_booking(invitation_id=invited.id, actor=cast.requester, at=AT)
    assert Booking.objects.count() == 2


def test_both_sides_confirm(cast: Cast, booking_id: UUID) -> None:
    first = usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=AT)
    assert first.state is BookingState.AGREEING
    assert not CheckIn.objects.exists()
    again = usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=AT)
    assert again.state is BookingState.AGREEING  # one side twice is not two sides
    second = usecases.confirm_booking(booking_id=booking_id, actor=cast.speaker, at=AT)
    assert second.state is BookingState.CONFIRMED
    assert topics_of(booking_id) == [events.CONFIRMED, events.HALF_CONFIRMED, events.OPENED]
    assert set(CheckIn.objects.values_list("kind", flat=True)) == set(CheckInKind)
    assert list(BookingHistory.objects.order_by("at", "to_state").values_list("move", flat=True)).count("confirm") == 2


def test_nobody_confirms_for_the_person(cast: Cast, booking_id: UUID) -> None:
    usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=AT)
    with pytest.raises(NotAllowed):
        usecases.confirm_booking(booking_id=booking_id, actor=cast.coordinator, at=AT)
    for stranger in (
        cast.rival,
        actor_of(cast.stranger),
        actor_of(cast.wren, ActorKind.LINK),
        Actor.system("bookings"),
        program(cast.other_org, "bookings:write"),
        program(cast.org, "bookings:read"),
    ):
        with pytest.raises(NotFound):
            usecases.confirm_booking(booking_id=booking_id, actor=stranger, at=AT)
    assert Booking.objects.get().person_confirmed_at is None
    assert state_of(booking_id) == BookingState.AGREEING


def test_a_program_with_the_scope_confirms_for_its_organisation(cast: Cast, booking_id: UUID) -> None:
    usecases.confirm_booking(booking_id=booking_id, actor=program(cast.org, "bookings:write"), at=AT)
    assert Booking.objects.get().requester_confirmed_at == AT


def test_an_organisation_without_standing_cannot_confirm(cast: Cast, booking_id: UUID) -> None:
    Organisation.objects.filter(id=cast.org.id).update(state="suspended")
    with pytest.raises(NotAllowed):
        usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=AT)
    assert Booking.objects.get().requester_confirmed_at is None


def test_a_later_point_of_no_return_asks_the_person_again(cast: Cast, booking_id: UUID) -> None:
    usecases.confirm_booking(booking_id=booking_id, actor=cast.speaker, at=AT)
    later = STARTS + timedelta(days=3)
    usecases.set_point_of_no_return(
        booking_id=booking_id, moment=later, words="It goes to print.", actor=cast.requester, at=AT
    )
    booking = Booking.objects.get()
    assert booking.point_of_no_return_at == later
    assert booking.person_confirmed_at is None
    with pytest.raises(Invalid):
        usecases.set_point_of_no_return(booking_id=booking_id, moment=AT, words="", actor=cast.requester, at=AT)
    with pytest.raises(NotAllowed):
        usecases.set_point_of_no_return(booking_id=booking_id, moment=later, words="x", actor=cast.speaker, at=AT)


def test_check_ins_keep_to_london_mornings_across_the_clock_change() -> None:
    """Ten o'clock in London is 09:00 UTC in summer and 10:00 UTC in winter."""
    starts = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # the Saturday before the clocks go back
    times = rules.check_in_times(starts, starts + timedelta(hours=1))
    assert times[CheckInKind.BEFORE] == datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
    assert times[CheckInKind.DAY_AFTER] == datetime(2026, 10, 25, 10, 0, tzinfo=UTC)
    assert times[CheckInKind.SAME_DAY] == starts + timedelta(hours=2)


def test_a_check_in_whose_time_has_passed_is_not_planned(cast: Cast, booking_id: UUID) -> None:
    late = STARTS - timedelta(hours=2)
    usecases.confirm_booking(booking_id=booking_id, actor=cast.speaker, at=late)
    usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=late)
    assert CheckInKind.BEFORE not in set(CheckIn.objects.values_list("kind", flat=True))
