"""The list of erasures and withdrawals: a file outside every database, so that restoring one cannot undo what it says.

One JSON object a line, each signed together with the signature before it: a line that was changed, moved or taken out of
the middle does not verify. It holds random ids only. Keep a copy of it off the machine, as of the ledger's anchor.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from backend.kernel import crypto


class What(StrEnum):
    ERASED = "erased"  # a person
    WITHDRAWN = "withdrawn"  # a grant
    NARROWED = "narrowed"  # a grant: to what is not said, so replaying ends it and the person is asked again
    QUIET = "quiet"  # a person who said STOP


class Tampered(Exception):
    """A line that we did not write, or not there. It names the line."""


@dataclass(frozen=True, slots=True)
class Entry:
    what: What
    id: UUID
    at: datetime  # UTC


def _signature(entry: Entry, previous: str) -> str:
    said = "\x1f".join((previous, entry.what, str(entry.id), entry.at.astimezone(UTC).isoformat()))
    return hmac.new(crypto.keyring().derived("replay-list"), said.encode(), hashlib.sha256).hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _last_signature(handle: int) -> str:
    size = os.fstat(handle).st_size
    tail = os.pread(handle, 4096, max(0, size - 4096))
    lines = [line for line in tail.split(b"\n") if line]
    return str(json.loads(lines[-1])["signature"]) if lines else ""


def append(path: Path, entries: Iterable[Entry]) -> int:
    """Add to the end and wait until it is on the disk. Returns how many."""
    entries = list(entries)
    if not entries:
        return 0
    with _locked(path) as handle:
        previous, lines = _last_signature(handle), b""
        for entry in entries:
            previous = _signature(entry, previous)
            line = {"what": entry.what, "id": str(entry.id), "at": entry.at.astimezone(UTC).isoformat()}
            lines += json.dumps({**line, "signature": previous}, separators=(",", ":")).encode() + b"\n"
        os.write(handle, lines)
        os.fsync(handle)
    return len(entries)


def read(path: Path) -> list[Entry]:
    """Everything on the list, in its order. Raises FileNotFoundError without one, Tampered for a line that is not ours."""
    found: list[Entry] = []
    previous = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            said = json.loads(line)
            entry = Entry(What(said["what"]), UUID(said["id"]), datetime.fromisoformat(said["at"]))
            signature = str(said["signature"])
        except (ValueError, KeyError, TypeError):
            raise Tampered(f"line {number} cannot be read") from None
        if not hmac.compare_digest(signature, _signature(entry, previous)):
            raise Tampered(f"line {number} was not written by us, or not at this place")
        found.append(entry)
        previous = signature
    return found
