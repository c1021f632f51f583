"""The canary run (bars P1, P2, P4, P5, P6, P8, P9, Z3 and the first edition of Z1).

Every word of every made-up person is a marker. The product runs as real processes; somebody outside asks every address
of the resolver as everybody, puts others' ids where their own stood, makes every page break and every piece of work
fail; then every place where something could lie is searched. What may be where is in allowed.json and routes.json, which
columns hold markers in fields.json, what opens a line to the outside in doors.json, and nowhere else. Programs made wrong
on purpose must fail.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.canary import browser, doors, faults, inventory, metadata, sinks, verdict
from tests.canary.sinks import Sighting
from tests.canary.site import ORIGIN, Answer, Deployment, Walker, deployed
from tests.canary.swaps import Swaps, state_of
from tests.canary.walk import Walk, declared_routes, may_open
from tests.processes import Engine

pytestmark = pytest.mark.processes

# Enough for each role and each relation; the long run has everybody.
SHORT = (
    "anonymous", "spokesperson-1", "spokesperson-2", "requester-1", "coordinator-1", "finance_preparer",
    "finance_approver", "safeguarding", "admin", "program",
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
    kinds: Counter[str] = field(default_factory=Counter)  # of files that were got
    of_erased: set[tuple[str, str, str]] = field(default_factory=set)  # sink, place, field: of somebody forgotten
    breaking: bool = False  # every page is meant to end in a 500 now
    swaps: Swaps | None = None
    changed: list[str] = field(default_factory=list)  # tables that somebody else's id changed
    broken: tuple[Path, int] | None = None  # the log of the web server that broke, and its 500s
    dead: list[tuple[str, str]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)  # of each part, for whoever waits for it; never judged
    _since: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _linked: set[tuple[str, str, int]] = field(default_factory=set)

    def see(self, answer: Answer) -> None:
        found = list(sinks.in_answer(answer, self.deployment.book))
        if self.breaking:  # the test itself wrote names into addresses; a way to sign in repeats where one wanted to go
            found = [seen for seen in found if seen.sink != "address" and seen.where != "location"]
        faults = [f"{answer.route or '/'} {answer.status}: {f}" for f in verdict.faults_of_headers(answer)]
        hidden = self.deployment.cast["hidden"]
        faults += [f"{answer.route} to {answer.role}: {f}" for f in metadata.faults_of_ids(answer, hidden)]
        faults += [f"{answer.route} to {answer.role}: {f}" for f in metadata.faults_of_file(answer)]
        if answer.status >= 500 and not self.breaking:
            faults.append(f"{answer.walker} {answer.method} {answer.route}: {answer.status}")
        key = (answer.route, answer.role, answer.status)
        if key not in self._linked:
            faults += [f"{answer.route or '/'}: {f}" for f in verdict.faults_of_links(answer)]
        with self._lock:
            if answer.status == 200 and answer.kind in metadata.FILES:
                self.kinds[answer.kind] += 1
            self._linked.add(key)
            self.faults.update(faults)
            self.take(found)

    def take(self, found: list[Sighting]) -> None:
        for seen in found:
            self.sightings[seen.sink] += 1
            if seen.mark.owner == self.deployment.cast["erased_person"]:
                self.of_erased.add((seen.sink, seen.where, seen.mark.field))
            if not self.allowed.allows(seen):
                self.leaks.append(seen)

    def search_the_rest(self) -> None:
        d, book = self.deployment, self.deployment.book
        for found in (
            sinks.in_mails(d.folder / "mail", book), sinks.in_logs(d, book), sinks.in_database(d, book),
            sinks.in_redis(d, book), sinks.in_stripe(d, book), sinks.in_witnesses(d, book), sinks.in_left_files(d, book),
        ):  # fmt: skip
            self.take(list(found))
        allowed, known = metadata.subjects(), metadata.bodies()
        for message in d.site.mails():
            self.faults.update(f"a mail: {f}" for f in metadata.faults_of_mail(message, allowed, known))

    def back_up(self) -> None:
        """Where the program can copy its data, the copies are searched too."""
        if "backup" in doors.commands():
            to = self.deployment.folder / "backups"
            told = self.deployment.site.manage("backup", "--to", str(to))
            self.take(list(sinks.in_text(told, self.deployment.book, "command", "backup", alone=True)))
            self.take(list(sinks.in_backups(to, self.deployment.book)))

    def part(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[name], self._since = round(now - self._since, 1), now

    def run_commands(self) -> None:
        """What our own commands print is mailed by cron and kept by shells."""
        for name, row in doors.declared()["commands"].items():
            if "run" in row:
                told = self.deployment.site.manage(name, *row["run"], check=False)
                self.take(list(sinks.in_text(told, self.deployment.book, "command", name, alone=True)))

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
                "ids swapped": dict(sorted(self.swaps.tried.items())) if self.swaps else {},
                "files": dict(sorted(self.kinds.items())),
                "broken pages": self.broken[1] if self.broken else 0,
                "dead letters": len(self.dead),
                "seconds": self.seconds,
                "outside allowed cells": len(self.leaks),
            }
        )


@contextlib.contextmanager
def run(
    folder: Path,
    *,
    who: tuple[str, ...] | None,
    cap: int,
    strangers: int,
    swapped: int,
    commands: bool = True,
    **how: Any,
) -> Iterator[Run]:
    with deployed(folder, **how) as deployment:
        told = [w for w in deployment.cast["walkers"] if who is None or w["name"] in who]
        deployment.cast["walkers"] = told
        done = Run(deployment, verdict.Allowed(told))
        with deployment.served() as (port, _):
            done.walk = Walk(deployment, deployment.walkers(port), cap, strangers, done.see)
            done.walk.run()
            done.part("walk")
            for endpoint, secret in (
                pair.split(":") for pair in deployment.site.env["STRIPE_WEBHOOK_SECRETS"].split(",")
            ):
                hint = faults.a_hint(deployment, port, endpoint, secret)
                assert hint.status == 200, (endpoint, hint.status, hint.body)
                done.see(hint)
            deployment.site.quiet(30)
            done.take(list(sinks.in_processes(deployment, deployment.book)))
            done.take(list(sinks.in_database(deployment, deployment.book)))  # while the log of writes is still there
            done.part("while it runs")
            _swap(done, port, swapped)
            done.part("swaps")
        done.breaking = True
        done.broken = faults.broken_pages(deployment, done.see, [w["name"] for w in told][:9])
        done.breaking = False
        done.part("broken pages")
        done.back_up()
        if commands:
            done.run_commands()
        done.part("commands")
        with deployment.served() as (port, _):
            done.dead = faults.failed_work(deployment, lambda: _complaints(port))
            for walker in deployment.walkers(port):
                if walker.role == "admin":
                    done.see(walker.ask("/staff/work/", "staff/work/"))
        done.part("failed work")
        done.search_the_rest()
        done.part("search")
        print(done.figures())
        yield done


def _swap(done: Run, port: int, each: int) -> None:
    """Others' ids where one's own stood, while nothing else goes on."""
    deployment, walk = done.deployment, done.walk
    assert walk is not None
    for name in deployment.working:
        deployment.site[name].stop()
    walkers = deployment.walkers(port)
    before = state_of(deployment)
    done.swaps = Swaps(deployment, walk, each)
    done.swaps.run(walkers)
    after = state_of(deployment)
    done.changed = [table for table in before if before[table] != after[table]]
    for name in deployment.working:
        deployment.site[name].start()


def _complaints(port: int) -> None:
    """Somebody complains, several times: work to be done."""
    visitor = Walker({"name": "visitor", "role": "anonymous"}, port)
    for _ in range(3):
        page = visitor.ask("/complaints/").body.decode("utf-8")
        secret = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert secret is not None
        sent = {"csrfmiddlewaretoken": secret.group(1), "about": "data", "words": "It took long.", "contact": ""}
        answer = visitor.ask("/complaints/", data=sent)
        assert answer.status in (302, 303), (answer.status, answer.body[-2000:])


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with run(
        tmp_path_factory.mktemp("canary"),
        who=SHORT,
        cap=1,
        strangers=1,
        swapped=1,
        commands=False,
        people=12,
        organisations=8,
        seed=1,
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


def _swapped(done: Run) -> None:
    """Bar Z3, and that it was tried: each address with an id has somebody to whom it opens, as the control."""
    swaps = done.swaps
    assert swaps is not None
    _none(set(swaps.differences), "somebody else's id is answered in another way than one that never was")
    assert done.changed == [], "somebody else's id changed these tables"
    assert set(swaps.tried) == {"another tenant's", "the same tenant's", "erased", "of the wrong kind", "made up"}


def test_anothers_id_is_answered_as_one_that_never_was(short: Run) -> None:
    _swapped(short)
    swaps = short.swaps
    assert swaps is not None
    for route in (
        "desk/bookings/<uuid:id>/",
        "me/bookings/<uuid:id>/",
        "team/people/<uuid:id>/",
        "api/v1/briefs/<uuid:brief_id>",
    ):
        assert any(route == r for r, _ in swaps.controlled), route


def _broken(done: Run) -> None:
    """Pages and work that broke said so in the log, in the way that is meant; what they held is searched with the rest."""
    assert done.broken is not None
    log, count = done.broken
    assert count > 10
    told = log.read_text(encoding="utf-8")
    assert "ValueError at" in told, "the fault is written down"
    assert "Traceback (most recent call last)" not in told
    assert len(done.dead) >= faults.LETTERS
    assert all("ValueError at " in error for _, error in done.dead), done.dead


def test_what_breaks_says_nothing_of_what_it_held(short: Run) -> None:
    _broken(short)


# What is left of somebody who was forgotten: letters written before, and what the law makes us keep of payments.
_LEFT = re.compile("mail-to To (account|email)|page demo/outbox/ (account|email)|(page|file) money/.* "
                   "(legal_name|account_holder|account_number|sort_code|stripe_account)|stripe .* stripe_account")  # fmt: skip


def _forgotten(done: Run) -> None:
    left = {" ".join(cell) for cell in done.of_erased}
    assert left, "they were somebody"
    _none({cell for cell in left if not _LEFT.fullmatch(cell)}, "somebody who was forgotten is still there")


def test_somebody_forgotten_is_nowhere(short: Run) -> None:
    _forgotten(short)


def test_files_of_every_kind_were_looked_into(short: Run) -> None:
    wanted = {"application/pdf", "application/zip", "text/csv", "text/calendar", "application/ld+json"}
    assert wanted <= set(short.kinds)


def test_the_run_was_told_of_everything(short: Run) -> None:
    """A marker in every field of the vault, of every payee and account; and each kind of word people write."""
    from network.vault.data import Field

    marks, cast = short.deployment.book.marks.values(), short.deployment.cast
    fields = Counter(mark.field for mark in marks)
    owners = {f.value: {mark.owner for mark in marks if mark.field == f.value} for f in Field}
    everybody = {f"person:{one}" for one in cast["ids"]["network_person"]} | {cast["erased_person"]}
    assert owners == {f.value: everybody for f in Field}
    assert inventory.faults_of_marks(inventory.declared_fields(), cast["filled"], fields) == []
    for more in ("known_as", "terms_note", "question"):
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


def test_a_stranger_who_is_told_that_it_is_not_theirs_is_noticed(short: Run) -> None:
    """The mutant of Z3: 403 where 404 stands."""
    assert short.walk is not None
    with short.deployment.served("not-yours") as (port, _):
        wrong = Swaps(short.deployment, short.walk, 1, only=("desk/briefs/<uuid:id>/",))
        wrong.run(w for w in short.deployment.walkers(port) if w.name == "requester-1")
    assert any("another tenant's gives 403, nothing gives 404" in found for found in wrong.differences), (
        wrong.differences
    )


def _nothing_stays_in_the_browser(done: Run) -> None:
    with done.deployment.served() as (port, _):
        for way in ("button", "shift"):
            seen = browser.visit(done.deployment, port, way=way)
            assert len(seen.own) > 10, "the pages showed them their own words"
            assert seen.files > 20, "the browser has a profile"
            assert seen.titles == {"Messages"}
            _none({str(s) for s in seen.blank}, f"on the screen after leaving by {way}")
            _none({str(s) for s in seen.kept}, f"kept by the browser after leaving by {way}")
            assert seen.elsewhere <= {ORIGIN, "https://www.bbc.co.uk"}, seen.elsewhere
        for script in KEEPING:
            seen = browser.visit(done.deployment, port, keeps=script)
            assert {s.sink for s in seen.kept}, f"a page that does this is noticed: {script}"


# Pages made wrong: each puts something aside where the next user of the machine finds it.
KEEPING = (
    "() => localStorage.setItem('draft', document.body.innerText)",
    "() => { document.title = document.body.innerText.slice(0, 3000); }",
    "() => history.replaceState(null, '', '?q=' + encodeURIComponent(document.body.innerText.slice(0, 1500)))",
    "async () => { await (await caches.open('pages')).put('/x/' + encodeURIComponent(document.body.innerText.slice(0, 1500)),"
    " new Response(document.body.innerText)); }",
    "() => { document.cookie = 'last=' + encodeURIComponent(document.body.innerText.slice(0, 1500)) + '; Secure; Path=/'; }",
)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_everybody_everywhere(tmp_path: Path, engine: Engine) -> None:
    """The long run: all walkers, many addresses each; on PostgreSQL with Redis and Celery."""
    with run(
        tmp_path, who=None, cap=6, strangers=100, swapped=10, people=30, organisations=8, seed=2, engine=engine,
        redis=engine == "postgresql",
    ) as done:  # fmt: skip
        checks: list[Callable[[Run], None]] = [
            _no_marker_outside, _every_route_as_declared, _headers, _swapped, _broken, _forgotten, _nothing_stays_in_the_browser,
        ]  # fmt: skip
        for check in checks:
            check(done)
        unused = [cell["why"] for n, cell in enumerate(done.allowed.cells) if n not in done.allowed.used]
        assert unused == [], "nothing needs these cells of allowed.json any more"
