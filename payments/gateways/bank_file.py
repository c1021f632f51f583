"""Bank files: a generic CSV by column profiles. No bank has taken one yet, and the profile says so."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from payments.money import Pence

_PLAIN = re.compile(r"[^A-Za-z0-9 &./-]")


@dataclass(frozen=True, slots=True)
class Profile:
    """Column headings in order. `status` is "unverified with the bank" until a bank has taken a file."""

    name: str
    columns: tuple[str, ...]
    status: str


GENERIC = Profile(
    name="generic-1",
    columns=("Beneficiary name", "Sort code", "Account number", "Amount", "Reference"),
    status="unverified with the bank",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    account_holder: str = field(repr=False)
    sort_code: str = field(repr=False)
    account_number: str = field(repr=False)
    amount: Pence
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFileText:
    """The file with what proves it whole: how many rows, their sum in pence, SHA-256 of the bytes."""

    content: str = field(repr=False)
    sha256: str
    count: int
    total: Pence


def plain(text: str, most: int) -> str:
    """Bank-safe characters only; also keeps a cell from being read as a formula by a spreadsheet."""
    return _PLAIN.sub(" ", text).strip(" -./&")[:most].strip()


def write(rows: Sequence[PaymentRow], profile: Profile = GENERIC) -> BankFileText:
    """The file for these rows, in the order given. Raises ValueError when there are none."""
    if not rows:
        raise ValueError("no payments to write")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(profile.columns)
    for row in rows:
        writer.writerow(
            (
                plain(row.account_holder, 18),
                row.sort_code,
                row.account_number,
                f"{row.amount // 100}.{row.amount % 100:02d}",
                plain(row.reference, 18),
            )
        )
    content = out.getvalue()
    return BankFileText(
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        count=len(rows),
        total=Pence(sum(row.amount for row in rows)),
    )
