"""Reads of the books: statements, differences, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from payments.books.data import DifferenceView, LineView, NoteView, RunView, StatementView
from payments.books.models import BankStatement, Discrepancy, DiscrepancyNote, LineMatch, StatementLine
from payments.books.rules import may_read, may_see_lines
from payments.money import Pence
from payments.payouts.models import Reconciliation

LIVE = Q(matches__released_at__isnull=True, matches__id__isnull=False)
MATCHED = {
    "entry": "In the books",
    "invoice": "Paid for an invoice",
    "payments": "Paid to people",
    "charge": "Bank charge",
    "interest": "Interest from the bank",
    "gift": "Donation to the network",
    "float": "Float put in or taken out",
    "given_on": "Given on, as people chose",
    "cost": "Something we booked and paid for",
    "unexplained": "Nobody can place it yet",
}
# What one press books about a line of Stripe's own book, by Stripe's word for the line.
BOOKABLE = {
    "stripe_fee": "Book it as a fee of Stripe",
    "topup": "Book it as money moved from the bank to Stripe",
    "payout": "Book it as money moved from Stripe to the bank",
}


def unmatched_lines() -> list[StatementLine]:
    """Every line that nobody has explained, the oldest first."""
    live = LineMatch.objects.filter(line=OuterRef("id"), released_at__isnull=True).values("id")[:1]
    return list(
        StatementLine.objects.annotate(live=Subquery(live)).filter(live__isnull=True).order_by("on", "position", "id")
    )


def statements_visible_to(actor: Actor, *, limit: int = 60) -> list[StatementView]:
    """Imported files, the latest first; one statement."""
    if not may_see_lines(actor):
        raise NotFound
    rows = BankStatement.objects.annotate(
        done=Count("lines", filter=Q(lines__matches__released_at__isnull=True, lines__matches__id__isnull=False))
    ).order_by("-last_on", "-imported_at", "id")[:limit]
    return [
        StatementView(
            statement_id=s.id,
            first_on=s.first_on,
            last_on=s.last_on,
            rows=s.rows,
            fresh=s.fresh,
            unmatched=s.fresh - s.done,
            closing=None if s.closing_pence is None else Pence(s.closing_pence),
            imported_at=s.imported_at,
        )
        for s in rows
    ]


def _line_view(line: StatementLine, match: LineMatch | None) -> LineView:
    return LineView(
        line_id=line.id,
        statement_id=line.statement_id,
        on=line.on,
        amount=Pence(line.amount_pence),
        text=line.text,
        matched=MATCHED.get(match.kind, match.kind) if match else "",
        match_id=match.id if match else None,
        can_release=match is not None and not match.booked,
    )


def lines_visible_to(
    actor: Actor, statement_id: UUID, *, waiting: bool, after: int = 0, limit: int = 50
) -> tuple[list[LineView], bool]:
    """One page of a file's lines in its order, and whether there are more. `waiting`: only those nobody explained.
    Raises NotFound."""
    if not may_see_lines(actor) or not BankStatement.objects.filter(id=statement_id).exists():
        raise NotFound
    live = LineMatch.objects.filter(line=OuterRef("id"), released_at__isnull=True).values("id")[:1]
    rows = StatementLine.objects.filter(statement_id=statement_id, position__gt=after).annotate(live=Subquery(live))
    if waiting:
        rows = rows.filter(live__isnull=True)
    found = list(rows.order_by("position")[: limit + 1])
    matches = {
        m.line_id: m for m in LineMatch.objects.filter(line__in=[line.id for line in found], released_at__isnull=True)
    }
    return [_line_view(line, matches.get(line.id)) for line in found[:limit]], len(found) > limit


def position_of(line_id: UUID) -> int:
    found = StatementLine.objects.filter(id=line_id).values_list("position", flat=True).first()
    if found is None:
        raise NotFound
    return found


def line_visible_to(actor: Actor, line_id: UUID) -> LineView:
    """Raises NotFound."""
    line = StatementLine.objects.filter(id=line_id).first() if may_see_lines(actor) else None
    if line is None:
        raise NotFound
    return _line_view(line, line.matches.filter(released_at__isnull=True).first())


# --- differences ----------------------------------------------------------------------------------------------------


def _state(row: Discrepancy) -> str:
    return "gone" if row.gone_at else "explained" if row.explained_at else "open"


def _views(rows: Iterable[Discrepancy]) -> list[DifferenceView]:
    found = list(rows)
    notes: dict[UUID, list[NoteView]] = {}
    for note in DiscrepancyNote.objects.filter(discrepancy__in=[r.id for r in found]).order_by("at", "id"):
        kind, _, rest = note.actor_ref.partition(":")
        by = UUID(rest) if kind == "user" else None
        notes.setdefault(note.discrepancy_id, []).append(NoteView(note.at, by, note.text))
    return [
        DifferenceView(
            difference_id=r.id,
            code=r.code,
            ref=r.ref,
            theirs=Pence(r.theirs_pence),
            ours=Pence(r.ours_pence),
            words=r.words,
            state=_state(r),
            owner=r.owner,
            first_seen_at=r.first_seen_at,
            last_seen_at=r.last_seen_at,
            notes=tuple(notes.get(r.id, ())),
            can_book=can_book(r) if not r.gone_at else "",
        )
        for r in found
    ]


def can_book(row: Discrepancy) -> str:
    if row.code == "missing-in-books":
        return BOOKABLE.get(row.sort, "")
    if row.code == "bank-opening":
        return "Book it as the float that was there before these books began"
    return ""


def differences_visible_to(actor: Actor, *, gone: bool = False, limit: int = 200) -> list[DifferenceView]:
    """What the last comparisons found and still find (or, with `gone`, found and do not find any more); two statements."""
    if not may_read(actor):
        raise NotFound
    rows = Discrepancy.objects.filter(gone_at__isnull=not gone)
    return _views(rows.order_by("-last_seen_at", "id") if gone else rows.order_by("first_seen_at", "id")[:limit])


def difference_visible_to(actor: Actor, difference_id: UUID) -> DifferenceView:
    """Raises NotFound."""
    row = Discrepancy.objects.filter(id=difference_id).first() if may_read(actor) else None
    if row is None:
        raise NotFound
    return _views([row])[0]


def open_differences() -> int:
    """How many differences nobody has explained."""
    return Discrepancy.objects.filter(gone_at__isnull=True, explained_at__isnull=True).count()


def runs_visible_to(actor: Actor, *, limit: int = 14) -> list[RunView]:
    """The latest comparisons."""
    if not may_read(actor):
        raise NotFound
    return [
        RunView(at=r.at, lines=r.lines, differences=len(r.differences))
        for r in Reconciliation.objects.order_by("-at")[:limit]
    ]


def last_statement_day() -> date | None:
    """Up to which day the bank's book is known to us."""
    found: date | None = BankStatement.objects.order_by("-last_on").values_list("last_on", flat=True).first()
    return found


def last_run_at() -> datetime | None:
    found: datetime | None = Reconciliation.objects.order_by("-at").values_list("at", flat=True).first()
    return found
