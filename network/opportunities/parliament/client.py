"""Reading Parliament's open APIs: paged, patient with their intermittent 500s, and with nothing of ours in a request.

`PARLIAMENT_API_BASE` empty: Parliament itself. Otherwise one base for all three APIs (their paths do not overlap), as a
recorded copy serves it; a copy that keeps them apart under `/committees-api` and so on is found too.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from backend.kernel.errors import Unavailable

HOSTS = {
    "committees": "https://committees-api.parliament.uk",
    "members": "https://members-api.parliament.uk",
    "whatson": "https://whatson-api.parliament.uk",
}
PREFIXES = {name: f"/{name}-api" for name in HOSTS}
PAGE = 50
MOST_PAGES = 200  # a guard against paging for ever; a few dozen calls are open at any time
TIMEOUT_SECONDS = 20
TRIES = 5
FIRST_WAIT_SECONDS = 0.5
MOST_BYTES = 20_000_000


class Gone(Exception):
    """The API says 404: the thing is not there, and asking again will not help."""


@dataclass
class Client:
    """One reading. `base` empty means Parliament itself; `sleep` is replaced in tests."""

    base: str = ""
    sleep: Callable[[float], None] = time.sleep
    requests: int = 0
    retries: int = 0
    _prefixed: bool = field(default=False, init=False)
    _found: bool = field(default=False, init=False)

    @classmethod
    def from_settings(cls) -> Client:
        return cls(base=str(settings.PARLIAMENT_API_BASE).rstrip("/"))

    # --- what we read ---

    def open_calls(self) -> Iterator[Mapping[str, Any]]:
        """Every business that accepts evidence now, page by page. Raises Unavailable."""
        query = {"CurrentlyAcceptingEvidence": "true"}
        skip = 0
        for _ in range(MOST_PAGES):
            page = self.get("committees", "/api/CommitteeBusiness", {**query, "Take": str(PAGE), "Skip": str(skip)})
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise Unavailable("Parliament’s service sent something we cannot read.")
            items = page["items"]
            yield from (item for item in items if isinstance(item, dict))
            skip += len(items)
            total = page.get("totalResults")
            if isinstance(total, int) and skip >= total:
                return
            if not items:
                if isinstance(total, int):  # a list cut short must not look like calls that closed
                    raise Unavailable("Parliament’s service sent only part of its list.")
                return
        raise Unavailable("Parliament’s service sent a list without an end.")

    def business(self, business_id: int) -> Mapping[str, Any]:
        """The details of one business: scope, periods, contact. Raises Gone, Unavailable."""
        found = self.get("committees", f"/api/CommitteeBusiness/{business_id}", {})
        if not isinstance(found, dict):
            raise Unavailable("Parliament’s service sent something we cannot read.")
        return found

    def committees_of(self, business_id: int) -> list[Mapping[str, Any]]:
        """The committees behind a business; its own record does not name them. Raises Unavailable."""
        found = self.get("committees", "/api/Committees", {"CommitteeBusinessId": str(business_id)})
        items = found.get("items") or [] if isinstance(found, dict) else []
        return [item for item in items if isinstance(item, dict)]

    # --- how ---

    def get(self, api: str, path: str, query: Mapping[str, str]) -> Any:
        """One answer as JSON. Server errors, cut connections and 429 are tried again, with growing waits."""
        try:
            answer = self._patiently(self._url(api, path, query))
        except Gone:
            if self._found or not self.base:
                raise
            self._prefixed = not self._prefixed
            answer = self._patiently(self._url(api, path, query))
        self._found = True
        return answer

    def _url(self, api: str, path: str, query: Mapping[str, str]) -> str:
        start = (self.base + (PREFIXES[api] if self._prefixed else "")) if self.base else HOSTS[api]
        return f"{start}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")

    def _patiently(self, url: str) -> Any:
        wait = FIRST_WAIT_SECONDS
        for attempt in range(1, TRIES + 1):
            self.requests += 1
            try:
                return self._once(url)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 404:
                    raise Gone from None
                if error.code < 500 and error.code != 429:
                    raise Unavailable(f"Parliament’s service refused our request ({error.code}).") from None
            except (OSError, ValueError):
                pass  # cut, slow, or half an answer: try again
            if attempt < TRIES:
                self.retries += 1
                self.sleep(wait)
                wait *= 2
        raise Unavailable("Parliament’s service is not answering. What we read before is unchanged.")

    @staticmethod
    def _once(url: str) -> Any:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise Unavailable("PARLIAMENT_API_BASE must be an http address.")
        headers = {"Accept": "application/json", "User-Agent": "evidence-calls/1"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            body = answer.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise Unavailable("Parliament’s service sent more than we can read.")
        return json.loads(body.decode("utf-8"))
