"""Several threads at once against a real database: PostgreSQL as it is, SQLite as a file (its in-memory test database
has other locks than the one people use)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

from django.db import connection, connections


class Arena:
    """Where threads meet. `rows` reads and `execute` changes the database that they share."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if self._file is None:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        with sqlite3.connect(self._file) as found:
            return found.execute(sql).fetchall()

    def execute(self, *statements: str) -> None:
        if self._file is None:
            with connection.cursor() as cursor:
                for sql in statements:
                    cursor.execute(sql)
            return
        with sqlite3.connect(self._file) as found:
            for sql in statements:
                found.execute(sql)

    def race(self, acts: Sequence[Callable[[], Any]]) -> list[Any]:
        """Start all at the same moment; each result is what it returned or the exception it raised."""
        barrier = Barrier(len(acts))

        def run(act: Callable[[], Any]) -> Any:
            if self._file is not None:
                for line, end in ((connection, ""), (connections["keys"], ".keys")):
                    line.close()
                    line.settings_dict = {**line.settings_dict, "NAME": f"{self._file}{end}"}
            try:
                connection.ensure_connection()
                barrier.wait(timeout=20)
                return act()
            except Exception as error:  # the result of this thread
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))


@contextmanager
def arena(folder: Path) -> Iterator[Arena]:
    """Copy the committed test database to where threads can share it (SQLite), or use it as it is (PostgreSQL)."""
    if connection.vendor == "postgresql":
        yield Arena(None)
        return
    file = folder / "race.sqlite3"
    for line, end in ((connection, ""), (connections["keys"], ".keys")):
        line.ensure_connection()
        with sqlite3.connect(f"{file}{end}") as copy:
            line.connection.backup(copy)
            # As the first connection of the product does. Left to the threads, all at once, one of them would be told
            # "database is locked": changing the journal needs the file to itself and does not wait for it.
            copy.execute("PRAGMA journal_mode=WAL")
    yield Arena(file)
