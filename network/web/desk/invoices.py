"""Invoices: what is to be paid, how, and what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from backend.kernel.clock import LONDON
from backend.web.parts import Row
from backend.web.words import day, pounds
from network.web.desk.kit import DeskAction, DeskRead, OfRequester, to
from payments import public as payments
from payments.public import InvoiceSummary


@dataclass(frozen=True, slots=True)
class ShownInvoice:
    """An invoice in a list."""

    line: InvoiceSummary
    words: str
    tone: str
    url: str

    @property
    def owed(self) -> bool:
        return self.line.outstanding > 0


def shown(line: InvoiceSummary, today: date) -> ShownInvoice:
    if line.outstanding and line.due_on < today:
        words, tone = "Late", "bad"
    elif line.outstanding:
        words, tone = line.state_words, "wait"
    else:
        words, tone = line.state_words, "good" if line.paid else "quiet"
    return ShownInvoice(line, words, tone, to("invoice", line.invoice_id))


def invoices_of(page: OfRequester) -> list[ShownInvoice]:
    today = page.at.astimezone(LONDON).date()
    return [shown(line, today) for line in payments.invoices_for(page.organisation_id)]


class Invoices(DeskRead):
    template_name = "network/desk/invoices.html"
    title = "Invoices"

    def context(self) -> Mapping[str, object]:
        lines = invoices_of(self)
        return {
            "owed": [line for line in lines if line.owed],
            "settled": [line for line in lines if not line.owed],
            "total": sum(line.line.outstanding for line in lines),
        }


def _bank(line: InvoiceSummary) -> list[Row]:
    """How to pay by transfer; nothing where the network has not said which account is its own."""
    account = payments.our_account()
    if account is None:
        return []
    return [
        Row("Account name", account.account_name),
        Row("Sort code", account.sort_code),
        Row("Account number", account.account_number),
        Row("Reference", line.number, note="This and nothing else: bank statements are read by many."),
    ]


class OfInvoice(OfRequester):
    @cached_property
    def invoice(self) -> InvoiceSummary:
        """Raises NotFound for another organisation's."""
        return payments.invoice_of(invoice_id=self.id, customer_ref=self.organisation_id)


class Invoice(OfInvoice, DeskRead):
    template_name = "network/desk/invoice.html"

    def context(self) -> Mapping[str, object]:
        line = self.invoice
        one = shown(line, self.at.astimezone(LONDON).date())
        return {
            "title": f"Invoice {line.number}",
            "invoice": line,
            "shown": one,
            "facts": [
                Row("For", f"Booking {line.reference}"),
                Row("Made out to", line.customer_name),
                Row("Date", day(line.issued_on)),
                Row("Please pay by", day(line.due_on)),
                Row("Total", pounds(line.total)),
                Row("Paid so far", pounds(line.paid) if line.paid else None),
                Row("Credited", pounds(line.credited) if line.credited else None),
                Row("Still to pay", pounds(line.outstanding)),
            ],
            "bank": _bank(line),
            "back_from_card": self.request.GET.get("card") == "done" and one.owed,
            "back_url": to("invoices"),
            "id": self.id,
        }


class InvoicePrint(OfInvoice, DeskRead):
    """The invoice itself, to print or keep."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(
            payments.invoice_page(invoice_id=self.invoice.invoice_id, customer_ref=self.organisation_id)
        )


class InvoicePdf(OfInvoice, DeskRead):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        content = payments.invoice_pdf(invoice_id=self.invoice.invoice_id, customer_ref=self.organisation_id)
        answer = HttpResponse(content, content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="{self.invoice.number}.pdf"'
        return answer


class Pay(OfInvoice, DeskAction):
    """To the provider's own page. Nothing of a card ever reaches us."""

    once = False  # talks to Stripe, and pages there have keys of their own

    def act(self, data: Mapping[str, Any]) -> str:
        here = f"{settings.BASE_URL}{to('invoice', self.invoice.invoice_id)}"
        return payments.pay_link(
            invoice_id=self.invoice.invoice_id,
            customer_ref=self.organisation_id,
            success_url=f"{here}?card=done",
            cancel_url=here,
            actor=self.actor,
            at=self.at,
        )
