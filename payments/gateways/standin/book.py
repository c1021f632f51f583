"""What the stand-in remembers: objects, events and answers by idempotency key, in one SQLite file so that it survives a
restart, each request committed before it is answered."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Body = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS object (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, seq);
CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, request TEXT, status INTEGER, body TEXT, at INTEGER);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER);
"""


class Book:
    """One writer at a time; every method is safe from any thread inside `work()`."""

    def __init__(self, path: str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
        self._lock = threading.RLock()

    @contextmanager
    def work(self) -> Iterator[Book]:
        """One request's changes, all or nothing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Ids look like Stripe's and are derived from a counter, so that a run can be repeated.
    def new_id(self, prefix: str) -> str:
        number = self.add("ids", 1)
        return f"{prefix}_{hashlib.sha256(f'{prefix}{number}'.encode()).hexdigest()[:24]}"

    def add(self, name: str, amount: int) -> int:
        """Change a counter and return its new value."""
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (name, amount),
        )
        return self.count(name)

    def count(self, name: str) -> int:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def put(self, kind: str, body: Body) -> Body:
        self._db.execute(
            "INSERT INTO object (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (body["id"], kind, json.dumps(body)),
        )
        return body

    def get(self, kind: str, object_id: str) -> Body | None:
        row = self._db.execute("SELECT body FROM object WHERE id = ? AND kind = ?", (object_id, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str) -> list[Body]:
        """Newest first, as Stripe lists."""
        rows = self._db.execute("SELECT body FROM object WHERE kind = ? ORDER BY seq DESC", (kind,))
        return [json.loads(row[0]) for row in rows]

    def answer(self, key: str) -> tuple[str, int, Body] | None:
        row = self._db.execute("SELECT request, status, body FROM answer WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1], json.loads(row[2])) if row else None

    def keep_answer(self, key: str, request: str, status: int, body: Body) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)",
            (key, request, status, json.dumps(body), int(time.time())),
        )

    def forget_answers(self) -> None:
        """As Stripe may after 24 hours."""
        self._db.execute("DELETE FROM answer")
