"""Which categories are special-category or criminal-offence data (facts A4), from the dated file `data_kinds.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from network.consent.states import Category, DataKind

_BOTH = frozenset(DataKind)
# What somebody chose to speak about colours their list of topics and their own words.
_BY_TOPIC = (Category.TOPICS, Category.STORY)


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (Path(__file__).parent / "wording" / "data_kinds.json").read_text(encoding="utf-8")
    )
    return found


def source() -> str:
    """Where the two kinds are written down."""
    return str(_file()["source"])


def _of_topic(slug: str, parent: str) -> frozenset[DataKind]:
    rows = _file()["topics"]
    row = rows.get(slug) or rows.get(parent)
    return frozenset(DataKind(kind) for kind in row["kinds"]) if row else _BOTH


def kinds_of(categories: Iterable[Category], topics: Iterable[tuple[str, str]]) -> dict[Category, frozenset[DataKind]]:
    """The kinds of each category, for somebody whose topics these are (slug, and the slug of its parent or ""). A
    topic that the file does not know counts as both."""
    spoken_of = frozenset[DataKind]().union(*(_of_topic(slug, parent) for slug, parent in topics))
    found: dict[Category, frozenset[DataKind]] = {}
    for category in categories:
        row = _file()["categories"].get(category.value)
        kinds = frozenset(DataKind(kind) for kind in row["kinds"]) if row else frozenset[DataKind]()
        found[category] = kinds | spoken_of if category in _BY_TOPIC else kinds
    return found
