"""Topics. The object is the broken glass, except where said."""

from __future__ import annotations

ASKED = "glass.asked"  # a second person is needed at once
OPENED = "glass.opened"  # for the person, unless it is sealed
ALONE = "glass.alone"  # opened without a second person: the siren
REVIEW_DUE = "glass.review_due"  # nobody has reviewed it yet
UNSEALED = "glass.unsealed"  # object: the person; something shows in their list of who looked that was sealed before

TOPICS = (ASKED, OPENED, ALONE, REVIEW_DUE, UNSEALED)
