"""A CSV by a profile of columns. The profiles are data; no bank has taken one yet, and each says so."""

from __future__ import annotations

import csv
import io

from payments.gateways.bank.layouts import Layout
from payments.gateways.bank.rows import BankFileText, Batch, PaymentRow, amount, finished, plain


def _value(what: str, row: PaymentRow, batch: Batch) -> str:
    match what:
        case "name":
            return plain(row.account_holder, 18)
        case "sort_code":
            return row.sort_code
        case "sort_code_dashed":
            return "-".join((row.sort_code[:2], row.sort_code[2:4], row.sort_code[4:]))
        case "account_number":
            return row.account_number
        case "amount":
            return amount(row.amount)
        case "reference":
            return plain(row.reference, 18)
        case "date":
            return f"{batch.on:%d/%m/%Y}"
    if what.startswith("text:"):
        return what.removeprefix("text:")
    raise ValueError(what)


def write(batch: Batch, layout: Layout) -> BankFileText:
    """The rows in the order given, lines ended as spreadsheets and banks expect."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    if layout.header:
        writer.writerow([heading for heading, _ in layout.columns])
    for row in batch.rows:
        writer.writerow([_value(what, row, batch) for _, what in layout.columns])
    return finished(out.getvalue(), batch)
