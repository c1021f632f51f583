"""Topics."""

ERASURE_ASKED = "erasure.asked"  # object: the erasure
ERASURE_DONE = "erasure.done"  # object: the erasure
COMPLAINT_MADE = "complaint.made"  # object: the complaint; for the safeguarding lead
COMPLAINT_DUE = "complaint.due"  # object: the complaint; the day by which it must be acknowledged is near, or past

TOPICS = (ERASURE_ASKED, ERASURE_DONE, COMPLAINT_MADE, COMPLAINT_DUE)
