"""What people are told, as versioned data files. A version that somebody agreed to never changes: a new text is a new
file. `controller.json` says who we are; how long each layer lasts is in `policy.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from network.consent.data import Wording
from network.consent.states import Layer

HERE = Path(__file__).parent / "wording"
CURRENT = dict.fromkeys(Layer, 1) | {Layer.FOR_REQUEST: 2}

# What a request must say (facts A5), and what stands there when the brief did not say.
REQUEST_FACTS = (
    "organisation", "title", "purpose", "why", "first_shown", "kind", "recording", "edited", "question_areas",
    "other_contributors", "editorial_terms", "quote_check", "welfare_risks", "welfare_support",
    "audience", "starts", "formats",
)  # fmt: skip
_NOT_SAID = {"organisation": "the organisation named here", "title": "the request named here"}


@cache
def _file(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return found


def controller() -> Mapping[str, Any]:
    """The network as a data controller: name, postal address, contact, authority."""
    return _file("controller.json")


def wording(layer: Layer, *, version: int | None = None, facts: Mapping[str, str] | None = None) -> Wording:
    """The text of one layer. `facts` fill it in for one request: any of REQUEST_FACTS."""
    text = _file(f"{layer.value}.v{version or CURRENT[layer]}.json")
    said = {name: _NOT_SAID.get(name, "") for name in REQUEST_FACTS}
    said["network"] = controller()["name"]
    said |= {name: value.strip() for name, value in (facts or {}).items() if name in said and value.strip()}

    def fill(line: str) -> str:
        for name, value in said.items():  # not str.format: a brief may hold braces
            line = line.replace("{" + name + "}", value)
        return " ".join(line.split()) or "The request does not say."

    return Wording(
        id=text["id"],
        version=text["version"],
        title=text["title"],
        who=fill(text["who"]),
        why=fill(text["why"]),
        what=fill(text["what"]),
        withdraw=fill(text["withdraw"]),
        question=fill(text["question"]),
        more=tuple((heading, fill(line)) for heading, line in text["more"]),
    )
