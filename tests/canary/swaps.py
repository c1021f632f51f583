"""Bar Z3: whoever puts somebody else's id where their own stood learns nothing and changes nothing.

For each id in each address: the walker's own first (the positive control), then others' of the right kind, of people who
were erased, of the wrong kind, and made-up ones. The answer, but for the id itself, is the one to an id that never was.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.canary.site import Answer, Deployment, Walker
from tests.canary.walk import Walk, may_open

_PARAM = re.compile(r"<(?:(\w+):)?(\w+)>")
# Parts of an answer that are drawn anew each time, whoever asks for what.
_FRESH = (
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'),
    re.compile(rb'name="(?:once|form_key|key)" value="[^"]*"'),
    re.compile(rb"urn:uuid:[0-9a-f-]{36}"),
    re.compile(rb"nonce-[\w+/=-]+"),
)
_FRESH_HEADERS = frozenset({"date", "content-length", "set-cookie", "connection", "ratelimit"})
# Kept by the machinery itself, whatever anybody asks.
_LIVING = (
    "django_session",
    "backend_user_session",
    "backend_job_run",
    "backend_throttle",
    "sqlite_sequence",
    "sqlite_stat1",
)

_NOTED = ("last_used_at", "last_seen_at")  # that somebody asked at all


@dataclass
class Swaps:
    """What was tried and what came of it."""

    deployment: Deployment
    walk: Walk
    each: int  # how many foreign ids of each sort
    only: tuple[str, ...] = ()  # roots of routes; all when empty
    differences: list[str] = field(default_factory=list)
    controlled: set[tuple[str, str]] = field(default_factory=set)  # route, parameter
    tried: Counter[str] = field(default_factory=Counter)  # by sort

    def run(self, walkers: Iterable[Walker]) -> None:
        for walker in walkers:
            if walker.role == "anonymous":
                continue
            self._secret(walker)
            for row in self.walk.routes:
                route = row["route"]
                if self.only and not route.startswith(self.only):
                    continue
                if may_open(self.walk.rows[route], walker.role) and "ends the session" not in self.walk.rows[route]:
                    for number, found in enumerate(_PARAM.finditer(route)):
                        self._swap(walker, route, number, found.group(1) or "str")

    # -- one parameter of one route, one walker ---------------------------------------------------------------------

    def _swap(self, walker: Walker, route: str, number: int, kind: str) -> None:
        row = self.walk.rows[route]
        if kind not in ("uuid", "str", "consent_reference") or "everybody" in row["roles"] or "shared" in row:
            return
        mine = self._control(walker, route)
        if mine is None:
            return
        self.controlled.add((route, _PARAM.findall(route)[number][1]))
        parts = _values(route, mine)
        never = _made_up(kind, parts[number])
        nothing = {method: self._ask(walker, route, parts, number, never, method) for method in ("GET", "POST")}
        for sort, one in self._foreign(walker, route, number, parts[number], kind):
            for method, wanted in nothing.items():
                self.tried[sort] += 1
                got = self._ask(walker, route, parts, number, one, method)
                if got != wanted:
                    self.differences.append(f"{walker.name} {method} {route}: {sort} {_how(got, wanted)}")

    def _control(self, walker: Walker, route: str) -> str | None:
        """An address of this route that opens to this walker."""
        return self.walk.opened.get((walker.name, route))

    def _foreign(self, walker: Walker, route: str, number: int, own: str, kind: str) -> Iterator[tuple[str, str]]:
        rows: Mapping[str, Mapping[str, Any]] = self.deployment.cast["owned"]
        table = next((t for t, ids in rows.items() if own in ids), None)
        if table is not None and "anybody's" not in self.walk.rows[route]:
            theirs = [i for i, whose in rows[table].items() if i != own and _is_strangers(walker, whose)]
            outside = [i for i in theirs if self._tenant(rows[table][i]) != self._tenant(rows[table][own])]
            yield from (("another tenant's", i) for i in outside[: self.each])
            yield from (("the same tenant's", i) for i in [i for i in theirs if i not in outside][: self.each])
        if kind == "uuid":
            erased = self.deployment.cast["erased"].get(table or "-", {})
            gone = [
                i for i, whose in erased.items() if i not in rows.get(table or "-", {}) or _is_strangers(walker, whose)
            ]
            yield from (("erased", i) for i in gone[: self.each])
            other = [i for t, ids in rows.items() if t != table for i in list(ids)[:1] if len(i) == 36]
            yield from (("of the wrong kind", i) for i in other[: self.each])
        yield from (("made up", _made_up(kind, own)) for _ in range(self.each))

    @staticmethod
    def _tenant(whose: Mapping[str, list[str]]) -> tuple[str, ...]:
        return tuple(sorted(whose.get("organisation", ())))

    # -- asking -----------------------------------------------------------------------------------------------------

    def _secret(self, walker: Walker) -> None:
        page = walker.ask("/account/")
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
        self._form = {"csrfmiddlewaretoken": found.group(1).decode()} if found else {}

    def _ask(
        self, walker: Walker, route: str, parts: list[str], number: int, value: str, method: str
    ) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
        path = _path(route, [*parts[:number], value, *parts[number + 1 :]])
        if method == "GET":
            answer = walker.ask(path, route)
        elif walker.role == "program":
            answer = walker.ask(path, route, raw=b"{}", headers={"Content-Type": "application/json"})
        else:
            answer = walker.ask(path, route, data=self._form)
        return normalised(answer, value)


def normalised(answer: Answer, value: str) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """An answer without the id that was asked for and without what is drawn anew each time."""
    body = answer.body.replace(value.encode(), b"ID")
    for fresh in _FRESH:
        body = fresh.sub(b"", body)
    headers = {n: v.replace(value, "ID") for n, v in answer.headers.items() if n not in _FRESH_HEADERS}
    for name, text in headers.items():
        headers[name] = re.sub(r"nonce-[\w+/=-]+", "nonce", text)
    return answer.status, body, tuple(sorted(headers.items()))


def _how(got: tuple[int, bytes, Any], wanted: tuple[int, bytes, Any]) -> str:
    if got[0] != wanted[0]:
        return f"gives {got[0]}, nothing gives {wanted[0]}"
    if got[1] != wanted[1]:
        return f"has {len(got[1])} other bytes than {len(wanted[1])}"
    return f"has other headers: {set(got[2]) ^ set(wanted[2])}"


def _is_strangers(walker: Walker, whose: Mapping[str, list[str]]) -> bool:
    """Does the row belong to somebody else, and to nobody this walker works with?"""
    told = walker.told
    people = {f"person:{p}" for p in whose.get("person", ())}
    if walker.role in ("requester", "program"):
        owners = set(whose.get("organisation", ())) or {f"user:{u}" for u in whose.get("user", ())}
        return bool(owners) and not owners & {told.get("organisation"), *told.get("own", ())}
    if walker.role == "spokesperson":
        owners = people | {f"user:{u}" for u in whose.get("user", ())}
        return bool(owners) and not owners & set(told["own"])
    if walker.role == "coordinator":
        return bool(people) and not people & set(told["assigned"])
    if people or "organisation" in whose:
        return False  # finance, safeguarding and the admin work with everybody's
    owners = {f"user:{u}" for u in whose.get("user", ())}
    return bool(owners) and not owners & set(told["own"])


def _values(route: str, path: str) -> list[str]:
    """What stands for each parameter of a route in an address."""
    from tests.canary.site import pattern_of

    found = pattern_of(route).fullmatch(path)
    assert found is not None, (route, path)
    return [str(found.group(name)) for _, name in _PARAM.findall(route)]


def _path(route: str, values: list[str]) -> str:
    rest = iter(values)
    return "/" + _PARAM.sub(lambda _: next(rest), route)


def _made_up(kind: str, like: str) -> str:
    """An id that never was; a token or reference of the same shape as `like`."""
    if kind == "uuid":
        return str(uuid4())
    head, line, rest = like.rpartition("_") if like.startswith("cr_") else ("", "", like)
    letters = "0123456789abcdef" if re.fullmatch("[0-9a-f]+", rest) else string.ascii_letters + string.digits
    return head + line + "".join(secrets.choice(letters) if c in letters else c for c in rest)


def state_of(deployment: Deployment) -> dict[str, str]:
    """A digest of every table of the database, but for what the machinery keeps for itself."""
    site = deployment.site
    if site.engine == "sqlite":
        tables = [row[0] for row in site.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    else:
        tables = [row[0] for row in site.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    found = {}
    for table in sorted(set(tables) - set(_LIVING)):
        if site.engine == "sqlite":
            names = [str(row[1]) for row in site.query(f'PRAGMA table_info("{table}")')]
        else:
            sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
            names = [str(row[0]) for row in site.query(sql, table)]
        columns = ", ".join(f'"{name}"' for name in names if name not in _NOTED)
        rows = site.query(f'SELECT {columns} FROM "{table}"')  # noqa: S608
        told = sorted(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in rows)
        found[table] = hashlib.sha256("\n".join(told).encode()).hexdigest()
    return found
