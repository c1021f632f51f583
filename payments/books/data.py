"""What the books give out: statements and their lines, differences, figures. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from payments.money import Pence


class Kind(StrEnum):
    """What a line of a bank statement may be when it belongs to no invoice and no payment that we know of."""

    CHARGE = "charge"
    INTEREST = "interest"
    GIFT = "gift"
    FLOAT = "float"
    GIVEN_ON = "given_on"
    COST = "cost"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """One row of a statement file. `amount` is signed: above zero came in. `balance` after it, when the file says."""

    on: date
    amount: Pence
    balance: Pence | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    statement_id: UUID
    first_on: date
    last_on: date
    rows: int
    fresh: int  # lines that no earlier file had
    unmatched: int
    closing: Pence | None
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line of a statement. `matched` says in words what it was, "" while nobody has said."""

    line_id: UUID
    statement_id: UUID
    on: date
    amount: Pence
    text: str
    matched: str
    match_id: UUID | None
    can_release: bool  # the match wrote nothing into the books, so it can be taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What a line may be; nothing happens before a person confirms it. `choice` names it in a form."""

    choice: str
    words: str
    strong: bool  # the reference and the amount both agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    statement_id: UUID
    rows: int
    fresh: int
    known_before: bool  # the very same file was imported earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One difference as a run found it. `sort` is the provider's or the bank's own kind of line, where there is one."""

    code: str
    ref: str
    theirs: Pence
    ours: Pence
    words: str
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    difference_id: UUID
    code: str
    ref: str
    theirs: Pence
    ours: Pence
    words: str
    state: str  # open, explained, gone
    owner: UUID | None
    first_seen_at: datetime
    last_seen_at: datetime
    notes: tuple[NoteView, ...]
    can_book: str  # what one press would book, in words; "" for nothing


@dataclass(frozen=True, slots=True)
class NoteView:
    at: datetime
    by: UUID | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One comparison: when, and how many differences it found."""

    at: datetime
    lines: int
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRequester:
    customer_ref: UUID
    name: str
    invoiced: Pence
    outstanding: Pence
    late: Pence
    oldest_due: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPaid:
    month: date
    paid: int
    on_time: int

    @property
    def percent(self) -> int:
        return self.on_time * 100 // self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class TrusteeFigures:
    """The figures a trustee asks for. Sums in pence."""

    owed: Pence
    owed_count: int
    overdue: Pence
    overdue_count: int
    oldest_owed_at: datetime | None
    oldest_pay_by: date | None
    paid_count: int
    on_time_percent: int | None
    median_days: float | None
    slowest_days: int | None
    by_month: tuple[MonthPaid, ...]  # newest last, a year at most
    bank: Pence
    stripe: Pence
    cash: Pence
    promised: Pence  # owed to people and to be given on
    unexplained: Pence
    coming_in: Pence
    ageing: tuple[tuple[str, Pence], ...]
    requesters: tuple[ByRequester, ...]
    requesters_more: int
    written_off: Pence
    differences: int

    @property
    def in_hand(self) -> Pence:
        return Pence(self.bank + self.stripe + self.cash)

    @property
    def spare(self) -> Pence:
        return Pence(self.in_hand - self.promised - self.unexplained)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatSummary:
    """A period's figures for VAT, and the year's turnover against the threshold."""

    since: date
    until: date
    registered: bool
    registered_source: str
    sales: Pence  # fees invoiced, less credit notes, without VAT
    outside: Pence  # statutory interest, fixed sums, gifts, bank interest
    vat_charged: Pence
    turnover: Pence  # fees of the twelve months up to `until`
    threshold: Pence
    threshold_source: str
    threshold_from: date

    @property
    def percent_of_threshold(self) -> int:
        return self.turnover * 100 // self.threshold
