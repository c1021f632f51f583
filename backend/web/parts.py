"""The frozen pieces that pages hand to the component tags. Values are text, or already rendered safe text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from backend.web.words import day, when


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a summary list: a label, its value, perhaps a link to change it."""

    label: str
    value: object
    url: str = ""
    action: str = "Change"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do. `state` becomes a status tag."""

    title: str
    url: str = ""
    state: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A point on a timeline."""

    title: str
    when: datetime | date | None = None
    text: str = ""
    state: Literal["done", "now", "next", "stopped"] = "next"

    @property
    def spoken(self) -> str:
        return {"done": "done", "now": "now", "next": "to come", "stopped": "stopped"}[self.state]

    @property
    def when_words(self) -> str:
        return when(self.when) if isinstance(self.when, datetime) else day(self.when)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure in large type."""

    label: str
    value: object
    note: str = ""
    url: str = ""
    tone: Literal["", "good", "wait"] = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart. `words` is how the value is written; the value itself if empty."""

    label: str
    value: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: text, or a link, or a status tag; `number` sets it to the right."""

    value: object = ""
    url: str = ""
    state: str = ""
    number: bool = False
