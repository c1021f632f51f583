from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One line of "who looked": when, which role, whose organisation, what, why, and whether it left the network."""

    id: UUID
    at: datetime
    person_id: UUID
    actor_role: str
    organisation_id: UUID | None
    categories: tuple[str, ...]
    purpose: str
    released: bool
    context: str
    consents: tuple[UUID, ...]
