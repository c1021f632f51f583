from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from network.concerns.states import ConcernAbout, ConcernKind, ConcernState


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernLine:
    """What somebody asked or was worried about, in their own words, and the answer. `known_as` is for staff only."""

    concern_id: UUID
    person_id: UUID
    known_as: str
    kind: ConcernKind
    about: ConcernAbout
    about_id: UUID | None
    words: str
    raised_at: datetime
    state: ConcernState
    answer: str
    answered_at: datetime | None
