"""The published tables, read once from the files beside this module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: a range of sort codes, a method (MOD10, MOD11, DBLAL), fourteen weights, an exception or 0."""

    first: str
    last: str
    method: str
    weights: tuple[int, ...]
    exception: int


def _lines(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text(encoding="ascii").splitlines():
        parts = line.split()
        if parts and not parts[0].startswith("#"):
            yield parts


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(p[0], p[1], p[2], tuple(int(w) for w in p[3:17]), int(p[17]) if len(p) > 17 else 0)
        for p in _lines("weights.txt")
    )


@lru_cache(maxsize=1)
def substitutes() -> dict[str, str]:
    return {p[0]: p[1] for p in _lines("substitutes.txt")}


def rules_for(sort_code: str) -> list[Rule]:
    """One or two rules, in their order; none for a sort code that cannot be checked."""
    return [rule for rule in rules() if rule.first <= sort_code <= rule.last]
