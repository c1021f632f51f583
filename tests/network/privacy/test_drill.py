"""Backups, restores and erasures as an operator lives them: real processes, real files, both engines (E5, E6, R5)."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from network.privacy.states import Step
from tests.processes import ROOT, Engine, drop_database, scratch_database
from tests.settings_env import DEFAULTS

pytestmark = pytest.mark.processes
SEED = 31


@dataclass
class Machine:
    """One database with its keys and its list, and the programs that work on it."""

    engine: Engine
    folder: Path
    url: str

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ, **DEFAULTS, "DATABASE_URL": self.url, "REDIS_URL": "", "PYTHONPATH": str(ROOT),
            "REPLAY_LIST": str(self.folder / "list" / "replay.jsonl"),
        }  # fmt: skip

    def run(self, *argv: str, killed: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, *argv], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == (-signal.SIGKILL if killed else 0), done.stderr[-3000:]
        return done.stdout

    def manage(self, *argv: str) -> str:
        return self.run("manage.py", *argv)

    def drill(self, *argv: str) -> Any:
        return json.loads(self.run("-m", "tests.network.privacy.drill", *argv))

    def refused(self, *argv: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *argv], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done.stdout
        return done.stderr

    def raw(self) -> bytes:
        """Everything that lies in the databases' files and logs (or in dumps of them)."""
        if self.engine == "sqlite":
            return b"".join(path.read_bytes() for path in sorted(self.folder.glob("db.sqlite3*")) if path.is_file())
        dumps = [
            subprocess.run(["pg_dump", url], capture_output=True, check=True) for url in (self.url, f"{self.url}_keys")
        ]
        return b"".join(dump.stdout for dump in dumps)


@pytest.fixture(params=get_args(Engine))
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    engine: Engine = request.param
    url = scratch_database(tmp_path, engine)
    yield Machine(engine, tmp_path, url)
    if engine == "postgresql":
        drop_database(url)


def _answer(machine: Machine, path: str) -> tuple[int, str]:
    """What the web application says, in a process of its own that starts now, as a server would."""
    code = (
        "import backend.config.wsgi\n"
        "from django.test import Client\n"
        f"r = Client().get({path!r}, headers={{'host': '127.0.0.1'}})\n"
        "print(r.status_code); print(r.content.decode())"
    )
    status, _, body = machine.run("-c", code).partition("\n")
    return int(status), body


def test_last_nights_backup_brings_nobody_back(machine: Machine) -> None:
    people = machine.drill("plant", "6", str(SEED))
    erased, withdrawn, other = sorted(people)[:3]
    night = machine.folder / "night"
    made = json.loads(machine.manage("backup", "--to", str(night)))
    before = machine.drill("look")
    assert set(before["readable"]) == set(people), "what is looked for is really there"
    machine.drill("erase", erased)
    machine.drill("withdraw", withdrawn, people[withdrawn]["grant"])
    shutil.rmtree(machine.folder / "gone", ignore_errors=True)

    # A copy of the data alone carries no keys and opens nothing.
    data = Path(made["data"]).read_bytes()
    assert b"backend_closed" in data
    assert b"backend_data_key" not in data
    assert not [
        p for p in people.values() if p["tag"].encode() in data.replace(b"Working name " + p["tag"].encode(), b"")
    ]

    assert "Nothing was changed" in machine.refused("restore", "--from", str(night))
    said = json.loads(machine.manage("restore", "--from", str(night), "--yes"))
    assert said["open"]
    assert said["replayed"]["erased"] == 1
    after = machine.drill("look")
    assert set(after["readable"]) == set(people) - {erased}
    assert erased not in after["worries"]
    assert people[withdrawn]["grant"] not in after["standing"]
    assert people[other]["grant"] in after["standing"]
    assert after["faults"] == []
    assert (after["entries"], after["books"]) == (before["entries"], before["books"])
    assert people[erased]["tag"].encode() not in machine.raw()
    assert _answer(machine, "/health/ready")[0] == 200

    # The mutant: opened by hand, without the list. Then they would be back, so this test can fail.
    assert machine.drill("restore_without_replay", str(night)) == "open"
    wrong = machine.drill("look")
    assert erased in wrong["readable"]
    assert people[withdrawn]["grant"] in wrong["standing"]


def test_closed_until_the_list_was_replayed(machine: Machine) -> None:
    people = machine.drill("plant", "2", str(SEED))
    erased = min(people)
    night, listed = machine.folder / "night", machine.folder / "list" / "replay.jsonl"
    machine.manage("backup", "--to", str(night))
    machine.drill("erase", erased)
    good = listed.read_text()
    assert good.count("\n") == 1

    listed.unlink()
    assert "stays closed" in machine.refused("restore", "--from", str(night), "--yes")
    for path, status in (("/", 503), ("/sign-in/", 503), ("/api/v1/briefs", 503), ("/health/ready", 503)):
        found, body = _answer(machine, path)
        assert found == status, path
        assert erased not in body and people[erased]["tag"] not in body
    assert _answer(machine, "/health/live")[0] == 200
    closed = machine.run(
        "-c", "import django; django.setup()\nfrom backend.outbox import worker\nprint(worker.run_due())"
    )
    assert closed.strip() == "0", "workers rest as well"
    (listed.parent / "replay.jsonl.closed").unlink()  # the sign for running processes is gone: the copy's own stays
    assert _answer(machine, "/")[0] == 503

    listed.write_text(good.replace('"erased"', '"quiet"'))
    assert "does not verify" in machine.refused("replay")
    assert _answer(machine, "/health/ready")[0] == 503
    listed.write_text(good)
    machine.manage("replay")
    assert _answer(machine, "/health/ready")[0] == 200
    assert erased not in machine.drill("look")["readable"]


def test_a_copy_of_the_data_with_other_keys_opens_nothing(machine: Machine) -> None:
    people = machine.drill("plant", "2", str(SEED))
    night = machine.folder / "night"
    machine.manage("backup", "--to", str(night), "--keys-to", str(machine.folder / "elsewhere"))
    assert not (night / "keys").exists()
    if machine.engine == "sqlite":
        (machine.folder / "db.sqlite3.keys").unlink()
        for end in ("-wal", "-shm"):
            (machine.folder / f"db.sqlite3.keys{end}").unlink(missing_ok=True)
    else:
        drop_only_keys(machine.url)
    machine.manage("migrate", "-v", "0")
    assert len(people) == 2
    code = (
        "import django; django.setup()\n"
        "from tests.network.privacy import drill\nfrom network.people.models import Person\n"
        "from network.vault import store\nfrom network.vault.data import *\nfrom backend.kernel.actor import Actor\n"
        "ids = list(Person.objects.values_list('id', flat=True))\n"
        "w = Warrant.about(WarrantKind.EXPORT, Actor.system('t'), 't', ids)\n"
        "print(len(ids), sum(len(v) for v in store.read(w, ids, Field).values()))"
    )
    assert machine.run("-c", code).split() == ["2", "0"]


def drop_only_keys(url: str) -> None:
    from tests.processes import _postgres

    _postgres(f'DROP DATABASE "{url.rpartition("/")[2]}_keys" WITH (FORCE)')


def _erase_some(machine: Machine, people: int, gone: int) -> None:
    planted = machine.drill("plant", str(people), str(SEED))
    draw = random.Random(SEED)
    chosen = draw.sample(sorted(planted), gone)
    before = machine.drill("look")
    stop = threading.Event()
    reads: list[int] = []

    def load() -> None:
        while not stop.is_set():
            reads.append(len(machine.drill("look")["readable"]))
            time.sleep(0.1)

    busy = threading.Thread(target=load)
    busy.start()
    steps = [(step, when) for step in Step for when in ("inside", "after")]
    for number, person in enumerate(chosen):  # each step, both ways, at least once over all of them
        for step, when in steps[number % len(steps) :: max(1, min(gone, len(steps)))]:
            machine_run = machine.run("-m", "tests.network.privacy.drill", "erase", person, step, when, killed=True)
            assert machine_run == ""
        assert machine.drill("erase", person)["state"] == "done"
    stop.set()
    busy.join()
    after = machine.drill("look")
    assert set(after["readable"]) == set(planted) - set(chosen), "the others, and only they"
    assert after["faults"] == []
    assert (after["entries"], after["books"]) == (before["entries"], before["books"])
    raw = machine.raw()
    for person in chosen:
        assert planted[person]["tag"].encode() not in raw
    left = [person for person in planted if person not in chosen]
    assert all(planted[person]["tag"].encode() in raw for person in left), "what is looked for would be seen"
    assert reads and min(reads) >= people - gone


def test_some_forgotten_under_load_and_killed_at_every_step(machine: Machine) -> None:
    _erase_some(machine, people=30, gone=5)


@pytest.mark.slow
def test_a_hundred_forgotten_under_load_and_killed_at_every_step(machine: Machine) -> None:
    _erase_some(machine, people=1000, gone=100)


def test_old_copies_are_thrown_away_keys_sooner_than_data(tmp_path: Path) -> None:
    from datetime import timedelta

    from backend.config import backups
    from tests.conftest import AT

    for days in (1, 13, 15, 34, 36):
        stamp = (AT - timedelta(days=days)).strftime(backups._STAMP)
        for name in (f"data-{stamp}.sqlite3", f"keys-{stamp}.sqlite3"):
            (tmp_path / name).touch()
    (tmp_path / "data-notes.txt").touch()
    assert backups._prune(tmp_path, "default", "data_days", AT) == 1
    assert backups._prune(tmp_path, "keys", "keys_days", AT) == 3
    assert len(list(tmp_path.iterdir())) == 1 + 4 + 2


def test_a_copy_of_sqlite_is_whole(tmp_path: Path) -> None:
    machine = Machine("sqlite", tmp_path, scratch_database(tmp_path, "sqlite"))
    made = json.loads(machine.manage("backup", "--to", str(tmp_path / "b")))
    for path in (made["data"], made["keys"]):
        assert Path(path).stat().st_mode & 0o077 == 0
        with sqlite3.connect(path) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
