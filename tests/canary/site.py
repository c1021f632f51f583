"""The whole product as processes of its own, full of markers, and somebody outside who asks it everything."""

from __future__ import annotations

import base64
import contextlib
import http.client
import http.cookies
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.canary.markers import Book
from tests.processes import ROOT, Place, free_port, own_database, own_redis, wait_for

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
        self, path: str, route: str = "", *, data: Mapping[str, str] | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """GET, or POST of a form when there is `data`. Never follows."""
        sent = {"Host": urlsplit(ORIGIN).netloc, "X-Forwarded-Proto": "https", "Accept": "*/*", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.token and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        body = None
        if data is not None:
            body = urlencode(data)
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN, "Referer": f"{ORIGIN}/"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET" if data is None else "POST", path, body, sent)
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
        method = "GET" if data is None else "POST"
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

    place: Place
    book: Book
    cast: dict[str, Any]
    stripe: str
    redis: str = ""

    @property
    def folder(self) -> Path:
        return self.place.folder

    def walkers(self, port: int) -> list[Walker]:
        """Everybody, signed in, with a fresh proof of who they are (staff with a second factor)."""
        found = [Walker(told, port) for told in self.cast["walkers"]]
        for walker in found:
            walker.enter()
        self.place.sql("UPDATE backend_user_session SET stepped_up_at = last_seen_at WHERE ended_at IS NULL")
        return found

    @contextlib.contextmanager
    def served(self, mutant: str = "") -> Iterator[tuple[int, Path]]:
        """The web server: its port and its log. `mutant`: made wrong in this way."""
        port, log = free_port(), self.folder / f"web{'-' + mutant if mutant else ''}.log"
        command = [
            sys.executable, "-m", "gunicorn", "backend.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
            "--workers", "2", "--worker-class", "sync", "--no-control-socket", "--log-level", "warning",
        ]  # fmt: skip
        with log.open("ab") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**self.place.env, "CANARY_MUTANT": mutant}, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        self.place.processes.append(process)

        def answers() -> bool:
            assert process.poll() is None, log.read_text(encoding="utf-8")[-2000:]
            with contextlib.suppress(OSError, http.client.HTTPException):
                return Walker({"name": "-", "role": "anonymous"}, port).ask("/health/live").status == 200
            return False

        try:
            wait_for(answers, "the web server")
            yield port, log
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def deployed(folder: Path, *, people: int, organisations: int, seed: int, with_redis: bool = False) -> Iterator[Deployment]:
    """Plant the markers and start everything but the web server."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(own_database(folder))
        redis = stack.enter_context(own_redis(folder))[0] if with_redis else ""
        place = Place(folder, database, redis)
        stack.callback(place.close)
        stripe = f"http://127.0.0.1:{(stripe_port := free_port())}"
        place.env |= {
            "DJANGO_SETTINGS_MODULE": "tests.canary.settings",
            "BASE_URL": ORIGIN,
            "STRIPE_API_BASE": stripe,
        }
        place.start(
            "-m", "payments.gateways.standin", "--port", str(stripe_port), "--book", str(folder / "stripe.sqlite3"),
            "--opening", "10000000",
        )  # fmt: skip

        def stripe_answers() -> bool:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", stripe_port, timeout=5)
                connection.request("GET", "/")
                connection.getresponse().read()
                return True
            return False

        wait_for(stripe_answers, "the stand-in for Stripe")
        planting = place.start(
            "-m", "tests.canary.plant", str(folder), "--people", str(people), "--organisations", str(organisations),
            "--seed", str(seed),
        )  # fmt: skip
        assert planting.wait(600) == 0, (folder / "log.txt").read_text(encoding="utf-8")[-3000:]
        if with_redis:
            place.celery("worker", "-l", "info", "-c", "2", "-Q", "default,mail,money,media")
            place.celery("beat", "-s", str(folder / "beat"), "-l", "info")
        else:
            place.worker()
        cast = json.loads((folder / "cast.json").read_text(encoding="ascii"))
        yield Deployment(place, Book.load(folder / "book.json"), cast, stripe, redis)


def pattern_of(route: str) -> re.Pattern[str]:
    """Which paths a route takes."""
    kinds = {"uuid": "[0-9a-f-]{36}", "int": "[0-9]+", "path": ".+"}
    parts = re.split(r"<(?:(\w+):)?(\w+)>", route.lstrip("^").rstrip("$").removesuffix(r"\Z"))
    text = "" if route[:1] != "^" else ""
    for n in range(0, len(parts), 3):
        text += re.escape(parts[n])
        if n + 2 < len(parts):
            text += f"(?P<{parts[n + 2]}>{kinds.get(parts[n + 1] or 'str', '[^/]+')})"
    return re.compile(f"/{text}")
