"""Break-glass (threat model 5.7): the words of an emergency and how it moves."""

from __future__ import annotations

from enum import StrEnum


class Emergency(StrEnum):
    """What it is about. Nothing but somebody's welfare opens the glass."""

    LIFE = "life"  # somebody may be hurt or in danger of their life
    CHILD = "child"  # a child may be in danger
    MISSING = "missing"  # they did not arrive, and nobody can reach them
    HEALTH = "health"  # taken ill at our work


class FieldGroup(StrEnum):
    """One group of details, and never another with it."""

    CONTACT = "contact"
    SUPPORTER = "supporter"
    NAME = "name"
    PLACE = "place"
    ACCESS_NEEDS = "access_needs"


class GlassState(StrEnum):
    ASKED = "asked"
    OPEN = "open"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"  # nobody opened it in time
    ENDED = "ended"  # closed again; waits for its review
    REVIEWED = "reviewed"


class GlassMove(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    OPEN_ALONE = "open_alone"
    LAPSE = "lapse"
    END = "end"
    REVIEW = "review"


_S, _M = GlassState, GlassMove
GLASS = {
    (_S.ASKED, _M.APPROVE): _S.OPEN,
    (_S.ASKED, _M.OPEN_ALONE): _S.OPEN,
    (_S.ASKED, _M.REFUSE): _S.REFUSED,
    (_S.ASKED, _M.TAKE_BACK): _S.TAKEN_BACK,
    (_S.ASKED, _M.LAPSE): _S.LAPSED,
    (_S.OPEN, _M.END): _S.ENDED,
    (_S.ENDED, _M.REVIEW): _S.REVIEWED,
}


class Outcome(StrEnum):
    RIGHT = "right"  # it was needed, and right
    AVOIDABLE = "avoidable"  # meant well; another way would have done
    WRONG = "wrong"  # it should not have happened
