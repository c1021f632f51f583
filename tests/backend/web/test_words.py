from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from backend.web import words


@pytest.mark.parametrize(
    ("pence", "text"),
    [(15000, "£150.00"), (0, "£0.00"), (1, "£0.01"), (123456789, "£1,234,567.89"), (-5, "−£0.05"), (None, "")],
)
def test_pounds(pence: int | None, text: str) -> None:
    assert words.pounds(pence) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 3, 14, 30, tzinfo=UTC), "Tuesday 3 November 2026, 2:30pm (UK time)"),
        (datetime(2026, 7, 3, 8, 0, tzinfo=UTC), "Friday 3 July 2026, 9am (UK time)"),
        (datetime(2026, 7, 3, 23, 0, tzinfo=UTC), "Saturday 4 July 2026, midnight (UK time)"),
        (datetime(2026, 1, 3, 12, 0, tzinfo=UTC), "Saturday 3 January 2026, midday (UK time)"),
        (datetime(2026, 1, 3, 0, 5, tzinfo=UTC), "Saturday 3 January 2026, 12:05am (UK time)"),
        (None, ""),
    ],
)
def test_when(at: datetime | None, text: str) -> None:
    assert words.when(at) == text


def test_short_and_day() -> None:
    assert words.when_short(datetime(2026, 11, 3, 14, 30, tzinfo=UTC)) == "3 Nov 2026, 2:30pm UK time"
    assert words.day(date(2026, 11, 3)) == "Tuesday 3 November 2026"
    assert words.day(datetime(2026, 7, 3, 23, 30, tzinfo=UTC)) == "Saturday 4 July 2026"


class _State(StrEnum):
    WAITING = "waiting"
    ODD_ONE = "odd_one"


def test_states_have_words() -> None:
    assert words.state_words(_State.WAITING) == ("Waiting", "wait")
    assert words.state_words(_State.ODD_ONE) == ("Odd one", "quiet")


def test_two_areas_cannot_mean_two_things_by_one_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_STATES", dict(words._STATES))
    words.name_states({"asked_once": ("Asked", "wait")})
    words.name_states({"asked_once": ("Asked", "wait")})
    with pytest.raises(ValueError, match="asked_once"):
        words.name_states({"asked_once": ("Invited", "wait")})
