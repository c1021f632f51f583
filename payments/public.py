"""The only module of payments that `network` may import (with `payments.money`).

Everything in and out is a frozen dataclass. A payee is known here by an opaque `payee_ref`, a customer by a
`customer_ref`, a booking by its reference such as "BK-7K3RMWT": never a story, a pseudonym or an outlet beside a payee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from backend.kernel.actor import Actor
from payments.money import Pence

# --- shapes ---------------------------------------------------------------------------------------------------------


class Route(StrEnum):
    """How somebody wants to be paid."""

    STRIPE = "stripe"
    BANK = "bank"
    MANUAL = "manual"  # cash on the day or a voucher, against a receipt
    DONATE = "donate"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """Who an invoice is made out to. `order_reference` is the customer's own (a purchase order), never a story."""

    name: str
    address_lines: tuple[str, ...]
    email: str
    order_reference: str = ""
    terms_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    """As typed by the person. Goes in, never comes out of this module again."""

    account_holder: str
    sort_code: str
    account_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChoice:
    """What the person may see of their own choice: never more than the last four digits."""

    route: Route | None
    last4: str
    legal_name_known: bool
    ready: bool  # a payout could go out now
    held_until: datetime | None  # UTC; a new destination rests for a while before money follows it
    what_next: str  # one plain sentence


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
class InvoiceLine:
    """One invoice as its customer sees it in a list."""

    invoice_id: UUID
    customer_ref: UUID
    number: str
    reference: str
    state: str
    state_words: str
    issued_on: date
    due_on: date
    total: Pence
    outstanding: Pence


@dataclass(frozen=True, slots=True)
class Owed:
    """What `fee_owed` made, or had made before under the same key."""

    payout_id: UUID
    invoice_id: UUID | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must never be: found by `verify`."""

    code: str
    where: str
    detail: str


# --- rates ----------------------------------------------------------------------------------------------------------


def fee_floor(kind: str, on: date) -> Pence:
    """The least that a brief for this kind of work may offer on that day; the general floor for an unknown kind."""
    raise NotImplementedError


def session_rate(on: date) -> Pence:
    """What a mentor is paid for one logged session."""
    raise NotImplementedError


def pay_by(done_on: date) -> date:
    """The last day on which the person is paid: so many working days (England and Wales) after the work, by policy."""
    raise NotImplementedError


def late_cancellation_fee(fee: Pence, *, starts_at: datetime, at: datetime) -> Pence:
    """What is owed when a requester cancels at `at`: the policy's share of the fee inside its notice hours, else 0."""
    raise NotImplementedError


# --- who is paid, who pays ------------------------------------------------------------------------------------------


def register_payee(*, payee_ref: UUID, owner_user_id: UUID | None, at: datetime) -> None:
    """Make `payee_ref` (drawn at random and kept by network) payable. `owner_user_id` is the account of the same
    person, kept only so that nobody prepares or approves their own pay. Repeating it changes nothing but the owner."""
    raise NotImplementedError


def register_customer(*, customer_ref: UUID, billing: Billing, actor: Actor, at: datetime) -> None:
    """Create or update whom invoices go to. Issued invoices keep what they said. Raises Invalid."""
    raise NotImplementedError


def has_customer(customer_ref: UUID) -> bool:
    raise NotImplementedError


# --- owing ----------------------------------------------------------------------------------------------------------


def fee_owed(
    *,
    key: str,
    payee_ref: UUID,
    customer_ref: UUID | None,
    reference: str,
    amount: Pence,
    pay_by: date,
    description_code: str,
    actor: Actor,
    at: datetime,
) -> Owed:
    """Owe a person `amount`, and invoice the customer for it when there is one, in one transaction.

    `key` is derived ("fee:{booking}", "late:{booking}", "session:{session}"): again with the same facts changes nothing;
    with other facts raises Conflict. `customer_ref` None means that the network itself bears the cost (mentoring).
    `description_code` is one of "fee", "late_cancellation", "session", "preparation", "other".
    """
    raise NotImplementedError


def cancel_fee(*, key: str, actor: Actor, at: datetime) -> None:
    """Take back what is owed under `key`, with a credit note for the customer. Raises Conflict once it is being paid."""
    raise NotImplementedError


def claim_expense(
    *, key: str, payee_ref: UUID, reference: str, kind: str, amount: Pence, what_for: str, pay_by: date, actor: Actor,
    at: datetime,
) -> UUID:  # fmt: skip
    """Ask for an expense ("advance", "direct" or "reimbursed"). Finance approves it; then it is owed like a fee."""
    raise NotImplementedError


# --- reading --------------------------------------------------------------------------------------------------------


def money_for(payee_refs: Iterable[UUID]) -> Mapping[UUID, Sequence[PayLine]]:
    """All that is owed and paid to these payees, newest first; one statement whatever their number."""
    raise NotImplementedError


def invoices_for(customer_ref: UUID) -> Sequence[InvoiceLine]:
    """The customer's invoices, newest first."""
    raise NotImplementedError


def invoice_page(*, invoice_id: UUID, customer_ref: UUID) -> str:
    """The print-styled HTML of one invoice. Raises NotFound for another customer's."""
    raise NotImplementedError


def invoice_pdf(*, invoice_id: UUID, customer_ref: UUID) -> bytes:
    """The same as a tagged PDF. Raises NotFound, or Unavailable where the PDF extra is not installed."""
    raise NotImplementedError


def pay_link(
    *, invoice_id: UUID, customer_ref: UUID, success_url: str, cancel_url: str, actor: Actor, at: datetime
) -> str:
    """Where to pay this invoice by card: a fresh hosted page. Call it outside a transaction (it talks to Stripe).

    Raises NotFound for another customer's, Conflict when nothing is owed, Unavailable when Stripe does not answer.
    """
    raise NotImplementedError


# --- the person's choice --------------------------------------------------------------------------------------------


def payment_choice(payee_ref: UUID) -> PaymentChoice:
    raise NotImplementedError


def set_payment_choice(
    *,
    payee_ref: UUID,
    owner: UUID,
    route: Route,
    legal_name: str,
    bank: BankDetails | None,
    actor: Actor,
    at: datetime,
) -> PaymentChoice:
    """Say how to be paid. `owner` is the person_id that network resolved `payee_ref` from; the actor must be that person
    (promise 3). A destination needs a fresh step-up, and rests before money follows it. Raises NotFound, StepUpNeeded,
    Invalid."""
    raise NotImplementedError


def onboarding_link(
    *, payee_ref: UUID, owner: UUID, refresh_url: str, return_url: str, actor: Actor, at: datetime
) -> str:
    """A single-use hosted page where the person gives their details to Stripe. Made on click; never mailed or logged.
    Call it outside a transaction. Raises NotFound, StepUpNeeded, Unavailable."""
    raise NotImplementedError


# --- for notifications ----------------------------------------------------------------------------------------------


def payee_of_payout(payout_id: UUID) -> UUID:
    """Whom to tell about a `payout.*` event. Raises NotFound."""
    raise NotImplementedError


def customer_of_invoice(invoice_id: UUID) -> UUID:
    """Whom to tell about an `invoice.*` event. Raises NotFound."""
    raise NotImplementedError


# --- health ---------------------------------------------------------------------------------------------------------


def verify() -> Sequence[Fault]:
    """Every invariant of the books, read afresh. Empty when all is well."""
    raise NotImplementedError
