"""What stands at the places of a list that belong to nobody, so that the list tells nothing about how many do.

Every place has a made-up life, drawn once from a secret of the list: for some it ended before the list began, for the
others it ends at some moment of the next forty years; on the way most are never narrowed, some are paused for a month.
A real reference is given a place whose made-up life stands at "valid" just then: nothing in the list changes by that.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from datetime import UTC, datetime
from functools import lru_cache

from backend.kernel.ids import keyed_digest
from network.consent.states import Status

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = 40 * 365 * 86_400  # seconds over which made-up lives end
PAUSE = 30 * 86_400
ENDED_BEFORE = 2**32 // 16  # one in sixteen
_WORD = struct.Struct(">IIII")


@lru_cache(maxsize=8)
def _lives(key: str, entries: int) -> tuple[array[int], array[int], array[int], bytes]:
    """For each place: when it ends, is narrowed and is paused (seconds since EPOCH), and how it ends."""
    stream = hashlib.shake_256(key.encode()).digest(entries * _WORD.size)
    ends, narrows, pauses, kinds = array("q"), array("q"), array("q"), bytearray()
    for end, narrow, pause, kind in _WORD.iter_unpack(stream):
        ends.append(-1 if end < ENDED_BEFORE else (end - ENDED_BEFORE) * YEARS // (2**32 - ENDED_BEFORE))
        narrows.append(narrow * YEARS * 4 // 2**32)  # three in four never come to it
        pauses.append(pause * YEARS // 2**32)
        kinds.append(kind & 3)
    return ends, narrows, pauses, bytes(kinds)


class Decoys:
    """The made-up lives of one list at one moment."""

    def __init__(self, *, organisation: str, number: int, entries: int, at: datetime) -> None:
        self._lives = _lives(keyed_digest("status-decoys", organisation, str(number)), entries)
        self._now = int((at - EPOCH).total_seconds())

    def status(self, index: int) -> Status:
        ends, narrows, pauses, kinds = self._lives
        if ends[index] <= self._now:
            return (
                Status.EXPIRED if kinds[index] == 0 else Status.WITHDRAWN
            )  # most people who end it, end it themselves
        if pauses[index] <= self._now < pauses[index] + PAUSE:
            return Status.SUSPENDED
        return Status.NARROWED if narrows[index] <= self._now else Status.VALID

    def all(self) -> list[Status]:
        return [self.status(index) for index in range(len(self._lives[0]))]
