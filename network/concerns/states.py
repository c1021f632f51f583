from __future__ import annotations

from enum import StrEnum


class ConcernKind(StrEnum):
    ASK = "ask"  # to the coordinators who work with the person
    WORRY = "worry"  # to the safeguarding lead


class ConcernAbout(StrEnum):
    """What somebody was looking at when they asked."""

    LOOK = "look"  # an entry of "who looked"
    BOOKING = "booking"
    REQUEST = "request"
    MONEY = "money"
    SESSION = "session"
    OTHER = "other"


class ConcernState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class ConcernMove(StrEnum):
    ANSWER = "answer"


CONCERN = {(ConcernState.OPEN, ConcernMove.ANSWER): ConcernState.ANSWERED}
