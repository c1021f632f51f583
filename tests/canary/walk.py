"""Every address of the resolver, as everybody, with the ids of everybody's things."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.canary.site import ORIGIN, Answer, Deployment, Walker, pattern_of

HERE = Path(__file__).parent
_LINK = re.compile(r"""(?:href|action|formaction|src)\s*=\s*["']([^"']+)["']""")
_IN_JSON = re.compile(r'"((?:https?://[^"/]+)?/[^"\s]*)"')
_IN_TEXT = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def declared_routes() -> dict[str, dict[str, Any]]:
    """The reviewed inventory: for each route who may open it."""
    rows: dict[str, dict[str, Any]] = json.loads((HERE / "routes.json").read_text(encoding="utf-8"))
    return rows


def may_open(row: Mapping[str, Any], role: str) -> bool:
    roles = row["roles"]
    return "everybody" in roles or role in roles or ("signed-in" in roles and role not in ("anonymous", "program"))


@dataclass
class Walk:
    """What was asked and what came back."""

    deployment: Deployment
    walkers: list[Walker]
    cap: int  # of each route, how many different addresses each walker tries
    strangers: int  # of each route, how many of those who may not open it try
    seen: Callable[[Answer], None]  # told of every answer
    routes: list[dict[str, Any]] = field(default_factory=list)
    found: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))  # route -> paths, in order
    asked: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # route -> roles that got something
    opened: dict[tuple[str, str], str] = field(default_factory=dict)  # walker, route -> an address that opened
    wrongly: list[str] = field(default_factory=list)  # answers to somebody who should have had none
    count: int = 0

    def __post_init__(self) -> None:
        self.rows = declared_routes()
        self.routes = [r for r in self.deployment.cast["routes"] if r["route"] in self.rows]
        self._patterns = [(pattern_of(r["route"]), r["route"]) for r in self.routes]
        self._turn = {r["route"]: n for n, r in enumerate(self.routes)}

    # -- finding addresses ----------------------------------------------------------------------------------------

    def route_of(self, path: str) -> str:
        return next((route for pattern, route in self._patterns if pattern.fullmatch(path)), "")

    def note(self, links: Iterable[str]) -> None:
        for link in links:
            parts = urlsplit(unescape(link))
            if parts.netloc and f"{parts.scheme}://{parts.netloc}" != ORIGIN:
                continue
            route = self.route_of(parts.path)
            if route and "<" in route:
                self.found[route].setdefault(parts.path)

    def note_links_of(self, answer: Answer) -> None:
        if answer.status >= 400 or answer.kind not in ("text/html", "application/json", "text/plain"):
            return
        text = answer.body.decode("utf-8", "replace")
        self.note(_LINK.findall(text) if answer.kind == "text/html" else _IN_JSON.findall(text))
        self.note([answer.headers.get("location", "")])
        if answer.kind == "application/json":
            self._ids_of_api(answer.path, text)

    def _ids_of_api(self, path: str, text: str) -> None:
        """`GET /things/` answers with ids: then there is `/things/ID/`."""
        for route in (r["route"] for r in self.routes):
            head, bracket, tail = route.partition("<")
            if bracket and f"/{head}".rstrip("/") == urlsplit(path).path.rstrip("/") and "<" not in tail:
                for one in dict.fromkeys(_UUID.findall(text)):
                    self.found[route].setdefault(f"/{head}{one}{tail.partition('>')[2]}")

    def note_mails(self, folder: Path) -> None:
        for path in sorted(folder.glob("*.log")):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            self.note(_IN_TEXT.findall(str(message.get_content() if not message.is_multipart() else message)))

    # -- asking ---------------------------------------------------------------------------------------------------

    def ask(self, walker: Walker, path: str, route: str, data: Mapping[str, str] | None = None) -> Answer:
        answer = walker.ask(path, route, data=data)
        self.count += 1
        self.asked[walker.name, route].add(path)
        self.seen(answer)
        if answer.gave_something:
            self.reached[route].add(walker.role)
            if answer.status < 400:
                self.opened.setdefault((walker.name, route), path)
            self.note_links_of(answer)
            if not may_open(self.rows[route], walker.role):
                self.wrongly.append(f"{walker.name} {answer.method} {route}: {answer.status}")
        return answer

    def tries(self, walker: Walker, route: str) -> bool:
        """Whoever may, and nobody; of the others, `strangers` in turn."""
        if walker.role == "anonymous" or may_open(self.rows[route], walker.role):
            return True
        others = [w for w in self.walkers if not may_open(self.rows[route], w.role) and w.role != "anonymous"]
        turn = others.index(walker) - self._turn[route] * self.strangers
        return turn % len(others) < self.strangers

    def everybody(self, visit: Callable[[Walker], object]) -> None:
        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(visit, walker) for walker in self.walkers]:
                done.result()

    def _wait_for_end(self, route: str) -> bool:
        return bool(self.rows[route].get("ends the session"))

    def run(self) -> None:
        plain = [r["route"] for r in self.routes if "<" not in r["route"] and not self._wait_for_end(r["route"])]
        self.note(self.deployment.cast["paths"])
        self.everybody(lambda w: [self.ask(w, f"/{route}", route) for route in plain if self.tries(w, route)])
        self.note_mails(self.deployment.folder / "mail")
        for _ in range(4):  # what is found leads to more
            self.everybody(self._visit_found)
        self._seek()
        self.everybody(self._visit_found)
        self.everybody(self._press)
        for walker in self.walkers:
            if walker.role not in ("anonymous", "program"):
                assert walker.ask("/account/").status == 200, f"{walker.name} was signed out on the way"
        ending = [r["route"] for r in self.routes if self._wait_for_end(r["route"])]
        self.everybody(lambda w: [self.ask(w, f"/{route}", route) for route in ending])

    def _visit_found(self, walker: Walker) -> None:
        for route in [r["route"] for r in self.routes if "<" in r["route"]]:
            if not self.tries(walker, route):
                continue
            most = self.cap if may_open(self.rows[route], walker.role) else 1
            for path in list(self.found[route]):
                mine = self.asked[walker.name, route]
                if len(mine) >= most:
                    break
                if path not in mine:
                    self.ask(walker, path, route)

    def _seek(self) -> None:
        """Routes that let nobody in so far: every address that pages led to, then the ids of their neighbours, then the
        ids of everything there is, until somebody who may is let in."""
        for row in self.routes:
            route = row["route"]
            if "<" not in route or "never" in self.rows[route]:
                continue
            for walker in self.walkers:
                if self.reached[route]:
                    break
                if may_open(self.rows[route], walker.role):
                    for path in dict.fromkeys(self._guesses(route)):
                        if self.reached[route]:
                            break
                        if path not in self.asked[walker.name, route]:
                            self.ask(walker, path, route)

    def _guesses(self, route: str) -> Iterator[str]:
        yield from list(self.found[route])
        head, _, rest = route.partition("<")
        before, _, tail = rest.partition(">")
        if "<" in tail or not before.startswith("uuid:"):
            return
        near = [p for other, paths in list(self.found.items()) if other.startswith(f"{head}<") for p in list(paths)]
        beside = [found.group() for path in near if (found := _UUID.search(path))]
        everything = [one for table in self.deployment.cast["ids"].values() for one in table[:3]]
        yield from (f"/{head}{one}{tail}" for one in (*beside, *everything))

    def _press(self, walker: Walker) -> None:
        """Buttons that give a file or show a detail: declared with what is sent."""
        for route, row in self.rows.items():
            if "press" not in row or not may_open(row, walker.role):
                continue
            paths = list(dict.fromkeys(self._guesses(route)))[: max(self.cap, 3)] if "<" in route else [f"/{route}"]
            for path in paths:
                form = walker.ask("/account/")
                secret = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.body.decode("utf-8", "replace"))
                token = {"csrfmiddlewaretoken": secret.group(1)} if secret else {}
                self.ask(walker, path, route, {**token, **row["press"]})
