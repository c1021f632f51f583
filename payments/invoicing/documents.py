"""Invoices as pages and PDF files. HTML is the default; the PDF is the same page, tagged for screen readers."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.template.loader import render_to_string

from backend.kernel.errors import Unavailable
from payments.invoicing.data import InvoicePage, OurAccount, SelfBill

ISSUER_NAME = "The Messages Network"  # neutral: an invoice passes through many hands (promise 10)


@lru_cache(maxsize=1)
def our_account() -> OurAccount:
    """The network's own bank account, as data that whoever runs it sets."""
    with (Path(__file__).parent / "material" / "issuer.json").open(encoding="utf-8") as file:
        found = json.load(file)
    return OurAccount(
        account_name=found["account_name"], sort_code=found["sort_code"], account_number=found["account_number"]
    )


def invoice_html(page: InvoicePage) -> str:
    return render_to_string(
        "payments/invoicing/invoice.html", {"page": page, "issuer": ISSUER_NAME, "account": our_account()}
    )


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
