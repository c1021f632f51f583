"""Bookings as the requester sees them: what was agreed, what they owe, what came of it; and what to take back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

from backend.kernel.errors import Conflict, NotFound
from backend.web.fields import OneOfField, TextField, WhenField, WordsField
from backend.web.forms import Form
from backend.web.parts import Row, Step
from backend.web.words import day, pounds, when
from network.bookings import calendar, queries, usecases
from network.bookings.data import BookingLine, BookingPage, RecallLine, Side
from network.bookings.states import LIVE, OPEN_RECALLS, BookingMove, BookingState, RecallMove, RecallState
from network.consent import gate
from network.web.desk.cards import detail_rows, heading_of, how_rows
from network.web.desk.kit import DeskForm, DeskRead, DeskWindow, OfRequester, SurePage, to
from network.web.desk.words import BOOKING_TONES, RECALL_TONES, left

OVER = (BookingState.CANCELLED, BookingState.STOPPED)


@dataclass(frozen=True, slots=True)
class ShownBooking:
    """A booking in a list."""

    line: BookingLine
    tone: str
    url: str
    soon: str
    yours: bool


@dataclass(frozen=True, slots=True)
class ShownRecall:
    """A request to stop using something, in a list."""

    line: RecallLine
    tone: str
    url: str

    @property
    def heading(self) -> str:
        reference = self.line.booking_reference
        return f"Booking {reference}" if reference else "What you read for a brief"


def shown(line: BookingLine, at: datetime) -> ShownBooking:
    soon = left(line.starts_at, at) if line.state in LIVE else ""
    return ShownBooking(line, BOOKING_TONES[line.state], to("booking", line.booking_id), soon, line.next_actor == "you")


def recalls_of(page: OfRequester) -> list[ShownRecall]:
    return [
        ShownRecall(line, RECALL_TONES[line.state], to("recall", line.recall_id))
        for line in queries.recalls_visible_to(page.actor)
    ]


class Bookings(DeskRead):
    template_name = "network/desk/bookings.html"
    title = "Your bookings"

    def context(self) -> Mapping[str, object]:
        lines = [shown(line, self.at) for line in queries.bookings_visible_to(self.actor, self.at)]
        live = [line for line in lines if line.line.state in LIVE]
        recalls = recalls_of(self)
        return {
            "recalls": [r for r in recalls if r.line.state in OPEN_RECALLS],
            "answered": [r for r in recalls if r.line.state not in OPEN_RECALLS],
            "live": sorted(live, key=lambda b: b.line.starts_at),
            "past": [b for b in lines if b not in live],
        }


class OfBooking(OfRequester):
    """A page about one booking of the organisation's own."""

    @cached_property
    def booking(self) -> BookingPage:
        with gate.window():
            found = queries.booking_visible_to(self.actor, self.id, self.at)
        if found.side is not Side.REQUESTER:
            raise NotFound
        return found

    @property
    def back(self) -> str:
        return to("booking", self.id)


def _timeline(booking: BookingPage) -> list[Step]:
    line = booking.line
    over = line.state in OVER
    done = line.state is BookingState.DONE
    steps = [
        Step("You confirmed", booking.requester_confirmed_at, "", "done")
        if booking.requester_confirmed_at
        else Step("You confirm", None, "", "now"),
        Step("They confirmed", booking.person_confirmed_at, "", "done")
        if booking.person_confirmed_at
        else Step("They read it and confirm, or stop", None, "", "next"),
    ]
    if over:
        said = "They stopped" if line.state is BookingState.STOPPED else "It was cancelled"
        return [s for s in steps if s.state == "done"] + [Step(said, None, booking.state_reason, "stopped")]
    steps.append(
        Step("It takes place" if not done else "It took place", line.starts_at, "", "done" if done else "next")
    )
    steps.append(
        Step("We pay the person", line.pay_by, "By this day at the latest, whether or not your invoice is paid.")
    )
    if booking.report:
        steps.append(Step("You told them what came of it", booking.report.reported_at, "", "done"))
    else:
        steps.append(Step("You tell them what came of it", booking.report_due_on, "", "now" if done else "next"))
    return steps


def facts_of(booking: BookingPage) -> list[Row]:
    line = booking.line
    where = booking.place or "From home, by video or telephone"
    if booking.place and booking.remote:
        where += ". Or from home, by video or telephone"
    return [
        Row("When", f"{when(line.starts_at)}, until {when(line.ends_at)}"),
        Row("Where", where),
        Row("What it is for", booking.purpose),
        Row("Who will be in the room", booking.who_is_in_the_room or None),
        Row("Editorial terms", booking.editorial_terms or None),
        Row(
            "Fee", pounds(line.fee), note=f"They are paid by {day(line.pay_by)}. Your invoice comes once it took place."
        ),
    ]


def late_words(booking: BookingPage) -> str:
    late = booking.late
    if not late.on_the_day:
        return "If you cancel, they read your reason. No fee is charged for it."
    now = (
        f" If you cancel now, {pounds(late.if_cancelled_now)} is owed."
        if late.if_cancelled_now
        else " If you cancel now, nothing is owed."
    )
    return (
        f"If you cancel late you pay part of the fee, up to {pounds(late.on_the_day)} on the day.{now} "
        "They may stop at any time and never pay for it."
    )


class Booking(OfBooking, DeskWindow):
    """One booking: the next step first, then what was agreed, who they are as far as they share it, and what comes of it."""

    template_name = "network/desk/booking.html"

    def context(self) -> Mapping[str, object]:
        booking, line = self.booking, self.booking.line
        live = line.state in LIVE
        return {
            "title": line.title,
            "booking": booking,
            "shown": shown(line, self.at),
            "facts": facts_of(booking),
            "late": late_words(booking) if live else "",
            "steps": _timeline(booking),
            "heading": heading_of(booking.shown, 1) if booking.shown and booking.shown.name else "The person",
            "rows": detail_rows(booking.shown) if booking.shown else [],
            "how": how_rows(booking.shown) if booking.shown else [],
            "is_live": live,
            "off": line.state in OVER,
            "can_confirm": BookingMove.CONFIRM in booking.moves,
            "can_say_done": BookingMove.MARK_DONE in booking.moves,
            "can_cancel": BookingMove.CANCEL in booking.moves,
            "can_report": line.state is BookingState.DONE,
            "can_set_last_moment": line.state is BookingState.AGREEING,
            "last_moment_left": left(booking.no_return.at, self.at),
            "recalls": [ShownRecall(r, RECALL_TONES[r.state], to("recall", r.recall_id)) for r in booking.recalls],
            "invoice_url": to("invoice", booking.invoice.invoice_id) if booking.invoice else "",
            "brief_url": to("brief", booking.opportunity_id),
            "back_url": to("bookings"),
            "id": self.id,
        }


class Confirm(OfBooking, SurePage):
    """The agreement as it stands, and yes to it for one's own side."""

    template_name = "network/desk/booking_confirm.html"
    form_class = Form
    title = "Confirm what was agreed"
    button = "We confirm this"
    done = "Confirmed for your side."

    def open(self) -> None:
        if BookingMove.CONFIRM not in self.booking.moves:
            raise Conflict("There is nothing for you to confirm on this booking now.")

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.booking.line.title
        self.back_url = self.cancel_url = self.back
        return {}

    def context(self) -> Mapping[str, object]:
        return {"booking": self.booking, "facts": facts_of(self.booking), "late": late_words(self.booking)}

    def act(self, data: dict[str, Any]) -> str:
        usecases.confirm_booking(booking_id=self.id, actor=self.actor, at=self.at)
        return self.back


class CalendarFile(OfBooking, DeskRead):
    """A file that gives nobody away: the reference and the time."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        file = calendar.calendar_for(booking_id=self.booking.line.booking_id, actor=self.actor, at=self.at)
        answer = HttpResponse(file.content, content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{file.filename}"'
        return answer


class Done(OfBooking, SurePage):
    form_class = Form
    title = "Say that it took place"
    button = "It took place"
    done = "Thank you. They are paid on time, and your invoice is on its way."

    def open(self) -> None:
        if BookingMove.MARK_DONE not in self.booking.moves:
            raise Conflict("This cannot be said of this booking now.", next_step="Come back once it has taken place.")

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.booking.line.title
        self.intro = (
            f"From then on {pounds(self.booking.line.fee)} is owed to them, and we send you the invoice. "
            "If it did not take place, cancel it instead and say why."
        )
        self.back_url = self.cancel_url = self.back
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.mark_done(booking_id=self.id, actor=self.actor, at=self.at)
        return self.back


class CancelForm(Form):
    reason = WordsField(label="Why", max_length=500, rows=3, who_sees="The person, and the network’s coordinators.")


class Cancel(OfBooking, SurePage):
    form_class = CancelForm
    title = "Cancel this booking"
    button = "Cancel it"
    stay = "Keep it"
    kind = "warning"
    done = "Cancelled. They read your reason."

    def open(self) -> None:
        if BookingMove.CANCEL not in self.booking.moves:
            raise Conflict("This booking cannot be cancelled now.")

    def initial(self) -> Mapping[str, Any]:
        cost = self.booking.late.if_cancelled_now if self.booking.person_confirmed_at else 0
        self.eyebrow = self.booking.line.title
        self.intro = (
            f"It is late: {pounds(cost)} of the fee is owed, and we send you an invoice for it."
            if cost
            else "Nothing is owed if you cancel now. The person had kept the time for you."
        )
        self.back_url = self.cancel_url = self.back
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.cancel_booking(booking_id=self.id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.back


class LastMomentForm(Form):
    moment = WhenField(label="The last moment", who_sees="The person, before they confirm.")
    words = TextField(
        label="What happens then",
        help_text="Such as “the programme goes out” or “the page goes to print”.",
        max_length=500,
        who_sees="The person, before they confirm.",
    )


class LastMoment(OfBooking, DeskForm):
    """From when on words cannot be taken back. A yes that they gave before is asked for again."""

    form_class = LastMomentForm
    title = "The last moment to take it back"
    intro = "Until then you can still leave it out if they ask. If they have confirmed already, we ask them again."
    button = "Save"
    done = "Saved. They read it before they confirm."

    def open(self) -> None:
        if self.booking.line.state is not BookingState.AGREEING:
            raise Conflict("This can only be said while the booking is being agreed.")

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.booking.line.title
        self.back_url = self.cancel_url = self.back
        return {"moment": self.booking.no_return.at, "words": self.booking.no_return.words}

    def act(self, data: dict[str, Any]) -> str:
        usecases.set_point_of_no_return(
            booking_id=self.id, moment=data["moment"], words=data["words"], actor=self.actor, at=self.at
        )
        return self.back


class ReportForm(Form):
    published = WordsField(
        label="What was published or said, and where", help_text="“Nothing yet” is an answer too.", max_length=4000
    )
    url = TextField(label="A link to it", max_length=300, required=False, autocomplete="off")
    what_changed = WordsField(
        label="What changed because they spoke",
        help_text="A decision, a reply, a letter, a conversation. Say so if nothing has changed yet.",
        max_length=4000,
        required=False,
    )
    who_sees = dict.fromkeys(("published", "url", "what_changed"), "The person, and the network’s coordinators.")


class ReportBack(OfBooking, DeskForm):
    form_class = ReportForm
    title = "Tell them what came of it"
    intro = "Everybody who speaks hears what happened next. You can come back and add to it."
    button = "Send it to them"
    done = "Thank you. They have it."

    def open(self) -> None:
        if self.booking.line.state is not BookingState.DONE:
            raise Conflict("There is nothing to report before it has taken place.")

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.booking.line.title
        self.back_url = self.cancel_url = self.back
        report = self.booking.report
        if report is None:
            return {}
        return {"published": report.published, "url": report.url, "what_changed": report.what_changed}

    def act(self, data: dict[str, Any]) -> str:
        usecases.report_back(
            booking_id=self.id,
            published=data["published"],
            url=data["url"],
            what_changed=data["what_changed"],
            actor=self.actor,
            at=self.at,
        )
        return self.back


# --- what to take back ----------------------------------------------------------------------------------------------


class RecallForm(Form):
    move = OneOfField(
        label="What have you done?",
        choices=(
            (RecallMove.REMOVE, "It is taken down, and we do not use it again"),
            (RecallMove.CHANGE, "It is changed, so that nobody is recognised in it", "Say what you changed."),
            (RecallMove.ACKNOWLEDGE, "We have seen this and are dealing with it", "We ask you again in a week."),
            (RecallMove.REFUSE, "It stays", "The law lets publishers decide so. The person reads your reason."),
        ),
    )
    answer = WordsField(
        label="In your words", max_length=2000, required=False, help_text="Needed if it stays or is changed."
    )
    who_sees = {"move": "The person, and the network’s coordinators.", "answer": "The same."}  # noqa: RUF012


class Recall(DeskForm):
    """Somebody took their consent back: what does the organisation do with what it was given?"""

    template_name = "network/desk/recall.html"
    form_class = RecallForm
    title = "Please stop using this"
    button = "Send the answer"
    done = "Thank you. They read your answer."

    @cached_property
    def recall(self) -> RecallLine:
        for line in queries.recalls_visible_to(self.actor, only=self.id):
            return line
        raise NotFound

    def open(self) -> None:
        if self.recall.state is RecallState.REMOVED:
            raise Conflict("You have told us that it is taken down.", next_step="There is nothing more to do.")
        if self.recall.state is RecallState.NOT_NEEDED:
            raise Conflict("There is a new yes. It may stay.", next_step="There is nothing more to do.")

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("bookings")
        if self.recall.booking_reference:
            self.eyebrow = f"Booking {self.recall.booking_reference}"
        return {"answer": self.recall.answer}

    def context(self) -> Mapping[str, object]:
        return {"recall": self.recall, "tone": RECALL_TONES[self.recall.state]}

    def act(self, data: dict[str, Any]) -> str:
        usecases.answer_recall(
            recall_id=self.id, move=RecallMove(data["move"]), answer=data["answer"], actor=self.actor, at=self.at
        )
        return to("bookings")
