"""Bookings, check-ins, reports and recalls by their pages."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backend.audit.models import AccessEvent
from backend.kernel.errors import Conflict, NotFound
from network.bookings import usecases
from network.bookings.following import bookings_of_people, bookings_to_follow, check_ins_to_follow
from network.bookings.models import Booking, BookingHistory, CheckIn, Recall, ReportBack
from network.opportunities.models import Opportunity
from network.people.models import Assignment
from payments import public as payments
from tests.network.web.team.scene import DAY, Scene, signed_in


def url(name: str, *args: object) -> str:
    return reverse(f"team:{name}", args=args)


def state_of(booking_id: UUID) -> str:
    state: str = Booking.objects.values_list("state", flat=True).get(id=booking_id)
    return state


def owed(booking_id: UUID) -> int:
    payee = Booking.objects.get(id=booking_id).person.payee_ref
    return sum(line.amount for line in payments.money_for([payee]).get(payee, ()))


def test_saying_that_it_took_place_makes_the_fee_owed_once(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    client = signed_in(scene.rowan)
    assert "Did it take place?" in client.get(url("booking", booking)).content.decode()
    for _ in range(2):
        assert client.post(url("booking-done", booking), {"once": "one"}).status_code == 303
    assert (state_of(booking), owed(booking)) == ("done", 20_000)
    assert client.post(url("booking-done", booking), {"once": "two"}).status_code == 409
    assert owed(booking) == 20_000


def test_it_cannot_be_said_before_it_began(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at + 4 * DAY)
    client = signed_in(scene.rowan)
    assert "Yes, it took place" not in client.get(url("booking", booking)).content.decode()
    assert client.post(url("booking-done", booking)).status_code == 409
    assert (state_of(booking), owed(booking)) == ("confirmed", 0)


def test_calling_off_needs_a_reason_and_says_what_is_owed(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at + timedelta(hours=5))
    client = signed_in(scene.rowan)
    assert "Owed to the person" in client.get(url("booking-cancel", booking)).content.decode()
    refused = client.post(url("booking-cancel", booking), {"reason": "Ill", "who": "nobody"})
    assert refused.status_code == 422
    assert "Ill" in refused.content.decode()
    assert state_of(booking) == "confirmed"
    assert client.post(url("booking-cancel", booking), {"reason": "Ill", "who": "requester"}).status_code == 303
    assert state_of(booking) == "cancelled"
    assert client.get(url("booking-cancel", booking)).status_code == 404


def test_reading_the_care_plan_is_recorded_and_only_for_those_who_work_with_the_person(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at + 4 * DAY)
    words = signed_in(scene.ash).get(url("booking", booking)).content.decode()
    assert "Text my sister." not in words
    assert "Only the coordinators who work with this person" in words
    assert not AccessEvent.objects.filter(categories=["care_plan"]).exists()
    words = signed_in(scene.rowan).get(url("booking", booking)).content.decode()
    assert "Text my sister." in words
    assert AccessEvent.objects.filter(person_id=scene.wren, categories=["care_plan"]).count() == 1


# --- check-ins ------------------------------------------------------------------------------------------------------


def test_a_silence_is_followed_up_once(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    check_in = scene.silent(booking)
    client = signed_in(scene.rowan)
    words = client.get(url("check-ins")).content.decode()
    assert "No answer" in words
    assert client.post(url("check-in-done", check_in), {"once": "one"}).status_code == 303
    row = CheckIn.objects.get(id=check_in)
    assert (row.state, row.followed_up_by) == ("no_answer", scene.rowan.ref)
    assert BookingHistory.objects.filter(booking_id=booking, move="follow_up").count() == 1
    assert check_in not in {f.check_in_id for f in check_ins_to_follow(scene.rowan, scene.at)}
    assert "We followed this up on" in client.get(url("booking", booking)).content.decode()
    assert client.post(url("check-in-done", check_in), {"once": "two"}).status_code == 409


def test_a_call_that_was_asked_for_waits_until_somebody_called(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    check_in = scene.call_asked(booking, scene.wren)
    assert [(f.check_in_id, f.asked_for_a_call) for f in check_ins_to_follow(scene.rowan, scene.at)] == [
        (check_in, True)
    ]
    usecases.follow_up(check_in_id=check_in, actor=scene.rowan, at=scene.at)
    assert check_ins_to_follow(scene.rowan, scene.at) == ()


def test_only_those_who_work_with_the_person_follow_up_unless_nobody_does(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    check_in = scene.silent(booking)
    for stranger in (scene.ash, scene.safeguarding, scene.admin, scene.reporter):
        assert check_ins_to_follow(stranger, scene.at) == ()
        with pytest.raises(NotFound):
            usecases.follow_up(check_in_id=check_in, actor=stranger, at=scene.at)
    assert CheckIn.objects.get(id=check_in).followed_up_at is None
    Assignment.objects.filter(person_id=scene.wren).update(ends_at=scene.at)
    found = check_ins_to_follow(scene.ash, scene.at)
    assert check_in in {f.check_in_id for f in found}
    assert {f.who for f in found} == {Booking.objects.get(id=booking).person.reference}  # not even the working name
    usecases.follow_up(check_in_id=check_in, actor=scene.ash, at=scene.at)


def test_a_check_in_that_was_answered_needs_nothing(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    usecases.send_due_check_ins(at=scene.at)
    row = CheckIn.objects.filter(booking_id=booking, state="sent").first()
    assert row is not None
    with pytest.raises(Conflict):
        usecases.follow_up(check_in_id=row.id, actor=scene.rowan, at=scene.at)
    assert check_ins_to_follow(scene.rowan, scene.at) == ()


# --- reports and recalls --------------------------------------------------------------------------------------------


def test_what_to_follow(scene: Scene) -> None:
    undone = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    reported = scene.booking(scene.lark, starts=scene.at - 9 * DAY)
    late = scene.booking(scene.heron, starts=scene.at - 9 * DAY)
    scene.booking(scene.robin, starts=scene.at + 9 * DAY)
    for booking in (reported, late):
        usecases.mark_done(booking_id=booking, actor=scene.rowan, at=scene.at - 8 * DAY)
    assert [b.booking_id for b in bookings_to_follow(scene.rowan, scene.at)] == [undone]
    Opportunity.objects.filter(bookings__in=(reported, late)).update(outcome_promised_by=(scene.at - DAY).date())
    usecases.report_back(
        booking_id=reported, published="Page 4", url="", what_changed="", actor=scene.reporter, at=scene.at
    )
    assert [b.booking_id for b in bookings_to_follow(scene.rowan, scene.at)] == [undone, late]
    assert bookings_to_follow(scene.admin, scene.at) == ()


def test_reads_do_not_grow_with_what_is_there(scene: Scene) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            check_ins_to_follow(scene.rowan, scene.at)
            bookings_to_follow(scene.rowan, scene.at)
            bookings_of_people(scene.rowan, [scene.wren, scene.lark, scene.heron], scene.at)
        return len(caught)

    scene.silent(scene.booking(scene.wren, starts=scene.at - 4 * DAY))
    one = count()
    scene.silent(scene.booking(scene.lark, starts=scene.at - 5 * DAY))
    scene.silent(scene.booking(scene.heron, starts=scene.at - 6 * DAY))
    assert count() == one
    assert len(bookings_to_follow(scene.rowan, scene.at)) == 3


def test_bookings_of_people_one_does_not_work_with_are_absent(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at + 4 * DAY)
    assert [b.booking_id for b in bookings_of_people(scene.rowan, [scene.wren], scene.at)[scene.wren]] == [booking]
    assert bookings_of_people(scene.ash, [scene.wren], scene.at) == {}
    assert bookings_of_people(scene.safeguarding, [scene.wren], scene.at) == {}


def test_a_report_is_passed_on(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    client = signed_in(scene.rowan)
    assert client.get(url("booking-report", booking)).status_code == 404  # not before it took place
    usecases.mark_done(booking_id=booking, actor=scene.rowan, at=scene.at)
    data = {"published": "Page 4", "url": "page four", "what_changed": ""}
    refused = client.post(url("booking-report", booking), data)
    assert refused.status_code == 422
    assert "page four" in refused.content.decode()
    assert not ReportBack.objects.exists()
    assert client.post(url("booking-report", booking), {**data, "url": "https://echo.example/4"}).status_code == 303
    assert ReportBack.objects.get().published == "Page 4"


def test_a_recall_is_followed_to_an_answer(scene: Scene) -> None:
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    from network.consent import gate
    from network.opportunities.usecases import cards_for

    with gate.window():
        cards_for(opportunity_id=Booking.objects.get(id=booking).opportunity_id, actor=scene.reporter, at=scene.at)
    recall = scene.recall(booking, scene.wren)
    client = signed_in(scene.rowan)
    assert "One recall has no final answer." in client.get(url("home")).content.decode()
    assert "The Exampleton Echo" in client.get(url("recalls")).content.decode()
    refused = client.post(url("recall", recall), {"move": "refuse", "answer": ""})
    assert refused.status_code == 422
    assert Recall.objects.get().state == "asked"
    answer = client.post(url("recall", recall), {"move": "remove", "answer": "Taken off the site."})
    assert answer.status_code == 303
    assert (Recall.objects.get().state, Recall.objects.get().answer) == ("removed", "Taken off the site.")
    assert client.post(url("recall", recall), {"move": "refuse", "answer": "No."}).status_code == 409
    assert "recall has no final answer" not in client.get(url("home")).content.decode()


def test_an_address_of_a_next_page_that_makes_no_sense_is_the_first_page(scene: Scene) -> None:
    scene.booking(scene.wren, starts=scene.at + 4 * DAY, title="A morning programme")
    client = signed_in(scene.rowan)
    for nonsense in ("x", "2026-01-01T00:00:00_x", "2026-01-01T00:00:00_" + "0" * 32, "%00_"):
        assert "A morning programme" in client.get(url("bookings"), {"after": nonsense}).content.decode()
        assert client.get(url("messages"), {"after": nonsense}).status_code == 200
