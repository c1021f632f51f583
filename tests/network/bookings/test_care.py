"""Support from beginning to end, and hearing what came of it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.outbox.models import Work
from network.bookings import events, usecases
from network.bookings.models import CarePlan, CheckIn, ReportBack
from network.bookings.states import CheckInState
from tests.factories.booked import AT, STARTS, Cast, actor_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PLAN = {"before": "Ring me the night before.", "on_the_day": "", "after": "Leave me be.", "if_no_answer": "Text Jay."}


def test_the_plan_keeps_the_persons_words_as_written(cast: Cast, booking_id: UUID) -> None:
    words = {**PLAN, "before": "  i dont want   a fuss \n"}
    usecases.save_care_plan(booking_id=booking_id, actor=cast.speaker, at=AT, **words)
    plan = CarePlan.objects.get()
    assert {name: getattr(plan, name) for name in words} == words


def test_nobody_else_writes_the_plan(cast: Cast, booking_id: UUID) -> None:
    for somebody in (cast.coordinator, cast.requester, actor_of(cast.stranger)):
        with pytest.raises(NotFound):
            usecases.save_care_plan(booking_id=booking_id, actor=somebody, at=AT, **PLAN)
    with pytest.raises(Invalid):
        usecases.save_care_plan(booking_id=booking_id, actor=cast.speaker, at=AT, **{**PLAN, "after": "x" * 4001})
    assert CarePlan.objects.get().before == ""


def _published(topic: str) -> int:
    return Work.objects.filter(topic=topic).count()


def test_each_check_in_is_sent_once(cast: Cast, confirmed: UUID) -> None:
    assert usecases.send_due_check_ins(at=STARTS - timedelta(hours=30)) == 0
    assert usecases.send_due_check_ins(at=STARTS - timedelta(hours=1)) == 1
    assert usecases.send_due_check_ins(at=STARTS - timedelta(hours=1)) == 0
    assert usecases.send_due_check_ins(at=STARTS + 60 * DAY) == 4
    assert usecases.send_due_check_ins(at=STARTS + 60 * DAY) == 0
    assert _published(events.CHECK_IN_DUE) == 5


def test_a_stopped_booking_is_not_asked_about(cast: Cast, confirmed: UUID) -> None:
    usecases.stop_booking(booking_id=confirmed, actor=cast.speaker, at=AT)
    assert usecases.send_due_check_ins(at=STARTS + 60 * DAY) == 0
    assert _published(events.CHECK_IN_DUE) == 0


def test_silence_is_noted_once_and_a_late_answer_still_counts(cast: Cast, confirmed: UUID) -> None:
    sent = STARTS - timedelta(hours=1)
    usecases.send_due_check_ins(at=sent)
    assert usecases.note_unanswered_check_ins(at=sent + timedelta(hours=47)) == 0
    assert usecases.note_unanswered_check_ins(at=sent + timedelta(hours=49)) == 1
    assert usecases.note_unanswered_check_ins(at=sent + timedelta(hours=49)) == 0
    silent = CheckIn.objects.get(state=CheckInState.NO_ANSWER)
    usecases.answer_check_in(
        check_in_id=silent.id, answer="fine, was asleep", wants_a_call=True, actor=cast.speaker, at=sent + 3 * DAY
    )
    silent.refresh_from_db()
    assert (silent.state, silent.answer, silent.wants_a_call) == (CheckInState.ANSWERED, "fine, was asleep", True)
    assert _published(events.CALL_ASKED) == 1


def test_only_the_person_answers_and_only_what_was_asked(cast: Cast, confirmed: UUID) -> None:
    check_in = CheckIn.objects.order_by("due_at").first()
    assert check_in is not None
    with pytest.raises(Conflict):
        usecases.answer_check_in(check_in_id=check_in.id, answer="x", wants_a_call=False, actor=cast.speaker, at=AT)
    usecases.send_due_check_ins(at=check_in.due_at)
    for somebody in (cast.coordinator, cast.requester, actor_of(cast.stranger)):
        with pytest.raises(NotFound):
            usecases.answer_check_in(check_in_id=check_in.id, answer="x", wants_a_call=False, actor=somebody, at=AT)
    with pytest.raises(Invalid):
        usecases.answer_check_in(check_in_id=check_in.id, answer="", wants_a_call=False, actor=cast.speaker, at=AT)
    check_in.refresh_from_db()
    assert (check_in.state, check_in.answer) == (CheckInState.SENT, "")


@pytest.fixture
def done(cast: Cast, confirmed: UUID) -> UUID:
    usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=STARTS + timedelta(hours=2))
    return confirmed


def test_the_requester_reports_back_and_may_add_to_it(cast: Cast, done: UUID) -> None:
    for number, changed in enumerate(("", "The council will meet us.")):
        usecases.report_back(
            booking_id=done, published="Breakfast programme, 8:10", url="https://news.example.org/x",
            what_changed=changed, actor=cast.requester, at=STARTS + (3 + number) * DAY,
        )  # fmt: skip
    assert ReportBack.objects.get().what_changed == "The council will meet us."
    assert Work.objects.filter(topic=events.REPORT_BACK, object_id=done).count() == 2


def test_a_report_needs_an_appearance_words_and_the_right_side(cast: Cast, confirmed: UUID) -> None:
    facts = {"published": "x", "url": "", "what_changed": ""}
    with pytest.raises(Conflict):
        usecases.report_back(booking_id=confirmed, actor=cast.requester, at=AT, **facts)
    usecases.mark_done(booking_id=confirmed, actor=cast.requester, at=STARTS)
    with pytest.raises(NotAllowed):
        usecases.report_back(booking_id=confirmed, actor=cast.speaker, at=AT, **facts)
    with pytest.raises(NotFound):
        usecases.report_back(booking_id=confirmed, actor=cast.rival, at=AT, **facts)
    with pytest.raises(Invalid) as refused:
        usecases.report_back(
            booking_id=confirmed, published=" ", url="javascript:alert(1)", what_changed="x" * 4001,
            actor=cast.requester, at=AT,
        )  # fmt: skip
    assert set(refused.value.fields) == {"published", "url", "what_changed"}
    assert not ReportBack.objects.exists()


def test_an_overdue_report_is_asked_for_weekly_four_times(cast: Cast, done: UUID) -> None:
    type(cast.opportunity).objects.filter(id=cast.opportunity.id).update(outcome_promised_by=date(2026, 12, 1))
    due = STARTS.replace(month=12, day=1)
    assert usecases.remind_to_report(at=due - DAY) == 0
    counts = []
    for days in (0, 0, 1, 7, 14, 21, 28, 200):
        assert usecases.remind_to_report(at=due + days * DAY) == 1
        counts.append(_published(events.REPORT_DUE))
    assert counts == [1, 1, 1, 2, 3, 4, 4, 4]
    usecases.report_back(
        booking_id=done, published="x", url="", what_changed="", actor=cast.coordinator, at=due + 201 * DAY
    )
    assert usecases.remind_to_report(at=due + 300 * DAY) == 0


def test_somebody_is_asked_once_a_day_whether_it_took_place(cast: Cast, confirmed: UUID) -> None:
    end = STARTS + timedelta(hours=1)
    assert usecases.remind_to_mark_done(at=end + timedelta(hours=11)) == 0
    for _ in range(3):
        assert usecases.remind_to_mark_done(at=end + timedelta(hours=20)) == 1
    assert _published(events.DONE_DUE) == 1
    usecases.remind_to_mark_done(at=end + timedelta(hours=44))
    assert _published(events.DONE_DUE) == 2
