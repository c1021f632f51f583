"""How a booking ends: it took place, the requester or the network cancelled, or the person stopped."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.outbox import doorbell
from backend.outbox.publish import publish
from network.bookings import events, rules
from network.bookings.data import Moved, Side
from network.bookings.models import Booking, CheckIn
from network.bookings.states import BookingMove, BookingState, CheckInState
from network.bookings.usecases.reporting import recall_what_was_given
from network.bookings.usecases.steps import keep, locked, moved, side_of
from network.consent import usecases as consent
from network.consent.queries import grant_facts
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation
from network.opportunities.states import InvitationState
from payments import public as payments
from payments.money import Pence

REASON_LENGTH = 500
_SYSTEM = Actor.system("bookings")  # carries what was decided here over to the invitation


def _drop_check_ins(booking: Booking) -> None:
    CheckIn.objects.filter(booking=booking, state=CheckInState.PLANNED).update(state=CheckInState.CANCELLED)


@transaction.atomic
def mark_done(*, booking_id: UUID, actor: Actor, at: datetime) -> Moved:
    """Say that the appearance took place. From this commit on the fee is owed, by the date promised when it was booked,
    whether or not the requester has paid (promise 5). Raises NotFound, NotAllowed, Conflict (too early; not confirmed).
    """
    booking = locked(booking_id)
    side = side_of(actor, booking)
    then = moved(booking, BookingMove.MARK_DONE)
    if side is Side.PERSON:
        raise NotAllowed("The requester or your coordinator says that it took place. Tell them if they have not.")
    if at < booking.starts_at:
        raise Conflict("It has not begun yet. Nothing was changed.", next_step="Come back once it has taken place.")
    booking.state, booking.done_at = then, at
    keep(booking, move=BookingMove.MARK_DONE, actor=actor, at=at, fields=("done_at",))
    payments.fee_owed(
        key=f"fee:{booking.id}",
        payee_ref=booking.person.payee_ref,
        customer_ref=booking.organisation_id,
        reference=booking.reference,
        amount=Pence(booking.fee_pence),
        pay_by=booking.pay_by,
        description_code="fee",
        actor=actor,
        at=at,
    )
    publish(events.DONE, booking.id, key=str(booking.id), at=at)
    return Moved(booking_id=booking.id, state=then)


def late_fee(booking: Booking, at: datetime) -> Pence:
    """What the person is owed if it is cancelled at `at`: nothing before they said yes, then by the dated policy."""
    if booking.person_confirmed_at is None:
        return Pence(0)
    return payments.late_cancellation_fee(Pence(booking.fee_pence), starts_at=booking.starts_at, at=at)


@transaction.atomic
def cancel_booking(*, booking_id: UUID, reason: str, actor: Actor, at: datetime, network_pays: bool = True) -> Moved:
    """Call it off, with a reason that the person will read. A late cancellation is paid as the agreement said.

    When the requester cancels it pays; when a coordinator does, the network pays unless `network_pays` is False (the
    requester asked for it by phone). Raises NotFound, NotAllowed (the person: theirs is stop_booking), Conflict, Invalid.
    """
    booking = locked(booking_id)
    side = side_of(actor, booking)
    then = moved(booking, BookingMove.CANCEL)
    if side is Side.PERSON:
        raise NotAllowed("You do not have to cancel. You can stop, without a reason.")
    reason = reason.strip()
    if not reason:
        raise Invalid({"reason": ["Say why, in words the person can read."]})
    if len(reason) > REASON_LENGTH:
        raise Invalid({"reason": [f"Keep it to {REASON_LENGTH} characters."]})
    fee = late_fee(booking, at)
    booking.state, booking.state_reason = then, reason
    keep(booking, move=BookingMove.CANCEL, actor=actor, at=at, fields=("state_reason",))
    _drop_check_ins(booking)
    with suppress(NotFound):  # the invitation is gone where somebody was forgotten
        requests.called_off(invitation_id=booking.invitation_id, reason=reason, actor=_SYSTEM, at=at)
    if fee > 0:
        payments.fee_owed(
            key=f"late:{booking.id}",
            payee_ref=booking.person.payee_ref,
            customer_ref=booking.organisation_id if side is Side.REQUESTER or not network_pays else None,
            reference=booking.reference,
            amount=fee,
            pay_by=payments.pay_by(at.astimezone(LONDON).date()),
            description_code="late_cancellation",
            actor=actor,
            at=at,
        )
    publish(events.CANCELLED, booking.id, key=str(booking.id), at=at)
    return Moved(booking_id=booking.id, state=then, late_fee=fee)


@transaction.atomic
def stop_booking(*, booking_id: UUID, actor: Actor, at: datetime) -> Moved:
    """The person stops: one act, no reason, effective at commit (promise 4). What they agreed to show for this request
    ends in the same commit. Raises NotFound for anybody else, Conflict when it is over already."""
    booking = locked(booking_id)
    if not rules.may_stop(actor, booking.person_id):
        raise NotFound
    with doorbell.unrung():  # a stop waits for nothing but our own database (bar D5)
        stopped(booking, actor=actor, at=at)
        if booking.grant_id is not None:
            with suppress(Conflict):  # it has ended already, which is all that is wanted
                consent.withdraw(grant_id=booking.grant_id, actor=actor, at=at)
            recall_what_was_given(grant_id=booking.grant_id, at=at)
    return Moved(booking_id=booking.id, state=BookingState.STOPPED)


def stopped(booking: Booking, *, actor: Actor, at: datetime) -> None:
    """The stop itself, for a locked booking."""
    booking.state = moved(booking, BookingMove.STOP)
    keep(booking, move=BookingMove.STOP, actor=actor, at=at)
    _drop_check_ins(booking)
    with suppress(NotFound, Conflict):  # nothing about the invitation may stand in the way of a stop
        requests.stopped(invitation_id=booking.invitation_id, actor=_SYSTEM, at=at)
    publish(events.STOPPED, booking.id, key=str(booking.id), at=at)


@transaction.atomic
def stop_unbooked(*, at: datetime, **which: UUID) -> int:
    """Somebody was chosen and took their yes back before there was a booking: the invitation stops, and no booking
    comes of it. For the machinery. Returns how many (`which`: `grant_id=` or `invitation_id=`)."""
    names = {"grant_id": "grant_id", "invitation_id": "id"}
    chosen = Invitation.objects.filter(
        state=InvitationState.CHOSEN, grant_id__isnull=False, **{names[name]: value for name, value in which.items()}
    )
    count = 0
    for invitation_id, grant_id in chosen.values_list("id", "grant_id"):
        grant = grant_facts(grant_id) if grant_id else None
        if (grant is None or not grant.live(at)) and not Booking.objects.filter(invitation_id=invitation_id).exists():
            requests.stopped(invitation_id=invitation_id, actor=_SYSTEM, at=at)
            count += 1
    return count


@transaction.atomic
def remind_to_mark_done(*, at: datetime) -> int:
    """Scheduled: for each confirmed booking that ended more than 12 hours ago, ask once a day whether it took place.
    Publishing is keyed by the day, so running it often does no harm. Returns how many are open."""
    rows = list(
        Booking.objects.filter(state=BookingState.CONFIRMED, ends_at__lte=at - timedelta(hours=12)).values_list(
            "id", flat=True
        )
    )
    for booking_id in rows:
        publish(events.DONE_DUE, booking_id, key=f"{booking_id}:{rules.london_day(at)}", at=at)
    return len(rows)
