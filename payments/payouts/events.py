"""Payload: the payout's id (for RUN_SUBMITTED the run's, for FILE_MADE the file's)."""

DUE = "payout.due"
RUN_SUBMITTED = "payout.run_submitted"
APPROVED = "payout.approved"
LOOK = "payout.look"
HELD = "payout.held"
VOIDED = "payout.voided"
SENT = "payout.sent"
PAID = "payout.paid"
SETTLED = "payout.settled"
FAILED = "payout.failed"
REVERSED = "payout.reversed"
CANCELLED = "payout.cancelled"
TRUSTEE_ASKED = "payout.trustee_asked"
TRUSTEE_NO = "payout.trustee_no"
FILE_MADE = "payout.file_made"

TOPICS = (
    DUE, RUN_SUBMITTED, APPROVED, LOOK, HELD, VOIDED, SENT, PAID, SETTLED, FAILED, REVERSED, CANCELLED, TRUSTEE_ASKED,
    TRUSTEE_NO, FILE_MADE,
)  # fmt: skip
