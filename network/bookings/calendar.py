"""A calendar file that gives nobody away (bar P8): calendars are shared, synchronised and copied by others."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import icalendar

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import keyed_digest
from network.bookings.data import Calendar, Side
from network.bookings.queries import side_for
from network.bookings.states import LIVE

COVER_LENGTH = 60


def calendar_for(*, booking_id: UUID, cover: str = "", actor: Actor, at: datetime) -> Calendar:
    """The booking as an .ics file to download while signed in: no place, outlet, attendee or organiser.

    The person's own says "Busy" or `cover`, words they choose at that moment and that are not stored; the requester's
    says the booking's reference. Raises NotFound for a stranger (staff included), Conflict when it is off, Invalid.
    """
    found = side_for(actor, booking_id)
    if found is None or found.side is Side.COORDINATOR:
        raise NotFound
    if found.state not in LIVE:
        raise Conflict("This booking is over, so there is nothing to put in a calendar.")
    cover = " ".join(cover.split())
    if len(cover) > COVER_LENGTH:
        raise Invalid({"cover": [f"Keep it to {COVER_LENGTH} characters."]})
    title = (cover or "Busy") if found.side is Side.PERSON else f"Booking {found.reference}"
    event = icalendar.Event()
    # The two sides get different ids, so that two calendars laid side by side do not match.
    event.add("uid", keyed_digest("calendar", str(booking_id), found.side)[:32])
    event.add("summary", title)
    event.add("dtstamp", at)
    event.add("dtstart", found.starts_at.astimezone(LONDON))
    event.add("dtend", found.ends_at.astimezone(LONDON))
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    file = icalendar.Calendar()
    file.add("prodid", "-//Calendar//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add_component(event)
    file.add_missing_timezones()
    return Calendar(filename="calendar.ics", content=file.to_ical())
