"""Bookings: agree, say that it took place, report back, cancel; and what has to be taken down."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse

from network.api import answers, bodies, shapes
from network.api.base import Api, Call, Reply, cursor, operation, page, place
from network.api.briefs import PAGE
from network.api.cards import shown
from network.bookings import queries, usecases
from network.bookings.data import Moved
from network.bookings.states import RecallMove
from network.consent import gate


def _moved(done: Moved) -> Reply:
    return Reply({"id": done.booking_id, "state": done.state, "late_fee_pence": done.late_fee})


class Bookings(Api):
    @operation(
        "listBookings",
        "List your bookings",
        tag="Bookings",
        scopes=["bookings:read"],
        query=shapes.BookingsQuery,
        answer=answers.Bookings,
    )
    def get(self, call: Call) -> Reply:
        """The latest first, in pages. A list names nobody."""
        after = place("bookings", call.query.get("cursor", ""), 2)
        limit = call.query.get("limit", PAGE)
        lines = queries.bookings_visible_to(
            call.actor,
            call.at,
            live_only=bool(call.query.get("live")),
            before=(datetime.fromisoformat(after[0]), UUID(after[1])) if after else None,
            limit=limit + 1,
        )
        following = None
        if len(lines) > limit:
            lines = lines[:limit]
            following = cursor("bookings", lines[-1].starts_at.isoformat(), str(lines[-1].booking_id))
        return page([bodies.booking_line(line) for line in lines], following)


class Booking(Api):
    @operation(
        "readBooking",
        "Read a booking",
        tag="Bookings",
        scopes=["bookings:read"],
        answer=answers.BookingPage,
        refuses=[404],
    )
    def get(self, call: Call, booking_id: UUID) -> HttpResponse:
        """With what the person shares with you now. Every look is recorded, and the person can read the record."""
        with gate.window():
            return shown(bodies.booking_page(queries.booking_visible_to(call.actor, booking_id, call.at)))


class ConfirmBooking(Api):
    @operation(
        "confirmBooking",
        "Confirm for your side",
        tag="Bookings",
        scopes=["bookings:write"],
        answer=answers.BookingMoved,
        refuses=[404],
    )
    def post(self, call: Call, booking_id: UUID) -> Reply:
        """With the person's own yes it is confirmed. Nobody confirms for them."""
        return _moved(usecases.confirm_booking(booking_id=booking_id, actor=call.actor, at=call.at))


class MarkDone(Api):
    @operation(
        "markBookingDone",
        "Say that it took place",
        tag="Bookings",
        scopes=["bookings:write"],
        answer=answers.BookingMoved,
        refuses=[404],
    )
    def post(self, call: Call, booking_id: UUID) -> Reply:
        """From then on the fee is owed, and invoiced to you."""
        return _moved(usecases.mark_done(booking_id=booking_id, actor=call.actor, at=call.at))


class CancelBooking(Api):
    @operation(
        "cancelBooking",
        "Cancel a booking",
        tag="Bookings",
        scopes=["bookings:write"],
        body=shapes.Reason,
        answer=answers.BookingMoved,
        refuses=[404],
    )
    def post(self, call: Call, booking_id: UUID) -> Reply:
        """The person reads your reason. A late cancellation is paid as the booking says."""
        done = usecases.cancel_booking(booking_id=booking_id, reason=call.body["reason"], actor=call.actor, at=call.at)
        return _moved(done)


class ReportBack(Api):
    @operation(
        "reportBack",
        "Tell the person what came of it",
        tag="Bookings",
        scopes=["bookings:write"],
        body=shapes.ReportBack,
        answer=answers.Reported,
        refuses=[404],
    )
    def post(self, call: Call, booking_id: UUID) -> Reply:
        """What was published, where, and what changed because they spoke. Send it again to add to it."""
        usecases.report_back(
            booking_id=booking_id,
            published=call.body["published"],
            url=call.body.get("url", ""),
            what_changed=call.body.get("what_changed", ""),
            actor=call.actor,
            at=call.at,
        )
        return Reply({"id": booking_id, "reported_at": call.at})


class Recalls(Api):
    @operation(
        "listRecalls",
        "List what has to be taken down",
        tag="Bookings",
        scopes=["bookings:read"],
        answer=answers.Recalls,
    )
    def get(self, call: Call) -> Reply:
        """People who took a consent back ask you to stop using what you were given under it."""
        return Reply({"items": [bodies.recall(line) for line in queries.recalls_visible_to(call.actor)]})


class AnswerRecall(Api):
    @operation(
        "answerRecall",
        "Say what you did about it",
        tag="Bookings",
        scopes=["bookings:write"],
        body=shapes.RecallAnswer,
        answer=answers.RecallAnswered,
        refuses=[404],
    )
    def post(self, call: Call, recall_id: UUID) -> Reply:
        """Seen, taken down, changed (say what), or refused with your reason. The person reads it."""
        state = usecases.answer_recall(
            recall_id=recall_id,
            move=RecallMove(call.body["move"]),
            answer=call.body.get("answer", ""),
            actor=call.actor,
            at=call.at,
        )
        return Reply({"id": recall_id, "state": state})
