"""Topics."""

ERASURE_ASKED = "erasure.asked"  # object: the erasure
ERASURE_DONE = "erasure.done"  # object: the erasure

TOPICS = (ERASURE_ASKED, ERASURE_DONE)
