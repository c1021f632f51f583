from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from network.organisations.states import CheckLevel, OrganisationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How surely we know an organisation, on one day. J0 when no check is in date."""

    state: OrganisationState
    level: CheckLevel
    valid_until: date | None

    @property
    def in_standing(self) -> bool:
        return self.state is OrganisationState.IN_STANDING

    @property
    def identity_ok(self) -> bool:
        """Identity, contact and place go only to those checked at J2 or better, in date (control C3)."""
        return self.in_standing and self.level in (CheckLevel.J2, CheckLevel.J3)
