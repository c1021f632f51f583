"""The only module of payments that `network` may import (with `payments.money`).

Everything in and out is a frozen dataclass. A payee is known here by an opaque `payee_ref`, a customer by a
`customer_ref`, a booking by its reference such as "BK-7K3RMWT": never a story, a pseudonym or an outlet beside a payee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from payments.books.usecases import reconciling as books
from payments.expenses import usecases as expenses
from payments.expenses.data import ClaimView, ExpenseKind
from payments.expenses.queries import claims_of
from payments.expenses.states import ClaimMove
from payments.gateways.registry import stripe_gateway
from payments.invoicing import documents, self_billing
from payments.invoicing import queries as invoice_queries
from payments.invoicing import usecases as invoicing
from payments.invoicing.data import Agreement, Billing, InvoiceSummary, OurAccount
from payments.ledger import queries as book
from payments.money import Pence
from payments.payees import queries as payee_queries
from payments.payees import usecases as payees
from payments.payees.data import MOVES_MONEY, BankDetails, Route
from payments.payouts import queries as payout_queries
from payments.payouts import reconcile as paying
from payments.payouts.data import DESCRIPTIONS, PayLine
from payments.payouts.usecases import destinations, owing
from payments.rates import queries as rates

__all__ = [
    "Agreement",
    "BankDetails",
    "Billing",
    "ClaimView",
    "ExpenseKind",
    "Fault",
    "InvoiceSummary",
    "OurAccount",
    "Owed",
    "PayLine",
    "PaymentChoice",
    "Route",
]

# --- shapes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChoice:
    """What the person may see of their own choice: never more than the last four digits."""

    route: Route | None
    last4: str
    legal_name_known: bool
    ready: bool  # a payout could go out now
    held_until: datetime | None  # UTC; a new destination rests for a while before money follows it
    what_next: str  # one plain sentence
    provider_asks: bool  # the person still has details to give on the provider's own page


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
    return rates.floor_for(kind, on)


def session_rate(on: date) -> Pence:
    """What a mentor is paid for one logged session."""
    return rates.rate_for("session", on)


def pay_by(done_on: date) -> date:
    """The last day on which the person is paid: so many working days (England and Wales) after the work, by policy."""
    return rates.add_working_days(done_on, rates.policy("pay_by_working_days", done_on))


def late_cancellation_fee(fee: Pence, *, starts_at: datetime, at: datetime) -> Pence:
    """What is owed when a requester cancels at `at`: the policy's share of the fee inside its notice hours, else 0."""
    on = at.astimezone(LONDON).date()
    if starts_at - at > timedelta(hours=rates.policy("late_cancel_hours", on)):
        return Pence(0)
    return Pence(fee * rates.policy("late_cancel_percent", on) // 100)


def late_cancellation_terms(on: date) -> tuple[int, int]:
    """What the policy of that day says, to be shown before anybody agrees: within how many hours of the start a
    cancellation is late, and what share of the fee it costs (percent)."""
    return rates.policy("late_cancel_hours", on), rates.policy("late_cancel_percent", on)


# --- who is paid, who pays ------------------------------------------------------------------------------------------


def register_payee(*, payee_ref: UUID, owner_user_id: UUID | None, at: datetime) -> None:
    """Make `payee_ref` (drawn at random and kept by network) payable. `owner_user_id` is the account of the same
    person, kept only so that nobody prepares or approves their own pay. Repeating it changes nothing but the owner."""
    payees.register(payee_ref=payee_ref, owner_user_id=owner_user_id, at=at)


def register_customer(*, customer_ref: UUID, billing: Billing, actor: Actor, at: datetime) -> None:
    """Create or update whom invoices go to. Issued invoices keep what they said. Raises Invalid."""
    invoicing.register_customer(customer_ref=customer_ref, billing=billing, actor=actor, at=at)


def has_customer(customer_ref: UUID) -> bool:
    """Whether invoices can be made out for this customer."""
    return invoice_queries.has_customer(customer_ref)


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

    `key` is derived ("fee:{booking}", "late:{booking}", "session:{session}"): again with the same facts changes
    nothing; with other facts raises Conflict.

    `customer_ref` None means that the network itself bears the cost (mentoring).
    `description_code` is one of "fee", "late_cancellation", "session", "preparation", "other".
    """
    with transaction.atomic():
        payout_id = owing.owe(
            key=key,
            payee_ref=payee_ref,
            customer_ref=customer_ref,
            reference=reference,
            code=description_code,
            amount=amount,
            pay_by=pay_by,
            actor=actor,
            at=at,
        )
        invoice_id = None
        description = DESCRIPTIONS[description_code]
        if customer_ref is not None:
            invoice_id = invoicing.issue_invoice(
                key=f"invoice:{key}",
                customer_ref=customer_ref,
                reference=reference,
                lines=[(f"{description}, reference {reference}", amount)],
                actor=actor,
                at=at,
            )
        self_billing.raise_document(
            key=f"self-bill:{key}",
            payee_ref=payee_ref,
            reference=reference,
            description=description,
            amount=amount,
            supplied_on=at.astimezone(LONDON).date(),
            at=at,
        )
    return Owed(payout_id, invoice_id)


def cancel_fee(*, key: str, actor: Actor, at: datetime) -> None:
    """Take back what is owed under `key`, with a credit note for the customer.

    Raises NotFound, and Conflict once it is put forward for payment.
    """
    with transaction.atomic():
        owing.take_back(key=key, actor=actor, at=at)
        invoice_id = invoice_queries.invoice_of_key(f"invoice:{key}")
        if invoice_id is not None:
            invoicing.credit_invoice(
                key=f"credit:{key}",
                invoice_id=invoice_id,
                amount=None,
                reason="No longer owed",
                actor=actor,
                at=at,
            )


def claim_expense(
    *,
    key: str,
    payee_ref: UUID,
    reference: str,
    kind: ExpenseKind,
    amount: Pence,
    what_for: str,
    pay_by: date,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Ask for an expense: paid before travel, booked by us, or given back against a receipt.

    Finance approves it; then it is owed like a fee. Raises Invalid, Conflict.
    """
    return expenses.submit(
        key=key,
        payee_ref=payee_ref,
        reference=reference,
        kind=kind,
        amount=amount,
        what_for=what_for,
        pay_by=pay_by,
        actor=actor,
        at=at,
    )


def decide_expense(*, claim_id: UUID, approve: bool, reason: str, actor: Actor, at: datetime) -> ClaimView:
    """Finance decides about an expense; an approved one is owed from the same commit. Raises NotFound, StepUpNeeded,
    NotAllowed for one's own, Conflict, Invalid."""
    with transaction.atomic():
        claim = expenses.decide(
            claim_id=claim_id,
            move=ClaimMove.APPROVE if approve else ClaimMove.REFUSE,
            reason=reason,
            actor=actor,
            at=at,
        )
        # What we booked and paid for directly is not owed to the person.
        if approve and claim.kind is not ExpenseKind.DIRECT:
            owing.owe(
                key=f"expense:{claim.claim_id}",
                payee_ref=claim.payee_ref,
                customer_ref=None,
                reference=claim.reference,
                code="expense",
                amount=claim.amount,
                pay_by=claim.pay_by,
                actor=actor,
                at=at,
            )
    return claim


def expenses_for(payee_ref: UUID) -> Sequence[ClaimView]:
    """What this payee asked for, newest first."""
    return claims_of(payee_ref)


# --- reading --------------------------------------------------------------------------------------------------------


def money_for(payee_refs: Iterable[UUID]) -> Mapping[UUID, Sequence[PayLine]]:
    """All that is owed and paid to these payees, newest first; two statements whatever their number."""
    return payout_queries.money_for(payee_refs)


def invoices_for(customer_ref: UUID) -> Sequence[InvoiceSummary]:
    """The customer's invoices, newest first."""
    return invoice_queries.invoices_of(customer_ref)


def our_account() -> OurAccount | None:
    """Where an invoice is paid by bank transfer; None where that is not set up."""
    return documents.our_account()


def invoices_page(
    customer_ref: UUID, *, after: UUID | None = None, limit: int = 20
) -> tuple[list[InvoiceSummary], bool]:
    """One page of the customer's invoices, newest first, and whether there are more. Raises Invalid for an `after`
    that is none of theirs."""
    return invoice_queries.invoices_page_of(customer_ref, after=after, limit=limit)


def invoice_of(*, invoice_id: UUID, customer_ref: UUID) -> InvoiceSummary:
    """One invoice of this customer. Raises NotFound for another customer's."""
    return invoice_queries.invoice_for_customer(invoice_id, customer_ref).summary


def invoice_page(*, invoice_id: UUID, customer_ref: UUID, back_url: str = "") -> str:
    """The print-styled HTML of one invoice; `back_url` is a link on the screen only. Raises NotFound for another
    customer's."""
    page = invoice_queries.invoice_for_customer(invoice_id, customer_ref)
    return documents.invoice_html(page, back_url=back_url)


def invoice_pdf(*, invoice_id: UUID, customer_ref: UUID) -> bytes:
    """The same as a tagged PDF. Raises NotFound, or Unavailable where the PDF extra is not installed."""
    return documents.pdf(invoice_page(invoice_id=invoice_id, customer_ref=customer_ref))


def pay_link(
    *, invoice_id: UUID, customer_ref: UUID, success_url: str, cancel_url: str, actor: Actor, at: datetime
) -> str:
    """Where to pay this invoice by card: a fresh hosted page. Call it outside a transaction (it talks to Stripe).

    Raises NotFound for another customer's, Conflict when nothing is owed, Unavailable when Stripe does not answer.
    """
    return invoicing.start_checkout(
        invoice_id=invoice_id,
        customer_ref=customer_ref,
        success_url=success_url,
        cancel_url=cancel_url,
        gateway=stripe_gateway(),
        actor=actor,
        at=at,
    )


# --- the person's choice --------------------------------------------------------------------------------------------


_NEXT = {
    "": "Nothing to do: we can pay you.",
    "no_choice": "Choose how you want to be paid.",
    "stripe_not_ready": "Give Stripe the details it needs, with the button on this page.",
    "call_back": "Finance will call you to confirm your new details before the first payment.",
    "resting": "New details rest for three days before money follows them. Then we can pay you.",
}


def payment_choice(*, payee_ref: UUID, owner: UUID, actor: Actor, at: datetime) -> PaymentChoice:
    """The person's own choice, for their own page. Raises NotFound for anybody else."""
    if not actor.is_person(owner):
        raise NotFound
    stands = payee_queries.standing(payee_ref)
    blocked = stands.blocked_by(at)
    last4 = ""
    if stands.route is Route.BANK:
        last4 = destinations.own_last4(payee_ref=payee_ref, owner=owner, actor=actor, at=at)
    resting = stands.held_until is not None and stands.held_until > at
    next_words = _NEXT[blocked]
    if not blocked and stands.route not in MOVES_MONEY:
        next_words = "Nothing to do: this is as you chose."
    if stands.route is Route.BANK and stands.numbers_fit is False:
        next_words = (
            "Please look at your sort code and account number once more: they do not fit each other as banks count. "
            f"If they are right, leave them. {next_words}"
        )
    return PaymentChoice(
        route=stands.route,
        last4=last4,
        legal_name_known=stands.has_name,
        ready=not blocked,
        held_until=stands.held_until if resting else None,
        what_next=next_words,
        provider_asks=blocked == "stripe_not_ready",
    )


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
    """Say how to be paid. `owner` is the person_id that network resolved `payee_ref` from; the actor must be that
    person (promise 3). A destination needs a fresh step-up, and rests before money follows it.

    Raises NotFound, StepUpNeeded, Invalid.
    """
    destinations.choose(
        payee_ref=payee_ref, owner=owner, route=route, legal_name=legal_name, bank=bank, actor=actor, at=at
    )
    return payment_choice(payee_ref=payee_ref, owner=owner, actor=actor, at=at)


def onboarding_link(
    *, payee_ref: UUID, owner: UUID, refresh_url: str, return_url: str, actor: Actor, at: datetime
) -> str:
    """A single-use hosted page where the person gives their details to Stripe. Made on click; never mailed or logged.
    Call it outside a transaction. Raises NotFound, StepUpNeeded, Unavailable."""
    return destinations.onboarding_link(
        payee_ref=payee_ref,
        owner=owner,
        refresh_url=refresh_url,
        return_url=return_url,
        gateway=stripe_gateway(),
        actor=actor,
        at=at,
    )


def end_finance_identities(payee_refs: Iterable[UUID], *, before: datetime, at: datetime) -> int:
    """Of these payees (people who were forgotten), destroy the finance key of those to whom nothing was owed or paid
    since `before` (UTC). Returns how many."""
    refs = set(payee_refs)
    return payees.end_identities(refs - payout_queries.payees_since(before, refs), at=at)


def check_onboarding(*, payee_ref: UUID, owner: UUID, actor: Actor, at: datetime) -> PaymentChoice:
    """The person is back from Stripe: ask afresh whether they can be paid. Call it outside a transaction.

    Raises NotFound, Unavailable."""
    if not actor.is_person(owner):
        raise NotFound
    destinations.refresh_payee(payee_ref=payee_ref, gateway=stripe_gateway(), at=at)
    return payment_choice(payee_ref=payee_ref, owner=owner, actor=actor, at=at)


def agree_self_billing(*, payee_ref: UUID, owner: UUID, actor: Actor, at: datetime) -> Agreement:
    """The person agrees that the network writes their invoices for them, for a year. Raises NotFound."""
    return self_billing.agree(payee_ref=payee_ref, owner=owner, actor=actor, at=at)


def self_billing_agreement(payee_ref: UUID) -> Agreement | None:
    return invoice_queries.agreement_of(payee_ref)


def statement_page(*, key: str, payee_ref: UUID, owner: UUID, actor: Actor, at: datetime, back_url: str = "") -> str:
    """The invoice raised on the person's behalf for what was owed under `key`, as a page of their own.

    Raises NotFound, also where no agreement ran."""
    if not actor.is_person(owner):
        raise NotFound
    return documents.self_bill_html(
        self_billing.document_for(key=f"self-bill:{key}", payee_ref=payee_ref, actor=actor, at=at), back_url=back_url
    )


# --- for notifications ----------------------------------------------------------------------------------------------


def payee_of_payout(payout_id: UUID) -> UUID:
    """Whom to tell about a `payout.*` event. Raises NotFound."""
    return payout_queries.payee_of(payout_id)


def customer_of_invoice(invoice_id: UUID) -> UUID:
    """Whom to tell about an `invoice.*` event. Raises NotFound."""
    return invoice_queries.customer_of(invoice_id)


# --- health ---------------------------------------------------------------------------------------------------------


def verify() -> Sequence[Fault]:
    """Every invariant of the books, read afresh. Empty when all is well."""
    return [
        *(Fault(f.code, f.where, f.detail) for f in book.verify()),
        *(Fault(f.code, f.where, f.detail) for f in paying.verify()),
        *(Fault(f.code, f.ref, f.words) for f in books.verify()),
    ]
