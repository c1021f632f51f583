"""Payload: the payout's id (for RUN_SUBMITTED the run's)."""

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

TOPICS = (DUE, RUN_SUBMITTED, APPROVED, LOOK, HELD, VOIDED, SENT, PAID, SETTLED, FAILED, REVERSED, CANCELLED)
