"""Pure predicates and times."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.clock import LONDON
from network.notifications.data import To


def is_to(actor: Actor, to: To) -> bool:
    """A message is read by the one it was for, signed in. A link in a message alone reads nothing."""
    if actor.kind is not ActorKind.USER:
        return False
    if to.person_id is not None:
        return actor.person_id == to.person_id
    return to.user_id is not None and actor.user_id == to.user_id


def next_hour(at: datetime, from_hour: int, to_hour: int) -> datetime:
    """The first moment from `at` on that lies within the hours (UK time, `to_hour` not included), in UTC."""
    local = at.astimezone(LONDON)
    if from_hour <= local.hour < to_hour:
        return at
    day = local.date() if local.hour < from_hour else local.date() + timedelta(days=1)
    return datetime.combine(day, time(from_hour), LONDON).astimezone(UTC)
