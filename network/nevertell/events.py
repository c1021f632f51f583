"""Topics. The object is a match, except where said."""

from __future__ import annotations

ENTRY_ADDED = "never_tell.entry_added"  # object: the entry
ASKER_CHANGED = "never_tell.asker_changed"  # object: the asker
HIT_FOUND = "never_tell.found"  # for the safeguarding lead
HIT_ASKED = "never_tell.asked"  # for the person

TOPICS = (ENTRY_ADDED, ASKER_CHANGED, HIT_FOUND, HIT_ASKED)
