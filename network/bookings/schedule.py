"""Scheduled work of bookings, for `backend.config.schedule`: each takes the time and is safe to run twice."""

from __future__ import annotations

from datetime import datetime

from network.bookings import usecases


def check_ins(at: datetime) -> None:
    """Every few minutes."""
    usecases.send_due_check_ins(at=at)
    usecases.note_unanswered_check_ins(at=at)
    usecases.stop_unanswered(at=at)


def reminders(at: datetime) -> None:
    """Every hour; each reminder goes out once a day or a week."""
    usecases.remind_to_mark_done(at=at)
    usecases.remind_to_report(at=at)
    usecases.chase_recalls(at=at)
