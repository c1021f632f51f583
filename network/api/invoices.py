"""Invoices of the organisation, and where to pay one by card."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from network.api import answers, bodies, shapes
from network.api.base import Api, Call, Reply, cursor, operation, page, place
from network.api.briefs import PAGE, organisation_of
from payments import public as payments


class Invoices(Api):
    @operation(
        "listInvoices",
        "List your invoices",
        tag="Invoices",
        scopes=["invoices:read"],
        query=shapes.PageQuery,
        answer=answers.Invoices,
    )
    def get(self, call: Call) -> Reply:
        """Newest first, in pages."""
        after = place("invoices", call.query.get("cursor", ""), 1)
        lines, more = payments.invoices_page(
            organisation_of(call), after=UUID(after[0]) if after else None, limit=call.query.get("limit", PAGE)
        )
        following = cursor("invoices", str(lines[-1].invoice_id)) if more else None
        return page([bodies.invoice(line) for line in lines], following)


class Invoice(Api):
    @operation(
        "readInvoice",
        "Read an invoice",
        tag="Invoices",
        scopes=["invoices:read"],
        answer=answers.InvoiceLine,
        refuses=[404],
    )
    def get(self, call: Call, invoice_id: UUID) -> Reply:
        """Amounts are whole pence."""
        return Reply(bodies.invoice(payments.invoice_of(invoice_id=invoice_id, customer_ref=organisation_of(call))))


class PayLink(Api):
    @operation(
        "payLink",
        "Get a page to pay an invoice by card",
        tag="Invoices",
        scopes=["invoices:read"],
        answer=answers.PayLink,
        refuses=[404, 503],
        once=False,  # it calls the provider; asking again gives the page that is still open
    )
    def post(self, call: Call, invoice_id: UUID) -> Reply:
        """The provider's own page; nothing of a card ever reaches us. Asking again gives the page that is still open,
        so no invoice is paid twice."""
        url = payments.pay_link(
            invoice_id=invoice_id,
            customer_ref=organisation_of(call),
            success_url=f"{settings.BASE_URL}/desk/invoices/{invoice_id}/?card=done",
            cancel_url=f"{settings.BASE_URL}/desk/invoices/{invoice_id}/",
            actor=call.actor,
            at=call.at,
        )
        return Reply({"url": url})
