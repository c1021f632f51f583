"""For tests with real processes: a database, a Redis and processes of one's own."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0  # seconds; generous, for machines that do other work as well


def wait_for(what: Callable[[], Any], message: str, within: float = PATIENCE) -> Any:
    """Ask until the answer is true. Fails the test after `within` seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        answer = what()
        if answer:
            return answer
        time.sleep(0.1)
    pytest.fail(f"waited {within:.0f} s for: {message}")


class Place:
    """One deployment: its environment, its folder, its processes."""

    def __init__(self, folder: Path, database_url: str, redis_url: str = "") -> None:
        self.folder = folder
        self.file = folder / "probe.txt"
        self.hold = folder / "hold"
        self.processes: list[subprocess.Popen[bytes]] = []
        (folder / "mail").mkdir(parents=True, exist_ok=True)
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.probe.settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "EMAIL_URL": f"file://{folder / 'mail'}",
            "STATIC_DIR": str(folder / "static"),
            "PROBE_FILE": str(self.file),
            "PROBE_HOLD": str(self.hold),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "log.txt").open("ab")
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "worker", "--pause", "0.05")

    def celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self.start("-m", "celery", "-A", "backend.config.celery", *arguments)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def run(self, code: str) -> Any:
        """Run `code` in a process of its own; what it puts in `out` comes back."""
        wrapped = f"import json\nout = None\n{code}\nprint('\\x1e' + json.dumps(out))"
        return json.loads(self.manage("shell", "--no-imports", "-c", wrapped).rpartition("\x1e")[2])

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """One statement, past Django: an outside witness."""
        url = urlsplit(self.env["DATABASE_URL"])
        if url.scheme == "sqlite":
            with contextlib.closing(
                sqlite3.connect(url.path[1:] if url.path.startswith("//") else url.path, 20)
            ) as one:
                rows = one.execute(statement).fetchall()
                one.commit()
                return rows
        with psycopg.connect(url.geturl(), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def publish(self, topic: str, number: int = 1) -> float:
        """Publish that many events in one transaction. Returns how many seconds it took, with the ring."""
        seconds: float = self.run(
            "import time\nfrom django.db import transaction\nfrom backend.kernel import clock, ids\n"
            "from backend.outbox.publish import publish\n"
            "begin = time.monotonic()\n"
            "with transaction.atomic():\n"
            f"    for n in range({number}):\n"
            f"        one = ids.new_id(); publish({topic!r}, one, key=str(one), at=clock.now())\n"
            "out = time.monotonic() - begin"
        )
        return seconds

    def states(self) -> dict[str, int]:
        """How many pieces of work are in which state, by topic."""
        rows = self.sql("SELECT topic, state FROM backend_work WHERE topic LIKE 'probe%'")
        return dict(Counter(f"{topic} {state}" for topic, state in rows))

    def lines(self, word: str) -> list[str]:
        """What the probe said, in order."""
        text = self.file.read_text(encoding="ascii") if self.file.exists() else ""
        return [line for line in text.splitlines() if line.split(" ")[0] == word]

    def end_leases(self) -> None:
        """As if the lease's minutes had gone by."""
        self.sql("UPDATE backend_work SET lease_until = '2000-01-01 00:00:00' WHERE lease_until IS NOT NULL")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9, with everything it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        self.hold.unlink(missing_ok=True)
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _on_server(statement: str, *names: str) -> None:
    admin = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _migrate(database_url: str, folder: Path) -> None:
    Place(folder, database_url).manage("migrate", "-v", "0")


@cache
def _template() -> str:
    """A migrated, empty database, made once for each test process: a file, or the name of a PostgreSQL database."""
    folder = Path(tempfile.mkdtemp(prefix="template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    url = urlsplit(os.environ["DATABASE_URL"])
    if url.scheme == "sqlite":
        path = folder / "db.sqlite3"
        _migrate(f"sqlite:///{path}", folder)
        return str(path)
    name = f"template_{uuid4().hex}"
    _on_server("CREATE DATABASE {}", name)
    for made in (name, f"{name}_keys"):
        atexit.register(_on_server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", made)
    _migrate(url._replace(path=f"/{name}").geturl(), folder)
    return name


@contextlib.contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """A fresh, migrated database of the engine under test: its URL."""
    url = urlsplit(os.environ["DATABASE_URL"])
    template = _template()
    if url.scheme == "sqlite":
        for end in ("", ".keys"):
            with (
                contextlib.closing(sqlite3.connect(f"{template}{end}")) as source,
                contextlib.closing(sqlite3.connect(f"{folder / 'db.sqlite3'}{end}")) as target,
            ):
                source.backup(target)
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    name = f"processes_{uuid4().hex}"
    for end in ("", "_keys"):
        _on_server("CREATE DATABASE {} TEMPLATE {}", name + end, template + end)
    try:
        yield url._replace(path=f"/{name}").geturl()
    finally:
        for end in ("", "_keys"):
            _on_server("DROP DATABASE {} WITH (FORCE)", name + end)


@contextlib.contextmanager
def own_redis(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of one's own, to be frozen and flushed: its URL and its process."""
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    try:
        wait_for(answers, "Redis to start")
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
