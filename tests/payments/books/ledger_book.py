"""A small charity's desk for the tests of the books: the cast, a bookkeeper, a bank that writes statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from backend.kernel.actor import Actor, Role
from payments.books.usecases import importing
from payments.invoicing.models import Invoice
from tests.payments.cast import START, Cast, make_cast, owe, staff


@dataclass
class Bank:
    """The bank's own book, and the file it lets one download: the witness that ours is held against."""

    opening: int = 0
    lines: list[tuple[date, str, int]] = field(default_factory=list)

    def moves(self, on: date, text: str, amount: int) -> None:
        self.lines.append((on, text, amount))

    def csv(self, *, since: date | None = None, spoil: tuple[int, int] | None = None) -> bytes:
        """`spoil`: add so many pence to the amount of the line at this index, and leave the balances as they are."""
        rows, balance = ["Date,Description,Amount,Balance"], self.opening
        for index, (on, text, amount) in enumerate(self.lines):
            balance += amount
            shown = amount + (spoil[1] if spoil and spoil[0] == index else 0)
            if since is None or on >= since:
                rows.append(f'{on:%d/%m/%Y},"{text}",{shown / 100:.2f},{balance / 100:.2f}')
        return "\n".join(rows).encode()


class Desk:
    def __init__(self) -> None:
        self.cast: Cast = make_cast()
        self.keeper = staff(Role.BOOKKEEPER)
        self.other_keeper = staff(Role.BOOKKEEPER)
        self.trustee = staff(Role.TRUSTEE)
        self.second_approver = staff(Role.FINANCE_APPROVER)
        self.bank = Bank()

    def invoice(self, number: int = 1, amount: int = 15000, at: datetime = START) -> Invoice:
        owed = owe(self.cast, number, amount, at)
        assert owed.invoice_id is not None
        return Invoice.objects.get(id=owed.invoice_id)

    def imports(self, at: datetime, content: bytes | None = None, actor: Actor | None = None) -> UUID:
        made = importing.import_statement(
            content=content if content is not None else self.bank.csv(),
            profile="signed",
            actor=actor or self.keeper,
            at=at,
        )
        return made.statement_id
