"""Invoices as pages and PDF files. HTML is the default; the PDF is the same page, tagged for screen readers."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from backend.kernel.errors import Unavailable
from payments.invoicing.data import InvoicePage, Issuer, OurAccount, SelfBill

# Style sheets are linked, never written into the page: the content security policy would not let a browser use them.
STYLE = Path(__file__).resolve().parents[1] / "static" / "payments" / "document.css"
_HERE = "https://own.invalid"


def issuer() -> Issuer | None:
    """In whose name invoices go out; None while whoever runs the site has not said it (ISSUER_NAME, ISSUER_ADDRESS).

    The name should be neutral: an invoice passes through many hands (promise 10).
    """
    if not settings.ISSUER_NAME or not settings.ISSUER_ADDRESS:
        return None
    return Issuer(name=settings.ISSUER_NAME, address_lines=tuple(settings.ISSUER_ADDRESS))


def need_issuer() -> Issuer:
    """The same for what is about to be issued. Raises Unavailable, so that no invoice goes out in nobody's name."""
    found = issuer()
    if found is None:
        raise Unavailable(
            "Invoices cannot be issued yet: the name and address that go on them are not set.",
            code="no-issuer",
            next_step="Whoever runs this site sets ISSUER_NAME and ISSUER_ADDRESS, and starts it again.",
        )
    return found


def our_account() -> OurAccount | None:
    """The network's own bank account, where customers pay by transfer; None where none is set (ISSUER_ACCOUNT)."""
    if not settings.ISSUER_ACCOUNT:
        return None
    sort_code, account_number = settings.ISSUER_ACCOUNT
    return OurAccount(account_name=settings.ISSUER_NAME, sort_code=sort_code, account_number=account_number)


def invoice_html(page: InvoicePage, *, back_url: str = "") -> str:
    """`back_url`: where the page's own link leads on a screen; it is never printed."""
    return render_to_string(
        "payments/invoicing/invoice.html",
        {"page": page, "issuer": need_issuer(), "account": our_account(), "back_url": back_url},
    )


def self_bill_html(document: SelfBill, *, back_url: str = "") -> str:
    return render_to_string(
        "payments/invoicing/self_bill.html", {"document": document, "issuer": need_issuer(), "back_url": back_url}
    )


def pdf(html: str) -> bytes:
    """A tagged PDF (PDF/UA-1). Nothing is fetched from anywhere: the one style sheet is our own file. Raises Unavailable
    without the PDF extra."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcherResponse
    except (ImportError, OSError):
        raise Unavailable("PDF files are not set up here. Please print the page instead.") from None

    def fetch_own(url: str, *args: object, **kwargs: object) -> object:
        if url.startswith(f"{_HERE}/") and "/payments/document." in url:
            return URLFetcherResponse(url, STYLE.read_bytes(), {"Content-Type": "text/css"})
        raise ValueError("an invoice refers to nothing outside itself")

    content: bytes = HTML(string=html, base_url=f"{_HERE}/", url_fetcher=fetch_own).write_pdf(pdf_variant="pdf/ua-1")
    return content
