"""From a choice to an agreement of both sides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.ids import reference
from backend.outbox.publish import publish
from network.bookings import events, rules
from network.bookings.data import Moved, Opened, Side
from network.bookings.models import Booking, BookingHistory, CarePlan, CheckIn
from network.bookings.states import BookingMove, BookingState
from network.bookings.usecases.steps import keep, locked, moved, side_of
from network.consent.queries import grant_facts
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import InvitationState
from network.organisations.states import OrganisationState
from network.people.models import Person
from payments import public as payments

OVERLAP = "booking_overlap"  # the name of the constraint (PostgreSQL) and of the triggers' message (SQLite)


def _no_return_at(opportunity: Opportunity) -> datetime | None:
    """The safe assumption until the requester states a later moment: live words are out when they are spoken,
    recorded and written ones are in the outlet's hands at the end."""
    return opportunity.starts_at if opportunity.recording in ("live", "not_recorded") else opportunity.ends_at


@transaction.atomic
def open_booking(*, invitation_id: UUID, actor: Actor, at: datetime) -> Opened:
    """Make the booking of a chosen invitation, to be confirmed by both sides. Repeating it changes nothing.

    The fee is the one the person agreed to. Raises NotFound for a stranger, Conflict when the person was not chosen, when
    the brief has no time yet, or when the person has another live booking at that time (the database decides that, so
    it holds for two requests in the same moment).
    """
    invitation = Invitation.objects.select_related("opportunity").filter(id=invitation_id).first()
    if invitation is None:
        raise NotFound
    opportunity = invitation.opportunity
    if not (
        actor.kind is ActorKind.SYSTEM
        or rules.is_coordinator(actor)
        or rules.is_the_requester(actor, opportunity.organisation_id)
    ):
        raise NotFound
    # One at a time for each person: without it two inserts could wait for each other in the exclusion constraint.
    person = Person.objects.select_for_update(no_key=True).get(id=invitation.person_id)
    there = Booking.objects.filter(invitation_id=invitation_id).first()
    if there is not None:
        return Opened(booking_id=there.id, reference=there.reference, created=False)
    if invitation.state != InvitationState.CHOSEN:
        raise Conflict("This person has not been chosen, so there is nothing to book. Nothing was changed.")
    grant = grant_facts(invitation.grant_id) if invitation.grant_id else None
    if grant is not None and not grant.live(at):
        raise Conflict("This person is not available any more. Nothing was changed.")
    fee = invitation.agreed_fee_pence or opportunity.fee_pence
    if opportunity.starts_at is None or opportunity.ends_at is None or fee is None:
        raise Conflict(
            "The request has no date, time and fee yet. Nothing was changed.", next_step="Complete the request first."
        )
    booking = Booking(
        reference=reference("BK"),
        opportunity=opportunity,
        invitation_id=invitation_id,
        organisation_id=opportunity.organisation_id,
        person=person,
        starts_at=opportunity.starts_at,
        ends_at=opportunity.ends_at,
        fee_pence=fee,
        pay_by=payments.pay_by(opportunity.ends_at.astimezone(LONDON).date()),
        grant_id=invitation.grant_id,
        point_of_no_return=opportunity.point_of_no_return,
        point_of_no_return_at=_no_return_at(opportunity),
        created_at=at,
    )
    try:
        with transaction.atomic():
            booking.save(force_insert=True)
    except IntegrityError as error:
        if OVERLAP in str(error):
            raise Conflict(
                "This person has another booking at that time. Nothing was changed.",
                code="time-taken",
                next_step="Offer another time, or choose somebody else.",
            ) from None
        raise
    CarePlan.objects.create(booking=booking, updated_at=at)
    BookingHistory.objects.create(
        booking=booking, at=at, actor_ref=actor.ref, move="open", to_state=BookingState.AGREEING
    )
    publish(events.OPENED, booking.id, key=str(booking.id), at=at)
    return Opened(booking_id=booking.id, reference=booking.reference, created=True)


@transaction.atomic
def confirm_booking(*, booking_id: UUID, actor: Actor, at: datetime) -> Moved:
    """Say yes to the agreement as it stands, for one's own side. With the second yes the booking is confirmed.

    Nobody confirms for the person (promise 3). Raises NotFound, NotAllowed (staff; an organisation that is not in
    standing), Conflict when it is no longer being agreed. Saying yes twice changes nothing.
    """
    booking = locked(booking_id)
    side = side_of(actor, booking)
    then = moved(booking, BookingMove.CONFIRM)
    if side is Side.COORDINATOR:
        raise NotAllowed("Only the person and the requester can confirm, each for themselves.")
    if side is Side.REQUESTER and booking.organisation.state != OrganisationState.IN_STANDING:
        raise NotAllowed("Your organisation has to be checked before it can confirm. Please contact us.")
    mine, theirs = ("person", "requester") if side is Side.PERSON else ("requester", "person")
    if getattr(booking, f"{mine}_confirmed_at") is not None:
        return Moved(booking_id=booking.id, state=BookingState(booking.state))
    setattr(booking, f"{mine}_confirmed_at", at)
    both = getattr(booking, f"{theirs}_confirmed_at") is not None
    if both:
        booking.state = then
    keep(booking, move=BookingMove.CONFIRM, actor=actor, at=at, fields=(f"{mine}_confirmed_at",))
    if both:
        CheckIn.objects.bulk_create(
            CheckIn(booking=booking, kind=kind, due_at=due)
            for kind, due in rules.check_in_times(booking.starts_at, booking.ends_at).items()
            if due > at
        )
    topic = events.CONFIRMED if both else events.HALF_CONFIRMED
    publish(topic, booking.id, key=f"{booking.id}:{booking.version}", at=at)
    return Moved(booking_id=booking.id, state=BookingState(booking.state))


@transaction.atomic
def set_point_of_no_return(*, booking_id: UUID, moment: datetime, words: str, actor: Actor, at: datetime) -> None:
    """State from when on words cannot be taken back. Only while it is being agreed; a yes of the person that was given
    before is asked for again. Raises NotFound, NotAllowed, Conflict, Invalid."""
    booking = locked(booking_id)
    side = side_of(actor, booking)
    moved(booking, BookingMove.CONFIRM)
    if side is Side.PERSON:
        raise NotAllowed("The requester states this. You can say no to it by not confirming.")
    if not words.strip():
        raise Invalid({"words": ["Say what happens at that moment, such as “the programme goes out”."]})
    if moment <= at:
        raise Invalid({"moment": ["Give a moment that is still to come."]})
    booking.point_of_no_return_at, booking.point_of_no_return = moment, words.strip()
    booking.person_confirmed_at = None
    keep(
        booking, move="no_return", actor=actor, at=at,
        fields=("point_of_no_return_at", "point_of_no_return", "person_confirmed_at"),
    )  # fmt: skip
    publish(events.CHANGED, booking.id, key=f"{booking.id}:{booking.version}", at=at)
