from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from payments.money import Pence


class ExpenseKind(StrEnum):
    """Paid before travel, booked and paid by us, or given back against a receipt."""

    ADVANCE = "advance"
    DIRECT = "direct"
    REIMBURSED = "reimbursed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    claim_id: UUID
    key: str
    payee_ref: UUID
    reference: str
    kind: ExpenseKind
    amount: Pence
    what_for: str
    state: str
    state_words: str
    reason: str
    pay_by: date
    submitted_at: datetime  # UTC
    decided_at: datetime | None
