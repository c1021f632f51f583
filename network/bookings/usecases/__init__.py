"""What somebody can do with a booking: one public function for each act."""

from __future__ import annotations

from network.bookings.usecases.care import (
    answer_check_in,
    follow_up,
    note_unanswered_check_ins,
    save_care_plan,
    send_due_check_ins,
)
from network.bookings.usecases.ending import cancel_booking, mark_done, remind_to_mark_done, stop_booking
from network.bookings.usecases.opening import confirm_booking, open_booking, set_point_of_no_return
from network.bookings.usecases.reporting import (
    answer_recall,
    chase_recalls,
    recall_what_was_given,
    remind_to_report,
    report_back,
)
from network.bookings.usecases.stopping import go_on, leave, stop_everything, stop_sharing, stop_unanswered

__all__ = [
    "answer_check_in",
    "answer_recall",
    "cancel_booking",
    "chase_recalls",
    "confirm_booking",
    "follow_up",
    "go_on",
    "leave",
    "mark_done",
    "note_unanswered_check_ins",
    "open_booking",
    "recall_what_was_given",
    "remind_to_mark_done",
    "remind_to_report",
    "report_back",
    "save_care_plan",
    "send_due_check_ins",
    "set_point_of_no_return",
    "stop_booking",
    "stop_everything",
    "stop_sharing",
    "stop_unanswered",
]
