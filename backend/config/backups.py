"""Copies of the two databases, in separate files, and putting them back.

A copy of the data carries the sign "closed" in itself: whatever restores it, the application opens only after the list of
erasures and withdrawals was replayed (`open_after_restore`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections

from backend.closed import state
from backend.config.databases import KEYS
from backend.kernel.ids import new_id
from network.privacy import copies
from network.privacy.usecases import replaying

DATA = "default"
_FOLDER = {DATA: "data", KEYS: "keys"}
_STAMP = "%Y%m%dT%H%M%S%fZ"
_WHY = "restored from a backup"


class CannotCopy(Exception):
    """A tool is missing or failed; says which."""


@dataclass(frozen=True, slots=True)
class Copies:
    data: Path
    keys: Path
    pruned: int


def back_up(*, to: Path, keys_to: Path, at: datetime) -> Copies:
    """Copy the data, then the keys (so that no copied row waits for a key), and throw away copies past their time."""
    replaying.catch_up(at=at)
    made = {}
    for alias, folder in ((DATA, to), (KEYS, keys_to)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{_FOLDER[alias]}-{at.astimezone(UTC).strftime(_STAMP)}.{_ending(alias)}"
        half = path.with_suffix(".half")
        with contextlib.closing(os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")):
            pass  # nobody else may read it, from the first byte
        (_copy_sqlite if _is_file(alias) else _copy_postgresql)(alias, half, at)
        half.rename(path)
        made[alias] = path
    pruned = _prune(to, DATA, "data_days", at) + _prune(keys_to, KEYS, "keys_days", at)
    return Copies(made[DATA], made[KEYS], pruned)


def _prune(folder: Path, alias: str, policy: str, at: datetime) -> int:
    oldest = at - timedelta(days=copies.days(policy, at.date()))
    gone = 0
    for path in folder.glob(f"{_FOLDER[alias]}-*.*"):
        with contextlib.suppress(ValueError):
            made = datetime.strptime(path.stem.partition("-")[2], _STAMP).replace(tzinfo=UTC)
            if made < oldest:
                path.unlink()
                gone += 1
    return gone


def latest(folder: Path, alias: str) -> Path:
    """The newest copy there. Raises FileNotFoundError."""
    found = sorted(folder.glob(f"{_FOLDER[alias]}-*.{_ending(alias)}"))
    if not found:
        raise FileNotFoundError(f"no copy of the {_FOLDER[alias]} in {folder}")
    return found[-1]


def restore(*, data: Path, keys: Path | None) -> None:
    """Put copies in the place of both databases; without `keys`, those that are there stay. Everything else must be
    stopped. Afterwards the application is closed."""
    state.close()
    connections.close_all()
    for alias, path in ((DATA, data), (KEYS, keys)):
        if path is not None:
            (_put_sqlite if _is_file(alias) else _put_postgresql)(alias, path)
    call_command("migrate", verbosity=0, interactive=False)
    state.look()


def open_after_restore(*, at: datetime) -> dict[str, int]:
    """Replay the list, and only then open. Raises FileNotFoundError, Tampered: then it stays closed."""
    done = replaying.replay(at=at)
    state.open_again()
    return done


# --- one engine and the other ---------------------------------------------------------------------------------------


def _is_file(alias: str) -> bool:
    return connections[alias].vendor == "sqlite"


def _ending(alias: str) -> str:
    return "sqlite3" if _is_file(alias) else "sql"


def _name(alias: str) -> str:
    return str(connections[alias].settings_dict["NAME"])


def _copy_sqlite(alias: str, path: Path, at: datetime) -> None:
    with (
        contextlib.closing(sqlite3.connect(_name(alias))) as source,
        contextlib.closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        if alias == DATA:
            copy.execute("INSERT INTO backend_closed (id, since, why) VALUES (?, ?, ?)", _row(at))
        copy.commit()


def _row(at: datetime) -> tuple[str, str, str]:
    return new_id().hex, at.astimezone(UTC).replace(tzinfo=None).isoformat(" "), _WHY


def _put_sqlite(alias: str, path: Path) -> None:
    target = Path(_name(alias))
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(path, fresh)
    fresh.chmod(0o600)
    for end in ("-wal", "-shm"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    fresh.replace(target)


def _tool(name: str, alias: str, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise CannotCopy(f"{name} is not installed; it comes with PostgreSQL's client tools")
    found: Mapping[str, Any] = connections[alias].settings_dict
    places = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    env = {**os.environ, **{there: str(found[here]) for there, here in places.items() if found.get(here)}}
    done = subprocess.run([program, *arguments], env=env, capture_output=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise CannotCopy(f"{name} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")


def _copy_postgresql(alias: str, path: Path, at: datetime) -> None:
    _tool("pg_dump", alias, "--no-owner", "--no-privileges", "--format=plain", f"--file={path}")
    if alias == DATA:
        row_id, since, why = _row(at)
        with path.open("a", encoding="utf-8") as file:
            file.write(
                "INSERT INTO public.backend_closed (id, since, why) "  # noqa: S608 - our own three values
                f"VALUES ('{row_id}', '{since}+00:00', '{why}');\n"
            )


def _put_postgresql(alias: str, path: Path) -> None:
    from backend.management.commands.migrate import make_database

    make_database(alias)
    connections[alias].close()
    _tool(
        "psql", alias, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
        "--command=DROP SCHEMA public CASCADE; CREATE SCHEMA public;", f"--file={path}",
    )  # fmt: skip
