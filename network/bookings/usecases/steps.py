"""The steps that every move of a booking shares: lock, move, keep the history."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from backend.kernel.states import next_state
from network.bookings import rules
from network.bookings.data import Side
from network.bookings.models import Booking, BookingHistory
from network.bookings.states import BOOKING, BookingMove, BookingState


def locked(booking_id: UUID) -> Booking:
    """The booking, held until the end of the transaction (on SQLite the transaction itself holds everything).

    Raises NotFound.
    """
    try:
        return (
            Booking.objects.select_for_update(of=("self",), no_key=True)
            .select_related("person", "organisation", "opportunity")
            .get(id=booking_id)
        )
    except Booking.DoesNotExist:
        raise NotFound from None


def side_of(actor: Actor, booking: Booking, *, writes: bool = True) -> Side:
    """From where the actor comes to this booking. Raises NotFound for a stranger."""
    if rules.is_the_person(actor, booking.person_id):
        return Side.PERSON
    if rules.is_the_requester(actor, booking.organisation_id, writes=writes):
        return Side.REQUESTER
    if rules.is_coordinator(actor):
        return Side.COORDINATOR
    raise NotFound


def moved(booking: Booking, move: BookingMove) -> BookingState:
    """Where `move` leads. Raises Conflict when it leads nowhere."""
    return next_state(BOOKING, BookingState(booking.state), move)


def keep(booking: Booking, *, move: str, actor: Actor, at: datetime, fields: tuple[str, ...] = ()) -> None:
    """Save the booking's own changed `fields` with one line of history."""
    booking.version += 1
    booking.save(update_fields=["state", "version", *fields])
    BookingHistory.objects.create(booking=booking, at=at, actor_ref=actor.ref, move=move, to_state=booking.state)
