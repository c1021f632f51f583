"""Payload: the invoice's id."""

INVOICE_ISSUED = "invoice.issued"
INVOICE_PAID = "invoice.paid"
INVOICE_CREDITED = "invoice.credited"

TOPICS = (INVOICE_ISSUED, INVOICE_PAID, INVOICE_CREDITED)
