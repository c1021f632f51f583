from __future__ import annotations

from enum import StrEnum


class BriefState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"  # a coordinator took it on; people may be invited
    ON_HOLD = "on_hold"
    DECLINED = "declined"
    CHOSEN = "chosen"  # the requester chose; a booking exists
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class BriefMove(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    HOLD = "hold"
    END_HOLD = "end_hold"
    DECLINE = "decline"
    CHOOSE = "choose"
    CLOSE = "close"
    WITHDRAW = "withdraw"


_S, _M = BriefState, BriefMove
BRIEF = {
    (_S.DRAFT, _M.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, _M.ACCEPT): _S.ACCEPTED,
    (_S.SUBMITTED, _M.HOLD): _S.ON_HOLD,
    (_S.SUBMITTED, _M.DECLINE): _S.DECLINED,
    (_S.SUBMITTED, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.ON_HOLD, _M.ACCEPT): _S.ACCEPTED,
    (_S.ON_HOLD, _M.END_HOLD): _S.SUBMITTED,
    (_S.ON_HOLD, _M.DECLINE): _S.DECLINED,
    (_S.ON_HOLD, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.ACCEPTED, _M.CHOOSE): _S.CHOSEN,
    (_S.ACCEPTED, _M.CLOSE): _S.CLOSED,
    (_S.ACCEPTED, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.CHOSEN, _M.CHOOSE): _S.CHOSEN,  # more than one person may be chosen
    (_S.CHOSEN, _M.CLOSE): _S.CLOSED,
}


class InvitationState(StrEnum):
    SENT = "sent"
    YES = "yes"
    NO = "no"
    QUESTION = "question"
    NOT_NOW = "not_now"
    CHOSEN = "chosen"
    NOT_CHOSEN = "not_chosen"
    LAPSED = "lapsed"  # the brief closed before an answer
    STOPPED = "stopped"  # the person stopped it, or took back their consent
    CALLED_OFF = "called_off"  # chosen, and then the requester or the network cancelled the booking


class InvitationMove(StrEnum):
    YES = "yes"
    NO = "no"
    QUESTION = "question"
    NOT_NOW = "not_now"
    CHOOSE = "choose"
    PASS_OVER = "pass_over"
    LAPSE = "lapse"
    STOP = "stop"
    CALL_OFF = "call_off"


_I, _A = InvitationState, InvitationMove
_open = (_I.SENT, _I.QUESTION, _I.NOT_NOW)
INVITATION = {
    **{(s, _A.YES): _I.YES for s in (*_open, _I.NO, _I.YES)},  # yes again: after the brief changed
    **{(s, _A.NO): _I.NO for s in (*_open, _I.YES)},  # a yes can be taken back until somebody is chosen
    **{(s, _A.QUESTION): _I.QUESTION for s in _open},
    **{(s, _A.NOT_NOW): _I.NOT_NOW for s in _open},
    **{(s, _A.LAPSE): _I.LAPSED for s in _open},
    (_I.YES, _A.CHOOSE): _I.CHOSEN,
    (_I.YES, _A.PASS_OVER): _I.NOT_CHOSEN,
    (_I.YES, _A.STOP): _I.STOPPED,
    (_I.CHOSEN, _A.STOP): _I.STOPPED,
    (_I.CHOSEN, _A.CALL_OFF): _I.CALLED_OFF,
}


WAITING = _open
ANSWERS = {InvitationMove.YES, InvitationMove.NO, InvitationMove.QUESTION, InvitationMove.NOT_NOW}


class Recording(StrEnum):
    LIVE = "live"
    RECORDED = "recorded"
    WRITTEN = "written"
    NOT_RECORDED = "not_recorded"


class QuoteCheck(StrEnum):
    NONE = "none"
    READ_BACK = "read_back"
    SEE_QUOTES = "see_quotes"
    CORRECT_FACTS = "correct_facts"


class Source(StrEnum):
    WEB = "web"
    API = "api"
    PARLIAMENT = "parliament"


class CallState(StrEnum):
    OPEN = "open"
    BRIEFED = "briefed"  # turned into a brief
    DISMISSED = "dismissed"
    CLOSED = "closed"
