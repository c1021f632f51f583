from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Book:
    """An outside service that keeps its own book: what was asked, and what was done (once for each key)."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        book = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                book.asked.append(self.headers["Idempotency-Key"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def done(self) -> set[str]:
        return set(self.asked)


@pytest.fixture
def book() -> Iterator[Book]:
    book = Book()
    yield book
    book.server.shutdown()
    book.server.server_close()
