"""Kinds of work and the network's own policies, read from data files once per process."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from pathlib import Path

from network.opportunities.data import Consequence, ExtraField, Kind, Policy

_MATERIAL = Path(__file__).parent / "material"


@lru_cache(maxsize=1)
def _kinds() -> dict[str, Kind]:
    with (_MATERIAL / "kinds.json").open(encoding="utf-8") as file:
        rows = json.load(file)["kinds"]
    return {
        row["code"]: Kind(
            **{
                **row,
                "consequences": tuple(Consequence(**c) for c in row["consequences"]),
                "extra_fields": tuple(ExtraField(**e) for e in row["extra_fields"]),
            }
        )
        for row in rows
    }


def kinds() -> tuple[Kind, ...]:
    """All kinds of work, grouped: media, Parliament, events, the network's own."""
    return tuple(_kinds().values())


def kind(code: str) -> Kind:
    """One kind of work. Raises KeyError for an unknown code."""
    return _kinds()[code]


def policies(on: date) -> tuple[Policy, ...]:
    """Every figure of the network's policy in force on that day, by name, with its unit, date and source."""
    with (_MATERIAL / "policy.json").open(encoding="utf-8") as file:
        rows = json.load(file)["policies"]
    in_force: dict[str, Policy] = {}
    for row in sorted(rows, key=lambda row: str(row["effective_from"])):
        since = date.fromisoformat(row["effective_from"])
        if since <= on:
            in_force[row["name"]] = Policy(row["name"], int(row["value"]), row["unit"], since, row["source"])
    return tuple(in_force[name] for name in sorted(in_force))


@lru_cache(maxsize=1)
def _policies() -> list[tuple[str, date, int]]:
    with (_MATERIAL / "policy.json").open(encoding="utf-8") as file:
        rows = json.load(file)["policies"]
    return [(row["name"], date.fromisoformat(row["effective_from"]), int(row["value"])) for row in rows]


def policy(name: str, on: date) -> int:
    """A figure of the network's policy in force on that day. Raises KeyError when there is none."""
    in_force = [(since, value) for known, since, value in _policies() if known == name and since <= on]
    if not in_force:
        raise KeyError(name)
    return max(in_force)[1]
