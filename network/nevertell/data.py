from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from network.nevertell.states import EntryKind, HitState, How


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One line of somebody's own list, for their own eyes."""

    entry_id: UUID
    kind: EntryKind
    value: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is known of whoever asks: the organisation's people and addresses, or the words of a brief."""

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    websites: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    words: str = ""  # free text, searched for all of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One entry that fits one asker. `against` is a keyed hash of what it fitted, so that "not the same" said of one
    name does not cover the next one."""

    person_id: UUID
    entry_id: UUID
    asker_id: UUID
    how: How
    against: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitLine:
    """A match as the safeguarding lead sees it. `entry` and `found` are filled for similar ones only, when one is
    opened: without both there is nothing to compare."""

    hit_id: UUID
    person_id: UUID
    organisation_id: UUID
    opportunity_id: UUID | None
    kind: EntryKind
    how: How
    state: HitState
    found_at: datetime
    moves: tuple[str, ...]
    entry: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """What the safeguarding lead asks the person: whether to stay out of something."""

    hit_id: UUID
    organisation_id: UUID
    opportunity_id: UUID | None
    entry: str
