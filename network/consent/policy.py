"""The network's dated figures about consent: how long each layer lasts, when we remind, how long a waiver waits.

The rows of `wording/policy.json`, then those of the operator's own file (`CONSENT_POLICY_FILE`); of one name the row with
the latest day that has come is in force. A name that the program does not know, or a value that makes no sense, stops it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from backend.kernel.clock import LONDON
from network.consent.states import Layer

HERE = Path(__file__).parent / "wording" / "policy.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: its unit is days or years. `confirmed` is False while the charity has still to agree to it."""

    name: str
    value: int
    unit: str
    since: date
    source: str
    confirmed: bool


@cache
def _rows(own: str) -> tuple[Figure, ...]:
    ours = json.loads(HERE.read_text(encoding="utf-8"))["policies"]
    theirs = json.loads(Path(own).read_text(encoding="utf-8"))["policies"] if own else []
    known = {row["name"] for row in ours}
    return tuple(_figure(row, known) for row in [*ours, *theirs])


def _figure(row: Mapping[str, Any], known: Iterable[str]) -> Figure:
    try:
        figure = Figure(
            name=row["name"], value=int(row["value"]), unit=row["unit"], since=date.fromisoformat(row["effective_from"]),
            source=row["source"], confirmed=bool(row.get("confirmed", True)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as problem:
        raise ImproperlyConfigured(f"a row of the consent policy cannot be read: {problem!r} in {row!r}") from None
    if figure.name not in known or figure.value < 1:
        raise ImproperlyConfigured(f"the consent policy has no figure called {figure.name!r} of {figure.value}")
    return figure


def figures(on: date) -> tuple[Figure, ...]:
    """Every figure in force on that day, by name."""
    found: dict[str, Figure] = {}
    for row in sorted(
        _rows(settings.CONSENT_POLICY_FILE), key=lambda row: row.since
    ):  # stable: a tie is the later row's
        if row.since <= on:
            found[row.name] = row
    for layer in Layer:
        default, longest = found.get(f"{layer}_default"), found.get(f"{layer}_longest")
        if default and longest and default.value > longest.value:
            raise ImproperlyConfigured(
                f"{layer} would last {default.value} days by default, and at most {longest.value}"
            )
    return tuple(found[name] for name in sorted(found))


def figure(name: str, at: datetime) -> Figure:
    """One figure at a moment, by the day in the United Kingdom. Raises KeyError when there is none."""
    on = at.astimezone(LONDON).date()
    for found in figures(on):
        if found.name == name:
            return found
    raise KeyError(name)


def in_days(name: str, at: datetime) -> timedelta:
    return timedelta(days=figure(name, at).value)


def lasts(layer: Layer, at: datetime) -> tuple[timedelta, timedelta]:
    """How long a consent given at that moment lasts by default, and at most."""
    return in_days(f"{layer}_default", at), in_days(f"{layer}_longest", at)
