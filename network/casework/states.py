"""The words of staff's work on people's details."""

from __future__ import annotations

from enum import StrEnum


class AlertKind(StrEnum):
    """Why the safeguarding lead hears of a look (control C24)."""

    BUDGET = "budget"  # more people in a day than the budget allows; the look was refused
    SURNAME = "surname"  # the person has the name of whoever looked
    NO_TASK = "no_task"  # for something that is not an open task
    HOURS = "hours"  # at an unusual hour
    WATCHED = "watched"  # the person asked for this


class AlertState(StrEnum):
    OPEN = "open"
    SEEN = "seen"


class Shown(StrEnum):
    """How the person wants their list of who looked to be (threat model 5.6: somebody else may hold the phone)."""

    OPEN = "open"
    STEP_UP = "step_up"
    HIDDEN = "hidden"
