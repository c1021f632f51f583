"""Reads of invoices."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, Sum

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Invalid, NotFound
from payments.invoicing.data import (
    Agreement,
    Credit,
    InvoiceItem,
    InvoicePage,
    InvoiceSummary,
    Receipt,
    WriteOffView,
)
from payments.invoicing.models import Customer, Invoice, SelfBillingAgreement, WriteOff
from payments.invoicing.states import InvoiceState
from payments.money import Pence

FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)


def summary_of(invoice: Invoice) -> InvoiceSummary:
    return InvoiceSummary(
        invoice_id=invoice.id,
        customer_ref=invoice.customer_id,
        customer_name=invoice.name,
        number=invoice.number,
        reference=invoice.reference,
        state=invoice.state,
        state_words=str(InvoiceState(invoice.state).label),
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        total=Pence(invoice.total_pence),
        paid=Pence(invoice.paid_pence),
        credited=Pence(invoice.credited_pence),
        written_off=Pence(invoice.written_off_pence),
    )


def has_customer(customer_ref: UUID) -> bool:
    return Customer.objects.filter(id=customer_ref).exists()


def invoices_of(customer_ref: UUID) -> Sequence[InvoiceSummary]:
    """One customer's, newest first; network has checked that the actor speaks for it."""
    return [summary_of(i) for i in Invoice.objects.filter(customer_id=customer_ref).order_by("-issued_at", "id")]


def invoices_page_of(
    customer_ref: UUID, *, after: UUID | None = None, limit: int = 20
) -> tuple[list[InvoiceSummary], bool]:
    """One page of one customer's, newest first, and whether there are more. `after` is the last invoice of the page
    before; one that is not the customer's raises Invalid."""
    rows = Invoice.objects.filter(customer_id=customer_ref)
    if after is not None:
        last = rows.filter(id=after).values_list("issued_at", flat=True).first()
        if last is None:
            raise Invalid({"cursor": ["This is no place in your list. Start without it."]})
        rows = rows.filter(Q(issued_at__lt=last) | Q(issued_at=last, id__gt=after))
    found = list(rows.order_by("-issued_at", "id")[: limit + 1])
    return [summary_of(i) for i in found[:limit]], len(found) > limit


def invoices_visible_to(actor: Actor, *, state: str = "", limit: int = 200) -> Sequence[InvoiceSummary]:
    """All customers' invoices, for finance; nothing for anybody else."""
    if not actor.has(*FINANCE):
        return []
    rows = Invoice.objects.order_by("-issued_at", "id")
    if state:
        rows = rows.filter(state=state)
    return [summary_of(i) for i in rows[:limit]]


def _page(invoice: Invoice) -> InvoicePage:
    return InvoicePage(
        summary=summary_of(invoice),
        address_lines=tuple(invoice.address.splitlines()),
        order_reference=invoice.order_reference,
        items=tuple(
            InvoiceItem(line.description, Pence(line.amount_pence)) for line in invoice.lines.order_by("position")
        ),
        receipts=tuple(
            Receipt(r.received_on, r.how, Pence(r.amount_pence))
            for r in invoice.receipts.order_by("received_on", "recorded_at")
        ),
        credits=tuple(
            Credit(c.number, c.issued_on, Pence(c.amount_pence), c.reason)
            for c in invoice.credit_notes.order_by("issued_at")
        ),
    )


def invoice_for_customer(invoice_id: UUID, customer_ref: UUID) -> InvoicePage:
    """One invoice for its own customer. Raises NotFound for another's."""
    invoice = Invoice.objects.filter(id=invoice_id, customer_id=customer_ref).first()
    if invoice is None:
        raise NotFound
    return _page(invoice)


def invoice_visible_to(actor: Actor, invoice_id: UUID) -> InvoicePage:
    """One invoice for finance. Raises NotFound."""
    invoice = Invoice.objects.filter(id=invoice_id).first() if actor.has(*FINANCE) else None
    if invoice is None:
        raise NotFound
    return _page(invoice)


def write_offs_visible_to(actor: Actor, *, invoice_id: UUID | None = None, limit: int = 100) -> list[WriteOffView]:
    """Write-offs asked for and decided, those that wait first; for finance. One statement."""
    if not actor.has(*FINANCE):
        return []
    rows = WriteOff.objects.select_related("invoice").order_by("state", "-asked_at", "id")
    if invoice_id is not None:
        rows = rows.filter(invoice_id=invoice_id)
    found = [
        WriteOffView(
            write_off_id=w.id,
            invoice_id=w.invoice_id,
            number=w.invoice.number,
            customer_name=w.invoice.name,
            amount=Pence(w.amount_pence),
            reason=w.reason,
            state=w.state,
            asked_at=w.asked_at,
            asked_by=w.asked_by,
            decided_at=w.decided_at,
            decided_by=w.decided_by,
        )
        for w in rows[:limit]
    ]
    return sorted(found, key=lambda w: w.state != "asked")


def open_invoices() -> list[InvoiceSummary]:
    """Every invoice with something still to come in, the oldest first: what money on a statement may be for."""
    rows = Invoice.objects.filter(state__in=(InvoiceState.ISSUED, InvoiceState.PART_PAID)).order_by("due_on", "id")
    return [summary_of(i) for i in rows]


def overpaid(invoice_id: UUID) -> Pence:
    """What a customer has paid beyond what was owed and has not had back. Pence; raises NotFound."""
    row = (
        Invoice.objects.filter(id=invoice_id)
        .annotate(back=Sum("refunds__amount_pence"))
        .values_list("paid_pence", "credited_pence", "total_pence", "back")
        .first()
    )
    if row is None:
        raise NotFound
    paid, credited, total, back = row
    return Pence(max(0, paid + credited - total - (back or 0)))


def customer_of(invoice_id: UUID) -> UUID:
    """Raises NotFound."""
    found = Invoice.objects.filter(id=invoice_id).values_list("customer_id", flat=True).first()
    if found is None:
        raise NotFound
    return found


def agreement_of(payee_ref: UUID) -> Agreement | None:
    """The latest agreement of a payee, running or not."""
    row = SelfBillingAgreement.objects.filter(payee_ref=payee_ref).order_by("-agreed_at").first()
    if row is None:
        return None
    return Agreement(payee_ref=payee_ref, starts_on=row.starts_on, expires_on=row.expires_on, agreed_at=row.agreed_at)


def invoice_of_key(key: str) -> UUID | None:
    """Which invoice was issued under this key, if any."""
    return Invoice.objects.filter(key=key).values_list("id", flat=True).first()
