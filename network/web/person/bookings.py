"""Bookings as the person sees them: what was agreed, what happens next, support, and stopping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from backend.web.fields import TextField, TickField, WordsField
from backend.web.forms import Form
from backend.web.pages import SeeOther
from backend.web.parts import Row, Step
from backend.web.words import day, pounds
from network.bookings import calendar, queries, usecases
from network.bookings.data import BookingLine, BookingPage, CheckInLine, Side
from network.bookings.states import LIVE, BookingMove, BookingState, CheckInState
from network.web.person.kit import PersonForm, PersonRead, PersonWindow, SurePage, to
from network.web.person.words import countdown, span

TONES = {
    BookingState.AGREEING: "wait",
    BookingState.CONFIRMED: "good",
    BookingState.DONE: "good",
    BookingState.CANCELLED: "quiet",
    BookingState.STOPPED: "quiet",
}
ONLY_TEAM = "You, and the coordinators who work with you. Each look is written down for you to see."
WAITING = (CheckInState.SENT, CheckInState.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class ShownBooking:
    """A booking in a list."""

    line: BookingLine
    tone: str
    url: str
    soon: str


def shown(line: BookingLine, at: Any) -> ShownBooking:
    soon = countdown(line.starts_at, at) if line.state in LIVE and line.starts_at > at else ""
    return ShownBooking(line, TONES[line.state], to("booking", line.booking_id), soon)


def my_booking(page: Any) -> BookingPage:
    """The booking of this page's address, as its person. Raises NotFound for anybody else's."""
    found = queries.booking_visible_to(page.actor, page.kwargs["id"], page.at)
    if found.side is not Side.PERSON:
        raise NotFound
    return found


class Bookings(PersonRead):
    template_name = "network/person/bookings.html"
    title = "Your bookings"

    def context(self) -> Mapping[str, object]:
        lines = [shown(line, self.at) for line in queries.bookings_visible_to(self.actor, self.at)]
        live = [line for line in lines if line.line.state in LIVE]
        return {"live": sorted(live, key=lambda b: b.line.starts_at), "past": [b for b in lines if b not in live]}


def _timeline(booking: BookingPage) -> list[Step]:
    line = booking.line
    over = line.state in (BookingState.CANCELLED, BookingState.STOPPED)
    steps = [
        Step("You said yes to what was agreed", booking.person_confirmed_at, "", "done")
        if booking.person_confirmed_at
        else Step("You read what was agreed, and say yes or stop", None, "", "stopped" if over else "now"),
        Step("The requester confirmed" if booking.requester_confirmed_at else "The requester confirms",
             booking.requester_confirmed_at, "",
             "done" if booking.requester_confirmed_at else "stopped" if over else "next"),
        Step("It took place" if line.state is BookingState.DONE else "It takes place", line.starts_at, "",
             "done" if line.state is BookingState.DONE else "stopped" if over else "next"),
    ]  # fmt: skip
    if over:
        said = "You stopped" if line.state is BookingState.STOPPED else "It was cancelled"
        return [step for step in steps if step.state == "done"] + [Step(said, None, booking.state_reason, "stopped")]
    paid = next((pay.paid_on for pay in booking.pay if pay.paid_on), None)
    if paid:
        steps.append(Step("You were paid", paid, "", "done"))
    else:
        steps.append(Step("You are paid", line.pay_by, "By this day at the latest.", "next"))
    if booking.report:
        steps.append(Step("They told you what came of it", booking.report.reported_at, "", "done"))
    else:
        steps.append(Step("They tell you what came of it", booking.report_due_on, "", "next"))
    return steps


def _facts(booking: BookingPage) -> list[Row]:
    line = booking.line
    where = booking.place or "From home, by video or telephone"
    if booking.place and booking.remote:
        where += ". Or from home, by video or telephone"
    return [
        Row("When", span(line.starts_at, line.ends_at)),
        Row("Where", where),
        Row("Who asks", line.organisation),
        Row("What it is for", booking.purpose),
        Row("Who will be in the room", booking.who_is_in_the_room or None),
        Row("What both sides promise", booking.editorial_terms or None),
        Row("Your fee", pounds(line.fee), note=f"Paid by {day(line.pay_by)}, whether or not they have paid us."),
    ]


def _late(booking: BookingPage) -> str:
    late = booking.late
    if not late.on_the_day:
        return "If they cancel, you are told why."
    now = f" If they cancelled now, you would be paid {pounds(late.if_cancelled_now)}." if late.if_cancelled_now else ""
    return (
        f"If they cancel late you are still paid: up to {pounds(late.on_the_day)} on the day.{now} "
        "You can stop at any time. You never pay for stopping."
    )


class Booking(PersonWindow):
    """One booking: the next step first, then what was agreed, support, pay, and what came of it."""

    template_name = "network/person/booking.html"

    def context(self) -> Mapping[str, object]:
        booking = my_booking(self)
        line = booking.line
        self.title = line.title
        return {
            "title": line.title,
            "booking": booking,
            "shown": shown(line, self.at),
            "facts": _facts(booking),
            "late": _late(booking),
            "steps": _timeline(booking),
            "can_confirm": BookingMove.CONFIRM in booking.moves,
            "can_stop": BookingMove.STOP in booking.moves,
            "is_live": line.state in LIVE,
            "no_return_left": countdown(booking.no_return.at, self.at)
            if booking.no_return.at and booking.no_return.left
            else "",
            "waiting": [c for c in booking.check_ins if c.state in WAITING],
            "answered": [c for c in booking.check_ins if c.state is CheckInState.ANSWERED],
            "confirm_url": to("booking-confirm", line.booking_id),
            "stop_url": to("booking-stop", line.booking_id),
            "care_url": to("booking-care", line.booking_id),
            "calendar_url": to("booking-calendar", line.booking_id),
            "expense_url": to("booking-expense", line.booking_id),
            "may_claim": line.state in (BookingState.CONFIRMED, BookingState.DONE),
            "worry_url": to("ask", "booking", line.booking_id),
            "back_url": to("bookings"),
        }


class Confirm(SurePage):
    """The agreement once more, whole, and one button."""

    template_name = "network/person/booking_confirm.html"
    form_class = Form
    title = "Say yes to this agreement"
    button = "Yes, I agree"
    stay = "Not yet"
    done = "You said yes. We tell you when the other side has confirmed too."

    def context(self) -> Mapping[str, object]:
        booking = my_booking(self)
        return {"booking": booking, "facts": _facts(booking), "late": _late(booking)}

    def show(self, form: Form, status: int = 200, problem: Any = None) -> HttpResponse:
        self.back_url = self.cancel_url = to("booking", self.kwargs["id"])
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        usecases.confirm_booking(booking_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("booking", self.kwargs["id"])


class StopBooking(SurePage):
    """Stop this one: the second of two taps. Nobody asks why."""

    template_name = "network/person/booking_stop.html"
    form_class = Form
    title = "Stop this booking?"
    button = "Stop it now"
    kind = "warning"
    stay = "No, keep it"
    done = "Stopped. Nobody will ask you why."

    def context(self) -> Mapping[str, object]:
        booking = my_booking(self)
        return {"booking": booking, "too_late": booking.no_return.at is not None and booking.no_return.left is None}

    def show(self, form: Form, status: int = 200, problem: Any = None) -> HttpResponse:
        self.back_url = self.cancel_url = to("booking", self.kwargs["id"])
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        usecases.stop_booking(booking_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("booking", self.kwargs["id"])


class CareForm(Form):
    """Prompts, not boxes to tick: an empty one is fine."""

    before = WordsField(
        label="Before", required=False, max_length=4000,
        help_text="Such as: go through the questions together, meet the day before, who travels with you.",
    )  # fmt: skip
    on_the_day = WordsField(
        label="On the day", required=False, max_length=4000,
        help_text="Such as: breaks, a quiet room, a word that means stop, somebody beside you.",
    )  # fmt: skip
    after = WordsField(
        label="Afterwards", required=False, max_length=4000,
        help_text="Such as: a call that evening, help with comments online, time to rest.",
    )  # fmt: skip
    if_no_answer = WordsField(
        label="If you do not answer us", required=False, rows=3, max_length=4000,
        help_text="What would you like us to do when we ask how you are and hear nothing?",
    )  # fmt: skip
    who_sees = dict.fromkeys(("before", "on_the_day", "after", "if_no_answer"), ONLY_TEAM)


class Care(PersonForm):
    form_class = CareForm
    title = "Support that you want"
    intro = "Write as much or as little as you like. You can change it at any time."
    done = "Saved. Your coordinator can read it."

    def initial(self) -> Mapping[str, Any]:
        care = my_booking(self).care
        self.back_url = self.cancel_url = to("booking", self.kwargs["id"])
        if care is None:
            return {}
        return {
            "before": care.before,
            "on_the_day": care.on_the_day,
            "after": care.after,
            "if_no_answer": care.if_no_answer,
        }

    def act(self, data: dict[str, Any]) -> str:
        usecases.save_care_plan(booking_id=self.kwargs["id"], **data, actor=self.actor, at=self.at)
        return to("booking", self.kwargs["id"])


class CalendarForm(Form):
    cover = TextField(
        label="What your calendar should say", required=False, max_length=60,
        help_text="Calendars are often shared. It says “Busy” unless you write something else here.",
        who_sees="Whoever can see your calendar. We do not keep it.",
    )  # fmt: skip


class CalendarFile(PersonForm):
    """The file is made and handed over; nothing is stored, so there is nothing to do twice."""

    once = False
    form_class = CalendarForm
    title = "Put it in your calendar"
    intro = "A file with the day and time only. No place, no name, nothing about what it is."
    button = "Download the file"

    def initial(self) -> Mapping[str, Any]:
        my_booking(self)
        self.back_url = to("booking", self.kwargs["id"])
        return {}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        file = calendar.calendar_for(booking_id=self.kwargs["id"], cover=data["cover"], actor=self.actor, at=self.at)
        response = HttpResponse(file.content, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{file.filename}"'
        return response


class CheckInForm(Form):
    answer = WordsField(
        label="How is it going?", required=False, max_length=4000, who_sees=ONLY_TEAM,
        help_text="In your own words. Nothing is scored.",
    )  # fmt: skip
    wants_a_call = TickField(label="I would like a call", required=False, who_sees="Your coordinator is told at once.")


def waiting_check_in(actor: Actor, check_in_id: Any) -> CheckInLine:
    """One of the person's own that waits for an answer. Raises NotFound."""
    found = next((c for c in queries.check_ins_for(actor) if c.check_in_id == check_in_id), None)
    if found is None:
        raise NotFound
    return found


class CheckIn(PersonForm):
    form_class = CheckInForm
    title = "How is it going?"
    button = "Send"
    done = "Thank you. Your coordinator reads it."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = to("home")
        self.eyebrow = waiting_check_in(self.actor, self.kwargs["id"]).kind_words
        return {}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        usecases.answer_check_in(
            check_in_id=self.kwargs["id"],
            answer=data["answer"],
            wants_a_call=data["wants_a_call"],
            actor=self.actor,
            at=self.at,
        )
        self.tell(self.done)
        return SeeOther(to("home"))
