from __future__ import annotations

from enum import StrEnum


class BookingState(StrEnum):
    AGREEING = "agreeing"  # chosen; waiting for both to confirm
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"  # by the requester or the network
    STOPPED = "stopped"  # by the person


class BookingMove(StrEnum):
    CONFIRM = "confirm"
    MARK_DONE = "mark_done"
    CANCEL = "cancel"
    STOP = "stop"


_S, _M = BookingState, BookingMove
BOOKING = {
    (_S.AGREEING, _M.CONFIRM): _S.CONFIRMED,
    (_S.AGREEING, _M.CANCEL): _S.CANCELLED,
    (_S.AGREEING, _M.STOP): _S.STOPPED,
    (_S.CONFIRMED, _M.MARK_DONE): _S.DONE,
    (_S.CONFIRMED, _M.CANCEL): _S.CANCELLED,
    (_S.CONFIRMED, _M.STOP): _S.STOPPED,
}
LIVE = (_S.AGREEING, _S.CONFIRMED)


class CheckInKind(StrEnum):
    BEFORE = "before"
    SAME_DAY = "same_day"
    DAY_AFTER = "day_after"
    WEEK = "week"
    MONTH = "month"


class CheckInState(StrEnum):
    PLANNED = "planned"
    SENT = "sent"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"


class RecallState(StrEnum):
    ASKED = "asked"
    ACKNOWLEDGED = "acknowledged"
    REMOVED = "removed"
    CHANGED = "changed"  # still there, so that nobody is recognised in it
    REFUSED = "refused"  # publishers may refuse; we say so honestly
    NOT_NEEDED = "not_needed"  # the person said yes again to the booking that it was about


class RecallMove(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    REMOVE = "remove"
    CHANGE = "change"
    REFUSE = "refuse"
    LET_STAND = "let_stand"


_R, _N = RecallState, RecallMove
OPEN_RECALLS = (_R.ASKED, _R.ACKNOWLEDGED)  # no final answer yet
# What an organisation can say. That it is not needed any more only follows from what the person does.
RECALL_ANSWERS = (_N.ACKNOWLEDGE, _N.REMOVE, _N.CHANGE, _N.REFUSE)
# An outlet may think again: a refusal can still become a change or a removal, a removal is final.
RECALL = {
    (_R.ASKED, _N.ACKNOWLEDGE): _R.ACKNOWLEDGED,
    **{(s, _N.REMOVE): _R.REMOVED for s in (*OPEN_RECALLS, _R.REFUSED, _R.CHANGED)},
    **{(s, _N.CHANGE): _R.CHANGED for s in (*OPEN_RECALLS, _R.REFUSED)},
    **{(s, _N.REFUSE): _R.REFUSED for s in OPEN_RECALLS},
    **{(s, _N.LET_STAND): _R.NOT_NEEDED for s in OPEN_RECALLS},
}


class CheckInMove(StrEnum):
    SEND = "send"
    ANSWER = "answer"
    GIVE_UP = "give_up"
    CANCEL = "cancel"


_C, _K = CheckInState, CheckInMove
CHECK_IN = {
    (_C.PLANNED, _K.SEND): _C.SENT,
    (_C.PLANNED, _K.CANCEL): _C.CANCELLED,
    (_C.SENT, _K.ANSWER): _C.ANSWERED,
    (_C.SENT, _K.GIVE_UP): _C.NO_ANSWER,
    (_C.NO_ANSWER, _K.ANSWER): _C.ANSWERED,  # late is never too late
}
