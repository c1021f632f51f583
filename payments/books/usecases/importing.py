"""Taking in a bank statement: all of it or nothing, each line once, whichever files it stood in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid
from backend.kernel.ids import keyed_digest, new_id
from payments.books import statements
from payments.books.data import Imported, ReadLine
from payments.books.models import BankStatement, StatementLine
from payments.books.rules import need_bookkeeper


def prints(lines: list[ReadLine]) -> list[str]:
    """What tells each line from every other: the n-th of like lines of a day is another line. A file that overlaps an
    earlier one therefore adds only what is new, as long as both hold whole days."""
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for line in lines:
        facts = (line.on.isoformat(), line.amount, "" if line.balance is None else line.balance, line.text.casefold())
        seen[facts] += 1
        found.append(keyed_digest("statement-line", *(str(fact) for fact in (*facts, seen[facts]))))
    return found


@transaction.atomic
def import_statement(*, content: bytes, profile: str, actor: Actor, at: datetime) -> Imported:
    """Import one CSV file. The same file again, or one that overlaps, adds no line twice.

    Raises NotFound for anybody who can pay, StepUpNeeded, Invalid (and nothing was imported).
    """
    who = need_bookkeeper(actor, at)
    how = statements.profile(profile)
    sha256 = statements.digest(content)
    known = BankStatement.objects.filter(sha256=sha256).first()
    if known is not None:
        return Imported(statement_id=known.id, rows=known.rows, fresh=0, known_before=True)
    lines = statements.read(content, how)
    if lines[-1].on > at.astimezone(LONDON).date():
        raise Invalid({"file": ["There is a payment dated after today in this file. Nothing was imported"]})
    marks = prints(lines)
    old = set(StatementLine.objects.filter(print__in=marks).values_list("print", flat=True))
    statement_id: UUID = new_id()
    first = lines[0]
    try:
        with transaction.atomic():
            statement = BankStatement.objects.create(
                id=statement_id,
                profile=how.name,
                sha256=sha256,
                first_on=first.on,
                last_on=lines[-1].on,
                rows=len(lines),
                fresh=len(lines) - len(old),
                opening_pence=None if first.balance is None else first.balance - first.amount,
                closing_pence=lines[-1].balance,
                imported_at=at,
                imported_by=who,
            )
            StatementLine.objects.bulk_create(
                [
                    StatementLine(
                        statement=statement,
                        position=position,
                        on=line.on,
                        amount_pence=line.amount,
                        balance_pence=line.balance,
                        text=line.text,
                        print=mark,
                    )
                    for position, (line, mark) in enumerate(zip(lines, marks, strict=True), start=1)
                    if mark not in old
                ],
                batch_size=500,
            )
    except IntegrityError:
        # Somebody imported the same lines between our look and our insert: theirs stand.
        known = BankStatement.objects.filter(sha256=sha256).first()
        if known is None:
            raise
        return Imported(statement_id=known.id, rows=known.rows, fresh=0, known_before=True)
    return Imported(statement_id=statement_id, rows=len(lines), fresh=len(lines) - len(old), known_before=False)
