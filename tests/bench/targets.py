"""What is measured of ours: the five busiest pages and API operations, found in the seeded data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.wsgi import Answer, Browser


@dataclass(frozen=True, slots=True)
class Target:
    """One request that can be made again and again without changing anything that counts."""

    name: str
    kind: str  # page or api
    browser: Browser
    method: str
    path: str
    body: Callable[[], bytes] | None = None
    headers: Callable[[], Mapping[str, str]] | None = None

    def once(self) -> Answer:
        body = self.body() if self.body else b""
        kind = "application/json" if self.kind == "api" and body else ""
        return self.browser.call(self.method, self.path, body, kind, self.headers() if self.headers else None)


def as_json(value: Any) -> Callable[[], bytes]:
    body = json.dumps(value).encode()
    return lambda: body


def ours() -> list[Target]:
    """Filled in as the pages and the API land: the kit's own page is the first."""
    from django.core.wsgi import get_wsgi_application

    visitor = Browser(get_wsgi_application())
    return [
        Target("page: help, anonymous", "page", visitor, "GET", "/help/"),
        Target("health, alive", "api", visitor, "GET", "/health/live"),
    ]
