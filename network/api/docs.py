"""The schema as a file, and as a page that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from backend.web.pages import ReadPage
from network.api.openapi import SCOPE_WORDS, Schema, document, schema


@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The schema. It tells of shapes only, so anybody may read it."""
    return HttpResponse(document(), content_type="application/json")


@dataclass(frozen=True, slots=True)
class FieldDoc:
    name: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class OperationDoc:
    anchor: str
    method: str
    path: str
    summary: str
    about: str
    scopes: tuple[str, ...]
    parameters: tuple[FieldDoc, ...]
    body: tuple[FieldDoc, ...]
    answer: tuple[FieldDoc, ...]
    refusals: tuple[tuple[str, str], ...]
    good: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    operations: tuple[OperationDoc, ...]


def _resolved(part: Schema) -> Schema:
    ref = part.get("$ref", "")
    if not ref and len(part.get("allOf", ())) == 1:
        ref = part["allOf"][0].get("$ref", "")
    if ref:
        found: Schema = schema()["components"]["schemas"][ref.rsplit("/", 1)[-1]]
        return found
    return part


def _kind(part: Schema) -> str:
    """The type in a few words."""
    for branch in ("oneOf", "anyOf"):
        if branch in part:
            return " or ".join(dict.fromkeys(_kind(inner) for inner in part[branch]))
    own = _resolved(part)
    if "enum" in own:
        return "one of " + ", ".join("“”" if v == "" else str(v) for v in own["enum"] if v is not None)
    kind = own.get("type", "object")
    if isinstance(kind, list):
        return " or ".join(_kind({**own, "type": one}) for one in kind)
    if kind == "array":
        inner = _kind(own["items"])
        return "list of objects" if inner == "object" else f"list of {inner}"
    words = {"integer": "whole number", "boolean": "true or false", "string": "text"}.get(kind, kind)
    formats = {"date-time": "time with zone", "date": "day", "uuid": "id", "uri": "address"}
    return formats.get(str(own.get("format", "")), str(words))


def _fields(part: Schema, prefix: str = "", depth: int = 0) -> list[FieldDoc]:
    own = _resolved(part)
    found = []
    for name, inner in own.get("properties", {}).items():
        found.append(
            FieldDoc(
                name=f"{prefix}{name}",
                kind=_kind(inner),
                required=name in own.get("required", ()),
                about=inner.get("description", ""),
            )
        )
        target = _resolved(inner)
        items = _resolved(target["items"]) if "items" in target else target
        branch = next((_resolved(b) for b in inner.get("oneOf", ()) if "$ref" in b), None)
        child = branch or items
        if depth < 2 and child.get("properties"):
            found += _fields(child, f"{prefix}{name}{'[]' if 'items' in target else ''}.", depth + 1)
    return found


def _content(answer: Mapping[str, Any]) -> Schema:
    for media in answer.get("content", {}).values():
        found: Schema = media.get("schema", {})
        return found
    return {}


def _operation(method: str, path: str, found: Schema) -> OperationDoc:
    good = [status for status in found["responses"] if status.startswith("2")]
    return OperationDoc(
        anchor=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found["summary"],
        about=found["description"],
        scopes=tuple(found["security"][0]["oauth2"]),
        parameters=tuple(
            FieldDoc(p["name"], _kind(p["schema"]), p.get("required", False), p.get("description", ""))
            for p in found.get("parameters", ())
        ),
        body=tuple(_fields(_content(found.get("requestBody", {})))),
        answer=tuple(_fields(_content(found["responses"][max(good)]))),
        refusals=tuple((s, r["description"]) for s, r in sorted(found["responses"].items()) if s not in good),
        good=max(good),
    )


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """The operations by what they are about, in the order of the addresses."""
    by_tag: dict[str, list[OperationDoc]] = {}
    for path, methods in schema()["paths"].items():
        for method, found in methods.items():
            by_tag.setdefault(found["tags"][0], []).append(_operation(method, path, found))
    order = ["Briefs", "People who said yes", "Bookings", "Invoices", "To look up"]
    return tuple(Group(tag, tuple(by_tag[tag])) for tag in sorted(by_tag, key=order.index))


class Docs(ReadPage):
    """Everything on one page: how to begin, and each operation from the schema."""

    public = True
    template_name = "network/api/docs.html"
    title = "The API for requesters"

    def context(self) -> Mapping[str, object]:
        return {
            "base": settings.BASE_URL,
            "groups": groups(),
            "scopes": [(scope.value, words) for scope, words in SCOPE_WORDS.items()],
            "per_minute": settings.API_PER_MINUTE,
        }
