"""What is left after a stop, in the words of the person's own page: what they kept, what could not be stopped any more,
and what each organisation that had been shown something says about it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, Q

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from network.bookings.data import Aftermath, Kept, OutAlready
from network.bookings.models import Booking
from network.bookings.queries import recalls_visible_to
from network.bookings.states import LIVE, BookingMove, BookingState

MOST = 50


def after_stopping(actor: Actor, at: datetime) -> Aftermath:
    """For the person, signed in. Raises NotFound for anybody else. Statements do not grow with the bookings."""
    if actor.kind is not ActorKind.USER or actor.person_id is None:
        raise NotFound
    mine = (
        Booking.objects.filter(person_id=actor.person_id)
        .select_related("organisation", "opportunity")
        .annotate(stopped_at=Max("history__at", filter=Q(history__move=BookingMove.STOP)))
    )
    stopped = mine.filter(state=BookingState.STOPPED)
    recalls = recalls_visible_to(actor)
    said = {recall.booking_reference: recall.state_words for recall in recalls if recall.booking_reference}
    out = [
        *mine.filter(state=BookingState.DONE).order_by("-starts_at")[:MOST],
        *(b for b in stopped.order_by("-starts_at")[:MOST] if _was_too_late(b)),
    ]
    return Aftermath(
        kept=tuple(
            Kept(booking_id=b.id, title=b.opportunity.title, starts_at=b.starts_at, asked_until=b.asked_until)
            for b in mine.filter(state__in=LIVE, asked_until__gt=at).order_by("asked_until")[:MOST]
            if b.asked_until is not None
        ),
        stopped=stopped.count(),
        out=tuple(
            OutAlready(
                booking_id=b.id,
                title=b.opportunity.title,
                organisation=b.organisation.name,
                starts_at=b.starts_at,
                took_place=b.state == BookingState.DONE,
                passed_at=b.point_of_no_return_at,
                words=b.point_of_no_return,
                they_say=said.get(b.reference, ""),
            )
            for b in out
        ),
        recalls=recalls,
    )


def _was_too_late(booking: Booking) -> bool:
    """Stopped after the moment from which it could not be taken back."""
    stopped_at: datetime | None = getattr(booking, "stopped_at", None)
    passed = booking.point_of_no_return_at
    return stopped_at is not None and passed is not None and passed <= stopped_at
