"""Topics that mentoring publishes: ids only."""

from __future__ import annotations

# object: the pairing
PROPOSED = "pairing.proposed"
ACTIVE = "pairing.active"
DECLINED = "pairing.declined"
ENDED = "pairing.ended"

# object: the session
SESSION_LOGGED = "session.logged"

TOPICS = frozenset({PROPOSED, ACTIVE, DECLINED, ENDED, SESSION_LOGGED})
