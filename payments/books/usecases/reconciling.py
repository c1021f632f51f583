"""Stripe's book and the bank's against ours, both ways. What differs is kept as a difference with an owner and notes;
nothing is ever mended in silence: a run only reads the books, and what it does not find any more it marks as gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotFound
from payments.books.data import Found
from payments.books.models import (
    BankStatement,
    Discrepancy,
    DiscrepancyNote,
    LineMatch,
    MatchedEntry,
    StatementLine,
)
from payments.books.queries import can_book, unmatched_lines
from payments.books.rules import WORKERS, need_bookkeeper
from payments.gateways.data import PayoutGateway
from payments.ledger.data import (
    BANK,
    FLOAT,
    STRIPE_BALANCE,
    STRIPE_FEES,
    AccountRef,
    Line,
    Movement,
    credit,
    debit,
)
from payments.ledger.queries import is_closed, moved_on
from payments.ledger.rules import need
from payments.ledger.usecases import post
from payments.money import Pence, pounds
from payments.payouts.models import Reconciliation
from payments.payouts.reconcile import compare

SETTLES = timedelta(days=4)  # an entry may stand on the statement some days later: over a weekend and a holiday


def compare_bank() -> list[Found]:
    """The bank's book against ours, both ways. Reads only; the number of statements does not grow with the rows."""
    first = BankStatement.objects.order_by("first_on", "imported_at").first()
    if first is None:
        return []
    last_on = BankStatement.objects.order_by("-last_on").values_list("last_on", flat=True)[0]
    entries = moved_on(BANK)
    live = dict(MatchedEntry.objects.filter(live=True).values_list("entry_key", "match__line_id"))
    return [
        *_lines_nobody_explained(),
        *_entries_on_no_statement(entries, set(live), first, last_on),
        *_matches_that_do_not_add_up(entries, live),
        *_gaps(),
        *_opening(entries, set(live), first),
    ]


def _lines_nobody_explained() -> Iterator[Found]:
    for line in unmatched_lines():
        yield Found(
            code="bank-not-in-books",
            ref=str(line.id),
            theirs=Pence(line.amount_pence),
            ours=Pence(0),
            words=f"The bank has this on {line.on:%d %b %Y}; nobody has said yet what it is.",
        )


def _entries_on_no_statement(
    entries: list[Movement], live: set[str], first: BankStatement, last_on: date
) -> Iterator[Found]:
    for entry in entries:
        day = entry.at.astimezone(LONDON).date()
        if entry.amount and entry.key not in live and first.first_on <= day <= last_on - SETTLES:
            yield Found(
                code="bank-missing",
                ref=entry.key,
                theirs=Pence(0),
                ours=entry.amount,
                words=f"Our books have this on {day:%d %b %Y}; the bank's statement does not.",
            )


def _matches_that_do_not_add_up(entries: list[Movement], live: dict[str, UUID]) -> Iterator[Found]:
    moved = {entry.key: entry.amount for entry in entries}
    sums: dict[UUID, int] = {}
    for key, line_id in live.items():
        sums[line_id] = sums.get(line_id, 0) + moved.get(key, 0)
    matched = LineMatch.objects.filter(released_at__isnull=True).values_list("line_id", "line__amount_pence")
    for line_id, amount in matched.order_by("line_id"):
        if sums.get(line_id, 0) != amount:
            yield Found(
                code="bank-other-amount",
                ref=str(line_id),
                theirs=Pence(amount),
                ours=Pence(sums.get(line_id, 0)),
                words=f"The bank has {pounds(amount)}, our books have {pounds(sums.get(line_id, 0))}.",
            )


def _gaps() -> Iterator[Found]:
    """Inside a file each balance follows from the one before. Where it does not, a line is missing or was changed."""
    rows = StatementLine.objects.filter(balance_pence__isnull=False).order_by("statement_id", "position")
    before: tuple[UUID, int, int] | None = None
    for line_id, statement, position, amount, said in rows.values_list(
        "id", "statement_id", "position", "amount_pence", "balance_pence"
    ).iterator():
        balance = said or 0  # never NULL here
        # A line that an earlier file had is not kept again, so only neighbours can be held against each other.
        if before and before[0] == statement and before[1] + 1 == position and before[2] + amount != balance:
            yield Found(
                code="bank-gap",
                ref=str(line_id),
                theirs=Pence(balance),
                ours=Pence(before[2] + amount),
                words="The balance on the statement does not follow from the line before: a line is missing or changed.",
            )
        before = (statement, position, balance)


def _opening(entries: list[Movement], live: set[str], first: BankStatement) -> Iterator[Found]:
    """What was at the bank before the first statement, against what our books had by then."""
    if first.opening_pence is None:
        return
    ours = sum(e.amount for e in entries if e.key not in live and e.at.astimezone(LONDON).date() < first.first_on)
    if ours != first.opening_pence:
        yield Found(
            code="bank-opening",
            ref=first.first_on.isoformat(),
            theirs=Pence(first.opening_pence),
            ours=Pence(ours),
            words=f"Before {first.first_on:%d %b %Y} the bank had {pounds(first.opening_pence)}, "
            f"our books {pounds(ours)}.",
        )


def _key(found: Found) -> str:
    facts = (found.code, found.ref, str(found.theirs), str(found.ours))
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()


def reconcile(*, gateway: PayoutGateway, since: datetime, actor: Actor, at: datetime) -> list[Found]:
    """Compare everything and keep what was found. Talks to the provider: never call it inside a transaction. Repeating
    it changes nothing but when each difference was last seen. Raises NotFound, Unavailable."""
    if actor.user_id is not None and not actor.has(*WORKERS):
        raise NotFound
    count, stripe = compare(gateway=gateway, since=since, at=at)
    found = [Found(code=d.code, ref=d.ref, theirs=d.theirs, ours=d.ours, words=d.words, sort=d.sort) for d in stripe]
    with transaction.atomic():
        found += compare_bank()
        _keep(found, at)
        Reconciliation.objects.create(
            at=at,
            since=since,
            lines=count + StatementLine.objects.count(),
            differences=[
                {"code": f.code, "ref": f.ref, "theirs": f.theirs, "ours": f.ours, "words": f.words} for f in found
            ],
        )
    return found


def _keep(found: list[Found], at: datetime) -> None:
    """New ones are added, those seen again are dated, those not found any more are marked as gone. Six statements."""
    now = {_key(f): f for f in found}
    known = set(Discrepancy.objects.filter(key__in=now).values_list("key", flat=True))
    Discrepancy.objects.filter(key__in=known).update(last_seen_at=at, gone_at=None)
    Discrepancy.objects.bulk_create(
        [
            Discrepancy(
                key=key,
                code=f.code,
                ref=f.ref,
                sort=f.sort,
                theirs_pence=f.theirs,
                ours_pence=f.ours,
                words=f.words[:300],
                first_seen_at=at,
                last_seen_at=at,
            )
            for key, f in now.items()
            if key not in known
        ],
        ignore_conflicts=True,  # another run found it at this very moment
        batch_size=500,
    )
    Discrepancy.objects.filter(gone_at__isnull=True).exclude(key__in=now).update(gone_at=at)


# --- what people do about a difference -------------------------------------------------------------------------------


def _open(difference_id: UUID) -> Discrepancy:
    row = Discrepancy.objects.select_for_update().filter(id=difference_id).first()
    if row is None:
        raise NotFound
    return row


@transaction.atomic
def take_on(*, difference_id: UUID, actor: Actor, at: datetime) -> None:
    """Become the owner of a difference, whoever was before. Raises NotFound, StepUpNeeded."""
    user, _ = need(actor, at, *WORKERS)
    row = _open(difference_id)
    if row.owner == user:
        return
    Discrepancy.objects.filter(id=row.id).update(owner=user)
    DiscrepancyNote.objects.create(discrepancy=row, at=at, actor_ref=actor.ref, text="Took this on")


@transaction.atomic
def write_note(*, difference_id: UUID, text: str, actor: Actor, at: datetime) -> None:
    """Raises NotFound, StepUpNeeded, Invalid."""
    need(actor, at, *WORKERS)
    if not text.strip():
        raise Invalid({"text": ["Write what you found"]})
    DiscrepancyNote.objects.create(
        discrepancy=_open(difference_id), at=at, actor_ref=actor.ref, text=text.strip()[:500]
    )


@transaction.atomic
def explain(*, difference_id: UUID, text: str, actor: Actor, at: datetime) -> None:
    """Say why a difference may stand. It stays on the page and in every run, and is not counted as open. Only for who
    cannot pay (C36). Raises NotFound, StepUpNeeded, Invalid, Conflict."""
    need_bookkeeper(actor, at)
    if not text.strip():
        raise Invalid({"text": ["Say why this may stand"]})
    row = _open(difference_id)
    if row.gone_at is not None or row.explained_at is not None:
        raise Conflict("This difference is not open any more.")
    Discrepancy.objects.filter(id=row.id).update(explained_at=at)
    DiscrepancyNote.objects.create(discrepancy=row, at=at, actor_ref=actor.ref, text=f"Explained: {text.strip()}"[:500])


@transaction.atomic
def book_it(*, difference_id: UUID, actor: Actor, at: datetime) -> None:
    """Book what the provider's or the bank's line shows, where one press can: a fee, money moved between our own
    accounts, or what was at the bank before. The next run finds the books agree. Raises NotFound, StepUpNeeded,
    Conflict."""
    need_bookkeeper(actor, at)
    row = _open(difference_id)
    words = can_book(row)
    if not words or row.gone_at is not None:
        raise Conflict("This cannot be booked by one press. Find out what it is, and record that.")
    when, key, account, other = at, f"{row.sort}:{row.ref}", STRIPE_BALANCE, BANK
    amount = row.theirs_pence - row.ours_pence
    if row.code == "bank-opening":
        first = datetime.combine(datetime.fromisoformat(row.ref).date() - timedelta(days=1), time(12), LONDON)
        if is_closed(first):
            raise Conflict("The month before the first statement is closed.", code="month-closed")
        when, key, account, other = first, f"opening:{row.ref}:{row.key[:12]}", BANK, FLOAT
    elif row.sort == "stripe_fee":
        other = STRIPE_FEES
    elif row.sort == "topup":
        key = f"top-up:{row.ref}"  # the same as when finance records it
    post(
        key=key,
        kind={"topup": "top_up"}.get(row.sort, row.sort) or "opening",
        lines=_legs(account, other, amount),
        at=when,
        external_ref="" if row.code == "bank-opening" else row.ref,
    )
    DiscrepancyNote.objects.create(discrepancy=row, at=at, actor_ref=actor.ref, text=f"Booked: {words}"[:500])


def _legs(account: AccountRef, other: AccountRef, amount: int) -> list[Line]:
    """What makes `account` grow by `amount` (or shrink, below zero)."""
    if amount > 0:
        return [debit(account, amount), credit(other, amount)]
    return [debit(other, -amount), credit(account, -amount)]


def verify() -> list[Found]:
    """What the books must never have: a match without its entry, or an entry on two lines; for `manage.py verify`."""
    keys = set(MatchedEntry.objects.filter(live=True).values_list("entry_key", flat=True))
    known = {m.key for m in moved_on(BANK, keys=keys)} if keys else set()
    return [
        Found(
            code="match-without-entry", ref=key, theirs=Pence(0), ours=Pence(0), words="matched, but not in the books"
        )
        for key in sorted(keys - known)
    ]
