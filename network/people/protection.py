"""How somebody is protected: a law that keeps them anonymous for life, and one person who must not recognise them.

One sealed record in the vault, read by the gate at each disclosure. No table in the clear says who has one of these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

LONGEST = 500


class SetBy(StrEnum):
    PERSON = "person"
    SAFEGUARDING = "safeguarding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A law that keeps somebody anonymous. `law` is empty, and nothing is shown as a fact, while it is not confirmed."""

    code: str
    name: str
    nation: str
    law: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    regime: str = ""  # code of a Regime; empty: none
    set_by: SetBy = SetBy.PERSON
    since: datetime | None = None
    until: datetime | None = None  # taken off, and in force until then: there is time to think
    somebody: str = ""  # from whom they stay unrecognised, in their own words; never disclosed

    def by_law(self, at: datetime) -> bool:
        """Whether a law keeps this person anonymous at that moment."""
        return bool(self.regime) and (self.until is None or at < self.until)


NONE = Protection()


@cache
def regimes() -> tuple[Regime, ...]:
    """The laws there are, from dated data with its sources."""
    file = Path(__file__).parent / "material" / "anonymity.json"
    return tuple(Regime(**row) for row in json.loads(file.read_text(encoding="utf-8"))["regimes"])


def regime(code: str) -> Regime | None:
    return next((found for found in regimes() if found.code == code), None)


def pack(protection: Protection) -> str:
    """As text for the vault; empty when there is nothing to keep, so that the record goes."""
    if not protection.regime and not protection.somebody:
        return ""
    return json.dumps(
        {
            "regime": protection.regime,
            "set_by": protection.set_by,
            "since": protection.since.astimezone(UTC).isoformat() if protection.since else "",
            "until": protection.until.astimezone(UTC).isoformat() if protection.until else "",
            "somebody": protection.somebody,
        },
        ensure_ascii=False,
    )


def unpack(text: str) -> Protection:
    """The reverse of `pack`."""
    if not text:
        return NONE
    said = json.loads(text)
    return Protection(
        regime=said["regime"],
        set_by=SetBy(said["set_by"]),
        since=datetime.fromisoformat(said["since"]) if said["since"] else None,
        until=datetime.fromisoformat(said["until"]) if said["until"] else None,
        somebody=said["somebody"],
    )
