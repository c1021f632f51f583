"""Topics."""

ERASURE_ASKED = "erasure.asked"  # object: the erasure
ERASURE_DONE = "erasure.done"  # object: the erasure
COMPLAINT_MADE = "complaint.made"  # object: the complaint; for the safeguarding lead

TOPICS = (ERASURE_ASKED, ERASURE_DONE, COMPLAINT_MADE)
