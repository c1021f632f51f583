"""What can be done about invoices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from backend.kernel.ids import reference as random_reference
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from payments.gateways.data import CheckoutGateway, CheckoutOrder
from payments.invoicing.data import Billing
from payments.invoicing.documents import need_issuer
from payments.invoicing.events import INVOICE_CREDITED, INVOICE_ISSUED, INVOICE_PAID
from payments.invoicing.models import Checkout, CreditNote, Customer, Invoice, InvoiceLineRow, InvoiceReceipt
from payments.invoicing.queries import FINANCE
from payments.invoicing.states import MOVES, InvoiceMove, InvoiceState
from payments.ledger.data import (
    BANK,
    FEE_INCOME,
    STRIPE_BALANCE,
    STRIPE_FEES,
    WRITE_OFFS,
    AccountRef,
    credit,
    debit,
    receivable,
)
from payments.ledger.queries import dated
from payments.ledger.usecases import post
from payments.money import Pence, pounds


def _new_series() -> str:
    """Five random readable characters: the number of a customer's invoice says nothing about other customers."""
    while True:
        series = random_reference("X", 5)[2:]
        if not Customer.objects.filter(series=series).exists():
            return series


def check_billing(billing: Billing) -> Billing:
    """Trim and check what was typed. Raises Invalid."""
    problems: dict[str, list[str]] = {}
    lines = tuple(line.strip() for line in billing.address_lines if line.strip())
    if not billing.name.strip():
        problems["name"] = ["Enter the name that invoices are made out to"]
    if not lines:
        problems["address_lines"] = ["Enter the address that goes on the invoice"]
    try:
        validate_email(billing.email.strip())
    except ValidationError:
        problems["email"] = ["Enter an email address for invoices, like accounts@example.org"]
    if not 1 <= billing.terms_days <= 60:
        problems["terms_days"] = ["Payment terms are 1 to 60 days"]
    if problems:
        raise Invalid(problems)
    return Billing(
        name=billing.name.strip()[:200],
        address_lines=lines,
        email=billing.email.strip(),
        order_reference=billing.order_reference.strip()[:60],
        terms_days=billing.terms_days,
    )


@transaction.atomic
def register_customer(*, customer_ref: UUID, billing: Billing, actor: Actor, at: datetime) -> None:
    """Create or update whom invoices go to. What was issued keeps what it said. Raises Invalid."""
    clean = check_billing(billing)
    values = {
        "name": clean.name,
        "address": "\n".join(clean.address_lines),
        "email": clean.email,
        "order_reference": clean.order_reference,
        "terms_days": clean.terms_days,
        "updated_at": at,
    }
    if not Customer.objects.filter(id=customer_ref).update(**values):
        Customer.objects.create(id=customer_ref, series=_new_series(), **values)


@transaction.atomic
def issue_invoice(
    *,
    key: str,
    customer_ref: UUID,
    reference: str,
    lines: Sequence[tuple[str, Pence]],
    actor: Actor,
    at: datetime,
    income: Sequence[AccountRef] | None = None,
) -> UUID:
    """Issue an invoice with the next number of its customer's series. The same key again returns the same invoice.
    `income` names the account of each line; without it all of them are fees.

    Raises NotFound for an unknown customer, Conflict for the same key with another total, Unavailable while the
    network's own name and address are not set.
    """
    total = sum(amount for _, amount in lines)
    found = Invoice.objects.filter(key=key).first()
    if found is not None:
        if (found.total_pence, found.customer_id) != (total, customer_ref):
            raise Conflict("An invoice with other figures was issued for this before.", code="other-invoice")
        return found.id
    need_issuer()
    customer = Customer.objects.select_for_update().filter(id=customer_ref).first()
    if customer is None:
        raise NotFound("We do not know yet whom to invoice.")
    today = at.astimezone(LONDON).date()
    invoice = Invoice.objects.create(
        key=key,
        customer=customer,
        number=f"{customer.series}-{customer.next_invoice:04d}",
        reference=reference,
        state=InvoiceState.ISSUED,
        issued_on=today,
        due_on=today + timedelta(days=customer.terms_days),
        name=customer.name,
        address=customer.address,
        order_reference=customer.order_reference,
        total_pence=total,
        issued_at=at,
    )
    # Taken in the transaction that uses it: a number is never skipped and never given twice.
    if not Customer.objects.filter(id=customer.id, next_invoice=customer.next_invoice).update(
        next_invoice=customer.next_invoice + 1
    ):
        raise Conflict
    InvoiceLineRow.objects.bulk_create(
        InvoiceLineRow(invoice=invoice, position=n, description=text, amount_pence=amount)
        for n, (text, amount) in enumerate(lines, start=1)
    )
    post(
        key=f"invoice:{invoice.id}",
        kind="invoice",
        lines=[
            debit(receivable(customer_ref), total),
            *(
                [credit(account, amount) for account, (_, amount) in zip(income, lines, strict=True)]
                if income is not None
                else [credit(FEE_INCOME, total)]
            ),
        ],
        at=at,
    )
    publish(INVOICE_ISSUED, invoice.id, key=str(invoice.id), at=at)
    return invoice.id


def _lock(invoice_id: UUID) -> Invoice:
    invoice = Invoice.objects.select_for_update().filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound
    return invoice


def _receive(
    invoice: Invoice, *, key: str, how: str, amount: Pence, on: date, actor: Actor, at: datetime
) -> InvoiceReceipt | None:
    """Note money in; None when this key was noted before. The books are the caller's part, in the same transaction."""
    known = InvoiceReceipt.objects.filter(key=key).first()
    if known is not None:
        if known.amount_pence != amount or known.invoice_id != invoice.id:
            raise Conflict("This payment was recorded before, with other figures. Nothing was changed.")
        return None
    outstanding = invoice.total_pence - invoice.paid_pence - invoice.credited_pence
    move = InvoiceMove.PAY_ALL if amount >= outstanding else InvoiceMove.PAY_PART
    invoice.state = next_state(MOVES, InvoiceState(invoice.state), move)
    invoice.paid_pence += amount
    _take_back_loss(invoice, amount, why=key, at=at)
    if invoice.state == InvoiceState.PAID:
        invoice.settled_at = at
        publish(INVOICE_PAID, invoice.id, key=str(invoice.id), at=at)
    invoice.save(update_fields=["state", "paid_pence", "written_off_pence", "settled_at"])
    return InvoiceReceipt.objects.create(
        key=key, invoice=invoice, how=how, amount_pence=amount, received_on=on, recorded_at=at, actor_ref=actor.ref
    )


def _take_back_loss(invoice: Invoice, amount: int, *, why: str, at: datetime) -> None:
    """What was written off and is paid or credited after all is no loss any more. The caller saves the invoice."""
    back = min(amount, invoice.written_off_pence)
    if back <= 0:
        return
    invoice.written_off_pence -= back
    post(
        key=f"write-off-back:{why}"[:160],
        kind="write_off_back",
        lines=[debit(receivable(invoice.customer_id), back), credit(WRITE_OFFS, back)],
        at=at,
    )


@transaction.atomic
def receive_from_statement(
    *, invoice_id: UUID, amount: Pence, received_on: date, line_ref: str, actor: Actor, at: datetime
) -> str:
    """Money for an invoice, as a line of an imported statement shows it; returns the key of its entry. Who may confirm
    a line is decided by `payments.books`. Raises NotFound, Conflict."""
    invoice = _lock(invoice_id)
    key = f"bank:line:{line_ref}"
    if _receive(invoice, key=key, how="bank", amount=amount, on=received_on, actor=actor, at=at) is not None:
        post(
            key=f"receipt:{key}",
            kind="bank_in",
            lines=[debit(BANK, amount), credit(receivable(invoice.customer_id), amount)],
            at=dated(received_on, at),
        )
    return f"receipt:{key}"


@transaction.atomic
def record_bank_payment(
    *, invoice_id: UUID, amount: Pence, received_on: date, statement_ref: str, actor: Actor, at: datetime
) -> None:
    """Finance enters a bank transfer as it stands on the statement; the same statement line counts once.

    Raises NotFound, StepUpNeeded, Invalid for more than is owed or a date to come.
    """
    if not actor.has(*FINANCE):
        raise NotFound
    invoice = _lock(invoice_id)
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    problems: dict[str, list[str]] = {}
    statement = re.sub(r"\s+", " ", statement_ref.strip())[:60]
    key = f"bank:{statement.casefold()}:{received_on.isoformat()}:{invoice.id}"
    outstanding = invoice.total_pence - invoice.paid_pence - invoice.credited_pence
    if amount <= 0:
        problems["amount"] = ["Enter an amount above zero"]
    elif amount > outstanding and not InvoiceReceipt.objects.filter(key=key).exists():
        problems["amount"] = [f"{pounds(max(0, outstanding))} is still owed on this invoice"]
    if received_on > at.astimezone(LONDON).date():
        problems["received_on"] = ["Enter the day it came in: today or before"]
    if not statement:
        problems["statement_ref"] = ["Enter the reference on the bank statement"]
    if problems:
        raise Invalid(problems)
    if _receive(invoice, key=key, how="bank", amount=amount, on=received_on, actor=actor, at=at) is None:
        return
    post(
        key=f"receipt:{key}",
        kind="bank_in",
        lines=[debit(BANK, amount), credit(receivable(invoice.customer_id), amount)],
        at=dated(received_on, at),
        external_ref=statement,
    )


@transaction.atomic
def credit_invoice(*, key: str, invoice_id: UUID, amount: Pence | None, reason: str, actor: Actor, at: datetime) -> str:
    """Credit all that is not credited yet (`amount` None) or a part; returns the credit note's number.

    Called by finance, or by the machinery when what was invoiced is taken back. The same key again changes nothing.
    Raises NotFound, Invalid.
    """
    invoice = _lock(invoice_id)
    known = CreditNote.objects.filter(key=key).first()
    if known is not None:
        return known.number
    left = invoice.total_pence - invoice.credited_pence
    sum_to_credit = Pence(left if amount is None else amount)
    if not 0 < sum_to_credit <= left:
        raise Invalid({"amount": [f"Up to {pounds(left)} of this invoice can be credited"]})
    if not reason.strip():
        raise Invalid({"reason": ["Say why, in words the customer will read"]})
    customer = Customer.objects.select_for_update().get(id=invoice.customer_id)
    number = f"{customer.series}-C{customer.next_credit:03d}"
    customer.next_credit += 1
    customer.save(update_fields=["next_credit"])
    CreditNote.objects.create(
        key=key,
        invoice=invoice,
        number=number,
        amount_pence=sum_to_credit,
        reason=reason.strip()[:200],
        issued_on=at.astimezone(LONDON).date(),
        issued_at=at,
        actor_ref=actor.ref,
    )
    invoice.credited_pence += sum_to_credit
    if invoice.credited_pence == invoice.total_pence:
        invoice.state = next_state(MOVES, InvoiceState(invoice.state), InvoiceMove.CREDIT)
    elif invoice.paid_pence + invoice.credited_pence >= invoice.total_pence and invoice.state != InvoiceState.PAID:
        invoice.state = next_state(MOVES, InvoiceState(invoice.state), InvoiceMove.PAY_ALL)
        invoice.settled_at = at
        publish(INVOICE_PAID, invoice.id, key=str(invoice.id), at=at)
    _take_back_loss(invoice, sum_to_credit, why=f"credit:{key}", at=at)
    invoice.save(update_fields=["credited_pence", "written_off_pence", "state", "settled_at"])
    post(
        key=f"credit:{key}",
        kind="credit_note",
        lines=[debit(FEE_INCOME, sum_to_credit), credit(receivable(invoice.customer_id), sum_to_credit)],
        at=at,
    )
    publish(INVOICE_CREDITED, invoice.id, key=key, at=at)
    return number


@transaction.atomic
def credit_by_finance(*, key: str, invoice_id: UUID, amount: Pence, reason: str, actor: Actor, at: datetime) -> str:
    """Finance credits a part of an invoice or all of it; returns the credit note's number.

    Raises NotFound for others, StepUpNeeded, Invalid.
    """
    if not actor.has(*FINANCE):
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    return credit_invoice(
        key=f"finance:{invoice_id}:{key}"[:160], invoice_id=invoice_id, amount=amount, reason=reason, actor=actor, at=at
    )


# --- cards ----------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _ask_for_checkout(invoice_id: UUID, customer_ref: UUID, at: datetime) -> tuple[Checkout, Invoice]:
    invoice = Invoice.objects.select_for_update().filter(id=invoice_id, customer_id=customer_ref).first()
    if invoice is None:
        raise NotFound
    outstanding = invoice.total_pence - invoice.paid_pence - invoice.credited_pence
    if outstanding <= 0:
        raise Conflict("There is nothing left to pay on this invoice.")
    asked = list(invoice.checkouts.order_by("asked_at"))
    # One open page at a time: asking again finds the same one, so that nobody pays twice on two pages.
    for checkout in asked:
        if checkout.state in ("asked", "open") and checkout.amount_pence == outstanding:
            return checkout, invoice
    checkout = Checkout.objects.create(
        invoice=invoice, key=f"checkout:{invoice.id}:{len(asked) + 1}", amount_pence=outstanding, asked_at=at
    )
    return checkout, invoice


def start_checkout(
    *,
    invoice_id: UUID,
    customer_ref: UUID,
    success_url: str,
    cancel_url: str,
    gateway: CheckoutGateway,
    actor: Actor,
    at: datetime,
) -> str:
    """Where to pay by card what is still owed. Talks to the provider: never call it inside a transaction.

    Raises NotFound for another customer's invoice, Conflict when nothing is owed, Unavailable.
    """
    checkout, invoice = _ask_for_checkout(invoice_id, customer_ref, at)
    if checkout.session:
        seen = gateway.look_at_checkout(checkout.session)
        if seen.status == "open":
            return seen.url
        settle_checkout(session=checkout.session, gateway=gateway, at=at)
        checkout, invoice = _ask_for_checkout(invoice_id, customer_ref, at)
    seen = gateway.open_checkout(
        CheckoutOrder(
            key=checkout.key,
            amount=Pence(checkout.amount_pence),
            label=invoice.number,
            invoice_id=invoice.id,
            success_url=success_url,
            cancel_url=cancel_url,
        )
    )
    Checkout.objects.filter(id=checkout.id, session="").update(session=seen.id, state="open")
    return seen.url


def settle_checkout(*, session: str, gateway: CheckoutGateway, at: datetime) -> None:
    """Fetch a hosted page afresh and record what came in, once. Unknown pages are nothing to us. Raises Unavailable."""
    if not Checkout.objects.filter(session=session).exists():
        return
    seen = gateway.look_at_checkout(session)
    with transaction.atomic(durable=True):
        checkout = Checkout.objects.select_for_update().get(session=session)
        if seen.status == "expired" and checkout.state == "open":
            Checkout.objects.filter(id=checkout.id).update(state="closed")
        if not seen.paid or checkout.state == "paid":
            return
        invoice = _lock(checkout.invoice_id)
        machine = Actor.system("checkout")
        on = at.astimezone(LONDON).date()
        _receive(invoice, key=f"card:{session}", how="card", amount=seen.gross, on=on, actor=machine, at=at)
        lines = [debit(STRIPE_BALANCE, seen.net)]
        if seen.fee:
            lines.append(debit(STRIPE_FEES, seen.fee))
        lines.append(credit(receivable(invoice.customer_id), seen.gross))
        post(key=f"card:{session}", kind="card_in", lines=lines, at=at, external_ref=seen.charge)
        Checkout.objects.filter(id=checkout.id).update(state="paid")


def open_checkouts(*, asked_before: datetime) -> list[str]:
    """Hosted pages that may have been paid without a webhook reaching us."""
    return list(
        Checkout.objects.filter(state="open", asked_at__lte=asked_before)
        .exclude(session="")
        .values_list("session", flat=True)
    )
