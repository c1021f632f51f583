from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from network.breakglass.states import Emergency, FieldGroup, GlassState


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassLine:
    """One emergency as staff see it. `reason` and `review` only for those who may read them."""

    glass_id: UUID
    person_id: UUID
    category: Emergency
    group: FieldGroup
    state: GlassState
    asked_by: UUID
    asked_at: datetime
    alone_from: datetime  # when it may be opened without a second person
    alone: bool
    opened_at: datetime | None
    ends_at: datetime | None
    review_by: datetime | None
    answered_by: UUID | None
    outcome: str
    reason: str
    review: str
    seal_wanted: bool
    sealed: bool
    mine: bool
    moves: tuple[str, ...]

    @property
    def unreviewed(self) -> bool:
        return self.state in (GlassState.OPEN, GlassState.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the gate needs to know: whose, which group, under which emergency."""

    glass_id: UUID
    person_id: UUID
    group: FieldGroup
    category: Emergency
