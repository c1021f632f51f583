"""Topics. The object is the alert."""

from __future__ import annotations

ALERT = "casework.alert"  # for the safeguarding lead

TOPICS = (ALERT,)
