"""Invoices to those who asked: what is owed to us, what came in, credit notes, the page to print and the PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id
from backend.web.fields import DateField, MoneyField, TextField
from backend.web.forms import Form
from backend.web.parts import Cell, Row
from backend.web.words import day, pounds
from payments.invoicing import documents, usecases
from payments.invoicing.data import InvoiceSummary
from payments.invoicing.queries import invoice_visible_to, invoices_visible_to, overpaid
from payments.money import Pence
from payments.web.kit import FinanceForm, FinanceRead, OfFinance, to
from payments.web.words import short_day

SHOW = {"open": "To be paid", "late": "Late", "paid": "Paid", "all": "All"}


def _state(i: InvoiceSummary, today: date) -> str:
    return "invoice_late" if i.outstanding and i.state != "credited" and i.due_on < today else f"invoice_{i.state}"


def _shown(i: InvoiceSummary, show: str, today: date) -> bool:
    waits = bool(i.outstanding) and i.state != "credited"
    match show:
        case "open":
            return waits
        case "late":
            return waits and i.due_on < today
        case "paid":
            return i.state == "paid"
        case _:
            return True


class Invoices(FinanceRead):
    template_name = "payments/web/invoices.html"
    title = "Invoices"

    def context(self) -> Mapping[str, object]:
        show = self.request.GET.get("show", "open")
        if show not in SHOW:
            raise NotFound
        today = self.at.astimezone(LONDON).date()
        found = [i for i in invoices_visible_to(self.actor) if _shown(i, show, today)]
        return {
            "tabs": [(words, f"{to('invoices')}?show={key}", key == show) for key, words in SHOW.items()],
            "label": SHOW[show],
            "outstanding": pounds(sum(i.outstanding for i in found if i.state != "credited")),
            "count": len(found),
            "no_issuer": documents.issuer() is None,
            "rows": [
                (
                    Cell(i.number, url=to("invoice", i.invoice_id)),
                    i.customer_name,
                    i.reference,
                    short_day(i.due_on),
                    Cell(pounds(i.total), number=True),
                    Cell(pounds(i.outstanding), number=True),
                    Cell(state=_state(i, today)),
                )
                for i in found
            ],
        }


class Invoice(FinanceRead):
    template_name = "payments/web/invoice.html"
    back_to = "invoices"

    def context(self) -> Mapping[str, object]:
        page = invoice_visible_to(self.actor, self.kwargs["id"])
        i = page.summary
        today = self.at.astimezone(LONDON).date()
        self.title = f"Invoice {i.number}"
        left = i.outstanding
        return {
            "title": self.title,
            "i": i,
            "state": _state(i, today),
            "rows": [
                Row("To", i.customer_name),
                Row("Our reference", i.reference),
                *([Row("Their reference", page.order_reference)] if page.order_reference else []),
                Row("Issued", day(i.issued_on)),
                Row(
                    "Due",
                    short_day(i.due_on),
                    note=f"{(today - i.due_on).days} days late" if _state(i, today).endswith("late") else "",
                ),
                Row("Total", pounds(i.total)),
                *([Row("Written off", pounds(i.written_off))] if i.written_off else []),
                Row("Still to come in", pounds(left)),
            ],
            "items": [(item.description, Cell(pounds(item.amount), number=True)) for item in page.items],
            "moves": [
                *((f"Paid by {r.how}", short_day(r.on), Cell(pounds(r.amount), number=True)) for r in page.receipts),
                *(
                    (f"Credit note {c.number}: {c.reason}", short_day(c.on), Cell(pounds(c.amount), number=True))
                    for c in page.credits
                ),
            ],
            "can_pay": left > 0,
            "can_credit": i.total > i.credited,
            "late": i.state in ("issued", "part_paid", "paid") and i.due_on < today,
            "over": pounds(over) if (over := overpaid(i.invoice_id)) else "",
        }


class Document(OfFinance):
    """The invoice as its customer has it."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        page = invoice_visible_to(self.actor, self.kwargs["id"])
        return HttpResponse(documents.invoice_html(page, back_url=to("invoice", page.summary.invoice_id)))


class Pdf(OfFinance):
    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        page = invoice_visible_to(self.actor, self.kwargs["id"])
        return HttpResponse(
            documents.pdf(documents.invoice_html(page)),
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{page.summary.number}.pdf"'},
        )


class PaymentForm(Form):
    amount = MoneyField(label="Amount on the statement", minimum=1, who_sees="The customer and finance.")
    received_on = DateField(label="Day on the statement", who_sees="The customer and finance.")
    statement_ref = TextField(
        label="Reference on the statement",
        max_length=60,
        autocomplete="off",
        help_text="As the bank shows it. The same line of a statement counts once, however often it is entered.",
        who_sees="Finance and auditors.",
    )


class OnInvoice(FinanceForm):
    template_name = "payments/web/form.html"

    def initial(self) -> Mapping[str, Any]:
        i = invoice_visible_to(self.actor, self.kwargs["id"]).summary
        self.back_url = self.cancel_url = to("invoice", i.invoice_id)
        self.eyebrow = f"Invoice {i.number}, {i.customer_name}"
        self.invoice = i
        return {}


class RecordPayment(OnInvoice):
    form_class = PaymentForm
    title = "Record a bank payment"
    button = "Record it"
    done = "Recorded, in the invoice and in the books."

    def initial(self) -> Mapping[str, Any]:
        super().initial()
        self.intro = f"{pounds(self.invoice.outstanding)} is still to come in."
        return {
            "amount": int(self.invoice.outstanding),
            "received_on": self.at.astimezone(LONDON).date(),
            "statement_ref": self.invoice.number,
        }

    def act(self, data: dict[str, Any]) -> str:
        usecases.record_bank_payment(
            invoice_id=self.kwargs["id"],
            amount=Pence(data["amount"]),
            received_on=data["received_on"],
            statement_ref=data["statement_ref"],
            actor=self.actor,
            at=self.at,
        )
        return to("invoice", self.kwargs["id"])


class CreditForm(Form):
    amount = MoneyField(label="Amount to credit", minimum=1, who_sees="The customer and finance.")
    reason = TextField(
        label="Why",
        max_length=200,
        help_text="It stands on the credit note. No name, no subject of the work.",
        who_sees="The customer and finance.",
    )


class GiveCredit(OnInvoice):
    form_class = CreditForm
    title = "Write a credit note"
    button = "Issue the credit note"
    done = "The credit note is issued. The invoice itself stays as it was sent."

    def initial(self) -> Mapping[str, Any]:
        super().initial()
        left = self.invoice.total - self.invoice.credited
        self.intro = (
            f"Up to {pounds(left)} can be credited. An issued invoice is never edited. "
            "What the person is owed does not change: they are paid in any case."
        )
        return {"amount": int(left)}

    def act(self, data: dict[str, Any]) -> str:
        usecases.credit_by_finance(
            key=str(self.request.POST.get("once") or new_id()),
            invoice_id=self.kwargs["id"],
            amount=Pence(data["amount"]),
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )
        return to("invoice", self.kwargs["id"])
