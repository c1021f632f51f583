"""Bacs Standard 18: one processing day, records of 100 characters for payments, labels of 80 around them.

Positions in comments are counted from 1, as the published guides do. Sums are pence.
"""

from __future__ import annotations

from datetime import date

from payments.gateways.bank.rows import BankFileText, Batch, Originator, PaymentRow, finished, plain

CREDIT, CONTRA = "99", "17"
MOST = 10**11 - 1  # a payment's amount has eleven digits


def _text(value: str, width: int) -> str:
    return plain(value, width).upper().ljust(width)


def _day(day: date) -> str:
    """A blank, two digits of the year, three of the day in the year."""
    return f" {day:%y%j}"


def _serial(reference: str) -> str:
    """Six characters that tell one submission from another."""
    return "".join(c for c in reference.upper() if c.isalnum())[-6:].rjust(6, "0")


def _record(sort: str, account: str, code: str, own: Originator, pence: int, texts: tuple[str, str, str]) -> str:
    if not 0 <= pence <= MOST:
        raise ValueError("an amount in a Bacs file has at most eleven digits of pence")
    who, reference, name = texts
    return (
        f"{sort:0>6}{account:0>8}0{code}"  # 1-17: where to, type of account, transaction code
        f"{own.sort_code:0>6}{own.account_number:0>8}    "  # 18-35: where from, four blanks
        f"{pence:011d}"  # 36-46
        f"{_text(who, 18)}{_text(reference, 18)}{_text(name, 18)}"  # 47-100
    )


def _payment(row: PaymentRow, own: Originator) -> str:
    return _record(
        row.sort_code, row.account_number, CREDIT, own, row.amount, (own.name, row.reference, row.account_holder)
    )


def write(batch: Batch) -> BankFileText:
    """The whole submission: VOL1, HDR1, HDR2, UHL1, payments, the contra that balances them, EOF1, EOF2, UTL1.

    Raises ValueError without our own account and service user number, or with nothing to pay.
    """
    own = batch.originator
    if own is None or len(own.service_user) != 6:
        raise ValueError("our own account and service user number are needed")
    made = batch.made_at.date()
    processing = batch.on
    serial = _serial(batch.reference)
    user = own.service_user
    file_id = f"A{user}S  1{user}"  # 5-21
    header1 = (
        f"{file_id}{serial}00010001"  # 5-35: file, set, section, sequence
        f"      {_day(made)}{_day(processing)} 000000"  # 36-60: no generation, made, kept until, open, no blocks
    )
    header2 = "F0200000100".ljust(46) + "00"  # 5-52: fixed records, blocks of 2000, records of 100
    lines = [
        f"VOL1{serial}".ljust(37) + f"    {user}    ".ljust(42) + "1",
        f"HDR1{header1}".ljust(80),
        f"HDR2{header2}".ljust(80),
        f"UHL1{_day(processing)}999999    00000000" + "1 DAILY  001".ljust(80 - 28),
        *(_payment(row, own) for row in batch.rows),
        _record(own.sort_code, own.account_number, CONTRA, own, batch.total, (batch.reference, "CONTRA", own.name)),
        f"EOF1{header1}".ljust(80),
        f"EOF2{header2}".ljust(80),
        f"UTL1{batch.total:013d}{batch.total:013d}{1:07d}{len(batch.rows):07d}".ljust(80),
    ]
    return finished("".join(f"{line}\r\n" for line in lines), batch)
