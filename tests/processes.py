"""Real processes for tests: web server, workers, beat, Redis and the stand-ins, on free ports, with a scratch database.

    with Site(folder, engine="postgresql", redis=True) as site:
        site.start_all()                    # waits until each is ready
        requests.get(site.url("/health/live"))
        site["celery"].kill()               # SIGKILL; started again at once when `keep_alive` is set
        site.query("SELECT count(*) FROM backend_work WHERE state = 'ready'")

`Site` is for the journey, chaos and bench tests. Everything it starts it ends, by process group.
"""

from __future__ import annotations

import atexit
import contextlib
import email
import email.policy
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from tests.ports import free_port
from tests.settings_env import DEFAULTS

ROOT = Path(__file__).resolve().parents[1]
POSTGRES = os.environ.get("OWN_WORDS_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
Engine = Literal["sqlite", "postgresql"]


class NotReady(Exception):
    """A process ended or did not get ready in time; the message ends with the last lines of its log."""


def answers(url: str, timeout: float = 2) -> bool:
    """Does `url` answer with anything below 500?"""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def wait_for(what: Callable[[], bool], seconds: float = 30, every: float = 0.05) -> bool:
    """Ask again and again. True as soon as it holds, False when the time is over (a bound, not a measure)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(every)
    return what()


class Process:
    """One program in its own process group, its output in a log file."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        *,
        ready: Callable[[], bool] | None = None,
        patience: float = 60,
        on_death: Callable[[], None] | None = None,
    ) -> None:
        self.name, self.argv, self.env, self.log = name, list(argv), dict(env), log
        self.ready, self.patience, self.on_death = ready, patience, on_death
        self.deaths = 0  # how often it ended without being asked to
        self._popen: subprocess.Popen[bytes] | None = None
        self._keep_alive = False
        self._lock = threading.RLock()
        self._watcher: threading.Thread | None = None

    @property
    def pid(self) -> int:
        assert self._popen is not None, f"{self.name} was never started"
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self, *, keep_alive: bool = False, wait: bool = True) -> Self:
        """Start it. With `keep_alive` it is started again whenever it dies, until `stop()`."""
        with self._lock:
            self._spawn()
            self._keep_alive = keep_alive
            if keep_alive and self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name=f"keep-{self.name}", daemon=True)
                self._watcher.start()
        if wait:
            self.wait_ready()
        return self

    def _spawn(self) -> None:
        with open(self.log, "ab") as log:
            self._popen = subprocess.Popen(
                self.argv, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def _watch(self) -> None:
        while self._keep_alive:
            popen = self._popen
            assert popen is not None
            popen.wait()
            with self._lock:
                if not self._keep_alive or self._popen is not popen:
                    continue
                self.deaths += 1
                self._end_group(popen.pid)  # children that outlived a killed parent
                if self.on_death is not None:
                    self.on_death()
                self._spawn()

    def wait_ready(self) -> None:
        """Wait until the `ready` question is answered with yes. Raises NotReady."""
        if self.ready is None:
            return
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            if not self._keep_alive and not self.alive:
                raise NotReady(f"{self.name} ended.\n{self.tail()}")
            if self.ready():
                return
            time.sleep(0.05)
        raise NotReady(f"{self.name} is not ready after {self.patience} s.\n{self.tail()}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group: SIGSTOP freezes, SIGCONT thaws."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """SIGKILL the whole group. With `keep_alive` it comes back by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if not self._keep_alive and self._popen is not None:
            self._popen.wait(10)

    def stop(self, patience: float = 20) -> int | None:
        """Ask it to end (SIGTERM), insist after `patience` seconds. Returns its exit status.

        One that was killed in the very moment of being asked died all the same, and is counted."""
        with self._lock:
            kept, self._keep_alive = self._keep_alive, False
            popen = self._popen
        if popen is None:
            return None
        if popen.poll() is None:
            popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                popen.wait(patience)
        self.deaths += kept and popen.returncode == -signal.SIGKILL
        self._end_group(popen.pid)
        popen.wait(10)
        return popen.returncode

    def restart(self) -> None:
        keep = self._keep_alive
        self.stop()
        self._watcher = None
        self.start(keep_alive=keep)

    @staticmethod
    def _end_group(pid: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)

    def tail(self, lines: int = 40) -> str:
        """The end of its log, for messages of failed tests."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class Site:
    """The whole product as processes, over one scratch database. Folder: database, mails, logs, clock, books."""

    def __init__(
        self,
        folder: Path,
        *,
        engine: Engine = "sqlite",
        redis: bool = False,
        env: Mapping[str, str] | None = None,
        keep_alive: bool = False,
        migrated: bool = True,
    ) -> None:
        self.folder, self.engine, self.redis, self.keep_alive = folder.resolve(), engine, redis, keep_alive
        self.processes: dict[str, Process] = {}
        self.port = free_port()
        self.stripe_port, self.parliament_port, self.redis_port = free_port(), free_port(), free_port()
        for part in ("mail", "logs"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self.clock = self.folder / "clock"
        self.database_url = scratch_database(self.folder, engine, migrated=migrated)
        self.env = {
            name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
        }  # fmt: skip
        self.env |= DEFAULTS | {
            "DATABASE_URL": self.database_url,
            "BASE_URL": self.base_url,
            "EMAIL_URL": f"file://{self.mail_folder}",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0" if redis else "",
            "STRIPE_API_BASE": f"http://127.0.0.1:{self.stripe_port}",
            "PARLIAMENT_API_BASE": f"http://127.0.0.1:{self.parliament_port}",
            "CLOCK_FILE": str(self.clock),
            "REPLAY_LIST": f"{self.database_url.removeprefix('sqlite:///')}.replay"  # where it is by itself
            if engine == "sqlite"
            else str(self.folder / "replay.jsonl"),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self.env |= dict(env or {})
        atexit.register(self.stop)

    # What it is made of

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mail_folder(self) -> Path:
        return self.folder / "mail"

    @property
    def stripe_book(self) -> Path:
        return self.folder / "stripe-book.sqlite3"

    def url(self, path: str) -> str:
        return self.base_url + path

    def add(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
        on_death: Callable[[], None] | None = None,
    ) -> Process:
        """Declare a process without starting it."""
        self.processes[name] = Process(
            name, argv, self.env | dict(env or {}), self.folder / "logs" / f"{name}.log", ready=ready, on_death=on_death
        )
        return self.processes[name]

    def add_web(self, workers: int = 2, **kwargs: Any) -> Process:
        argv = [
            sys.executable, "-m", "gunicorn", "backend.config.wsgi", "--bind", f"127.0.0.1:{self.port}",
            "--workers", str(workers), "--preload", "--no-control-socket", "--worker-tmp-dir", str(self.folder),
        ]  # fmt: skip
        return self.add("web", argv, ready=lambda: answers(self.url("/health/live")), **kwargs)

    def add_worker(self, **kwargs: Any) -> Process:
        """The embedded worker: outbox, sweeper and schedule in one process, no broker."""
        return self.add("worker", [sys.executable, "manage.py", "worker"], **kwargs)

    def add_celery(self, concurrency: int = 1, **kwargs: Any) -> Process:
        argv = [
            sys.executable, "-m", "celery", "-A", "backend.config.celery", "worker", "--concurrency", str(concurrency),
            "--queues", "default,mail,money", "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        return self.add("celery", argv, ready=self._celery_answers, **kwargs)

    def add_beat(self, **kwargs: Any) -> Process:
        argv = [
            sys.executable, "-m", "celery", "-A", "backend.config.celery", "beat", "--loglevel", "INFO",
            "--schedule", str(self.folder / "beat"), "--pidfile", "",
        ]  # fmt: skip
        return self.add("beat", argv, **kwargs)

    def add_redis(self) -> Process:
        argv = [
            "redis-server",
            "--port",
            str(self.redis_port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        return self.add("redis", argv, ready=self._redis_answers)

    def add_stripe(self, *extra: str) -> Process:
        argv = [
            sys.executable, "-m", "payments.gateways.standin", "--port", str(self.stripe_port),
            "--book", str(self.stripe_book), *extra,
        ]  # fmt: skip
        return self.add("stripe", argv, ready=lambda: answers(f"http://127.0.0.1:{self.stripe_port}/_test/book"))

    def add_parliament(self, *extra: str) -> Process:
        argv = [
            sys.executable, "-m", "network.opportunities.parliament.standin",
            "--port", str(self.parliament_port), *extra,
        ]  # fmt: skip
        return self.add("parliament", argv, ready=self._parliament_answers)

    def _parliament_answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.parliament_port), 1):
            return True
        return False

    def _redis_answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.redis_port), 1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    def _celery_answers(self) -> bool:
        from celery import Celery

        with Celery(broker=self.env["REDIS_URL"], set_as_current=False) as app:
            return bool(app.control.ping(timeout=0.5, limit=1))

    # Living

    def start_all(self, *, stand_ins: bool = True) -> None:
        """Declare what is missing, then start everything in a sensible order and wait for it."""
        wanted: list[tuple[str, Callable[[], Process]]] = []
        if self.redis:
            wanted.append(("redis", self.add_redis))
        if stand_ins:
            wanted += [("stripe", self.add_stripe), ("parliament", self.add_parliament)]
        wanted.append(("web", self.add_web))
        wanted += (
            [("celery", self.add_celery), ("beat", self.add_beat)] if self.redis else [("worker", self.add_worker)]
        )
        for name, add in wanted:
            if name not in self.processes:
                add()
        for name, _ in wanted:
            self.start(name, wait=name == "redis")
        for name, _ in wanted:
            self[name].wait_ready()

    def start(self, name: str, *, wait: bool = True) -> Process:
        """Start one process. Outside things (Redis, the stand-ins) are never started again by themselves."""
        ours = name in ("web", "worker", "celery", "beat")
        return self[name].start(keep_alive=self.keep_alive and ours, wait=wait)

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End everything, ours before what it leans on, and drop a scratch PostgreSQL database."""
        atexit.unregister(self.stop)
        for process in reversed(list(self.processes.values())):
            process.stop()
        if self.engine == "postgresql" and self.database_url:
            drop_database(self.database_url)
            self.database_url = ""

    # Looking and doing

    def manage(self, *args: str, check: bool = True, timeout: float = 600) -> str:
        """`manage.py ARGS` with the site's settings. Returns what it printed; raises with its errors when it fails."""
        return self.python("manage.py", *args, check=check, timeout=timeout)

    def python(self, *argv: str, check: bool = True, timeout: float = 600, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *argv], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout,
            input=stdin, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"{' '.join(argv)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def django(self, code: str) -> Any:
        """Run `code` in a fresh Django process; it leaves a JSON-able `result`."""
        ending = "print('\\n' + json.dumps(result, default=str))"
        program = f"import django, json\ndjango.setup()\nresult = None\n{code}\n{ending}\n"
        return json.loads(self.python("-", stdin=program).splitlines()[-1])

    @contextlib.contextmanager
    def connection(self) -> Iterator[Any]:
        """A plain connection to the database, for looking, and for the outside world's own meddling in tests."""
        if self.engine == "sqlite":
            line = sqlite3.connect(urlsplit(self.database_url).path[1:], timeout=30, isolation_level=None)
            try:
                yield line
            finally:
                line.close()
        else:
            import psycopg

            with psycopg.connect(self.database_url, autocommit=True) as other:
                yield other

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of `sql`; `%s` marks parameters on both engines."""
        with self.connection() as line:
            cursor = line.execute(sql.replace("%s", "?") if self.engine == "sqlite" else sql, params)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def mails(self) -> list[EmailMessage]:
        """Every mail sent so far, oldest first."""
        found: list[tuple[float, str, EmailMessage]] = []
        for path in self.mail_folder.glob("*.log"):
            for text in path.read_bytes().split(b"-" * 79 + b"\n"):
                if text.strip():
                    message = email.message_from_bytes(text, policy=email.policy.default)
                    found.append((path.stat().st_mtime, path.name, message))
        return [message for _, _, message in sorted(found, key=lambda item: item[:2])]

    def move_clock(self, seconds: int) -> None:
        """Move every process's clock forward, now."""
        before = int(self.clock.read_text() or 0) if self.clock.exists() else 0
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(before + seconds))
        fresh.replace(self.clock)

    def quiet(self, seconds: float = 60) -> bool:
        """Wait until no work of the outbox is due or being done. False when that does not happen in time."""
        sql = "SELECT count(*) FROM backend_work WHERE state = 'ready' AND not_before <= %s"
        return wait_for(lambda: self.query(sql, self.now())[0][0] == 0, seconds, 0.1)

    def now(self) -> str:
        """The site's present moment in UTC, in the spelling that its database compares."""
        from datetime import UTC, datetime, timedelta

        moved = int(self.clock.read_text() or 0) if self.clock.exists() else 0
        return (datetime.now(UTC) + timedelta(seconds=moved)).strftime(
            "%Y-%m-%d %H:%M:%S.%f" if self.engine == "sqlite" else "%Y-%m-%d %H:%M:%S.%f+00"
        )

    def stripe(self) -> Any:
        """The stand-in's own book: the witness of what was really asked for and done."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.stripe_port}/_test/book", timeout=10) as answer:
            return json.load(answer)


# Scratch databases: migrated once for each state of the migrations, then copied.


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    folder = ROOT / "var" / "test"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(database_url: str) -> None:
    env = {**os.environ, **DEFAULTS, "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT), "REDIS_URL": ""}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True, timeout=300
    )


def scratch_database(folder: Path, engine: Engine, *, migrated: bool = True) -> str:
    """An empty database of its own, with our tables or without. Returns its URL."""
    if not migrated:
        return _blank_database(folder, engine)
    digest = _migrations_digest()
    if engine == "sqlite":
        template = ROOT / "var" / "test" / f"migrated-{digest}.sqlite3"
        with _one_at_a_time("migrated-sqlite"):
            if not template.exists():
                for pattern in ("migrated-*.sqlite3*", "migrated-*.making*"):  # and not the lock that is held here
                    for old in template.parent.glob(pattern):
                        old.unlink()
                making = template.with_suffix(".making")
                _migrate(f"sqlite:///{making}")
                for made in (Path(f"{making}.keys"), making):
                    with contextlib.closing(sqlite3.connect(made)) as line:
                        line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                Path(f"{making}.keys").rename(f"{template}.keys")
                making.rename(template)  # last: it is what others look for
        path = folder / "db.sqlite3"
        shutil.copyfile(f"{template}.keys", f"{path}.keys")
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"
    name = f"own_words_{digest}_{secrets.token_hex(4)}"
    template_name = f"own_words_{digest}_template"
    with _one_at_a_time("migrated-postgresql"):
        have = _postgres("SELECT 1 FROM pg_database WHERE datname = %s", template_name)
        if not have:
            for half in (f"{template_name}_making", f"{template_name}_making_keys", f"{template_name}_keys"):
                _postgres(f'DROP DATABASE IF EXISTS "{half}" WITH (FORCE)')
            _postgres(f'CREATE DATABASE "{template_name}_making"')
            _migrate(_postgres_url(f"{template_name}_making"))
            _postgres(f'ALTER DATABASE "{template_name}_making_keys" RENAME TO "{template_name}_keys"')
            _postgres(f'ALTER DATABASE "{template_name}_making" RENAME TO "{template_name}"')
        for end in ("", "_keys"):
            _postgres(f'CREATE DATABASE "{name}{end}" TEMPLATE "{template_name}{end}"')
    return _postgres_url(name)


def _blank_database(folder: Path, engine: Engine) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder / 'db.sqlite3'}"
    name = f"own_words_blank_{secrets.token_hex(4)}"
    _postgres(f'CREATE DATABASE "{name}"')
    return _postgres_url(name)


def _postgres_url(name: str) -> str:
    return urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}"))


def _postgres(sql: str, *params: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(POSTGRES, autocommit=True) as line:
        cursor = line.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def drop_database(database_url: str) -> None:
    for end in ("_keys", ""):
        _postgres(f'DROP DATABASE IF EXISTS "{urlsplit(database_url).path[1:]}{end}" WITH (FORCE)')
