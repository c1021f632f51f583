"""Topics. The object is always the concern."""

CONCERN_ASKED = "concern.asked"  # for the person's coordinators
CONCERN_WORRY = "concern.worry"  # for the safeguarding lead
CONCERN_ANSWERED = "concern.answered"  # for the person

TOPICS = (CONCERN_ASKED, CONCERN_WORRY, CONCERN_ANSWERED)
