"""What bookings do when they hear of a choice or of a consent that ended."""

from __future__ import annotations

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, NotFound
from backend.outbox.data import Item, Subscription
from backend.outbox.publish import publish
from network.bookings import events
from network.bookings.models import Booking
from network.bookings.states import LIVE
from network.bookings.usecases import open_booking, recall_what_was_given
from network.bookings.usecases.ending import stop_unbooked, stopped
from network.bookings.usecases.steps import locked
from network.consent.events import CONSENT_WITHDRAWN
from network.opportunities.events import OPPORTUNITY_CHOSEN

_SYSTEM = Actor.system("bookings")


def on_chosen(item: Item) -> None:
    """Open the booking unless the page that chose has done so already. When the person's time was taken in the same
    moment, trying again would not help: both sides are told instead. When they took their yes back in between, there
    is nothing to open."""
    if stop_unbooked(invitation_id=item.object_id, at=item.at):
        return
    try:
        open_booking(invitation_id=item.object_id, actor=_SYSTEM, at=item.at)
    except NotFound:
        return  # the invitation is gone: erased in between
    except Conflict:
        publish(events.CLASHED, item.object_id, key=str(item.object_id), at=item.at)


def on_withdrawn(item: Item) -> None:
    """A consent was taken back: its live booking stops unless the person kept it for now, and each organisation that
    was given something under it is asked to stop using it."""
    for booking_id in list(
        Booking.objects.filter(grant_id=item.object_id, state__in=LIVE).values_list("id", flat=True)
    ):
        booking = locked(booking_id)
        if booking.state in LIVE and booking.asked_until is None and booking.grant_id == item.object_id:
            stopped(booking, actor=_SYSTEM, at=item.at)
    stop_unbooked(grant_id=item.object_id, at=item.at)
    recall_what_was_given(grant_id=item.object_id, at=item.at)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(OPPORTUNITY_CHOSEN, "bookings.open", on_chosen),
    Subscription(CONSENT_WITHDRAWN, "bookings.withdrawn", on_withdrawn),
)
