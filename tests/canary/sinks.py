"""Every place where something could come to lie, and what is found there."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import redis as redis_client

from tests.canary.markers import Book, Mark
from tests.canary.site import Answer, Deployment

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
            bodies = [part.get_content() for part in message.walk() if not part.is_multipart()]
            for body in bodies:
                for marker, mark in book.find(body).items():
                    yield Sighting("mail-body", "body", recipient, "recipient", mark, marker)


def in_file(path: Path, book: Book, sink: str) -> Iterator[Sighting]:
    for marker, mark in book.find(path.read_bytes(), alone=False).items():
        yield Sighting(sink, path.name, "-", "-", mark, marker)


def in_logs(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    for path in sorted((deployment.folder / "logs").glob("*.log")):
        yield from in_file(path, book, "log")


def in_database(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """The raw files with what waits beside them, or the text of a dump."""
    if deployment.site.engine == "sqlite":
        files = sorted(deployment.folder.glob("db.sqlite3*"))
        assert files, "a database"
        for path in files:
            yield from in_file(path, book, "database")
        return
    dump = subprocess.run(
        ["pg_dump", "--no-owner", deployment.site.database_url], capture_output=True, check=True, env=os.environ
    )
    assert b"network_vault_item" in dump.stdout
    for marker, mark in book.find(dump.stdout, alone=False).items():
        yield Sighting("database", "dump", "-", "-", mark, marker)


def in_redis(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """Every key and value: queues with their tasks' arguments, results, whatever else."""
    if not deployment.site.redis:
        return
    client = redis_client.Redis.from_url(deployment.site.env["REDIS_URL"])
    for key in client.scan_iter():
        for data in (key, client.dump(key) or b""):
            for marker, mark in book.find(data).items():
                yield Sighting("redis", "key", "-", "-", mark, marker)


def in_stripe(deployment: Deployment, book: Book) -> Iterator[Sighting]:
    """What the stand-in was told, in its own book: requests, objects, metadata."""
    for path in sorted(deployment.folder.glob("stripe-book.sqlite3*")):
        yield from in_file(path, book, "stripe")


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
