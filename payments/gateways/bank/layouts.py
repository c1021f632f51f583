"""The layouts that this installation can write, read once from the file beside this module."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`status` is "unverified with the bank" until a bank has taken a file. Columns (of a CSV): heading and what."""

    name: str
    label: str
    kind: str
    status: str
    source: str
    header: bool = False
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def suffix(self) -> str:
        return {"csv": "csv", "standard-18": "txt", "pain.001": "xml"}[self.kind]

    @property
    def media_type(self) -> str:
        return {"csv": "text/csv", "standard-18": "text/plain", "pain.001": "application/xml"}[self.kind]


@lru_cache(maxsize=1)
def layouts() -> dict[str, Layout]:
    found = json.loads((Path(__file__).parent / "layouts.json").read_text(encoding="utf-8"))["layouts"]
    return {
        row["name"]: Layout(**row | {"columns": tuple((str(h), str(w)) for h, w in row.get("columns", ()))})
        for row in found
    }


def layout_of(name: str) -> Layout:
    """Raises KeyError for one that there is not."""
    return layouts()[name]


DEFAULT = "generic-1"
