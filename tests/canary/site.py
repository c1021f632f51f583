"""The whole product as processes of its own, full of markers, and somebody outside who asks it everything."""

from __future__ import annotations

import base64
import contextlib
import http.client
import http.cookies
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.canary.markers import Book
from tests.canary.taps import Monitor, Tap
from tests.ports import free_port
from tests.processes import Engine, Site, wait_for

ORIGIN = "https://site.example"  # what the product believes it is called; a proxy would end TLS before it


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came over the wire."""

    walker: str
    role: str
    route: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip()

    @property
    def refused(self) -> bool:
        """As if there were nothing, or: sign in first."""
        if self.status in (302, 303):
            return urlsplit(self.headers.get("location", "")).path == "/sign-in/"
        return self.status in (401, 404)

    @property
    def gave_something(self) -> bool:
        return not self.refused and self.status < 500


@dataclass
class Walker:
    """Somebody in a role with a browser, or a program with a token."""

    told: Mapping[str, Any]
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    @property
    def name(self) -> str:
        return str(self.told["name"])

    @property
    def role(self) -> str:
        return str(self.told["role"])

    def ask(
        self, path: str, route: str = "", *, data: Mapping[str, str] | None = None, headers: Mapping[str, str] = {},
        raw: bytes | None = None,
    ) -> Answer:  # fmt: skip
        """GET, or POST: of a form when there is `data`, of `raw` as it is. Never follows."""
        sent = {"Host": urlsplit(ORIGIN).netloc, "X-Forwarded-Proto": "https", "Accept": "*/*", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.token and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        body = None
        if data is not None:
            body = urlencode(data)
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN, "Referer": f"{ORIGIN}/"}
        method = "GET" if data is None and raw is None else "POST"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body if raw is None else raw, sent)
            got = connection.getresponse()
            content = got.read()
        finally:
            connection.close()
        for name, value in got.getheaders():
            if name.lower() == "set-cookie":
                for morsel in http.cookies.SimpleCookie(value).values():
                    self.cookies[morsel.key] = morsel.value
        found: dict[str, str] = {}
        for name, value in got.getheaders():
            found[name.lower()] = f"{found[name.lower()]}\n{value}" if name.lower() in found else value
        return Answer(self.name, self.role, route, method, path, got.status, found, content)

    def enter(self) -> None:
        """Sign in with the link of the demo, or fetch a token."""
        if "link" in self.told:
            answer = self.ask(f"/demo/sign-in/{self.told['link']}/")
            assert answer.status == 303, (self.name, answer.status)
        if "client" in self.told:
            basic = base64.b64encode(f"{self.told['client']}:{self.told['secret']}".encode()).decode()
            answer = self.ask(
                "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
            )
            assert answer.status == 200, (self.name, answer.status, answer.body[:200])
            self.token = json.loads(answer.body)["access_token"]


@dataclass
class Deployment:
    """A planted database, its processes, and where each of them leaves something."""

    site: Site
    book: Book
    cast: dict[str, Any]
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)  # of each walker, when they last came in
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.site.folder

    @property
    def witness(self) -> Path:
        """What the test heard on the lines: see taps.py."""
        return self.site.folder / "witness"

    @property
    def working(self) -> tuple[str, ...]:
        """The processes that work by themselves."""
        return ("celery", "beat") if self.site.redis else ("worker",)

    @contextlib.contextmanager
    def worked_by(self, mutant: str) -> Iterator[None]:
        """The worker (or Celery) made wrong in this way, instead of the right one."""
        right = self.site["celery" if self.site.redis else "worker"]
        right.stop()
        wrong = (self.site.add_celery if self.site.redis else self.site.add_worker)(env={"CANARY_MUTANT": mutant})
        wrong.start()
        try:
            yield
        finally:
            wrong.stop()
            (self.site.add_celery if self.site.redis else self.site.add_worker)().start()

    def walkers(self, port: int) -> list[Walker]:
        """Everybody, signed in, with a fresh proof of who they are (staff with a second factor)."""
        found = [Walker(told, port) for told in self.cast["walkers"]]
        for walker in found:
            walker.enter()
            self.cookies[walker.name], self.tokens[walker.name] = dict(walker.cookies), walker.token
        self.site.query("UPDATE backend_user_session SET stepped_up_at = last_seen_at WHERE ended_at IS NULL")
        return found

    @contextlib.contextmanager
    def served(self, mutant: str = "", *, breaks: bool = False) -> Iterator[tuple[int, Path]]:
        """The web server: its port and its log. `mutant`: made wrong in this way; `breaks`: so wrong that its own
        question whether it lives fails."""
        port, name = free_port(), f"web{'-' + mutant if mutant else ''}"

        def ready() -> bool:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return Walker({"name": "-", "role": "anonymous"}, port).ask("/health/live").status in (
                    (500,) if breaks else (200,)
                )
            return False

        argv = [
            sys.executable, "-m", "gunicorn", "backend.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--workers", "2", "--preload", "--no-control-socket", "--worker-tmp-dir", str(self.folder),
        ]  # fmt: skip
        web = self.site.add(name, argv, env={"CANARY_MUTANT": mutant}, ready=ready).start()
        try:
            yield port, web.log
        finally:
            web.stop()


@contextlib.contextmanager
def deployed(
    folder: Path, *, people: int, organisations: int, seed: int, engine: Engine = "sqlite", redis: bool = False
) -> Iterator[Deployment]:
    """Plant the markers and start everything but the web server."""
    witness, temporary = folder / "witness", folder / "tmp"
    env = {
        "DJANGO_SETTINGS_MODULE": "tests.canary.settings", "BASE_URL": ORIGIN, "TMPDIR": str(temporary),
        "CANARY_WITNESS": str(witness),
    }  # fmt: skip
    for made in (witness, temporary):
        made.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as ends, Site(folder, engine=engine, redis=redis, env=env) as site:
        for name, port in (("STRIPE", site.stripe_port), ("PARLIAMENT", site.parliament_port)):
            tap = Tap(port, witness / f"{name.lower()}-line.log")
            site.env[f"{name}_API_BASE"] = f"http://127.0.0.1:{tap.port}"
            ends.callback(tap.stop)
        for stand_in in (site.add_stripe("--opening", "10000000"), site.add_parliament()):
            stand_in.start()
        if redis:
            site.add_redis().start()
            ends.callback(Monitor(site.redis_port, witness / "redis-monitor.log").stop)
        numbers = ["--people", str(people), "--organisations", str(organisations), "--seed", str(seed)]
        site.add("plant", [sys.executable, "-m", "tests.canary.plant", str(folder), *numbers]).start(wait=False)
        ended = wait_for(lambda: not site["plant"].alive, 600)
        assert ended and site["plant"].stop() == 0, site["plant"].tail()
        for process in (site.add_celery(), site.add_beat()) if redis else (site.add_worker(),):
            process.start()
        cast = json.loads((folder / "cast.json").read_text(encoding="ascii"))
        yield Deployment(site, Book.load(folder / "book.json"), cast)


def pattern_of(route: str) -> re.Pattern[str]:
    """Which paths a route takes."""
    kinds = {"uuid": "[0-9a-f-]{36}", "int": "[0-9]+", "path": ".+"}
    parts = re.split(r"<(?:(\w+):)?(\w+)>", route.lstrip("^").rstrip("$").removesuffix(r"\Z"))
    text = ""
    for n in range(0, len(parts), 3):
        text += re.escape(parts[n])
        if n + 2 < len(parts):
            text += f"(?P<{parts[n + 2]}>{kinds.get(parts[n + 1] or 'str', '[^/]+')})"
    return re.compile(f"/{text}")
