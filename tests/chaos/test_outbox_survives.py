"""The real outbox, worker by worker: killed at each of its points, and every piece of work is done once."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.armed import ArmedSite, Mode
from tests.chaos.conftest import Book
from tests.chaos.effects import work
from tests.processes import Engine, wait_for

pytestmark = pytest.mark.processes
EVENTS = 6


def run(
    folder: Path, book: Book, engine: Engine, *, redis: bool, mode: Mode = "kill", only: str = "", mutant: str = ""
) -> ArmedSite:
    """Let the outbox empty itself. The site is stopped, its database still there."""
    folder.mkdir(exist_ok=True)
    site = ArmedSite(folder, engine=engine, redis=redis, mode=mode, only=only, mutant=mutant, env={"RIG_URL": book.url})
    packages = {"OWN_WORDS_KILL_PACKAGES": "backend,network,payments,tests.chaos.rig,__main__"}
    if redis:
        site.add_redis()
        celery = [sys.executable, "-m", "celery", "-A", "tests.chaos.rig"]
        site.add(
            "celery",
            [*celery, "worker", "--concurrency", "1", "--queues", "default,mail,money", "--without-mingle"],
            env=packages,
        )
        site.add("beat", [*celery, "beat", "--schedule", str(folder / "beat"), "--pidfile", ""], env=packages)
        names = ["redis", "celery", "beat"]
    else:
        site.add("worker", [sys.executable, "-m", "tests.chaos.rig", "worker"], env=packages)
        names = ["worker"]
    for name in names:
        site.start(name)
    site.python("-m", "tests.chaos.rig", "publish", str(EVENTS))

    def is_done() -> bool:
        return site.query("SELECT count(*) FROM backend_work WHERE state = 'done'") == [(3 * EVENTS,)]

    done = wait_for(is_done, 900, 0.2)
    for name in reversed(names):
        site[name].stop()
    assert done, f"{work(site)}\n{site[names[-1]].tail()}\n{site[names[-2:][0]].tail()}"
    return site


@pytest.mark.parametrize(
    ("engine", "redis"),
    [
        pytest.param("sqlite", False, id="embedded"),
        pytest.param("postgresql", True, id="celery and beat", marks=pytest.mark.slow),
    ],
)
def test_killed_at_every_point_and_every_piece_of_work_is_done_once(
    tmp_path: Path, book: Book, engine: Engine, redis: bool
) -> None:
    with run(tmp_path / "killed", book, engine, redis=redis) as site:
        assert work(site) == {
            ("rig.first", "rig-inside", "done"): EVENTS,
            ("rig.second", "rig-pay", "done"): EVENTS,
            ("rig.second", "rig-tell", "done"): EVENTS,
        }
        assert site.query("SELECT count(*) FROM backend_answered") == [(EVENTS,)]
        assert len(book.done) == EVENTS, "each payment has one effect, however often it was asked for"
        assert len(book.asked) > EVENTS, "and some were asked for again"
        points = site.points()
        died = [p for p in points if " | mail" in p or (" | commit" in p and "_mark_done" in p)]
        # At least once: a death after the mail left and before the work was marked sends it again, and no other does.
        again = sum(Counter(str(mail["Subject"]) for mail in site.mails()).values()) - EVENTS
        assert 1 <= again <= len(died)
        wanted = {("worker", "commit"), ("worker", "http"), ("worker", "mail")}
        if redis:
            wanted = {("celery", call) for call in ("commit", "http", "mail", "publish")} | {("beat", "publish")}
        assert wanted <= set(site.by_kind())
        deaths = sum(process.deaths for process in site.processes.values())
        assert deaths == len(points), "each point killed exactly one process"
        print(f"\n{len(points)} points, {deaths} deaths")


def test_fresh_keys_are_noticed(tmp_path: Path, book: Book) -> None:
    """The mutant: with a new key for each try the same kills lead to payments that count twice."""
    with run(tmp_path / "killed", book, "sqlite", redis=False, only=r"http", mutant="fresh-keys"):
        assert len(book.done) > EVENTS


def test_without_kills_nothing_is_done_again(tmp_path: Path, book: Book) -> None:
    """The undisturbed run that others are held against; it writes down at least what the killed run dies at."""
    with run(tmp_path / "recorded", book, "sqlite", redis=False, mode="record") as site:
        assert (len(book.asked), len(site.mails())) == (EVENTS, EVENTS)
        assert {("worker", "commit"), ("worker", "http"), ("worker", "mail")} <= set(site.by_kind())
        assert site["worker"].deaths == 0
