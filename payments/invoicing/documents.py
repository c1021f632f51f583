"""Invoices as pages and PDF files. HTML is the default; the PDF is the same page, tagged for screen readers."""

from __future__ import annotations

from django.template.loader import render_to_string

from backend.kernel.errors import Unavailable
from payments.invoicing.data import InvoicePage, SelfBill

ISSUER_NAME = "The Messages Network"  # neutral: an invoice passes through many hands (promise 10)


def invoice_html(page: InvoicePage) -> str:
    return render_to_string("payments/invoicing/invoice.html", {"page": page, "issuer": ISSUER_NAME})


def self_bill_html(document: SelfBill) -> str:
    return render_to_string("payments/invoicing/self_bill.html", {"document": document, "issuer": ISSUER_NAME})


def pdf(html: str) -> bytes:
    """A tagged PDF (PDF/UA-1). Nothing is fetched from anywhere. Raises Unavailable without the PDF extra."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        raise Unavailable("PDF files are not set up here. Please print the page instead.") from None

    def fetch_nothing(url: str, *args: object, **kwargs: object) -> dict[str, object]:
        raise ValueError("an invoice refers to nothing outside itself")

    content: bytes = HTML(string=html, url_fetcher=fetch_nothing).write_pdf(pdf_variant="pdf/ua-1")
    return content
