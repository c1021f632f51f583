"""Every place where something could come to lie, and what is found there."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis as redis_client

from tests.canary.markers import Book, Mark
from tests.canary.site import Answer, Deployment

_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_DASHES = re.compile(rb"^-{70,}\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A marker somewhere. `where` is a route, a header or a file; `who` the walker or the person written to."""

    sink: str
    where: str
    who: str
    role: str
    mark: Mark
    marker: str

    def __str__(self) -> str:
        return f"{self.sink} {self.where} to {self.who}: {self.mark.field} of {self.mark.owner}"


def in_answer(answer: Answer, book: Book) -> Iterator[Sighting]:
    """Body, headers and the address itself."""
    sink = "page" if answer.kind in ("text/html", "") else "file"
    if answer.kind in ("application/json", "application/problem+json"):
        sink = "api"
    for marker, mark in book.find(answer.body).items():
        yield Sighting(sink, answer.route, answer.walker, answer.role, mark, marker)
    for name, value in answer.headers.items():
        for marker, mark in book.find(value).items():
            yield Sighting("header", name, answer.walker, answer.role, mark, marker)
    for marker, mark in book.find(answer.path).items():
        yield Sighting("address", answer.route, answer.walker, answer.role, mark, marker)
    if sink == "page":  # what a browser keeps in its history, shows on its tabs and reads out first
        for shown in _TITLE.findall(answer.body):
            for marker, mark in book.find(shown).items():
                yield Sighting("title", answer.route, answer.walker, answer.role, mark, marker)


def in_mails(folder: Path, book: Book) -> Iterator[Sighting]:
    """Every part and header of every mail. Whom it is to is looked at as such; everything else as content."""
    for path in sorted(folder.glob("*.log")):
        for raw in _DASHES.split(path.read_bytes()):
            if not raw.strip():
                continue
            message = message_from_bytes(raw, policy=policy.default)
            to = str(message["To"])
            recipient = next((mark.owner for mark in book.find(to).values()), "")
            for name, value in message.items():
                sink = "mail-to" if name == "To" else "mail-header"
                for marker, mark in book.find(str(value)).items():
                    yield Sighting(sink, name, recipient, "recipient", mark, marker)
            for part in message.walk():
                content = b"" if part.is_multipart() else part.get_payload(decode=True)
                # Each part as it is meant, its own headers (names of files), and the whole as it travels.
                meant = [content if isinstance(content, bytes) else str(content)]
                meant += [str(value) for value in part.values()] if part is not message else []
                for text in meant:
                    for marker, mark in book.find(text).items():
                        yield Sighting("mail-body", "body", recipient, "recipient", mark, marker)
            travels = re.sub(rb"(?im)^to:.*(\r?\n[ \t].*)*", b"", raw, count=1)
            for marker, mark in book.find(travels).items():
                yield Sighting("mail-body", "raw", recipient, "recipient", mark, marker)


def in_file(path: Path, book: Book, sink: str, *, alone: bool = False) -> Iterator[Sighting]:
    """`alone`: the short numbers too, where nothing else is made of digits."""
    yield from in_bytes(path.name, path.read_bytes(), book, sink, alone=alone)


def in_bytes(name: str, data: bytes, book: Book, sink: str, *, alone: bool = False) -> Iterator[Sighting]:
    for marker, mark in book.find(data, alone=alone).items():
        yield Sighting(sink, name, "-", "-", mark, marker)
    for marker, mark in book.find(name).items():
        yield Sighting(sink, "the file's name", "-", "-", mark, marker)


def in_logs(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    for path in sorted((deployment.folder / "logs").glob("*.log")):
        yield from in_file(path, book, "log")


def in_witnesses(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """What went over the lines to Stripe and Parliament, with every header; every command that Redis was given, so the
    bodies of tasks that were taken long ago; what was put into a cache."""
    for path in sorted(deployment.witness.iterdir()):
        yield from in_file(path, book, path.stem.partition("-")[0])


def _with_what_waits_beside(path: Path) -> dict[str, bytes]:
    """The file, its journal and its index, all of one moment: whoever closes the last line to it takes the two away, and
    has put into the file what was in them."""
    for _ in range(100):
        try:
            return {raw.name: raw.read_bytes() for raw in sorted(path.parent.glob(f"{path.name}*"))}
        except FileNotFoundError:
            time.sleep(0.05)
    raise AssertionError(f"what lies beside {path.name} comes and goes")


def in_sqlite(path: Path, book: Book, sink: str, *, alone: bool = False) -> Iterator[Sighting]:
    """The raw file with what waits beside it (pages that were given free too), then every value of every row: a long
    one lies in pieces in the file."""
    for name, raw in _with_what_waits_beside(path).items():
        yield from in_bytes(name, raw, book, sink, alone=alone)
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as line:
        line.text_factory = bytes
        tables = [row[0].decode() for row in line.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in line.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                together = b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in row if v is not None)
                for marker, mark in book.find(together, alone=alone).items():
                    yield Sighting(sink, path.name, "-", "-", mark, marker)


def in_database(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """The raw files with what waits beside them, or the text of a dump."""
    if deployment.site.engine == "sqlite":
        path = deployment.folder / "db.sqlite3"
        assert path.exists()
        yield from in_sqlite(path, book, "database")
        return
    url = deployment.site.database_url
    databases = [
        row[0]
        for row in deployment.site.query("SELECT datname FROM pg_database WHERE datname LIKE %s", f"{_name(url)}%")
    ]
    assert _name(url) in databases
    for name in databases:  # the data, and what may be kept apart from it
        dump = subprocess.run(
            ["pg_dump", "--no-owner", urlunsplit(urlsplit(url)._replace(path=f"/{name}"))],
            capture_output=True, check=True, env=os.environ,
        )  # fmt: skip
        assert b"CREATE TABLE" in dump.stdout
        yield from in_text(dump.stdout, book, "database", "dump")


def _name(url: str) -> str:
    return urlsplit(url).path[1:]


def in_backups(folder: Path, book: Book) -> Iterator[Sighting]:
    """Every file of a backup: raw, row by row where it is SQLite, as text where it is PostgreSQL's own format."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert files, "a backup is something"
    for path in files:
        head = path.read_bytes()[:16]
        if head == b"SQLite format 3\0":
            yield from in_sqlite(path, book, "backup")
        elif head[:5] == b"PGDMP":
            told = subprocess.run(["pg_restore", "--file", "-", str(path)], capture_output=True, check=True)
            assert told.stdout
            yield from in_text(told.stdout, book, "backup", "dump")
        else:
            yield from in_file(path, book, "backup")


def in_text(text: bytes | str, book: Book, sink: str, where: str, *, alone: bool = False) -> Iterator[Sighting]:
    for marker, mark in book.find(text, alone=alone).items():
        yield Sighting(sink, where, "-", "-", mark, marker)


def in_redis(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """Every key and value of every database: queues with their tasks' arguments, results, whatever else. Read by kind,
    since what DUMP gives may be compressed."""
    if not deployment.site.redis:
        return
    client = redis_client.Redis.from_url(deployment.site.env["REDIS_URL"])
    for number in range(int(str(client.config_get("databases")["databases"]))):
        # The number goes into the address: one that stands there wins over an argument.
        address = urlunsplit(urlsplit(deployment.site.env["REDIS_URL"])._replace(path=f"/{number}"))
        for data in _values(redis_client.Redis.from_url(address)):
            yield from in_text(data, book, "redis", "key", alone=True)


def _values(client: Any) -> Iterator[bytes]:
    for key in list(client.scan_iter()):
        yield key
        match client.type(key):
            case b"string":
                yield client.get(key) or b""
            case b"list":
                yield from client.lrange(key, 0, -1)
            case b"set":
                yield from client.smembers(key)
            case b"zset":
                yield from client.zrange(key, 0, -1)
            case b"hash":
                yield from (part for pair in client.hgetall(key).items() for part in pair)
            case b"stream":
                yield repr(client.xrange(key)).encode()
            case other:
                raise AssertionError(f"a kind of value that nobody searches: {other!r}")


def in_stripe(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """What the stand-in made of it, in its own book: objects, metadata, answers, events it would send."""
    yield from in_sqlite(deployment.site.stripe_book, book, "stripe")


def in_processes(deployment: Deployment, book: Book, pids: Iterable[int] | None = None) -> Iterator[Sighting]:
    """Command lines and environments of everything we started and of its children: `ps` shows them to anybody."""
    groups = set(pids or (p.pid for p in deployment.site.processes.values() if p.alive))
    seen = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            group = int(stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[2])
            if group not in groups:
                continue
            texts = {part: (stat.parent / part).read_bytes() for part in ("cmdline", "environ")}
        except (OSError, IndexError, ValueError):
            continue  # it has ended meanwhile
        seen += 1
        for part, text in texts.items():
            yield from in_text(text, book, "process", part, alone=True)
    assert seen >= len(groups), "every process was looked at"


# What is left lying, and what the test itself put there.
_OURS = re.compile(
    r"(book|cast)\.json|witness/.*|mail/.*|logs/.*|db\.sqlite3.*|stripe-book\.sqlite3.*|backups/.*|browser.*|site\.pem"
)


def in_left_files(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """Whatever else lies in the folder of the deployment afterwards: temporary files, backups, the scheduler's notes."""
    from tests.processes import ROOT

    folders = (deployment.folder, ROOT / "var" / "media")
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if not _OURS.fullmatch(str(path.relative_to(folder))):
                with contextlib.suppress(FileNotFoundError):  # it was not left after all
                    yield from in_file(path, book, "left")


def columns_of(deployment: Deployment, sightings: list[Sighting]) -> dict[str, list[str]]:
    """In which table and column of a SQLite database a field lies open: for whoever has to close it."""
    found: dict[str, set[str]] = {}
    tables = [row[0] for row in deployment.site.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = [row[1] for row in deployment.site.query(f"PRAGMA table_info({table})")]
        for row in deployment.site.query(f'SELECT * FROM "{table}"'):  # noqa: S608
            for column, value in zip(columns, row, strict=True):
                for sighting in sightings:
                    if sighting.marker in str(value).lower():
                        found.setdefault(f"{table}.{column}", set()).add(sighting.mark.field)
    return {where: sorted(fields) for where, fields in sorted(found.items())}
