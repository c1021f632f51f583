"""The life of a payout, as data. Money leaves in `sending`, and only there."""

from __future__ import annotations

from django.db.models import TextChoices


class PayoutState(TextChoices):
    DUE = "due", "Owed"
    SUBMITTED = "submitted", "Waiting for approval"
    APPROVED = "approved", "Approved"
    HELD = "held", "Waiting for a check"
    SENDING = "sending", "Being sent"
    UNKNOWN = "unknown", "Being checked with the payment provider"
    PARKED = "parked", "Waiting for funds"
    SENT = "sent", "On its way"
    PAID = "paid", "Paid"
    FAILED = "failed", "Did not go through"
    REVERSED = "reversed", "Came back"
    SETTLED = "settled", "Settled without a payment"
    CANCELLED = "cancelled", "Cancelled"


class PayoutMove(TextChoices):
    SUBMIT = "submit", "Put forward for approval"
    WITHDRAW = "withdraw", "Take out"
    APPROVE = "approve", "Approve"
    VOID = "void", "Void the approval"
    HOLD = "hold", "Hold"
    RELEASE = "release", "Release"
    CLAIM = "claim", "Send"
    ACCEPT = "accept", "Note as sent"
    LOSE = "lose", "Note a lost answer"
    REFUSE = "refuse", "Note a refusal"
    PARK = "park", "Wait for funds"
    WAKE = "wake", "Try again"
    RETRY = "retry", "Retry"
    CONFIRM = "confirm", "Note as paid"
    REVERSE = "reverse", "Note that it came back"
    REOPEN = "reopen", "Owe again"
    SETTLE = "settle", "Settle without a payment"
    CANCEL = "cancel", "Cancel"


S, M = PayoutState, PayoutMove
MOVES = {
    (S.DUE, M.SUBMIT): S.SUBMITTED,
    (S.DUE, M.CANCEL): S.CANCELLED,
    (S.SUBMITTED, M.WITHDRAW): S.DUE,
    (S.SUBMITTED, M.APPROVE): S.APPROVED,
    (S.APPROVED, M.VOID): S.DUE,
    (S.APPROVED, M.HOLD): S.HELD,
    (S.APPROVED, M.CLAIM): S.SENDING,
    (S.APPROVED, M.SETTLE): S.SETTLED,
    (S.HELD, M.RELEASE): S.APPROVED,
    (S.HELD, M.VOID): S.DUE,
    (S.SENDING, M.ACCEPT): S.SENT,
    (S.SENDING, M.LOSE): S.UNKNOWN,
    (S.SENDING, M.REFUSE): S.FAILED,
    (S.SENDING, M.PARK): S.PARKED,
    (S.UNKNOWN, M.ACCEPT): S.SENT,
    (S.UNKNOWN, M.LOSE): S.UNKNOWN,
    (S.UNKNOWN, M.REFUSE): S.FAILED,
    (S.UNKNOWN, M.PARK): S.PARKED,
    (S.PARKED, M.WAKE): S.APPROVED,
    (S.FAILED, M.RETRY): S.APPROVED,
    (S.FAILED, M.VOID): S.DUE,
    (S.SENT, M.CONFIRM): S.PAID,
    (S.SENT, M.REVERSE): S.REVERSED,
    (S.PAID, M.REVERSE): S.REVERSED,
    (S.REVERSED, M.REOPEN): S.DUE,
}

OWED = (S.DUE, S.SUBMITTED, S.APPROVED, S.HELD, S.SENDING, S.UNKNOWN, S.PARKED, S.FAILED, S.REVERSED)
MONEY_GONE = (S.SENT, S.PAID)


class RunState(TextChoices):
    GATHERED = "gathered", "Gathered"
    SUBMITTED = "submitted", "Waiting for approval"
    APPROVED = "approved", "Approved"
    CANCELLED = "cancelled", "Cancelled"


class RunMove(TextChoices):
    SUBMIT = "submit", "Put forward for approval"
    APPROVE = "approve", "Approve"
    CANCEL = "cancel", "Cancel"


RUN_MOVES = {
    (RunState.GATHERED, RunMove.SUBMIT): RunState.SUBMITTED,
    (RunState.GATHERED, RunMove.CANCEL): RunState.CANCELLED,
    (RunState.SUBMITTED, RunMove.APPROVE): RunState.APPROVED,
    (RunState.SUBMITTED, RunMove.CANCEL): RunState.CANCELLED,
}


class AttemptOutcome(TextChoices):
    OPEN = "open", "No answer yet"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    LOST = "lost", "Answer lost"
    STORED_ERROR = "stored_error", "The provider's error may be replayed"
