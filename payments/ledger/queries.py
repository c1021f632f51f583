"""Reads of the book. Every sum is read from the legs; no running total is kept anywhere."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Case, CharField, Count, F, Min, Q, Sum, Value, When
from django.db.models.functions import TruncMonth

from backend.kernel.clock import LONDON
from payments.ledger.data import (
    AccountRef,
    BookFault,
    EntryView,
    JournalLine,
    Kind,
    MonthState,
    MonthView,
    Movement,
    TrialBalance,
    TrialRow,
)
from payments.ledger.models import Account, Entry, MonthMove, Posting
from payments.money import Pence

_HEADINGS = {"receivable": "Owed by customers", "payable": "Owed to people"}
# Personal accounts under one heading: nothing that leaves the ledger names a party.
_HEADING = Case(
    When(account__code__startswith="receivable:", then=Value("receivable")),
    When(account__code__startswith="payable:", then=Value("payable")),
    default=F("account__code"),
    output_field=CharField(),
)


def balance(account: AccountRef) -> Pence:
    """Debits minus credits, in pence: above zero for money we have or are owed, below zero for money we owe."""
    sums = Posting.objects.filter(account__code=account.code).aggregate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    return Pence((sums["d"] or 0) - (sums["c"] or 0))


def trial_balance(at: datetime) -> TrialBalance:
    """All accounts up to and including `at` (UTC), personal ones added up under one heading."""
    rows = (
        Posting.objects.filter(entry__at__lte=at)
        .values(heading=_HEADING, kind=F("account__kind"))
        .annotate(d=Sum("debit_pence"), c=Sum("credit_pence"), n=Count("account__party", distinct=True))
    )
    return TrialBalance(
        at=at,
        rows=tuple(
            sorted(
                (
                    TrialRow(
                        heading=heading_words(str(row["heading"])),
                        kind=str(row["kind"]),
                        debits=Pence(row["d"]),
                        credits=Pence(row["c"]),
                        parties=row["n"],
                    )
                    for row in rows
                ),
                key=lambda row: (row.heading, row.kind),
            )
        ),
    )


def heading_words(heading: str) -> str:
    return _HEADINGS.get(heading) or heading.replace("_", " ").capitalize()


def balances_at(at: datetime) -> dict[str, Pence]:
    """Debits minus credits by heading ("bank", "receivable", "payable", ...), up to and including `at`; one statement."""
    rows = Posting.objects.filter(entry__at__lte=at).values(heading=_HEADING)
    return {
        str(row["heading"]): Pence(row["d"] - row["c"])
        for row in rows.annotate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    }


def sums_between(since: datetime, before: datetime) -> dict[str, tuple[Pence, Pence]]:
    """Debits and credits by heading of entries from `since` on, before `before`."""
    rows = Posting.objects.filter(entry__at__gte=since, entry__at__lt=before).values(heading=_HEADING)
    return {
        str(row["heading"]): (Pence(row["d"]), Pence(row["c"]))
        for row in rows.annotate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    }


def moved_on(account: AccountRef, *, since: datetime | None = None, keys: set[str] | None = None) -> list[Movement]:
    """What each entry did to `account`, oldest first; `keys` limits it to these entries."""
    rows = Posting.objects.filter(account__code=account.code)
    if since is not None:
        rows = rows.filter(entry__at__gte=since)
    if keys is not None:
        rows = rows.filter(entry__key__in=keys)
    found = (
        rows.values("entry__key", "entry__kind", "entry__at", "entry__external_ref")
        .annotate(d=Sum("debit_pence"), c=Sum("credit_pence"))
        .order_by("entry__at", "entry__key")
    )
    return [
        Movement(r["entry__key"], r["entry__kind"], r["entry__at"], r["entry__external_ref"], Pence(r["d"] - r["c"]))
        for r in found
    ]


def journal(since: datetime, before: datetime) -> list[JournalLine]:
    """Every leg from `since` on, before `before`, for an export; in the order of time."""
    rows = (
        Posting.objects.filter(entry__at__gte=since, entry__at__lt=before)
        .annotate(heading=_HEADING)
        .order_by("entry__at", "entry__key", "-debit_pence", "account__code")
        .values_list(
            "entry__key", "entry__kind", "entry__at", "entry__external_ref", "heading", "debit_pence", "credit_pence"
        )
    )
    numbers: dict[str, int] = {}
    return [
        JournalLine(numbers.setdefault(key, len(numbers) + 1), key, kind, at, ref, heading, Pence(d), Pence(c))
        for key, kind, at, ref, heading, d, c in rows
    ]


# --- months ---------------------------------------------------------------------------------------------------------


def _state(move: str) -> MonthState:
    return {"close": MonthState.CLOSED, "ask": MonthState.ASKED}.get(move, MonthState.OPEN)


def month_state(month: date) -> MonthState:
    last = MonthMove.objects.filter(month=month.replace(day=1)).order_by("-number").first()
    return _state(last.move) if last else MonthState.OPEN


def is_closed(at: datetime) -> bool:
    """Whether an entry dated `at` (UTC) would fall into a closed month."""
    last = MonthMove.objects.filter(starts_at__lte=at, ends_at__gt=at).order_by("-number").first()
    return last is not None and _state(last.move) is not MonthState.OPEN


def dated(on: date, at: datetime) -> datetime:
    """The moment to date an entry that is recorded at `at` for what happened on day `on`: noon of that day; the moment
    of recording when the day is today or to come, or its month is closed (then it belongs to the books of now)."""
    then = datetime.combine(on, time(12), LONDON).astimezone(UTC)
    return at if then >= at or is_closed(then) else then


def month_content(month: date) -> tuple[int, Pence, str]:
    """How many entries a month holds, their sum, and a digest of every leg."""
    first = month.replace(day=1)
    since = datetime.combine(first, time(), LONDON)
    before = datetime.combine((first + timedelta(days=31)).replace(day=1), time(), LONDON)
    rows = (
        Posting.objects.filter(entry__at__gte=since, entry__at__lt=before)
        .order_by("entry__key", "account__code", "debit_pence", "credit_pence")
        .values_list("entry__key", "account__code", "debit_pence", "credit_pence")
    )
    digest, keys, total = hashlib.sha256(), set(), 0
    for key, code, d, c in rows.iterator():
        digest.update(f"{key}\x1f{code}\x1f{d}\x1f{c}\x1e".encode())
        keys.add(key)
        total += d
    return len(keys), Pence(total), digest.hexdigest()


def months(at: datetime) -> list[MonthView]:
    """Every month from the first entry to now, newest first."""
    first = Entry.objects.aggregate(first=Min("at"))["first"]
    if first is None:
        return []
    moves: dict[date, list[MonthMove]] = {}
    for move in MonthMove.objects.order_by("month", "number"):
        moves.setdefault(move.month, []).append(move)
    counted = {
        row["m"].date() if isinstance(row["m"], datetime) else row["m"]: (row["n"], row["t"])
        for row in Entry.objects.annotate(m=TruncMonth("at", tzinfo=LONDON))
        .values("m")
        .annotate(n=Count("id"), t=Sum("total_pence"))
    }
    found = []
    month, last = first.astimezone(LONDON).date().replace(day=1), at.astimezone(LONDON).date().replace(day=1)
    while month <= last:
        own = moves.get(month, [])
        closed = next((m for m in reversed(own) if m.move == "close"), None)
        latest = own[-1] if own else None
        count, total = counted.get(month, (0, 0))
        found.append(
            MonthView(
                month=month,
                state=_state(latest.move) if latest else MonthState.OPEN,
                entries=count,
                total=Pence(total),
                closed_by=closed.by if closed else None,
                closed_at=closed.at if closed else None,
                asked_by=latest.by if latest and latest.move == "ask" else None,
                reason=latest.reason if latest else "",
            )
        )
        month = (month + timedelta(days=31)).replace(day=1)
    return found[::-1]


def entry_of(key: str) -> EntryView | None:
    entry = Entry.objects.filter(key=key).first()
    if entry is None:
        return None
    return EntryView(entry.id, entry.key, entry.kind, entry.at, entry.external_ref, Pence(entry.total_pence))


def keys_known(keys: set[str]) -> set[str]:
    """Which of these keys are in the book."""
    return set(Entry.objects.filter(key__in=keys).values_list("key", flat=True))


def movements(account: AccountRef, *, since: datetime | None = None) -> dict[str, int]:
    """What each external reference moved on `account`, in pence (debits minus credits): the witness for reconciling."""
    rows = Posting.objects.filter(account__code=account.code)
    if since is not None:
        rows = rows.filter(entry__at__gte=since)
    return {
        str(row["ref"]): (row["d"] or 0) - (row["c"] or 0)
        for row in rows.values(ref=F("entry__external_ref")).annotate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    }


def recent(limit: int = 50) -> list[EntryView]:
    return [
        EntryView(e.id, e.key, e.kind, e.at, e.external_ref, Pence(e.total_pence))
        for e in Entry.objects.order_by("-at", "id")[:limit]
    ]


def verify() -> list[BookFault]:
    """Read the whole book again and say what must never be. The database should have refused each of these."""
    faults: list[BookFault] = []
    unbalanced = (
        Entry.objects.annotate(d=Sum("postings__debit_pence"), c=Sum("postings__credit_pence"), n=Count("postings"))
        .filter(~Q(d=F("c")) | ~Q(d=F("total_pence")) | Q(n__lt=2) | Q(d__isnull=True))
        .values_list("id", "n")
    )
    for entry_id, legs in unbalanced:
        faults.append(BookFault("unbalanced-entry", f"entry:{entry_id}", f"{legs} legs do not add up to the entry"))
    known = Entry.objects.values("id")
    for posting_id in Posting.objects.exclude(entry_id__in=known).values_list("id", flat=True):
        faults.append(BookFault("leg-without-entry", f"posting:{posting_id}", "a leg that belongs to no entry"))
    for code in Account.objects.exclude(kind__in=[k.value for k in Kind]).values_list("code", flat=True):
        faults.append(BookFault("unknown-kind", f"account:{code}", "an account of no known kind"))
    closed: dict[date, MonthMove] = {}
    for move in MonthMove.objects.order_by("month", "number"):
        if move.move == "close":
            closed[move.month] = move
        elif move.move == "reopen":
            closed.pop(move.month, None)
    for month, move in sorted(closed.items()):
        if month_content(month) != (move.entries, move.total_pence, move.digest):
            faults.append(
                BookFault("closed-month-changed", f"month:{month:%Y-%m}", "not what it held when it was closed")
            )
    return faults


def owed_to(payee_refs: set[UUID]) -> dict[UUID, Pence]:
    """What the book says each payee is still owed, in pence."""
    rows = (
        Posting.objects.filter(account__party__in=payee_refs, account__kind=Kind.LIABILITY)
        .values(party=F("account__party"))
        .annotate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    )
    return {row["party"]: Pence((row["c"] or 0) - (row["d"] or 0)) for row in rows}
