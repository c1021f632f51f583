"""What the ledger takes and gives. No Django here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from payments.money import Pence

NOTHING = Pence(0)


class Kind(StrEnum):
    """The five kinds of account; assets and expenses grow by debit."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


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
class BookFault:
    code: str
    where: str
    detail: str
