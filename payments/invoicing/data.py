"""What invoicing gives out. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from payments.money import Pence


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """Who an invoice is made out to. `order_reference` is the customer's own (a purchase order), never a story."""

    name: str
    address_lines: tuple[str, ...]
    email: str
    order_reference: str = ""
    terms_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSummary:
    """One invoice in a list."""

    invoice_id: UUID
    customer_ref: UUID
    customer_name: str
    number: str
    reference: str
    state: str
    state_words: str
    issued_on: date
    due_on: date
    total: Pence
    paid: Pence
    credited: Pence
    written_off: Pence = Pence(0)

    @property
    def outstanding(self) -> Pence:
        return Pence(max(0, self.total - self.paid - self.credited - self.written_off))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """In whose name invoices go out."""

    name: str
    address_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OurAccount:
    """Where customers pay by bank transfer."""

    account_name: str
    sort_code: str
    account_number: str


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    description: str
    amount: Pence


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in for an invoice: "card" or "bank"."""

    on: date
    how: str
    amount: Pence


@dataclass(frozen=True, slots=True)
class Credit:
    number: str
    on: date
    amount: Pence
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePage:
    """All that an invoice shows."""

    summary: InvoiceSummary
    address_lines: tuple[str, ...]
    order_reference: str
    items: tuple[InvoiceItem, ...]
    receipts: tuple[Receipt, ...]
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A person's agreement that the network raises invoices on their behalf (VAT Notice 700/62)."""

    payee_ref: UUID
    starts_on: date
    expires_on: date
    agreed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfBill:
    """One document raised on a person's behalf: no VAT is ever shown on it."""

    number: str
    issued_on: date
    supplier_name: str
    agreement_from: date
    agreement_until: date
    items: tuple[SelfBillItem, ...]
    total: Pence


@dataclass(frozen=True, slots=True)
class SelfBillItem:
    reference: str
    description: str
    supplied_on: date
    amount: Pence


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffView:
    """Somebody asks that what is left of an invoice be given up."""

    write_off_id: UUID
    invoice_id: UUID
    number: str
    customer_name: str
    amount: Pence
    reason: str
    state: str
    asked_at: datetime
    asked_by: UUID
    decided_at: datetime | None
    decided_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateInterest:
    """What the Late Payment of Commercial Debts (Interest) Act 1998 lets the network claim on one invoice today."""

    from_day: date
    to_day: date
    days: int
    rate_basis_points: int
    rate_source: str
    interest: Pence
    compensation: Pence
    compensation_source: str

    @property
    def total(self) -> Pence:
        return Pence(self.interest + self.compensation)
