"""The witness of bar D1: what each side saw and when, by its own clock, and whether that can be so.

Each person's own acts about one consent come one after the other (`Write`); reads come from anywhere (`Read`). A read
may show something when it stood at some moment between the read's beginning and its end. So what was withdrawn may be
shown by a read that began before the withdrawal came back, and by none that began after.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Write:
    """One act: from `began` to `done` it is under way; after it, `shows` may be seen until `until` (wall clock)."""

    began: float
    done: float
    shows: frozenset[str]
    until: float = FOREVER
    version: int = 0
    what: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """One look: what it showed, and which version of it (0: none)."""

    channel: str
    about: str
    began: float
    done: float
    wall: float
    shown: frozenset[str]
    version: int = 0


@dataclass
class History:
    writes: dict[str, list[Write]] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def wrote(self, about: str, write: Write) -> None:
        with self._lock:
            self.writes.setdefault(about, []).append(write)

    def read(self, read: Read) -> None:
        with self._lock:
            self.reads.append(read)

    def possible(self, read: Read) -> list[Write]:
        """The last act that was over when the read began, and every act under way during the read."""
        acts = self.writes.get(read.about, [])
        before = [act for act in acts if act.done <= read.began]
        during = [act for act in acts if act.done > read.began and act.began < read.done]
        return before[-1:] + during

    def wrong(self, read: Read) -> str:
        """Empty when the read is explained."""
        possible = self.possible(read)
        for shown in read.shown:
            if not any(shown in act.shows and read.wall < act.until for act in possible):
                return f"{read.channel} showed {shown} after {possible[0].what if possible else 'nothing'}"
        if read.version:
            versions = [act.version for act in self.writes.get(f"{read.about}:words", []) if act.done <= read.began]
            if versions and read.version < versions[-1]:
                return f"{read.channel} showed version {read.version} after {versions[-1]}"
        return ""

    def leaks(self) -> list[str]:
        return [wrong for read in self.reads if (wrong := self.wrong(read))]

    def shown_by(self) -> dict[str, int]:
        """How often each channel really showed something: a channel that never does proves nothing."""
        found: dict[str, int] = {}
        for read in self.reads:
            found[read.channel] = found.get(read.channel, 0) + bool(read.shown)
        return found
