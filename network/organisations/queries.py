from __future__ import annotations

from datetime import date
from uuid import UUID

from network.organisations.data import Standing
from network.organisations.models import Check, Organisation
from network.organisations.states import CheckLevel, OrganisationState


def standing(organisation_id: UUID, on: date) -> Standing:
    """Standing on that day, by the best check in date. An unknown organisation is a refused one. Two statements."""
    state = Organisation.objects.filter(id=organisation_id).values_list("state", flat=True).first()
    if state is None:
        return Standing(state=OrganisationState.REFUSED, level=CheckLevel.J0, valid_until=None)
    best = (
        Check.objects.filter(organisation_id=organisation_id, valid_until__gte=on)
        .order_by("-level", "-valid_until")
        .values_list("level", "valid_until")
        .first()
    )
    level, until = (CheckLevel(best[0]), best[1]) if best else (CheckLevel.J0, None)
    return Standing(state=OrganisationState(state), level=level, valid_until=until)
