"""This area's figures, as dated data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from backend.kernel.clock import LONDON
from backend.kernel.policy import figure

FILE = Path(__file__).parent / "material" / "policy.json"


def number(name: str, at: datetime) -> int:
    return figure(FILE, name, at.astimezone(LONDON).date())
