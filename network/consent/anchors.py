"""Anchors: once a day, a signed line outside the database that says where the chain of consent stood.

Whoever can write to the database can cut the chain's tail, or change a row and compute everything after it anew; the
chain then holds again. It no longer leads through the rows that an anchor names, though, and the file of anchors can be
kept where the database's master cannot write. Each line names the digest of the line before it, and is signed.

The record of who looked has no chain (each look would have to wait for the one before). Each anchor carries one digest
over the looks of its own day instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from backend.audit import queries as audit
from backend.kernel import signing
from network.consent.chain import CHAIN
from network.consent.models import ChainHead, ConsentEvent

PURPOSE = "anchor"
# A look is written in the transaction of its request, which is over long before this.
SETTLED = timedelta(hours=1)
START = "2000-01-01T00:00:00.000000Z"


def record(*, at: datetime) -> bool:
    """Add today's line to the file of the settings. False where none is named (tests). Scheduled."""
    if not settings.ANCHOR_PATH:
        return False
    write(Path(settings.ANCHOR_PATH), at=at)
    return True


def write(path: Path, *, at: datetime) -> dict[str, Any]:
    """Append one anchor to `path`, which is made when it is not there. Two writers at once wait for each other."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = b"".join(deque(file, maxlen=1))
        made = _anchor(last.rstrip(b"\n"), at)
        # A line that was cut off by a full disk or a crash must not swallow this one.
        file.write((b"\n" if last and not last.endswith(b"\n") else b"") + signing.canonical(made) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return made


def _anchor(previous: bytes, at: datetime) -> dict[str, Any]:
    head = ChainHead.objects.filter(name=CHAIN).first()
    before = _parsed(previous)
    since = before["looks"]["until"] if before else START
    until = max(since, _stamp(at - SETTLED))
    count, digest = _looks(since, until)
    made: dict[str, Any] = {
        "anchor": 1,
        "at": _stamp(at),
        "chain": CHAIN,
        "seq": head.seq if head else 0,
        "hash": head.hash if head else "",
        "rows": ConsentEvent.objects.count(),
        "looks": {"since": since, "until": until, "rows": count, "digest": digest},
        "previous": hashlib.sha256(previous).hexdigest() if previous else "",
        "key": signing.public_jwk(PURPOSE)["kid"],
    }
    return {**made, "signature": signing.sign(PURPOSE, signing.canonical(made))}


def _stamp(at: datetime) -> str:
    """UTC, of one length, so that text sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _looks(since: str, until: str) -> tuple[int, str]:
    """How many looks at people there were after `since` up to `until`, and one digest over them."""
    digest, count = hashlib.sha256(), 0
    for seen in audit.between(datetime.fromisoformat(since), datetime.fromisoformat(until)):
        raw = signing.canonical(
            {
                "id": str(seen.id),
                "at": _stamp(seen.at),
                "person": str(seen.person_id),
                "role": seen.actor_role,
                "organisation": str(seen.organisation_id or ""),
                "categories": list(seen.categories),
                "purpose": seen.purpose,
                "released": seen.released,
                "context": seen.context,
                "consents": [str(consent) for consent in seen.consents],
            }
        )
        digest.update(len(raw).to_bytes(8, "big") + raw)
        count += 1
    return count, digest.hexdigest()


def _parsed(line: bytes) -> dict[str, Any] | None:
    """An anchor of ours whose signature holds, or None."""
    try:
        found = json.loads(line)
        signature = found.pop("signature")
        signed = signing.is_signed(PURPOSE, signing.canonical(found), signature)
        found["seq"], found["looks"]["until"], found["at"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if signed else None


@dataclass
class _Walked:
    """What the lines before this one said."""

    previous: str = ""
    good: int = 0  # the last row of the chain that is as it was anchored


def check(path: Path) -> Iterator[tuple[str, str]]:
    """Where and what is wrong: with the file itself, with the chain behind it, with the record of who looked.

    Finds a cut tail (also when nothing at all is left) and a chain that was computed anew after a change, as far back
    as the file goes. Raises OSError when there is no such file.
    """
    walked, any_line = _Walked(), False
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.rstrip(b"\n")
            if not line:
                continue
            any_line = True
            anchor = _parsed(line)
            if anchor is None:
                yield f"line {number}", "is no anchor of ours, or was changed"
            else:
                if anchor["previous"] != walked.previous:
                    yield f"line {number}", "does not follow the line before it: lines were taken out or added"
                yield from _against_chain(anchor, walked)
                yield from _against_looks(anchor)
            walked.previous = hashlib.sha256(line).hexdigest()
    if not any_line:
        yield "line 1", "there is no anchor in this file"


def _against_chain(anchor: dict[str, Any], walked: _Walked) -> Iterator[tuple[str, str]]:
    seq, day = anchor["seq"], anchor["at"][:10]
    if not seq:
        return
    stored = ConsentEvent.objects.filter(seq=seq).values_list("hash", flat=True).first()
    if stored is None:
        left = ConsentEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        yield f"#{min(left + 1, seq)}", f"the chain had {seq} rows on {day}: its end was cut off after row {left}"
    elif stored != anchor["hash"]:
        yield (
            f"#{walked.good + 1}",
            f"the chain up to row {seq} is not the one of {day}: a row after row {walked.good} was changed and the "
            "chain computed anew",
        )
    else:
        walked.good = max(walked.good, seq)


def _against_looks(anchor: dict[str, Any]) -> Iterator[tuple[str, str]]:
    then = anchor["looks"]
    count, digest = _looks(then["since"], then["until"])
    if (count, digest) != (then["rows"], then["digest"]):
        yield (
            f"looks until {then['until']}",
            f"the record of who looked was changed: it had {then['rows']} rows for that time, now {count}",
        )
