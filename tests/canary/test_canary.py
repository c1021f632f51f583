"""The canary run (bars P1, P4 in part, P5, P6 and the first edition of Z1).

Every word of every made-up person is a marker. The product runs as real processes; somebody outside asks every address
of the resolver as everybody; then every place where something could lie is searched. What may be where is in
allowed.json and routes.json, and nowhere else. Two programs made wrong on purpose must fail.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.canary import sinks, verdict
from tests.canary.sinks import Sighting
from tests.canary.site import Answer, Deployment, deployed
from tests.canary.walk import Walk, declared_routes, may_open
from tests.processes import Engine

pytestmark = pytest.mark.processes

# Enough for each role and each relation; the long run has everybody.
SHORT = (
    "anonymous", "spokesperson-1", "spokesperson-2", "requester-1", "coordinator-1", "finance_preparer",
    "safeguarding", "admin", "program",
)  # fmt: skip


@dataclass
class Run:
    """What one run saw."""

    deployment: Deployment
    allowed: verdict.Allowed
    walk: Walk | None = None
    leaks: list[Sighting] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    sightings: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _linked: set[tuple[str, str, int]] = field(default_factory=set)

    def see(self, answer: Answer) -> None:
        found = list(sinks.in_answer(answer, self.deployment.book))
        faults = [f"{answer.route or '/'} {answer.status}: {f}" for f in verdict.faults_of_headers(answer)]
        if answer.status >= 500:
            faults.append(f"{answer.walker} {answer.method} {answer.route}: {answer.status}")
        key = (answer.route, answer.role, answer.status)
        if key not in self._linked:
            faults += [f"{answer.route or '/'}: {f}" for f in verdict.faults_of_links(answer)]
        with self._lock:
            self._linked.add(key)
            self.faults.update(faults)
            self.take(found)

    def take(self, found: list[Sighting]) -> None:
        for seen in found:
            self.sightings[seen.sink] += 1
            if not self.allowed.allows(seen):
                self.leaks.append(seen)

    def search_the_rest(self) -> None:
        d, book = self.deployment, self.deployment.book
        for found in (
            sinks.in_mails(d.folder / "mail", book), sinks.in_logs(d, book), sinks.in_database(d, book),
            sinks.in_redis(d, book), sinks.in_stripe(d, book),
        ):  # fmt: skip
            self.take(list(found))

    def figures(self) -> str:
        walk = self.walk
        assert walk is not None
        return json.dumps(
            {
                "markers": len(self.deployment.book.marks),
                "walkers": len(walk.walkers),
                "routes": len(walk.routes),
                "answers": walk.count,
                "sightings": dict(sorted(self.sightings.items())),
                "outside allowed cells": len(self.leaks),
            }
        )


@contextlib.contextmanager
def run(folder: Path, *, who: tuple[str, ...] | None, cap: int, strangers: int, **how: Any) -> Iterator[Run]:
    with deployed(folder, **how) as deployment:
        told = [w for w in deployment.cast["walkers"] if who is None or w["name"] in who]
        deployment.cast["walkers"] = told
        done = Run(deployment, verdict.Allowed(told))
        with deployment.served() as (port, _):
            done.walk = Walk(deployment, deployment.walkers(port), cap, strangers, done.see)
            done.walk.run()
        deployment.site.quiet(30)
        done.search_the_rest()
        print(done.figures())
        yield done


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with run(
        tmp_path_factory.mktemp("canary"), who=SHORT, cap=1, strangers=1, people=12, organisations=8, seed=1
    ) as done:
        yield done


def _no_marker_outside(done: Run) -> None:
    assert done.sightings["page"] > 100, "the walk saw people's own pages"
    assert done.sightings["mail-to"] > 50, "mails were written"
    assert done.leaks == [], "\n".join(sorted({str(leak) for leak in done.leaks})[:60])


def _none(found: Collection[str], what: str) -> None:
    assert not found, "\n  ".join([f"{what}:", *sorted(found)])


def _every_route_as_declared(done: Run) -> None:
    walk = done.walk
    assert walk is not None
    there, rows = {r["route"] for r in done.deployment.cast["routes"]}, declared_routes()
    _none(there - rows.keys(), "these addresses have no row in tests/canary/routes.json")
    _none(rows.keys() - there, "these rows of tests/canary/routes.json have no address")
    _none(set(walk.wrongly), "somebody was let in who may not be")
    asked = {route for (_, route), paths in walk.asked.items() if paths}
    reached = {route for route, roles in walk.reached.items() if roles}
    silent = {route for route, row in rows.items() if "never" in row}
    _none(rows.keys() - silent - asked, "nobody asked for these")
    _none(rows.keys() - silent - reached, "nobody was let in here, so nothing was looked at")
    for route, row in rows.items():
        roles = {w.role for w in walk.walkers if may_open(row, w.role)}
        assert walk.reached[route] <= roles | {"anonymous"}


def _headers(done: Run) -> None:
    assert done.faults == Counter(), "\n".join(sorted(done.faults)[:60])


def test_no_marker_is_outside_an_allowed_cell(short: Run) -> None:
    _no_marker_outside(short)


def test_every_address_is_declared_and_opens_to_those_declared(short: Run) -> None:
    _every_route_as_declared(short)


def test_every_answer_has_its_headers_and_fetches_nothing_from_elsewhere(short: Run) -> None:
    _headers(short)


def test_the_run_was_told_of_everything(short: Run) -> None:
    """A marker in every field of the vault, of every payee and account; and each kind of word people write."""
    fields = Counter(mark.field for mark in short.deployment.book.marks.values())
    people = len(short.deployment.cast["ids"]["network_person"])
    from network.vault.data import Field

    assert {f.value: fields[f.value] for f in Field} == {f.value: people for f in Field}
    assert fields["legal_name"] == fields["account_number"] == len(short.deployment.cast["ids"]["payments_payee"])
    for more in ("known_as", "terms_note", "question", "care_before", "check_in_answer", "concern_worry"):
        assert fields[more], more


def _again(done: Run, mutant: str, names: tuple[str, ...], roots: tuple[str, ...]) -> tuple[Run, Path]:
    """Part of the walk once more, with a program made wrong."""
    wrong = Run(done.deployment, verdict.Allowed(done.deployment.cast["walkers"]))
    before = done.walk
    assert before is not None
    with done.deployment.served(mutant) as (port, log):
        for walker in done.deployment.walkers(port):
            for (name, route), paths in before.asked.items():
                if name == walker.name and walker.name in names and route.startswith(roots):
                    for path in sorted(paths):
                        wrong.see(walker.ask(path, route))
    return wrong, log


def test_a_gate_that_shows_everything_is_noticed(short: Run) -> None:
    wrong, _ = _again(short, "gate-shows-everything", ("requester-1",), ("desk/briefs/", "desk/bookings/"))
    outside = {(leak.role, leak.mark.field) for leak in wrong.leaks}
    assert ("requester", "name_full") in outside, sorted(outside)


def test_a_name_in_a_log_is_noticed(short: Run) -> None:
    wrong, log = _again(short, "a-name-is-logged", ("requester-1",), ("desk/briefs/", "desk/bookings/"))
    assert wrong.leaks == []
    wrong.take(list(sinks.in_file(log, short.deployment.book, "log")))
    assert {leak.sink for leak in wrong.leaks} == {"log"}


def test_a_font_from_elsewhere_and_a_cached_page_are_noticed(short: Run) -> None:
    wrong, _ = _again(short, "another-site-sees-it", ("anonymous",), ("help/",))
    told = " ".join(wrong.faults)
    assert "fetches https://fonts.example/a.css" in told
    assert "cache-control" in told


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_everybody_everywhere(tmp_path: Path, engine: Engine) -> None:
    """The long run: all walkers, many addresses each; on PostgreSQL with Redis and Celery."""
    with run(
        tmp_path, who=None, cap=6, strangers=100, people=30, organisations=8, seed=2, engine=engine,
        redis=engine == "postgresql",
    ) as done:  # fmt: skip
        checks: list[Callable[[Run], None]] = [_no_marker_outside, _every_route_as_declared, _headers]
        for check in checks:
            check(done)
        unused = [cell["why"] for n, cell in enumerate(done.allowed.cells) if n not in done.allowed.used]
        assert unused == [], "nothing needs these cells of allowed.json any more"
