"""What the ledger takes and gives. No Django here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from payments.money import Pence

NOTHING = Pence(0)


class Kind(StrEnum):
    """The five kinds of account; assets and expenses grow by debit, the others by credit."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    FUND = "fund"


@dataclass(frozen=True, slots=True)
class AccountRef:
    """One account by its code. `party` is the opaque payee_ref or customer_ref of a personal account."""

    code: str
    kind: Kind
    party: UUID | None = None


BANK = AccountRef("bank", Kind.ASSET)
STRIPE_BALANCE = AccountRef("stripe_balance", Kind.ASSET)
CASH = AccountRef("cash", Kind.ASSET)  # cash and vouchers handed over on the day
STRIPE_FEES = AccountRef("stripe_fees", Kind.EXPENSE)
FEE_COST = AccountRef("fee_cost", Kind.EXPENSE)  # what people who speak, mentor or travel are owed
FEE_INCOME = AccountRef("fee_income", Kind.INCOME)  # what those who asked are invoiced
SUPPORT_INCOME = AccountRef("support_income", Kind.INCOME)  # fees that a person chose not to take
DONATIONS_DUE = AccountRef("donations_due", Kind.LIABILITY)  # fees that a person gave on
FLOAT = AccountRef("float", Kind.FUND)  # what was put aside so that people are paid before requesters pay
GIFTS = AccountRef("gifts", Kind.INCOME)  # donations to the network
BANK_INTEREST = AccountRef("bank_interest", Kind.INCOME)
BANK_CHARGES = AccountRef("bank_charges", Kind.EXPENSE)
LATE_INTEREST = AccountRef("late_interest", Kind.INCOME)  # Late Payment of Commercial Debts (Interest) Act 1998, s1
LATE_COMPENSATION = AccountRef("late_compensation", Kind.INCOME)  # the same Act, s5A: the fixed sum
WRITE_OFFS = AccountRef("write_offs", Kind.EXPENSE)  # what requesters owed and will not pay
UNEXPLAINED = AccountRef("unexplained", Kind.LIABILITY)  # money on the statement that nobody can place yet


def receivable(customer_ref: UUID) -> AccountRef:
    return AccountRef(f"receivable:{customer_ref}", Kind.ASSET, customer_ref)


def payable(payee_ref: UUID) -> AccountRef:
    return AccountRef(f"payable:{payee_ref}", Kind.LIABILITY, payee_ref)


@dataclass(frozen=True, slots=True)
class Line:
    """One leg: exactly one of the two amounts is above zero. Pence."""

    account: AccountRef
    debit: Pence = NOTHING
    credit: Pence = NOTHING

    def __post_init__(self) -> None:
        if (self.debit > 0) == (self.credit > 0) or self.debit < 0 or self.credit < 0:
            raise ValueError("a leg is a debit or a credit above zero")


def debit(account: AccountRef, amount: int) -> Line:
    return Line(account, debit=Pence(amount))


def credit(account: AccountRef, amount: int) -> Line:
    return Line(account, credit=Pence(amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """One entry to be written. `key` is derived from what happened; `at` is UTC."""

    key: str
    kind: str
    lines: tuple[Line, ...]
    at: datetime
    external_ref: str = ""

    @property
    def total(self) -> Pence:
        return Pence(sum(line.debit for line in self.lines))


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry as it stands in the book."""

    id: UUID
    key: str
    kind: str
    at: datetime
    external_ref: str
    total: Pence


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The sums of all debits and credits of each account up to a moment; the difference of the totals is always 0."""

    at: datetime
    rows: tuple[TrialRow, ...]

    @property
    def debits(self) -> Pence:
        return Pence(sum(row.debits for row in self.rows))

    @property
    def credits(self) -> Pence:
        return Pence(sum(row.credits for row in self.rows))

    @property
    def difference(self) -> Pence:
        return Pence(self.debits - self.credits)

    def by_kind(self) -> Mapping[str, Pence]:
        sums: dict[str, int] = {}
        for row in self.rows:
            sums[row.kind] = sums.get(row.kind, 0) + row.debits - row.credits
        return {kind: Pence(total) for kind, total in sums.items()}


@dataclass(frozen=True, slots=True)
class TrialRow:
    """Personal accounts are summed under one heading: the book tells no reader who is owed what."""

    heading: str
    kind: str
    debits: Pence
    credits: Pence
    parties: int


@dataclass(frozen=True, slots=True)
class Movement:
    """What one entry did to one account: debits minus credits, in pence."""

    key: str
    kind: str
    at: datetime
    external_ref: str
    amount: Pence


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One leg for an export: `heading` is the account, personal accounts under one heading each."""

    entry: int  # counts from 1 in the order of the export
    key: str
    kind: str
    at: datetime
    external_ref: str
    heading: str
    debit: Pence
    credit: Pence


class MonthState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ASKED = "asked"  # closed; somebody has asked a second person to open it again


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month of the books. `asked_by` is who asked for it to be opened again."""

    month: date
    state: MonthState
    entries: int
    total: Pence
    closed_by: UUID | None
    closed_at: datetime | None
    asked_by: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class BookFault:
    code: str
    where: str
    detail: str
