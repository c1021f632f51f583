"""State machines as data: `{(state, move): next}` tables, one look-up function, no hooks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from backend.kernel.errors import Conflict

S = TypeVar("S", bound=StrEnum)
M = TypeVar("M", bound=StrEnum)


def next_state(table: Mapping[tuple[S, M], S], state: S, move: M) -> S:
    """Where `move` leads from `state`. Raises Conflict when the table has no such move."""
    try:
        return table[(state, move)]
    except KeyError:
        raise Conflict(
            f"This is “{state.replace('_', ' ')}” now, so “{move.replace('_', ' ')}” is not possible. Nothing changed.",
            next_step="Look at it again to see what is possible.",
        ) from None


def moves_from(table: Mapping[tuple[S, M], S], state: S) -> list[M]:
    """The moves that are possible from `state`, in the table's order."""
    return [move for (origin, move) in table if origin == state]
