"""This area's figures: how long each step may take."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from backend.kernel.clock import LONDON
from backend.kernel.policy import figure

FILE = Path(__file__).parent / "material" / "policy.json"


def number(name: str, at: datetime) -> int:
    return figure(FILE, name, at.astimezone(LONDON).date())


def minutes(name: str, at: datetime) -> timedelta:
    return timedelta(minutes=number(name, at))


def hours(name: str, at: datetime) -> timedelta:
    return timedelta(hours=number(name, at))
