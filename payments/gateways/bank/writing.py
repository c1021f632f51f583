"""Which writer a layout has."""

from __future__ import annotations

from payments.gateways.bank import csv_file, pain001, standard18
from payments.gateways.bank.layouts import Layout
from payments.gateways.bank.rows import BankFileText, Batch, Originator


def write(batch: Batch, layout: Layout) -> BankFileText:
    """The file, the same bytes for the same batch. Raises ValueError for what the layout cannot say."""
    match layout.kind:
        case "csv":
            return csv_file.write(batch, layout)
        case "standard-18":
            return standard18.write(batch)
        case "pain.001":
            return pain001.write(batch)
    raise ValueError(layout.kind)


def lacks(layout: Layout, originator: Originator | None) -> str:
    """What must be set before this layout can be written, in words; empty when nothing."""
    if layout.kind == "csv":
        return ""
    if originator is None:
        return "Our own bank account is not set (ISSUER_NAME, ISSUER_ACCOUNT)."
    if layout.kind == "standard-18" and not originator.service_user:
        return "The Bacs service user number is not set (BACS_SERVICE_USER)."
    return ""
