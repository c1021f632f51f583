"""The words of the never-tell list (control C4)."""

from __future__ import annotations

from enum import StrEnum


class EntryKind(StrEnum):
    """Who, or what, must never learn of somebody."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    HANDLE = "handle"
    OUTLET = "outlet"
    PLACE = "place"


# Found again by a keyed hash of the normalised value. Names and places vary too little for that (threat model 5.1):
# they are compared in memory. So are outlets with the words of a brief.
HASHED = frozenset({EntryKind.EMAIL, EntryKind.PHONE, EntryKind.DOMAIN, EntryKind.HANDLE, EntryKind.OUTLET})
IN_WORDS = frozenset({EntryKind.OUTLET, EntryKind.PLACE})
IN_MEMORY = frozenset({EntryKind.NAME}) | IN_WORDS


class How(StrEnum):
    EXACT = "exact"
    SIMILAR = "similar"  # a name or a place that may be the one; only a person can tell


class HitState(StrEnum):
    FOUND = "found"
    ASKED = "asked"  # the safeguarding lead asked the person
    NOTED = "noted"  # the lead has read it and leaves it as it is
    STAYS_OUT = "stays_out"  # the person said so
    CLEARED = "cleared"  # not who is meant, or the person wants to go on all the same


class HitMove(StrEnum):
    ASK = "ask"
    NOTE = "note"
    NOT_THE_SAME = "not_the_same"
    STAY_OUT = "stay_out"
    GO_ON = "go_on"


_S, _M = HitState, HitMove
HIT = {
    (_S.FOUND, _M.ASK): _S.ASKED,
    (_S.FOUND, _M.NOTE): _S.NOTED,
    (_S.FOUND, _M.NOT_THE_SAME): _S.CLEARED,
    (_S.NOTED, _M.ASK): _S.ASKED,
    (_S.NOTED, _M.NOT_THE_SAME): _S.CLEARED,
    (_S.ASKED, _M.STAY_OUT): _S.STAYS_OUT,
    (_S.ASKED, _M.GO_ON): _S.CLEARED,
    (_S.STAYS_OUT, _M.ASK): _S.ASKED,
}
LEADS_MOVES = frozenset({_M.ASK, _M.NOTE, _M.NOT_THE_SAME})
