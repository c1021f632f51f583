"""Saying what a line of the bank's book is. Suggestions come from references and amounts; nothing happens before a
person confirms one, and what confirming books is committed together with the match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from payments.books.data import Kind, Suggestion
from payments.books.models import LineMatch, MatchedEntry, StatementLine
from payments.books.rules import may_see_lines, need_bookkeeper
from payments.invoicing.queries import open_invoices
from payments.invoicing.usecases import receive_from_statement
from payments.ledger.data import (
    BANK,
    BANK_CHARGES,
    BANK_INTEREST,
    DONATIONS_DUE,
    FEE_COST,
    FLOAT,
    GIFTS,
    UNEXPLAINED,
    AccountRef,
    Movement,
    credit,
    debit,
)
from payments.ledger.queries import dated, moved_on
from payments.ledger.usecases import post
from payments.money import Pence, pounds
from payments.payouts.queries import entry_keys, lines_at_the_bank
from payments.payouts.usecases.bank import mark_bank_file_paid

NEAR = timedelta(days=45)  # how far an entry's day may be from the line's day to be suggested


@dataclass(frozen=True, slots=True)
class Sort:
    """What a line is when it belongs to no invoice and no payment: its account, and which way money may go."""

    account: AccountRef
    comes_in: bool
    goes_out: bool
    words: str
    needs_note: bool = False


SORTS: dict[Kind, Sort] = {
    Kind.CHARGE: Sort(BANK_CHARGES, False, True, "A charge of the bank"),
    Kind.INTEREST: Sort(BANK_INTEREST, True, False, "Interest from the bank"),
    Kind.GIFT: Sort(GIFTS, True, False, "A donation to the network"),
    Kind.FLOAT: Sort(FLOAT, True, True, "Float put in by the charity, or taken out again"),
    Kind.GIVEN_ON: Sort(DONATIONS_DUE, False, True, "A fee given on, as the person chose"),
    Kind.COST: Sort(FEE_COST, False, True, "Something we booked and paid for, such as a train", needs_note=True),
    Kind.UNEXPLAINED: Sort(UNEXPLAINED, True, True, "Nobody can place it yet: keep it apart", needs_note=True),
}


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _names(text: str, reference: str) -> bool:
    """Whether the words of a line carry a reference, however the bank spaced it."""
    wanted = _plain(reference)
    return len(wanted) >= 6 and wanted in _plain(text)


@dataclass(frozen=True, slots=True)
class Known:
    """What lines may be, read once for a page of lines."""

    entries: list[Movement]
    invoices: list[tuple[UUID, str, str, Pence]]  # id, number, name, outstanding
    payments: list[tuple[UUID, str, UUID, str, Pence]]  # file, its reference, payout, its reference, amount


def known() -> Known:
    """Entries of the bank account that stand on no line yet, open invoices, payments in bank files: four statements."""
    taken = set(MatchedEntry.objects.filter(live=True).values_list("entry_key", flat=True))
    return Known(
        entries=[m for m in moved_on(BANK) if m.key not in taken and m.amount],
        invoices=[(i.invoice_id, i.number, i.customer_name, i.outstanding) for i in open_invoices() if i.outstanding],
        payments=lines_at_the_bank(),
    )


def suggest(line: StatementLine, have: Known) -> list[Suggestion]:
    """What the line may be, the surest first. Reference and amount: strong; one of the two: weak."""
    found: list[Suggestion] = []
    text, amount = line.text, line.amount_pence
    for entry in have.entries:
        near = abs(entry.at.date() - line.on) <= NEAR
        named = bool(entry.external_ref) and any(_names(text, part) for part in _parts(entry.external_ref))
        if entry.amount == amount and near:
            words = f"In the books already: {entry.kind.replace('_', ' ')} of {pounds(abs(amount))}"
            found.append(Suggestion(choice=f"entry:{entry.key}", words=words, strong=named))
    if amount > 0:
        for invoice_id, number, name, left in have.invoices:
            named = _names(text, number)
            if named and amount <= left:
                part = "" if amount == left else f", a part of {pounds(left)}"
                found.append(
                    Suggestion(choice=f"invoice:{invoice_id}", words=f"Invoice {number}, {name}{part}", strong=True)
                )
            elif amount == left:
                words = f"Invoice {number}, {name}: the amount fits, the reference does not"
                found.append(Suggestion(choice=f"invoice:{invoice_id}", words=words, strong=False))
    else:
        files: dict[UUID, tuple[str, int, int]] = {}
        for file_id, file_ref, payout_id, reference, owed in have.payments:
            ref, total, count = files.get(file_id, (file_ref, 0, 0))
            files[file_id] = (ref, total + owed, count + 1)
            if owed == -amount:
                named = _names(text, reference)
                words = f"Payment {reference} of bank file {file_ref}"
                words += "" if named else ": the amount fits, the reference does not"
                found.append(Suggestion(choice=f"payment:{file_id}:{payout_id}", words=words, strong=named))
        for file_id, (ref, total, count) in files.items():
            if total == -amount and count > 1:
                words = f"All {count} payments of bank file {ref}"
                found.append(Suggestion(choice=f"file:{file_id}", words=words, strong=_names(text, ref)))
    return sorted(found, key=lambda s: not s.strong)[:12]


def _parts(reference: str) -> list[str]:
    return [reference, *re.split(r"[/ ]", reference)]


def suggestions_for(*, line_id: UUID, actor: Actor) -> list[Suggestion]:
    """For one line. Raises NotFound."""
    line = StatementLine.objects.filter(id=line_id).first() if may_see_lines(actor) else None
    if line is None:
        raise NotFound
    return suggest(line, known())


def _match(line: StatementLine, kind: str, keys: list[str], *, booked: bool, note: str, who: str, at: datetime) -> None:
    """Keep the match, after the entries it stands for have been found to move exactly what the line moved."""
    moved = {m.key: m.amount for m in moved_on(BANK, keys=set(keys))}
    if set(moved) != set(keys) or sum(moved.values()) != line.amount_pence:
        raise Conflict("The books and the statement do not have the same amount for this. Nothing was changed.")
    try:
        with transaction.atomic():
            match = LineMatch.objects.create(line=line, kind=kind, booked=booked, note=note, made_at=at, made_by=who)
            MatchedEntry.objects.bulk_create(MatchedEntry(match=match, entry_key=key) for key in keys)
    except IntegrityError as known_before:
        raise Conflict(
            "Somebody explained this line, or used that entry, just now. Nothing was changed."
        ) from known_before


@transaction.atomic
def confirm(*, line_id: UUID, choice: str, note: str, actor: Actor, at: datetime) -> None:
    """Say what a line is. `choice` is a suggestion's, or "as:KIND" for one of `SORTS`.

    Raises NotFound for anybody who can pay, StepUpNeeded, Conflict, Invalid. All or nothing.
    """
    who = need_bookkeeper(actor, at)
    line = StatementLine.objects.select_for_update().filter(id=line_id).first()
    if line is None:
        raise NotFound
    if line.matches.filter(released_at__isnull=True).exists():
        raise Conflict("This line was explained already.")
    note = note.strip()[:300]
    kind, _, rest = choice.partition(":")
    if kind == "as":
        keys, booked, kind = [_book_as(line, rest, note, at)], True, rest
    elif kind == "entry":
        keys, booked = [rest], False
    elif kind in ("invoice", "payment", "file"):
        try:
            keys, booked = _book(line, kind, rest, actor, at), True
        except ValueError:
            raise Invalid({"choice": ["Choose what this line is"]}) from None
        kind = "invoice" if kind == "invoice" else "payments"
    else:
        raise Invalid({"choice": ["Choose what this line is"]})
    _match(line, kind, keys, booked=booked, note=note, who=who, at=at)


def _book(line: StatementLine, kind: str, rest: str, actor: Actor, at: datetime) -> list[str]:
    """Book what the line shows; returns the keys of its entries."""
    if kind == "invoice":
        if line.amount_pence <= 0:
            raise Conflict("Money that went out does not pay an invoice.")
        key = receive_from_statement(
            invoice_id=UUID(rest),
            amount=Pence(line.amount_pence),
            received_on=line.on,
            line_ref=str(line.id),
            actor=actor,
            at=at,
        )
        return [key]
    file_ref, _, payout_ref = rest.partition(":")
    file_id = UUID(file_ref)
    wanted = [UUID(payout_ref)] if payout_ref else None
    rows = [p for p in lines_at_the_bank(file_id) if wanted is None or p[2] in wanted]
    if not rows or sum(p[4] for p in rows) != -line.amount_pence:
        raise Conflict("These payments do not add up to the line, or are marked as paid already. Nothing was changed.")
    keys = entry_keys([row[2] for row in rows])
    mark_bank_file_paid(file_id=file_id, payout_ids=[p[2] for p in rows], paid_on=line.on, actor=actor, at=at)
    return keys


def _book_as(line: StatementLine, word: str, note: str, at: datetime) -> str:
    try:
        sort = SORTS[Kind(word)]
    except ValueError:
        raise Invalid({"choice": ["Choose what this line is"]}) from None
    amount = abs(line.amount_pence)
    comes_in = line.amount_pence > 0
    if (comes_in and not sort.comes_in) or (not comes_in and not sort.goes_out):
        raise Invalid({"choice": ["Money goes the other way on this line"]})
    if sort.needs_note and not note:
        raise Invalid({"note": ["Say what is known about it"]})
    legs = [debit(BANK, amount), credit(sort.account, amount)]
    if not comes_in:
        legs = [debit(sort.account, amount), credit(BANK, amount)]
    key = f"statement:{line.id}"
    post(key=key, kind=f"bank_{word}", lines=legs, at=dated(line.on, at))
    return key


@transaction.atomic
def release(*, match_id: UUID, actor: Actor, at: datetime) -> None:
    """Take back a match that was a mistake, while it has booked nothing. Raises NotFound, StepUpNeeded, Conflict."""
    who = need_bookkeeper(actor, at)
    match = LineMatch.objects.filter(id=match_id).first()
    if match is None:
        raise NotFound
    if not LineMatch.objects.filter(id=match_id, booked=False, released_at__isnull=True).update(
        released_at=at, released_by=who
    ):
        raise Conflict(
            "What this line booked stands. Correct it with a credit note, or by marking the payment as returned."
        )
    MatchedEntry.objects.filter(match=match).update(live=False)
