"""Writes of consent: one public function is one thing a person can do."""

from network.consent.usecases.anonymity import keep_anonymous, stop_keeping_anonymous, waive_anonymity
from network.consent.usecases.ending import (
    end_for_erasure,
    end_with_request,
    expire_due,
    withdraw,
    withdraw_again,
    withdraw_everything,
)
from network.consent.usecases.grants import defer, give, narrow, refuse, renew
from network.consent.usecases.joining import join, leave
from network.consent.usecases.projection import rebuild_projection, verify
from network.consent.usecases.receipts import receipt, receipts_for_export
from network.consent.usecases.reminding import remind_ending, remind_review
from network.consent.usecases.resting import (
    pause_everything,
    reaffirm,
    resume_due,
    resume_everything,
    suspend_for_change,
)

__all__ = [
    "defer",
    "end_for_erasure",
    "end_with_request",
    "expire_due",
    "give",
    "join",
    "keep_anonymous",
    "leave",
    "narrow",
    "pause_everything",
    "reaffirm",
    "rebuild_projection",
    "receipt",
    "receipts_for_export",
    "refuse",
    "remind_ending",
    "remind_review",
    "renew",
    "resume_due",
    "resume_everything",
    "stop_keeping_anonymous",
    "suspend_for_change",
    "verify",
    "waive_anonymity",
    "withdraw",
    "withdraw_again",
    "withdraw_everything",
]
