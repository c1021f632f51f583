"""One request through the whole WSGI application in this process, with its CPU time and its SQL statements."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    cpu_ms: float
    statements: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Statements:
    """Counts what is really sent to the database, transaction control included, connection set-up not."""

    sql: list[str] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.sql.append(str(sql))
        return execute(sql, params, many, context)

    @contextmanager
    def counted(self) -> Iterator[None]:
        from django.db import connection

        self.sql = []
        with connection.execute_wrapper(self):
            yield


class Browser:
    """A client that keeps cookies and calls the application as a server would: no sockets, no test client."""

    def __init__(self, application: Callable[..., Any], host: str = "127.0.0.1") -> None:
        self._application, self._host = application, host
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self._statements = Statements()

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        parts = urlsplit(path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": self._host,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": self._host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if self.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for name, value in {**self.headers, **(headers or {})}.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        got: dict[str, Any] = {}

        def start_response(status: str, found: list[tuple[str, str]], exc_info: Any = None) -> None:
            got["status"], got["headers"] = int(status.partition(" ")[0]), found

        with self._statements.counted():
            started = time.process_time_ns()
            chunks = self._application(environ, start_response)
            try:
                content = b"".join(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
            spent = time.process_time_ns() - started
        for name, value in got["headers"]:
            if name.lower() == "set-cookie":
                for morsel in SimpleCookie(value).values():
                    if morsel.value:
                        self.cookies[morsel.key] = morsel.value
                    else:
                        self.cookies.pop(morsel.key, None)
        return Answer(got["status"], dict(got["headers"]), content, spent / 1e6, tuple(self._statements.sql))

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        return self.call("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")


def hidden_fields(html: str) -> dict[str, str]:
    """The hidden inputs of a page's forms: the CSRF token, the key for once."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found[name[1]] = value[1]
    return found
