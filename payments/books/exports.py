"""The journal of some days as a CSV file for an accounting program. Columns and account codes are data beside this
module. Personal accounts stand under one code each: no file names who was paid or what for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound
from payments.books.rules import may_see_lines
from payments.books.statements import TABLES
from payments.ledger.data import JournalLine
from payments.ledger.queries import heading_words, journal
from payments.money import Pence

# What a spreadsheet takes for the start of a formula, in plain and in full width (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Format:
    """One program's columns; `fields` says what goes into each of them."""

    name: str
    title: str
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    date_format: str
    tax: str
    most_lines: int
    status: str
    source: str
    codes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Export:
    file_name: str
    content: bytes
    lines: int
    debits: Pence
    credits: Pence
    too_many: bool  # more lines than the program takes at once


@lru_cache(maxsize=1)
def formats() -> tuple[Format, ...]:
    rows = json.loads((TABLES / "export_formats.json").read_text(encoding="utf-8"))
    return tuple(
        Format(
            r["name"], r["title"], tuple(r["columns"]), tuple(r["fields"]), r["date_format"], r["tax"], r["most_lines"],
            r["status"], r["source"], r["codes"],
        )
        for r in rows
    )  # fmt: skip


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula: such a cell begins with an apostrophe."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _decimal(amount: int) -> str:
    """Pence as pounds for a machine: no sign of the currency, no thousands. Only ever made from a whole number, so a
    minus here is a number's and is left as it is."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def _words(line: JournalLine) -> str:
    return f"{line.kind.replace('_', ' ').capitalize()}: {heading_words(line.heading)}"


def _cell(field: str, line: JournalLine, how: Format) -> str:
    on = line.at.astimezone(LONDON).strftime(how.date_format)
    match field:
        case "narration":
            return neutral(f"Own Words {line.at.astimezone(LONDON):%Y-%m-%d} {line.entry}")
        case "number":
            return neutral(f"OW-{line.at.astimezone(LONDON):%Y%m%d}-{line.entry}")
        case "reference":
            return neutral(line.external_ref[:30] or f"OW-{line.entry}")
        case "date":
            return on
        case "description":
            return neutral(_words(line))
        case "code":
            return neutral(how.codes[line.heading])
        case "tax":
            return neutral(how.tax)
        case "signed":
            return _decimal(line.debit - line.credit)
        case "unsigned":
            return _decimal(line.debit + line.credit)
        case "debit":
            return _decimal(line.debit) if line.debit else ""
        case "credit":
            return _decimal(line.credit) if line.credit else ""
        case "sage_type":
            return "JD" if line.debit else "JC"
        case "zero":
            return "0.00"
        case _:
            return ""


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV, in UTF-8 without a mark at the start, each line ended as RFC 4180 says."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def export(*, format_name: str, since: date, until: date, actor: Actor) -> Export:
    """Every leg dated from `since` to `until`, both counted. Raises NotFound for others than finance and bookkeeping,
    Invalid for days that make no sense or an account without a code."""
    if not may_see_lines(actor):
        raise NotFound
    how = next((f for f in formats() if f.name == format_name), None)
    if how is None:
        raise Invalid({"format_name": ["Choose the program"]})
    if until < since:
        raise Invalid({"until": ["Choose a day on or after the first one"]})
    if until - since > LONGEST:
        raise Invalid({"until": ["Choose a year at most"]})
    lines = journal(
        datetime.combine(since, time(), LONDON), datetime.combine(until + timedelta(days=1), time(), LONDON)
    )
    unknown = sorted({line.heading for line in lines} - set(how.codes))
    if unknown:
        raise Invalid({"format_name": [f"There is no code for “{heading_words(unknown[0])}” in this format yet"]})
    rows = [how.columns, *([_cell(field, line, how) for field in how.fields] for line in lines)]
    return Export(
        file_name=f"own-words-{how.name}-{since:%Y%m%d}-{until:%Y%m%d}.csv",
        content=write(rows),
        lines=len(lines),
        debits=Pence(sum(line.debit for line in lines)),
        credits=Pence(sum(line.credit for line in lines)),
        too_many=len(lines) > how.most_lines,
    )
