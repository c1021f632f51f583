"""Faults on purpose: chosen ones for the next requests, or a share of all requests by a seeded draw."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

KINDS = ("cut_before", "cut_after", "busy", "error_saved", "error_unsaved", "refused", "slow")


@dataclass
class Planned:
    kind: str
    path: str = ""  # the start of the path; empty for all
    method: str = ""
    times: int = 1
    seconds: float = 0.0  # for "slow"


class Faults:
    """`shares` maps a kind to the share of matching POST requests it hits."""

    def __init__(self, shares: dict[str, float] | None = None, seed: int = 1) -> None:
        for kind in shares or {}:
            if kind not in KINDS:
                raise ValueError(f"{kind} is none of {', '.join(KINDS)}")
        self._shares, self._draw = dict(shares or {}), random.Random(seed)
        self._planned: list[Planned] = []
        self._lock = threading.Lock()

    def plan(self, *planned: Planned) -> None:
        for fault in planned:
            if fault.kind not in KINDS:
                raise ValueError(fault.kind)
        with self._lock:
            self._planned.extend(planned)

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._shares.clear()

    def next(self, method: str, path: str) -> Planned | None:
        """What befalls this request."""
        with self._lock:
            for fault in self._planned:
                if fault.times > 0 and path.startswith(fault.path) and fault.method in ("", method):
                    fault.times -= 1
                    return fault
            if method != "POST" or not self._shares:
                return None
            point = self._draw.random()
            for kind, share in self._shares.items():
                if point < share:
                    return Planned(kind, seconds=0.05)
                point -= share
            return None


def parse(text: str) -> dict[str, float]:
    """Read shares written as `cut_after=0.05,busy=0.03`."""
    return {name: float(share) for name, _, share in (part.partition("=") for part in text.split(",") if part)}
