"""What the payout room gives out. Payees are opaque here; their details stay sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from payments.money import Pence

DESCRIPTIONS = {
    "fee": "Consultancy: contribution",
    "late_cancellation": "Consultancy: late cancellation",
    "session": "Mentoring session",
    "preparation": "Consultancy: preparation",
    "expense": "Expenses",
    "other": "Consultancy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PayLine:
    """One sum owed or paid to a person, in words fit for their page."""

    payout_id: UUID
    payee_ref: UUID
    key: str
    reference: str
    description: str
    amount: Pence
    state: str  # machine word
    state_words: str
    next_step: str  # who does what next, in one sentence
    pay_by: date
    paid_on: date | None

    @property
    def is_paid(self) -> bool:
        return self.paid_on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutView:
    """One payout as finance sees it; `payee_code` is a short form of the opaque reference."""

    payout_id: UUID
    payee_ref: UUID
    payee_code: str
    reference: str
    description: str
    amount: Pence
    pay_by: date
    state: str
    state_words: str
    route: str
    reason: str
    reason_words: str
    next_step: str  # who of finance, the person or the machinery does what next
    run_id: UUID | None
    attempts: int
    signals: tuple[str, ...]  # things to look at before approving; shown, never decided by
    looked_after_by: UUID | None = None  # who of finance has taken it up
    over_limit: tuple[str, ...] = ()  # the limits it went past when it was approved
    approved_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A payment run. `digest` is what the approver signs: any change to a payout in it changes the digest."""

    run_id: UUID
    reference: str
    state: str
    state_words: str
    prepared_at: datetime
    prepared_by: UUID | None  # None while nobody has vouched for it
    approved_at: datetime | None
    approved_by: UUID | None
    count: int
    total: Pence
    digest: str
    payouts: tuple[PayoutView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFileView:
    """`decision`: "waiting" for the second person, "released" or "refused"."""

    file_id: UUID
    reference: str
    made_at: datetime
    count: int
    total: Pence
    sha256: str
    profile: str
    unpaid: int  # payouts in it that the statement has not shown yet
    decision: str
    made_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFileLine:
    """One line of a bank file, without what is sealed in it. `open` until the statement has shown it or refused it."""

    position: int
    payout_id: UUID
    payee_code: str
    reference: str
    amount: Pence
    outcome: str
    outcome_words: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFilePage:
    file: BankFileView
    lines: tuple[BankFileLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One try at sending. `code` is the provider's own word for what went wrong."""

    number: int
    made_at: datetime
    outcome_words: str
    code: str
    external_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One line of a payout's history."""

    at: datetime
    actor_ref: str
    move: str
    move_words: str
    after: str
    after_words: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPage:
    """All that finance sees of one payout."""

    payout: PayoutView
    owed_at: datetime
    sent_at: datetime | None
    paid_on: date | None
    next_look_at: datetime | None
    round: int
    prepared_by: UUID | None
    approved_by: UUID | None
    approved_at: datetime | None
    trustee_by: UUID | None
    trustee_at: datetime | None
    digest: str  # what the approval signed; a trustee signs the same
    attempts: tuple[AttemptView, ...]
    history: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a trustee asks for. Shares are whole percents, None where there is nothing to count."""

    owed: Pence
    owed_count: int
    overdue_count: int
    oldest_pay_by: date | None
    paid_count: int
    on_time_percent: int | None
    median_days: int | None  # from owed to paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that the provider's book and ours do not agree on. Reported, never mended in silence."""

    code: str
    ref: str
    theirs: Pence
    ours: Pence
    words: str
    sort: str = ""  # the provider's own kind of line, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    code: str
    where: str
    detail: str
