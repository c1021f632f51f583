"""The published rate card: dated figures with their sources, read once from the files beside this module."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit` from `effective_from` on. `status`: confirmed (law), policy (ours) or unconfirmed."""

    kind: str
    effective_from: date
    value: int
    unit: str
    status: str
    source: str


@lru_cache(maxsize=1)
def figures() -> tuple[Figure, ...]:
    with (HERE / "rates.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Figure(
                kind=row["kind"],
                effective_from=date.fromisoformat(row["effective_from"]),
                value=int(row["value"]),
                unit=row["unit"],
                status=row["status"],
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )


@lru_cache(maxsize=1)
def bank_holidays() -> frozenset[date]:
    """Bank holidays of England and Wales that the file knows."""
    with (HERE / "bank_holidays.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(date.fromisoformat(row["date"]) for row in csv.DictReader(file))
