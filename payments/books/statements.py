"""Reading a bank's CSV file by a profile. Which columns a bank writes is data beside this module, never code."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from backend.kernel.errors import Invalid
from payments.books.data import ReadLine
from payments.money import Pence

TABLES = Path(__file__).parent / "tables"
MOST_BYTES = 2_000_000
MOST_ROWS = 20_000
_AMOUNT = re.compile(
    r"^(?P<sign>[-−+]?)£?(?P<pounds>\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(?P<pence>\d{1,2}))?(?P<after>-?)$"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one kind of statement file is read. `status` says whether a bank's own file has been read with it."""

    name: str
    title: str
    columns: dict[str, Any]
    date_format: str
    status: str
    source: str


@lru_cache(maxsize=1)
def profiles() -> tuple[Profile, ...]:
    rows = json.loads((TABLES / "statement_profiles.json").read_text(encoding="utf-8"))
    return tuple(Profile(r["name"], r["title"], r["columns"], r["date_format"], r["status"], r["source"]) for r in rows)


def profile(name: str) -> Profile:
    """Raises Invalid for a name that is not in the table."""
    found = next((p for p in profiles() if p.name == name), None)
    if found is None:
        raise Invalid({"profile": ["Choose what the file looks like"]})
    return found


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _pence(text: str) -> Pence:
    found = _AMOUNT.match(text.replace(" ", "").replace("\u00a0", ""))
    if found is None:
        raise ValueError(text)
    amount = int(found["pounds"].replace(",", "")) * 100 + int((found["pence"] or "0").ljust(2, "0"))
    return Pence(-amount if found["sign"] in ("-", "−") or found["after"] else amount)


def _amount(row: dict[str, str], columns: dict[str, Any]) -> Pence:
    if "amount" in columns:
        return _pence(row[columns["amount"]])
    came, went = row[columns["paid_in"]].strip(), row[columns["paid_out"]].strip()
    if bool(came) == bool(went):
        raise ValueError("one of the two columns has an amount")
    return Pence(abs(_pence(came))) if came else Pence(-abs(_pence(went)))


def read(content: bytes, how: Profile) -> list[ReadLine]:
    """The lines of a file, the oldest first. Everything is read or nothing is. Raises Invalid, saying which row."""

    def refuse(words: str) -> Invalid:
        return Invalid({"file": [words]})

    if len(content) > MOST_BYTES:
        raise refuse("The file is larger than 2 MB. Download a shorter time")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = how.columns
    wanted = [c for name in columns for c in (columns[name] if isinstance(columns[name], list) else [columns[name]])]
    missing = [c for c in wanted if c not in (reader.fieldnames or ())]
    if missing:
        raise refuse(f"The file has no column “{missing[0]}”. Choose another kind of file")
    found: list[ReadLine] = []
    for number, row in enumerate(reader, start=2):
        if not any((value or "").strip() for value in row.values() if isinstance(value, str)):
            continue
        if len(found) >= MOST_ROWS:
            raise refuse("The file has too many rows. Download a shorter time")
        try:
            on = datetime.strptime(row[columns["date"]].strip(), how.date_format).date()  # noqa: DTZ007  # a day only
            amount = _amount(row, columns)
            said = row[columns["balance"]].strip() if "balance" in columns else ""
            balance = _pence(said) if said else None
        except (ValueError, KeyError, AttributeError, TypeError):
            raise refuse(f"Row {number} could not be read. Nothing was imported") from None
        words = re.sub(r"\s+", " ", " ".join(row[c] or "" for c in columns["text"])).strip()[:400]
        if amount:
            found.append(ReadLine(on=on, amount=amount, balance=balance, text=words))
    if not found:
        raise refuse("There is no payment in this file")
    return _oldest_first(found)


def _runs(lines: list[ReadLine]) -> int:
    """How many steps of the balance are explained by the amount of the later line."""
    return sum(
        a.balance is not None and b.balance is not None and a.balance + b.amount == b.balance
        for a, b in pairwise(lines)
    )


def _oldest_first(lines: list[ReadLine]) -> list[ReadLine]:
    """Many banks write the newest first: the days tell, or on one day the running balance."""
    turned = lines[::-1]
    if lines[0].on != lines[-1].on:
        return turned if lines[0].on > lines[-1].on else lines
    return turned if _runs(turned) > _runs(lines) else lines
