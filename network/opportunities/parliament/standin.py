"""A recorded copy of Parliament's Committees API on loopback, for tests and the demo: no Django, no network.

    python -m network.opportunities.parliament.standin --port 9010 [--faults]

It pages, answers 404 as the real one does, moves its dates so that open calls stay open, and with `--faults` answers
every third request with 500, as the real one does now and then.
"""

from __future__ import annotations

import argparse
import json
import re
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

RECORDED = Path(__file__).with_name("recorded.json")
MOST_PER_PAGE = 5  # fewer than anybody asks for, so that a reader has to page
_STAMP = re.compile(r"^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}.*)$")
_PREFIX = re.compile(r"^/(?:committees-api)(?=/api/)")


def moved_on(value: Any, days: int) -> Any:
    """The same record with every date `days` later."""
    if isinstance(value, dict):
        return {key: moved_on(item, days) for key, item in value.items()}
    if isinstance(value, list):
        return [moved_on(item, days) for item in value]
    if isinstance(value, str) and (found := _STAMP.match(value)):
        return (date.fromisoformat(found[1]) + timedelta(days=days)).isoformat() + found[2]
    return value


class Copy:
    """What the stand-in knows; tests change it to see what the import makes of it."""

    def __init__(self, *, today: date | None = None, faults: bool = False) -> None:
        recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
        now = today or datetime.now(UTC).date()
        days = (now - date.fromisoformat(recorded["recordedOn"])).days
        self.businesses: list[dict[str, Any]] = moved_on(recorded["businesses"], days)
        self.committees: dict[int, dict[str, Any]] = {c["id"]: c for c in recorded["committees"]}
        self.committees_of: dict[int, list[int]] = {int(k): v for k, v in recorded["committeesOf"].items()}
        self.faults = faults
        self.broken: set[str] = set()  # paths that answer 500 every time
        self.requests: list[str] = []
        self._lock = threading.Lock()

    def answer(self, target: str) -> tuple[int, Any]:
        """Status and body for one GET."""
        with self._lock:
            self.requests.append(target)
            count = len(self.requests)
        parts = urlsplit(target)
        path = _PREFIX.sub("", parts.path)
        if (self.faults and count % 3 == 0) or path in self.broken:
            return 500, {"title": "An error occurred while processing your request.", "status": 500}
        query = {key.lower(): values[-1] for key, values in parse_qs(parts.query).items()}
        if path == "/api/CommitteeBusiness":
            return self._list(query)
        if found := re.fullmatch(r"/api/CommitteeBusiness/(\d+)", path):
            one = next((b for b in self.businesses if b["id"] == int(found[1])), None)
            return (200, one) if one else (404, {"title": "Not Found", "status": 404})
        if path == "/api/Committees":
            return self._committees(query)
        return 404, {"title": "Not Found", "status": 404}

    def _list(self, query: dict[str, str]) -> tuple[int, Any]:
        rows = self.businesses
        if query.get("currentlyacceptingevidence", "").lower() == "true":
            rows = [b for b in rows if b["openSubmissionPeriods"]]
        summaries = ("scope", "relatedInformation", "banner", "hcNumbers")
        return self._page([{k: v for k, v in b.items() if k not in summaries} for b in rows], query)

    def _committees(self, query: dict[str, str]) -> tuple[int, Any]:
        rows = list(self.committees.values())
        if "committeebusinessid" in query:
            try:
                ids = self.committees_of.get(int(query["committeebusinessid"]), [])
            except ValueError:
                return 400, {"title": "Bad Request", "status": 400}
            rows = [self.committees[i] for i in ids if i in self.committees]
        return self._page(rows, query)

    @staticmethod
    def _page(rows: list[dict[str, Any]], query: dict[str, str]) -> tuple[int, Any]:
        try:
            take, skip = min(int(query.get("take", "30")), MOST_PER_PAGE), int(query.get("skip", "0"))
        except ValueError:
            return 400, {"title": "Bad Request", "status": 400}
        return 200, {"items": rows[skip : skip + take], "totalResults": len(rows), "itemsPerPage": take, "links": []}


def serve(copy: Copy, *, port: int = 0, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """A server for `copy`, bound but not yet running; port 0 picks a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = copy.answer(self.path)
            data = json.dumps(body, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Quiet: the demo's terminal is for the demo."""

    return ThreadingHTTPServer((host, port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description="A recorded copy of Parliament's Committees API on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--faults", action="store_true", help="every third answer is a 500")
    options = parser.parse_args()
    server = serve(Copy(faults=options.faults), port=options.port)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
