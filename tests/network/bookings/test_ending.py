"""Done, cancelled, stopped: and what is owed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from network.bookings import events, usecases
from network.bookings.models import Booking, BookingHistory, CheckIn
from network.bookings.states import BookingState, CheckInState
from network.opportunities.states import InvitationState
from payments import public as payments
from payments.money import Pence
from tests.factories.booked import AT, STARTS, Cast, actor_of, program
from tests.network.bookings.conftest import state_of, topics_of

pytestmark = pytest.mark.django_db
AFTER = STARTS + timedelta(hours=2)


def owed(cast: Cast) -> list[tuple[int, str]]:
    ref = cast.wren.payee_ref
    return [(line.amount, line.key.split(":")[0]) for line in payments.money_for([ref]).get(ref, ())]


def test_done_makes_the_fee_owed_once(cast: Cast, confirmed: UUID) -> None:
    usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=AFTER)
    assert state_of(confirmed) == BookingState.DONE
    assert owed(cast) == [(15000, "fee")]
    line = payments.money_for([cast.wren.payee_ref])[cast.wren.payee_ref][0]
    booking = Booking.objects.get()
    assert (line.reference, line.pay_by) == (booking.reference, booking.pay_by)
    assert [i.total for i in payments.invoices_for(cast.org.id)] == [15000]
    with pytest.raises(Conflict):
        usecases.mark_done(booking_id=confirmed, actor=cast.coordinator, at=AFTER)
    assert owed(cast) == [(15000, "fee")]
    assert topics_of(confirmed).count(events.DONE) == 1


def test_done_before_it_began_owes_nothing(cast: Cast, confirmed: UUID) -> None:
    with pytest.raises(Conflict):
        usecases.mark_done(booking_id=confirmed, actor=cast.coordinator, at=STARTS - timedelta(seconds=1))
    assert owed(cast) == []
    assert state_of(confirmed) == BookingState.CONFIRMED


def test_who_may_say_that_it_took_place(cast: Cast, confirmed: UUID) -> None:
    with pytest.raises(NotAllowed):
        usecases.mark_done(booking_id=confirmed, actor=cast.speaker, at=AFTER)
    for stranger in (cast.rival, actor_of(cast.stranger), Actor.nobody(), program(cast.org, "bookings:read")):
        with pytest.raises(NotFound):
            usecases.mark_done(booking_id=confirmed, actor=stranger, at=AFTER)
    assert owed(cast) == []
    usecases.mark_done(booking_id=confirmed, actor=program(cast.org, "bookings:write"), at=AFTER)
    assert owed(cast) == [(15000, "fee")]


def test_an_unconfirmed_booking_cannot_be_done(cast: Cast, booking_id: UUID) -> None:
    with pytest.raises(Conflict):
        usecases.mark_done(booking_id=booking_id, actor=cast.coordinator, at=AFTER)
    assert owed(cast) == []


def test_when_the_money_cannot_be_written_nothing_is_done(
    cast: Cast, confirmed: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("the ledger refuses")

    monkeypatch.setattr(payments, "fee_owed", broken)
    with pytest.raises(RuntimeError):
        usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=AFTER)
    assert state_of(confirmed) == BookingState.CONFIRMED
    assert not BookingHistory.objects.filter(move="mark_done").exists()


def test_a_late_cancellation_is_paid_by_the_requester(cast: Cast, confirmed: UUID) -> None:
    at = STARTS - timedelta(hours=3)
    expected = payments.late_cancellation_fee(Pence(15000), starts_at=STARTS, at=at)
    assert expected > 0
    moved = usecases.cancel_booking(
        booking_id=confirmed, reason="The running order changed.", actor=cast.requester, at=at
    )
    assert moved.late_fee == expected
    assert owed(cast) == [(expected, "late")]
    assert [i.total for i in payments.invoices_for(cast.org.id)] == [expected]
    assert not CheckIn.objects.exclude(state=CheckInState.CANCELLED).exists()


def test_an_early_cancellation_costs_nothing(cast: Cast, confirmed: UUID) -> None:
    moved = usecases.cancel_booking(booking_id=confirmed, reason="Moved to spring.", actor=cast.requester, at=AT)
    assert (moved.late_fee, owed(cast)) == (0, [])
    assert Booking.objects.get().state_reason == "Moved to spring."
    cast.invitation.refresh_from_db()
    assert (cast.invitation.state, cast.invitation.outcome_reason) == (InvitationState.CALLED_OFF, "Moved to spring.")


def test_a_late_cancellation_by_us_is_paid_by_us(cast: Cast, confirmed: UUID) -> None:
    usecases.cancel_booking(
        booking_id=confirmed, reason="We got the date wrong.", actor=cast.coordinator, at=STARTS - timedelta(hours=1)
    )
    assert [kind for _, kind in owed(cast)] == ["late"]
    assert list(payments.invoices_for(cast.org.id)) == []


def test_nothing_is_owed_for_a_booking_the_person_never_confirmed(cast: Cast, booking_id: UUID) -> None:
    usecases.cancel_booking(booking_id=booking_id, reason="No.", actor=cast.requester, at=STARTS - timedelta(hours=1))
    assert owed(cast) == []


def test_cancelling_needs_a_reason_and_the_right_side(cast: Cast, confirmed: UUID) -> None:
    with pytest.raises(Invalid) as refused:
        usecases.cancel_booking(booking_id=confirmed, reason="  ", actor=cast.requester, at=AT)
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(NotAllowed):
        usecases.cancel_booking(booking_id=confirmed, reason="x", actor=cast.speaker, at=AT)
    with pytest.raises(NotFound):
        usecases.cancel_booking(booking_id=confirmed, reason="x", actor=cast.rival, at=AT)
    assert state_of(confirmed) == BookingState.CONFIRMED


@pytest.mark.parametrize("kind", [ActorKind.USER, ActorKind.LINK])
@pytest.mark.parametrize("stage", ["agreeing", "confirmed"])
def test_the_person_stops_from_any_live_state_without_a_reason(
    cast: Cast, booking_id: UUID, kind: ActorKind, stage: str
) -> None:
    if stage == "confirmed":
        usecases.confirm_booking(booking_id=booking_id, actor=cast.speaker, at=AT)
        usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=AT)
    usecases.stop_booking(booking_id=booking_id, actor=actor_of(cast.wren, kind), at=STARTS + timedelta(minutes=5))
    assert state_of(booking_id) == BookingState.STOPPED
    assert topics_of(booking_id).count(events.STOPPED) == 1
    cast.invitation.refresh_from_db()
    assert cast.invitation.state == InvitationState.STOPPED
    assert owed(cast) == []
    assert not CheckIn.objects.filter(state=CheckInState.PLANNED).exists()


def test_only_the_person_stops(cast: Cast, confirmed: UUID) -> None:
    for somebody in (cast.requester, cast.coordinator, cast.rival, actor_of(cast.stranger), Actor.system("bookings")):
        with pytest.raises(NotFound):
            usecases.stop_booking(booking_id=confirmed, actor=somebody, at=AT)
    assert state_of(confirmed) == BookingState.CONFIRMED


def test_after_it_took_place_there_is_nothing_left_to_stop_and_the_fee_stays(cast: Cast, confirmed: UUID) -> None:
    usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=AFTER)
    with pytest.raises(Conflict):
        usecases.stop_booking(booking_id=confirmed, actor=cast.speaker, at=AFTER)
    assert owed(cast) == [(15000, "fee")]


@pytest.mark.parametrize("end", ["stop", "cancel", "done"])
def test_what_is_over_does_not_move(cast: Cast, confirmed: UUID, end: str) -> None:
    match end:
        case "stop":
            usecases.stop_booking(booking_id=confirmed, actor=cast.speaker, at=AFTER)
        case "cancel":
            usecases.cancel_booking(booking_id=confirmed, reason="x", actor=cast.requester, at=AFTER)
        case "done":
            usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=AFTER)
    before = state_of(confirmed)
    money = owed(cast)
    with pytest.raises(Conflict):
        usecases.confirm_booking(booking_id=confirmed, actor=cast.speaker, at=AFTER)
    with pytest.raises(Conflict):
        usecases.cancel_booking(booking_id=confirmed, reason="x", actor=cast.requester, at=AFTER)
    with pytest.raises(Conflict):
        usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=AFTER)
    assert (state_of(confirmed), owed(cast)) == (before, money)
