"""Bookings as staff see them: what is coming, what has to be said done, support, check-ins, reports and recalls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.utils.http import urlencode

from backend.kernel.errors import NotFound
from backend.web.fields import OneOfField, TextField, WordsField
from backend.web.forms import Form
from backend.web.parts import Cell, Step
from backend.web.words import day, pounds, when
from network.bookings import queries, usecases
from network.bookings.data import BookingLine, BookingPage, CheckInLine, RecallLine
from network.bookings.following import bookings_to_follow, check_ins_to_follow
from network.bookings.states import LIVE, OPEN_RECALLS, BookingMove, BookingState, CheckInState, RecallMove
from network.consent import gate
from network.web.team.kit import SureForm, TeamAction, TeamRead, TeamWindow, how_long, short_day, to
from network.web.team.words import BOOKING_TONES, RECALL_TONES

CHECK_IN_STATES: Mapping[str, tuple[str, str]] = {
    CheckInState.PLANNED: ("To come", "quiet"),
    CheckInState.SENT: ("Asked", "info"),
    CheckInState.ANSWERED: ("Answered", "good"),
    CheckInState.NO_ANSWER: ("No answer", "bad"),
    CheckInState.CANCELLED: ("Not needed", "quiet"),
}


def _after(text: str) -> tuple[datetime, UUID] | None:
    """The last line of the page before, from an address; None for anything that is not one."""
    moment, _, identity = text.partition("_")
    try:
        found = datetime.fromisoformat(moment), UUID(identity)
    except ValueError:
        return None
    return found if found[0].tzinfo is not None else None


class Bookings(TeamRead):
    template_name = "network/team/bookings.html"
    title = "Bookings"

    def context(self) -> Mapping[str, object]:
        before = _after(self.request.GET.get("after", ""))
        lines = queries.bookings_visible_to(self.actor, self.at, before=before)
        coming = sorted((b for b in lines if b.state in LIVE and b.ends_at > self.at), key=lambda b: b.starts_at)
        follow = bookings_to_follow(self.actor, self.at)
        ids = {b.booking_id for b in (*coming, *follow)}
        last = lines[-1] if len(lines) == queries.PAGE else None
        return {
            "waiting": [self._shown(b) for b in follow] if before is None else [],
            "coming": [self._shown(b) for b in coming],
            "earlier": [
                (
                    Cell(b.title, url=to("booking", b.booking_id)),
                    b.organisation,
                    b.who,
                    short_day(b.starts_at),
                    b.state_words,
                    Cell(pounds(b.fee), number=True),
                )
                for b in lines
                if b.booking_id not in ids
            ],
            "any": bool(lines),
            "next_url": "?" + urlencode({"after": f"{last.starts_at.isoformat()}_{last.booking_id}"}) if last else "",
            "first_url": to("bookings") if before else "",
            "recalls_url": to("recalls"),
            "check_ins_url": to("check-ins"),
        }

    def _shown(self, line: BookingLine) -> Mapping[str, object]:
        return {
            "line": line,
            "tone": BOOKING_TONES[line.state],
            "url": to("booking", line.booking_id),
            "soon": how_long(line.starts_at, self.at) if line.ends_at > self.at else "",
        }


class Booking(TeamWindow):
    template_name = "network/team/booking.html"

    def context(self) -> Mapping[str, object]:
        page = queries.booking_visible_to(self.actor, self.id, self.at)
        line, moves = page.line, set(page.moves)
        follow = {f.check_in_id for f in check_ins_to_follow(self.actor, self.at)}
        return {
            "title": line.title,
            "page": page,
            "tone": BOOKING_TONES[line.state],
            "can_done": BookingMove.MARK_DONE in moves,
            "can_cancel": BookingMove.CANCEL in moves,
            "can_report": line.state is BookingState.DONE,
            "urls": {name: to(f"booking-{name}", self.id) for name in ("done", "cancel", "report")},
            "facts": self._facts(page),
            "steps": self._steps(page),
            "check_ins": [self._check_in(c, c.check_in_id in follow) for c in page.check_ins],
            "works_with": page.care is not None,
            "care": [
                (label, words)
                for label, words in (
                    ("Before", page.care.before),
                    ("On the day", page.care.on_the_day),
                    ("Afterwards", page.care.after),
                    ("If they do not answer", page.care.if_no_answer),
                )
                if words
            ]
            if page.care
            else [],
            "recalls": [(r, RECALL_TONES[r.state], to("recall", r.recall_id)) for r in page.recalls],
            "brief_url": to("brief", page.opportunity_id),
        }

    def _facts(self, page: BookingPage) -> list[tuple[str, object]]:
        line = page.line
        return [
            ("Who", line.who),
            ("For", line.organisation),
            ("When", f"{when(line.starts_at)}\nto {when(line.ends_at)}"),
            ("Where", "From home" if page.remote and not page.place else page.place or None),
            ("Fee", f"{pounds(line.fee)}, paid by {day(line.pay_by)}"),
            ("Who is in the room", page.who_is_in_the_room or None),
            ("Point of no return", "\n".join(w for w in (when(page.no_return.at), page.no_return.words) if w) or None),
            ("Why it ended", page.state_reason or None),
            ("Invoice", f"{page.invoice.number}: {page.invoice.state_words}" if page.invoice else None),
        ]

    def _steps(self, page: BookingPage) -> list[Step]:
        line = page.line
        over = line.state in (BookingState.CANCELLED, BookingState.STOPPED)
        steps = [
            Step("The person confirmed", page.person_confirmed_at, state="done" if page.person_confirmed_at else "now"),
            Step(
                "The requester confirmed",
                page.requester_confirmed_at,
                state="done" if page.requester_confirmed_at else "now",
            ),
            Step("It takes place", line.starts_at, state="done" if page.done_at else "next"),
        ]
        if over:
            return [*[s for s in steps[:2] if s.state == "done"], Step(line.state_words, state="stopped")]
        paid = any(p.is_paid for p in page.pay)
        return [
            *steps,
            Step("The person is paid by", line.pay_by, state="done" if paid else "next"),
            Step(
                "The requester reports back",
                page.report.reported_at if page.report else page.report_due_on,
                state="done" if page.report else "next",
            ),
        ]

    def _check_in(self, check: CheckInLine, waits: bool) -> Mapping[str, object]:
        words, tone = CHECK_IN_STATES[check.state]
        return {
            "check": check,
            "words": words,
            "tone": tone,
            "waits": waits,
            "url": to("check-in-done", check.check_in_id),
        }


class MarkDone(TeamAction):
    done = "Written down. The person is owed the fee from now on, and is told."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.mark_done(booking_id=self.id, actor=self.actor, at=self.at)
        return to("booking", self.id)


class _BookingForm(SureForm):
    """A form about one booking, read inside the window as every booking is."""

    needs: ClassVar[BookingMove | None] = None

    @cached_property
    def booking(self) -> BookingPage:
        with gate.window():
            return queries.booking_visible_to(self.actor, self.id, self.at)

    def check(self) -> None:
        if self.needs is not None and self.needs not in self.booking.moves and self.request.method == "GET":
            raise NotFound

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        self.eyebrow = f"{self.booking.line.title} · {self.booking.line.organisation}"
        self.back_url = self.cancel_url = to("booking", self.id)
        return super().show(form, status, problem)


class CancelForm(Form):
    reason = WordsField(label="Why is it called off?", max_length=500, rows=4)
    who = OneOfField(
        label="Who wants to call it off?",
        choices=(
            ("network", "We do", "If the person is owed something for it, the network pays."),
            ("requester", "The requester, by telephone or mail", "If the person is owed something, they pay it."),
        ),
    )
    who_sees: ClassVar = {"reason": "The person and the requester read it.", "who": "Finance."}


class Cancel(_BookingForm):
    """Nobody can call it off for the person: they stop by themselves, without a reason."""

    needs = BookingMove.CANCEL
    form_class = CancelForm
    title = "Call it off"
    intro = "If the person wants to stop, they do that themselves, without a reason, with one press."
    button = "Call it off"
    kind = "warning"

    def facts(self) -> Mapping[str, object]:
        owed = self.booking.late.if_cancelled_now
        owes = pounds(owed) if owed and self.booking.person_confirmed_at else "Nothing"
        return {"When": when(self.booking.line.starts_at), "Owed to the person if it is called off now": owes}

    def act(self, data: dict[str, Any]) -> str:
        moved = usecases.cancel_booking(
            booking_id=self.id,
            reason=data["reason"],
            network_pays=data["who"] == "network",
            actor=self.actor,
            at=self.at,
        )
        owed = f" The person is owed {pounds(moved.late_fee)}." if moved.late_fee else ""
        self.tell(f"Called off. Both sides are told why.{owed}")
        return to("booking", self.id)


class ReportForm(Form):
    published = WordsField(label="What was published or said, and where?", max_length=4000, rows=5)
    url = TextField(label="A web address", required=False, max_length=300)
    what_changed = WordsField(label="What changed because of it?", required=False, max_length=4000, rows=5)
    who_sees: ClassVar = dict.fromkeys(("published", "url", "what_changed"), "The person reads it.")


class ReportBack(_BookingForm):
    form_class = ReportForm
    title = "Pass on what came of it"
    intro = "For when the requester told you instead of writing it here themselves."
    button = "Tell the person"
    done = "Passed on. The person is told."

    def check(self) -> None:
        if self.booking.line.state is not BookingState.DONE:
            raise NotFound

    def initial(self) -> Mapping[str, Any]:
        report = self.booking.report
        if report is None:
            return {}
        return {"published": report.published, "url": report.url, "what_changed": report.what_changed}

    def act(self, data: dict[str, Any]) -> str:
        usecases.report_back(booking_id=self.id, actor=self.actor, at=self.at, **data)
        return to("booking", self.id)


# --- check-ins ------------------------------------------------------------------------------------------------------


class CheckIns(TeamRead):
    template_name = "network/team/check_ins.html"
    title = "Check-ins to follow up"

    def context(self) -> Mapping[str, object]:
        return {
            "items": [
                (f, to("booking", f.booking_id), to("check-in-done", f.check_in_id))
                for f in check_ins_to_follow(self.actor, self.at)
            ]
        }


class CheckInDone(TeamAction):
    done = "Written down: you followed it up."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.follow_up(check_in_id=self.id, actor=self.actor, at=self.at)
        return to("check-ins")


# --- recalls --------------------------------------------------------------------------------------------------------


class Recalls(TeamRead):
    template_name = "network/team/recalls.html"
    title = "Recalls"

    def context(self) -> Mapping[str, object]:
        lines = queries.recalls_visible_to(self.actor)
        return {
            "open": [self._shown(r) for r in lines if r.state in OPEN_RECALLS],
            "answered": [self._shown(r) for r in lines if r.state not in OPEN_RECALLS],
        }

    def _shown(self, line: RecallLine) -> Mapping[str, object]:
        return {
            "line": line,
            "tone": RECALL_TONES[line.state],
            "url": to("recall", line.recall_id),
            "days": (self.at - line.asked_at).days,
        }


class RecallForm(Form):
    move = OneOfField(
        label="What did they do?",
        choices=(
            (RecallMove.ACKNOWLEDGE, "They have seen it and are dealing with it"),
            (RecallMove.REMOVE, "They took it down, or stopped using it"),
            (RecallMove.CHANGE, "They changed it, so that nobody is recognised in it"),
            (RecallMove.REFUSE, "They will not", "Publishers may refuse. The person is told so, and why."),
        ),
    )
    answer = WordsField(label="What did they say?", required=False, max_length=2000, rows=4)
    who_sees: ClassVar = dict.fromkeys(("move", "answer"), "The person reads it.")


class Recall(SureForm):
    """What an organisation said about stopping to use something, told to us instead of written by them."""

    form_class = RecallForm
    title = "A request to stop using something"
    button = "Tell the person"
    done = "Written down. The person is told."

    @cached_property
    def line(self) -> RecallLine:
        for line in queries.recalls_visible_to(self.actor, only=self.id):
            return line
        raise NotFound

    def check(self) -> None:
        self.line  # noqa: B018

    def facts(self) -> Mapping[str, object]:
        return {
            "Organisation": self.line.organisation,
            "Booking": self.line.booking_reference or None,
            "Asked": when(self.line.asked_at),
            "Now": self.line.state_words,
            "They said": self.line.answer or None,
        }

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        self.back_url = self.cancel_url = to("recalls")
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        usecases.answer_recall(
            recall_id=self.id, move=RecallMove(data["move"]), answer=data["answer"], actor=self.actor, at=self.at
        )
        return to("recalls")
