"""What each side sees of a booking, and the calendar file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import pairwise_id
from network.bookings import usecases
from network.bookings.calendar import calendar_for
from network.bookings.data import BookingPage, Side
from network.bookings.queries import booking_visible_to, bookings_visible_to
from network.bookings.states import BookingMove
from network.consent import gate
from network.consent.data import Layer
from tests.factories.booked import AT, STARTS, Cast, actor_of, invitation, opportunity, program
from tests.factories.people import give_layer

pytestmark = pytest.mark.django_db


def page(actor: Actor, booking_id: UUID, at: Any = AT) -> BookingPage:
    with gate.window():
        return booking_visible_to(actor, booking_id, at)


def test_strangers_see_no_booking(cast: Cast, booking_id: UUID) -> None:
    for stranger in (
        cast.rival, actor_of(cast.stranger), actor_of(cast.wren, ActorKind.LINK), Actor.nobody(),
        program(cast.other_org, "bookings:read"), program(cast.org, "briefs:read"),
    ):  # fmt: skip
        assert bookings_visible_to(stranger, AT) == ()
        with pytest.raises(NotFound):
            page(stranger, booking_id)


def test_a_requester_sees_a_public_id_and_no_person(cast: Cast, booking_id: UUID) -> None:
    seen = page(cast.requester, booking_id)
    assert seen.side is Side.REQUESTER
    assert seen.public_id == pairwise_id(cast.org.id, cast.wren.id)
    assert (seen.person_id, seen.line.who, seen.shown, seen.sharing) == (None, "", None, False)
    assert (seen.care, seen.check_ins, seen.pay) == (None, (), ())
    told = repr(seen) + repr(bookings_visible_to(cast.requester, AT))
    for secret in (cast.wren.known_as, cast.wren.reference, str(cast.wren.id), str(cast.wren.payee_ref)):
        assert secret not in told


def test_each_side_is_told_whose_turn_it_is(cast: Cast, booking_id: UUID) -> None:
    assert page(cast.speaker, booking_id).line.next_actor == "you"
    assert page(cast.requester, booking_id).line.next_actor == "you"
    usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=AT)
    assert page(cast.requester, booking_id).line.next_actor == "the person"
    assert page(cast.coordinator, booking_id).line.next_actor == "the person"
    assert page(cast.speaker, booking_id).moves == (BookingMove.CONFIRM, BookingMove.STOP)
    usecases.confirm_booking(booking_id=booking_id, actor=cast.speaker, at=AT)
    after = STARTS + timedelta(hours=2)
    assert page(cast.requester, booking_id).moves == (BookingMove.CANCEL,)
    assert set(page(cast.requester, booking_id, after).moves) == {BookingMove.MARK_DONE, BookingMove.CANCEL}
    assert page(cast.speaker, booking_id, after).line.next_actor == "the requester"


def test_the_point_of_no_return_counts_down(cast: Cast, booking_id: UUID) -> None:
    assert page(cast.speaker, booking_id, STARTS - timedelta(hours=5)).no_return.left == timedelta(hours=5)
    assert page(cast.speaker, booking_id, STARTS).no_return.left is None


def test_late_terms_are_shown_before_anybody_agrees(cast: Cast, booking_id: UUID) -> None:
    late = page(cast.speaker, booking_id).late
    assert late.if_cancelled_now == 0
    assert late.on_the_day == 15000 * late.percent // 100 > 0
    inside = STARTS - timedelta(hours=late.hours)
    assert page(cast.speaker, booking_id, inside).late.if_cancelled_now == late.on_the_day
    assert page(cast.speaker, booking_id, inside - timedelta(seconds=1)).late.if_cancelled_now == 0


def test_a_coordinator_sees_the_plan_only_of_those_they_work_with_and_is_seen(cast: Cast, booking_id: UUID) -> None:
    usecases.save_care_plan(
        booking_id=booking_id, before="quiet room", on_the_day="", after="", if_no_answer="", actor=cast.speaker, at=AT
    )
    other = page(cast.other_coordinator, booking_id)
    assert (other.care, other.check_ins, other.line.who) == (None, (), cast.wren.reference)
    assert not AccessEvent.objects.exists()
    assert page(cast.coordinator, booking_id).care is None  # they do not let coordinators help them
    give_layer(cast.wren.id, Layer.COORDINATION)
    own = page(cast.coordinator, booking_id)
    assert own.care is not None
    assert own.care.before == "quiet room"
    assert own.line.who == "Wren"
    event = AccessEvent.objects.get()
    assert (event.person_id, event.categories, event.actor_ref) == (cast.wren.id, ["care_plan"], cast.coordinator.ref)
    assert page(cast.speaker, booking_id).care == own.care
    assert AccessEvent.objects.count() == 1  # looking at one's own is nobody's business


def test_money_is_shown_to_the_person_and_the_invoice_to_the_requester(cast: Cast, confirmed: UUID) -> None:
    usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=STARTS)
    person, requester = page(cast.speaker, confirmed), page(cast.requester, confirmed)
    assert [line.amount for line in person.pay] == [15000]
    assert (person.invoice, requester.pay) == (None, ())
    assert requester.invoice is not None
    assert requester.invoice.total == 15000


def _statements(reader: Actor) -> int:
    with CaptureQueriesContext(connection) as caught:
        bookings_visible_to(reader, AT)
    return len(caught)


def test_a_list_takes_the_same_statements_for_one_and_for_three(cast: Cast, booking_id: UUID) -> None:
    readers = (cast.speaker, cast.requester, cast.coordinator)
    one = [_statements(r) for r in readers]
    for days in (1, 2):
        invited = invitation(opportunity(cast.org, starts=STARTS + timedelta(days=days)), cast.wren)
        usecases.open_booking(invitation_id=invited.id, actor=cast.requester, at=AT)
    three = [_statements(r) for r in readers]
    assert [len(bookings_visible_to(r, AT)) for r in readers] == [3, 3, 3]
    assert one == three
    assert max(three) <= 3


def test_pages_of_a_list_follow_each_other(cast: Cast, booking_id: UUID) -> None:
    invited = invitation(opportunity(cast.org, starts=STARTS + timedelta(days=1)), cast.wren)
    usecases.open_booking(invitation_id=invited.id, actor=cast.requester, at=AT)
    first = bookings_visible_to(cast.speaker, AT, limit=1)
    second = bookings_visible_to(cast.speaker, AT, limit=1, before=(first[0].starts_at, first[0].booking_id))
    third = bookings_visible_to(cast.speaker, AT, limit=1, before=(second[0].starts_at, second[0].booking_id))
    assert ([x.starts_at for x in (*first, *second)], third) == ([STARTS + timedelta(days=1), STARTS], ())


# --- the calendar file ----------------------------------------------------------------------------------------------


def _event(content: bytes) -> Any:
    return icalendar.Calendar.from_ical(content).walk("VEVENT")[0]


def test_the_persons_calendar_says_busy_and_nothing_else(cast: Cast, booking_id: UUID) -> None:
    file = calendar_for(booking_id=booking_id, actor=cast.speaker, at=AT)
    event = _event(file.content)
    assert event["summary"] == "Busy"
    assert set(event) == {"UID", "SUMMARY", "DTSTAMP", "DTSTART", "DTEND", "CLASS", "TRANSP"}
    assert event["dtstart"].params["TZID"] == "Europe/London"
    assert event["dtstart"].dt == STARTS
    assert b"BEGIN:VTIMEZONE" in file.content
    for secret in (cast.org.name, cast.opportunity.title, "Studio", "Wren", str(booking_id), cast.wren.reference):
        assert secret.encode() not in file.content
    assert file.filename == "calendar.ics"


def test_a_cover_title_is_the_persons_to_choose(cast: Cast, booking_id: UUID) -> None:
    file = calendar_for(booking_id=booking_id, cover=" Dentist\r\nLOCATION:x ", actor=cast.speaker, at=AT)
    assert _event(file.content)["summary"] == "Dentist LOCATION:x"
    assert "LOCATION" not in _event(file.content)
    with pytest.raises(Invalid):
        calendar_for(booking_id=booking_id, cover="x" * 61, actor=cast.speaker, at=AT)


def test_the_requesters_calendar_says_the_reference_under_another_id(cast: Cast, booking_id: UUID) -> None:
    reference = page(cast.requester, booking_id).line.reference
    theirs = _event(calendar_for(booking_id=booking_id, cover="x", actor=cast.requester, at=AT).content)
    mine = _event(calendar_for(booking_id=booking_id, actor=cast.speaker, at=AT).content)
    assert theirs["summary"] == f"Booking {reference}"
    assert theirs["uid"] != mine["uid"]


def test_no_calendar_for_strangers_or_for_what_is_over(cast: Cast, booking_id: UUID) -> None:
    for stranger in (cast.rival, actor_of(cast.stranger), cast.coordinator, Actor.nobody()):
        with pytest.raises(NotFound):
            calendar_for(booking_id=booking_id, actor=stranger, at=AT)
    usecases.stop_booking(booking_id=booking_id, actor=cast.speaker, at=AT)
    with pytest.raises(Conflict):
        calendar_for(booking_id=booking_id, actor=cast.speaker, at=AT)
