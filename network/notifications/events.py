"""What notifications publish to themselves: the id of a delivery that waits to be sent."""

from __future__ import annotations

DELIVERY_QUEUED = "notice.queued"

TOPICS = frozenset({DELIVERY_QUEUED})
