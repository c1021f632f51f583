"""What organisations look like outside their tables. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from network.organisations.states import CheckLevel, OrganisationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an organisation is trusted on one day. `level` is J0 when no check is in date."""

    organisation_id: UUID
    name: str
    state: OrganisationState
    level: CheckLevel
    valid_until: date | None

    @property
    def in_standing(self) -> bool:
        return self.state is OrganisationState.IN_STANDING

    @property
    def may_ask(self) -> bool:
        """May send a brief: anybody who was not refused or suspended (control C3, J0)."""
        return self.state in (OrganisationState.APPLIED, OrganisationState.IN_STANDING)

    @property
    def may_receive_identity(self) -> bool:
        """Names, contact and place go only to organisations in standing at J2 or above, in date (control C3)."""
        return self.in_standing and self.level in (CheckLevel.J2, CheckLevel.J3)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    member_id: UUID
    user_id: UUID
    name: str
    job: str
    is_owner: bool
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    level: str
    method: str
    evidence: str
    checked_at: datetime
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationLine:
    organisation_id: UUID
    name: str
    kind: str
    website: str
    state: str
    state_words: str
    level: str
    valid_until: date | None
    sandbox: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationPage:
    """One organisation, for its own people and for coordinators."""

    line: OrganisationLine
    about: str
    state_reason: str
    billing_name: str
    billing_address: str
    billing_email: str
    purchase_reference: str
    members: tuple[MemberLine, ...]
    checks: tuple[CheckLine, ...]
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    organisation_id: UUID
    member_id: UUID
    user_id: UUID
