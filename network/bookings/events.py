"""Topics that bookings publish. Each carries one id and nothing else."""

from __future__ import annotations

# object: the booking
OPENED = "booking.opened"
CONFIRMED = "booking.confirmed"
HALF_CONFIRMED = "booking.half_confirmed"  # one side has; the other is asked
CHANGED = "booking.changed"  # the point of no return moved: the person is asked again
CANCELLED = "booking.cancelled"
STOPPED = "booking.stopped"
DONE = "booking.done"
DONE_DUE = "booking.done_due"  # the time has passed and nobody has said that it took place
REPORT_DUE = "report.due"
REPORT_BACK = "report.back"

# object: the invitation; the person's time was taken by another booking in the same moment
CLASHED = "booking.clashed"

# object: the check-in
CHECK_IN_DUE = "checkin.due"
CHECK_IN_UNANSWERED = "checkin.unanswered"
CALL_ASKED = "checkin.call_asked"

# object: the recall
RECALL_ASKED = "recall.asked"
RECALL_DUE = "recall.due"  # no final answer yet: the organisation is asked again
RECALL_UNANSWERED = "recall.unanswered"  # asked as often as a machine should: a coordinator follows it up
RECALL_ANSWERED = "recall.answered"

TOPICS = frozenset(
    {
        OPENED, CONFIRMED, HALF_CONFIRMED, CHANGED, CANCELLED, STOPPED, DONE, DONE_DUE, REPORT_DUE, REPORT_BACK, CLASHED,
        CHECK_IN_DUE, CHECK_IN_UNANSWERED, CALL_ASKED, RECALL_ASKED, RECALL_DUE,
        RECALL_UNANSWERED, RECALL_ANSWERED,
    }
)  # fmt: skip
