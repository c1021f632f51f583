from __future__ import annotations

from django.db.models import TextChoices


class ClaimState(TextChoices):
    SUBMITTED = "submitted", "Waiting for finance"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Not approved"


class ClaimMove(TextChoices):
    APPROVE = "approve", "Approve"
    REFUSE = "refuse", "Do not approve"


MOVES = {
    (ClaimState.SUBMITTED, ClaimMove.APPROVE): ClaimState.APPROVED,
    (ClaimState.SUBMITTED, ClaimMove.REFUSE): ClaimState.REFUSED,
}
