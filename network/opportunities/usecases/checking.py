"""Before the requester goes on: what a brief still lacks, and what they promise before they read about people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Invalid, NotFound
from network.opportunities import rules
from network.opportunities.models import Opportunity, OpportunityHistory
from network.opportunities.queries import topic_slugs, visible_brief, written
from network.opportunities.usecases.briefs import _checked

_FILE = Path(__file__).parents[1] / "material" / "boundaries.json"
_MOVE = "promise"  # a line of the brief's history, not a move of its state


def still_missing(*, opportunity_id: UUID, actor: Actor, at: datetime) -> Mapping[str, list[str]]:
    """What would be refused if the brief were sent in now: field -> what to do. Empty when it is complete.

    Raises NotFound for strangers.
    """
    row = visible_brief(actor, opportunity_id)
    try:
        _checked(written(row, topic_slugs([row.id]).get(row.id, ())), at=at, submitting=True)
    except Invalid as problem:
        return problem.fields
    return {}


@lru_cache(maxsize=1)
def _boundaries() -> tuple[int, tuple[str, ...]]:
    with _FILE.open(encoding="utf-8") as file:
        found = json.load(file)
    return int(found["version"]), tuple(found["points"])


def boundaries() -> tuple[str, ...]:
    """What a requester promises before they read about the people who said yes to a brief."""
    return _boundaries()[1]


def boundaries_accepted(*, opportunity_id: UUID, actor: Actor) -> bool:
    """Whether this very actor has promised, in today's wording, for this brief."""
    return OpportunityHistory.objects.filter(
        opportunity_id=opportunity_id, actor_ref=actor.ref, move=_MOVE, note=f"v{_boundaries()[0]}"
    ).exists()


@transaction.atomic
def accept_boundaries(*, opportunity_id: UUID, actor: Actor, at: datetime) -> None:
    """Promise to keep to the boundaries. Kept in the brief's history, once for each actor and wording.

    Raises NotFound for anybody who may not see the cards.
    """
    row = Opportunity.objects.select_for_update().filter(pk=opportunity_id).first()
    if row is None or not rules.may_see_cards(actor, row.organisation_id):
        raise NotFound
    if boundaries_accepted(opportunity_id=opportunity_id, actor=actor):
        return
    OpportunityHistory.objects.create(
        opportunity=row, at=at, actor_ref=actor.ref, move=_MOVE, to_state=row.state, note=f"v{_boundaries()[0]}"
    )
