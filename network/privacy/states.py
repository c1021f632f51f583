from __future__ import annotations

from enum import StrEnum


class ErasureState(StrEnum):
    ASKED = "asked"
    DONE = "done"


class Step(StrEnum):
    """The steps of an erasure, in their order. Each is a transaction of its own and safe to repeat."""

    LIST = "list"  # on the list outside the database, so that no backup undoes this
    CLOSE_ACCOUNT = "close_account"  # from here on the person cannot sign in and staff cannot see them
    STOP_CONSENTS = "stop_consents"
    CANCEL_WORK = "cancel_work"
    TELL = "tell"  # everybody who was shown something is asked to stop (Article 19)
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
