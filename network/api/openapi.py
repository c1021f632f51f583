"""The schema of the API (OpenAPI 3.1), written from the operations themselves and finished here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator

from backend.accounts.data import Scope

Schema = dict[str, Any]

SCOPE_WORDS = {
    Scope.BRIEFS_READ: "Read your organisation’s briefs",
    Scope.BRIEFS_WRITE: "Write, send in, change and end briefs",
    Scope.CARDS_READ: "See who said yes, as far as each agreed to",
    Scope.BOOKINGS_READ: "Read bookings and what has to be taken down",
    Scope.BOOKINGS_WRITE: "Choose, confirm, mark done, report back and cancel",
    Scope.INVOICES_READ: "Read invoices and get a page to pay one",
    Scope.CONSENT_READ: "Ask whether a consent still stands",
}
ABOUT = """For programs of organisations that ask the network for people who speak from experience.

Nobody here can be searched, listed or counted. A brief goes in; those it fits decide for themselves; you see who said \
yes, and of each only what they agreed to show you for this brief. The same person has another id for each organisation.

Money is whole pence. Times carry their zone. Unknown fields and parameters are refused. Refusals are problem \
documents (RFC 9457). Lists come in pages with `next_cursor`, without counts."""


@lru_cache(maxsize=1)
def schema() -> Schema:
    """The whole document; the same for everybody, made once in a process."""
    from network.api.urls import operations

    addresses = [path("api/v1/", include(operations))]
    made: Schema = SchemaGenerator(patterns=addresses).get_schema(None, public=True)
    made["info"]["description"] = ABOUT
    made["servers"] = [{"url": settings.BASE_URL}]
    made.setdefault("components", {})["securitySchemes"] = {
        "oauth2": {
            "type": "oauth2",
            "description": "Client credentials. Your organisation’s owner makes a program and gives it its scopes.",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": f"{settings.BASE_URL}/oauth/token",
                    "scopes": {scope.value: words for scope, words in SCOPE_WORDS.items()},
                }
            },
        }
    }
    for part in _objects(made["components"].get("schemas", {})):
        part.setdefault("additionalProperties", False)
    _without_marks(made)
    for methods in made["paths"].values():
        for operation in methods.values():
            _finish(operation)
    return made


@lru_cache(maxsize=1)
def document() -> bytes:
    return json.dumps(schema(), ensure_ascii=False).encode()


def _objects(schemas: Mapping[str, Schema]) -> Iterator[Schema]:
    """Each object of ours: it has the members it lists and no others."""
    for part in schemas.values():
        if part.get("type") == "object" and "properties" in part:
            yield part


def _without_marks(part: Any) -> None:
    """Drop the generator's own marks."""
    if isinstance(part, dict):
        part.pop("x-spec-enum-id", None)
        for inner in part.values():
            _without_marks(inner)
    elif isinstance(part, list):
        for inner in part:
            _without_marks(inner)


_LIMITS = {
    "RateLimit-Policy": {"schema": {"type": "string"}, "description": "How many requests (q) in how many seconds (w)."},
    "RateLimit": {"schema": {"type": "string"}, "description": "How many are left (r), and when it starts afresh (t)."},
}


def _finish(operation: Schema) -> None:
    for status, answer in operation["responses"].items():
        headers = answer.setdefault("headers", {})
        if status == "401":
            headers["WWW-Authenticate"] = {"schema": {"type": "string"}, "required": True}
        else:
            headers.update(_LIMITS)
        if status in ("429", "503"):
            headers["Retry-After"] = {"schema": {"type": "string"}, "description": "Seconds."}
        if status == "201":
            headers["Location"] = {"schema": {"type": "string"}, "description": "Where it can be read."}
