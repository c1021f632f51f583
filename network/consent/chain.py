"""The chain: how one row is tied to the row before it, and walking it to find every row that does not hold.

The walk reads by number in batches, so that its memory does not grow with the ledger, and needs no key: anybody may
check it, after any erasure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection
from django.db.models import CharField, Expression, F
from django.db.models.functions import Cast

from network.consent.models import ChainHead, ConsentEvent

CHAIN = "consent"
BATCH = 2000


def envelope_hash(
    *,
    prev: str,
    seq: int,
    event_id: UUID,
    type_: str,
    at: datetime,
    ref: str,
    grant_id: UUID,
    version: int,
    body: bytes,
) -> str:
    """SHA-256 over length-prefixed parts, so that no two different events have one encoding."""
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds")
    said = []
    for part in (prev, str(seq), str(event_id), type_, stamp, ref, str(grant_id), str(version)):
        raw = part.encode()
        said += [len(raw).to_bytes(8, "big"), raw]
    said += [len(body).to_bytes(8, "big"), body]
    return hashlib.sha256(b"".join(said)).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A row at which the chain does not hold, and what is wrong with it."""

    seq: int
    event_id: UUID | None
    what: str


@dataclass(frozen=True, slots=True)
class _Link:
    """One row as stored. `digest` is what its hash should be; empty when the row cannot be read at all."""

    seq: int
    event_id: UUID | None
    prev: str = ""
    hash: str = ""
    digest: str = ""


def _columns() -> dict[str, Expression | F]:
    """SQLite keeps ids and times as text, in which one value has several spellings: there the text itself is read."""
    exact = connection.vendor == "sqlite"
    return {
        f"raw_{name}": Cast(name, CharField()) if exact and name in ("id", "at", "grant_id") else F(name)
        for name in ("seq", "id", "type", "at", "person_ref", "grant_id", "key_version", "body", "prev_hash", "hash")
    }


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    found = UUID(hex=value)
    if found.hex != value:
        raise ValueError("not as it was written")
    return found


def _time(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    found = datetime.fromisoformat(value)
    if str(found) != value:
        raise ValueError("not as it was written")
    return found.replace(tzinfo=UTC)


def _link(row: tuple[Any, ...]) -> _Link:
    seq, id_, type_, at, ref, grant_id, version, body, prev, stored = row
    event_id = None
    try:
        event_id = _uuid(id_)
        digest = envelope_hash(
            prev=prev, seq=seq, event_id=event_id, type_=type_, at=_time(at), ref=ref, grant_id=_uuid(grant_id),
            version=version, body=bytes(body),
        )  # fmt: skip
    except (ValueError, TypeError, AttributeError):  # no id, no time, no text
        return _Link(seq, event_id, hash=stored if isinstance(stored, str) else "")
    return _Link(seq, event_id, prev, stored, digest)


def _links(last: int) -> Iterator[_Link]:
    """The rows numbered 1 to `last`, in order."""
    columns = _columns()
    rows = ConsentEvent.objects.annotate(**columns).order_by("seq").values_list(*columns)
    after = 0
    while after < last:
        upto = min(after + BATCH, last)
        try:
            found = [_link(row) for row in rows.filter(seq__gt=after, seq__lte=upto)]
        except DatabaseError:  # one of them holds something that the database itself cannot hand out
            found = list(_one_by_one(after, upto))
        yield from found
        after = upto


def _one_by_one(after: int, upto: int) -> Iterator[_Link]:
    columns = _columns()
    for seq in range(after + 1, upto + 1):
        rows = ConsentEvent.objects.filter(seq=seq).annotate(**columns)
        try:
            yield from (_link(row) for row in rows.values_list(*columns))
        except DatabaseError:
            yield _Link(seq, None)


def faults() -> Iterator[ChainFault]:
    """Every row at which the chain does not hold, in order; each broken row once, and no sound one.

    May run beside the app: what is added meanwhile is left for the next time.
    """
    head = ChainHead.objects.filter(name=CHAIN).first()
    last = head.seq if head else 0
    follows: frozenset[str] | None = frozenset({""})  # what the next row may name as the one before it; None: anything
    expected = 1
    for link in _links(last):
        if link.seq != expected:
            yield _gap(expected, link.seq - 1)
            follows = None
        if not link.digest:
            yield ChainFault(link.seq, link.event_id, "cannot be read")
        elif follows is not None and link.prev not in follows:
            yield ChainFault(link.seq, link.event_id, "does not follow the row before it")
        elif link.digest != link.hash:
            yield ChainFault(link.seq, link.event_id, "was changed")
        # Where the hash itself was changed, the next row still names the one that belongs here.
        follows = frozenset({link.hash, link.digest}) if link.digest else None
        expected = link.seq + 1
    if expected <= last:
        yield ChainFault(expected, None, "missing from the end")
    elif head and follows is not None and head.hash not in follows:
        yield ChainFault(last, None, "is not the end that was recorded")
    yield from _strays(last)


def _gap(first: int, last: int) -> ChainFault:
    return ChainFault(first, None, "missing" if first == last else f"missing, and all to row {last}")


def _strays(last: int) -> Iterator[ChainFault]:
    """Rows with numbers that the chain never reached. What is being added now moves the head with it."""
    beyond: list[Any] = list(
        ConsentEvent.objects.filter(seq__gt=last).order_by("seq").values_list("seq", flat=True)[:BATCH]
    )
    beyond += ConsentEvent.objects.filter(seq__lt=1).values_list("seq", flat=True)[:BATCH]
    head = ChainHead.objects.filter(name=CHAIN).first()
    end = head.seq if head else 0
    for seq in beyond:
        if not isinstance(seq, int) or not 1 <= seq <= end:
            yield ChainFault(seq if isinstance(seq, int) else -1, None, "has a number that was never given")


def first_fault() -> ChainFault | None:
    """The first row at which the chain does not hold. None when every row holds and the head is the last row."""
    return next(faults(), None)
