from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from network.casework.states import AlertKind, AlertState, Shown
from network.consent.data import Disclosed

OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """Something that is to be done about a person now. `label` is short and names nobody."""

    key: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """One detail for one task; or why not."""

    shown: Disclosed | None
    over_budget: int = 0  # how many people a day, when that was the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    alert_id: UUID
    person_id: UUID
    known_as: str
    staff_id: UUID
    kind: AlertKind
    at: datetime
    state: AlertState


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSettings:
    """A person's own choice about their list of who looked."""

    shown: Shown = Shown.OPEN
    watch: bool = False  # the safeguarding lead hears of each look


@dataclass(frozen=True, slots=True, kw_only=True)
class WorksWithMe:
    """A coordinator, as the person sees them."""

    user_id: UUID
    name: str
    since: datetime
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody whom a search found: by working name, with no more."""

    person_id: UUID
    reference: str
    known_as: str
