"""Figures of policy and law as dated data: which value is in force on a day. The files stand beside the areas."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=16)
def _rows(path: Path) -> tuple[tuple[str, date, int], ...]:
    rows = json.loads(path.read_text(encoding="utf-8"))["policies"]
    return tuple((row["name"], date.fromisoformat(row["effective_from"]), int(row["value"])) for row in rows)


def figure(path: Path, name: str, on: date) -> int:
    """The value of `name` in force on `on`. Before the first one the first holds, so that a moved clock finds one.
    Raises KeyError for an unknown name."""
    known = sorted((since, value) for found, since, value in _rows(path) if found == name)
    if not known:
        raise KeyError(name)
    in_force = [value for since, value in known if since <= on]
    return in_force[-1] if in_force else known[0][1]
