from __future__ import annotations

from enum import StrEnum


class ErasureState(StrEnum):
    ASKED = "asked"
    DONE = "done"


class Step(StrEnum):
    """The steps of an erasure, in their order. Each is a transaction of its own and safe to repeat."""

    STOP_CONSENTS = "stop_consents"
    CLOSE_ACCOUNT = "close_account"
    CANCEL_WORK = "cancel_work"
    KEEP_AWAY = "keep_away"  # never to be invited again, if they wish
    FORGET_ROWS = "forget_rows"
    FORGET_ACCOUNT = "forget_account"
    DESTROY_KEY = "destroy_key"
    TOMBSTONE = "tombstone"


class ComplaintState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class ComplaintMove(StrEnum):
    ANSWER = "answer"


COMPLAINT = {(ComplaintState.OPEN, ComplaintMove.ANSWER): ComplaintState.ANSWERED}


class ComplaintAbout(StrEnum):
    DATA = "data"  # what is done with somebody's data: the law's own clock
    TREATMENT = "treatment"  # how somebody was treated, by us or by those who asked
    SITE = "site"
    OTHER = "other"
