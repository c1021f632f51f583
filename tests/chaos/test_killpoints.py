"""The instrument itself: one of each kind of point, in a toy program supervised like the real ones."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import textwrap
from pathlib import Path

import pytest

from tests.chaos.conftest import Book
from tests.processes import ROOT, NotReady, Process, Site, wait_for

pytestmark = pytest.mark.processes

POINTS = [
    f"toy | {side} | {rest}"
    for rest in (
        "commit | tests.chaos.toy:save>backend_answered | tests.chaos.toy:save < tests.chaos.toy:main",
        "write | tests.chaos.toy:count>backend_answered | tests.chaos.toy:count < tests.chaos.toy:main",
        "http | POST /v1/transfers/… | tests.chaos.toy:pay < tests.chaos.toy:main",
        "mail | tests.chaos.toy:tell < tests.chaos.toy:main",
        "publish | outbox.run_work | tests.chaos.toy:ring < tests.chaos.toy:main",
    )
    for side in ("before", "after")
]


def _toy(site: Site, book: Book, **env: str) -> Process:
    """The toy, armed. Imported, not run with -m, so that its functions have their module's name."""
    return site.add(
        "toy",
        [sys.executable, "-c", "import tests.chaos.toy as toy; toy.main()"],
        env={
            "PYTHONPATH": f"{ROOT / 'tests' / 'chaos' / 'inject'}{os.pathsep}{ROOT}",
            "OWN_WORDS_KILL_JOURNAL": str(site.folder / "journal"),
            "OWN_WORDS_KILL_KIND": "toy",
            "OWN_WORDS_KILL_PACKAGES": "tests.chaos.toy",
            "TOY_URL": book.url,
            "TOY_DONE": str(site.folder / "done"),
            **env,
        },
    )


def _run(site: Site, toy: Process) -> list[str]:
    toy.start(keep_alive=True)
    assert wait_for((site.folder / "done").exists, 120), toy.tail()
    toy.stop()
    return (site.folder / "journal").read_text().splitlines()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_dies_once_at_every_point_and_each_effect_happens_once(tmp_path: Path, book: Book, engine: str) -> None:
    with Site(tmp_path, engine=engine) as site:  # type: ignore[arg-type]
        toy = _toy(site, book)
        assert _run(site, toy) == POINTS, toy.tail()
        assert toy.deaths >= len(POINTS)
        assert site.query("SELECT count(*), max(status) FROM backend_answered") == [(1, 200)]
        assert len(book.asked) > 1, "the call was repeated after the lost answer"
        assert book.done == {"toy"}, "and had one effect"
        assert len(site.mails()) > 1, "a mail may repeat when the process dies right after sending: at least once"


def test_a_fresh_key_for_each_try_is_noticed(tmp_path: Path, book: Book) -> None:
    with Site(tmp_path) as site:
        _run(site, _toy(site, book, OWN_WORDS_MUTANT="fresh-keys"))
    assert len(book.done) > 1


def test_recording_writes_the_same_points_and_kills_nobody(tmp_path: Path, book: Book) -> None:
    with Site(tmp_path) as site:
        toy = _toy(site, book, OWN_WORDS_KILL_MODE="record")
        toy.start()
        assert wait_for(lambda: not toy.alive, 60)
        assert (site.folder / "done").exists(), toy.tail()
        assert (site.folder / "journal").read_text().splitlines() == POINTS
        assert book.asked == ["toy"]
        assert len(site.mails()) == 1


def test_only_some_points(tmp_path: Path, book: Book) -> None:
    with Site(tmp_path) as site:
        toy = _toy(site, book, OWN_WORDS_KILL_ONLY=r"^toy \| after \| (commit|mail)")
        assert [line.split(" | ")[2] for line in _run(site, toy)] == ["commit", "mail"]


def test_the_product_does_not_load_it(tmp_path: Path, book: Book) -> None:
    """Without the journal, or outside tests, the same file on the path does nothing."""
    with Site(tmp_path) as site:
        for env in (
            {"OWN_WORDS_KILL_JOURNAL": ""},
            {"OWN_WORDS_MODE": "demo", "ANCHOR_PATH": str(tmp_path / "anchors")},
        ):
            (site.folder / "done").unlink(missing_ok=True)
            toy = _toy(site, book, **env).start()
            assert wait_for(lambda: not toy.alive, 60)  # noqa: B023 - asked before the loop goes on
            assert (site.folder / "done").exists(), toy.tail()
        assert not (site.folder / "journal").exists()


def _sleeper(tmp_path: Path, body: str) -> Process:
    env = {"PATH": os.environ["PATH"], "FOLDER": str(tmp_path)}
    return Process("sleeper", [sys.executable, "-c", textwrap.dedent(body)], env, tmp_path / "log")


CHILD = """
    import os, pathlib, time
    if os.fork() == 0:
        pathlib.Path(os.environ["FOLDER"], f"child-{os.getpid()}").touch()
    time.sleep(600)
"""


def _children(tmp_path: Path) -> list[int]:
    return [int(path.name.split("-")[1]) for path in tmp_path.glob("child-*")]


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_process_comes_back_and_its_orphans_do_not_stay(tmp_path: Path) -> None:
    process = _sleeper(tmp_path, CHILD).start(keep_alive=True)
    assert wait_for(lambda: len(_children(tmp_path)) == 1)
    first, pid = _children(tmp_path)[0], process.pid
    os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: len(_children(tmp_path)) == 2)
    assert wait_for(lambda: not _lives(first))
    assert (process.alive, process.deaths, process.pid != pid) == (True, 1, True)
    process.stop()
    assert wait_for(lambda: not any(_lives(pid) for pid in _children(tmp_path)))
    assert (process.alive, process.deaths) == (False, 1)


def test_ended_before_ready_is_said_with_its_last_words(tmp_path: Path) -> None:
    process = _sleeper(tmp_path, "raise SystemExit('no database')")
    process.ready = lambda: False
    with pytest.raises(NotReady, match="no database"):
        process.start()


def test_scratch_databases_are_migrated_and_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Site(tmp_path / "a") as one, Site(tmp_path / "b") as other:
        with one.connection() as line:
            line.execute("DELETE FROM django_migrations")
        assert one.query("SELECT count(*) FROM django_migrations") == [(0,)]
        assert other.query("SELECT count(*) FROM django_migrations WHERE app = %s", "network")[0][0] > 0
        with pytest.raises(sqlite3.OperationalError):
            one.query("SELECT nothing FROM nowhere")
