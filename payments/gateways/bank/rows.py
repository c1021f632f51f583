"""What goes into a bank file and what comes out, the same for every layout."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from payments.money import Pence

_PLAIN = re.compile(r"[^A-Za-z0-9 &./-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    account_holder: str = field(repr=False)
    sort_code: str = field(repr=False)
    account_number: str = field(repr=False)
    amount: Pence
    reference: str  # opaque: what a bank statement shows must give nobody away


@dataclass(frozen=True, slots=True, kw_only=True)
class Originator:
    """Our own account, out of which the bank pays. `name` is neutral: it stands on every payee's statement."""

    name: str
    sort_code: str  # six digits
    account_number: str  # eight digits
    service_user: str = ""  # the six digits of the Bacs service user number, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch as a layout writes it. `reference` is ours; `made_at` (UTC) goes into the file's header; `on` is the
    day on which the bank is asked to pay."""

    reference: str
    made_at: datetime
    on: date
    rows: Sequence[PaymentRow] = field(repr=False)
    originator: Originator | None = None

    @property
    def total(self) -> Pence:
        return Pence(sum(row.amount for row in self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFileText:
    """The file with what proves it whole: how many rows, their sum in pence, SHA-256 of the bytes."""

    content: str = field(repr=False)
    sha256: str
    count: int
    total: Pence


def finished(content: str, batch: Batch) -> BankFileText:
    """Raises ValueError when there is nothing in it."""
    if not batch.rows:
        raise ValueError("no payments to write")
    return BankFileText(
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        count=len(batch.rows),
        total=batch.total,
    )


def plain(text: str, most: int) -> str:
    """Bank-safe characters only; also keeps a cell from being read as a formula by a spreadsheet."""
    return _PLAIN.sub(" ", text).strip(" -./&")[:most].strip()


def amount(pence: int) -> str:
    """1,234 pence as 12.34."""
    return f"{pence // 100}.{pence % 100:02d}"
