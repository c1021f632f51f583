"""How money, times and states are written, everywhere the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from backend.kernel.clock import LONDON

Tone = str  # good, wait, bad, info, brand, quiet

# What the states of every area have in common; an area adds its own with `name_states`.
_STATES: dict[str, tuple[str, Tone]] = {
    "draft": ("Draft", "quiet"),
    "new": ("New", "info"),
    "open": ("Open", "info"),
    "waiting": ("Waiting", "wait"),
    "pending": ("Waiting", "wait"),
    "ready": ("Ready", "info"),
    "to_do": ("To do", "wait"),
    "done": ("Done", "good"),
    "active": ("Active", "good"),
    "agreed": ("Agreed", "good"),
    "accepted": ("Accepted", "good"),
    "confirmed": ("Confirmed", "good"),
    "completed": ("Done", "good"),
    "approved": ("Approved", "good"),
    "paid": ("Paid", "good"),
    "sent": ("Sent", "info"),
    "sending": ("On its way", "info"),
    "due": ("Due", "wait"),
    "overdue": ("Late", "bad"),
    "late": ("Late", "bad"),
    "failed": ("Did not go through", "bad"),
    "refused": ("Not accepted", "bad"),
    "declined": ("Said no", "quiet"),
    "withdrawn": ("Withdrawn", "quiet"),
    "stopped": ("Stopped", "bad"),
    "cancelled": ("Cancelled", "quiet"),
    "expired": ("Ended", "quiet"),
    "closed": ("Closed", "quiet"),
}


def name_states(words: Mapping[str, tuple[str, Tone]]) -> None:
    """Add an area's states: `{"invited": ("Asked", "wait")}`. Raises ValueError when two areas disagree."""
    for state, pair in words.items():
        if _STATES.setdefault(state, pair) != pair:
            raise ValueError(f"the state {state!r} already has other words: {_STATES[state]}")


def state_words(state: object) -> tuple[str, Tone]:
    """The words and tone of a state; a state nobody named is written as it is, in grey."""
    key = str(getattr(state, "value", state))
    if key in _STATES:
        return _STATES[key]
    label = getattr(state, "label", None)
    return (str(label) if label else key.replace("_", " ").capitalize()), "quiet"


def pounds(pence: int | None) -> str:
    """15000 -> "£150.00"; a minus sign before the pound for what is owed the other way; "" for nothing known."""
    if pence is None:
        return ""
    whole, rest = divmod(abs(int(pence)), 100)
    return f"{'−' if pence < 0 else ''}£{whole:,}.{rest:02d}"


def clock_time(at: datetime) -> str:
    """2:30pm, 9am, midday, midnight: in UK time."""
    local = at.astimezone(LONDON)
    if (local.hour, local.minute) in ((0, 0), (12, 0)):
        return "midnight" if local.hour == 0 else "midday"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def day(value: date | datetime | None) -> str:
    """Tuesday 3 November 2026."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON).date()
    return f"{value:%A} {value.day} {value:%B} {value.year}"


def when(at: datetime | None) -> str:
    """Tuesday 3 November 2026, 2:30pm (UK time)."""
    return f"{day(at)}, {clock_time(at)} (UK time)" if at else ""


def when_short(at: datetime | None) -> str:
    """3 Nov 2026, 2:30pm UK time."""
    if at is None:
        return ""
    local = at.astimezone(LONDON)
    return f"{local.day} {local:%b} {local.year}, {clock_time(at)} UK time"
