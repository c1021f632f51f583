"""How long copies of the two databases are kept, as dated data: after the keys' time an erasure holds in every copy."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "material" / "backups.json"


@cache
def days(name: str, on: date) -> int:
    """`name`: "data_days" or "keys_days", by the policy in force on that day (the first one before any is)."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["policies"]
    found = [(row["effective_from"], int(row["value"])) for row in rows if row["name"] == name]
    return max([pair for pair in found if pair[0] <= on.isoformat()] or [min(found)])[1]
