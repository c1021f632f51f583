"""Reads of the book. Every sum is read from the legs; no running total is kept anywhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from payments.ledger.data import AccountRef, BookFault, EntryView, Kind, TrialBalance, TrialRow
from payments.ledger.models import Account, Entry, Posting
from payments.money import Pence

_HEADINGS = {"receivable": "Owed by customers", "payable": "Owed to people"}


def balance(account: AccountRef) -> Pence:
    """Debits minus credits, in pence: above zero for money we have or are owed, below zero for money we owe."""
    sums = Posting.objects.filter(account__code=account.code).aggregate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    return Pence((sums["d"] or 0) - (sums["c"] or 0))


def trial_balance(at: datetime) -> TrialBalance:
    """All accounts up to and including `at` (UTC), personal ones added up under one heading."""
    rows = (
        Posting.objects.filter(entry__at__lte=at)
        .values(code=F("account__code"), kind=F("account__kind"), party=F("account__party"))
        .annotate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    )
    sums: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        heading = str(row["code"])
        if row["party"] is not None:
            heading = _HEADINGS.get(heading.partition(":")[0], heading.partition(":")[0])
        found = sums.setdefault((heading, str(row["kind"])), [0, 0, 0])
        found[0] += row["d"] or 0
        found[1] += row["c"] or 0
        found[2] += row["party"] is not None
    return TrialBalance(
        at=at,
        rows=tuple(
            TrialRow(
                heading=heading.replace("_", " ").capitalize(), kind=kind, debits=Pence(d), credits=Pence(c), parties=n
            )
            for (heading, kind), (d, c, n) in sorted(sums.items())
        ),
    )


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
    return faults


def owed_to(payee_refs: set[UUID]) -> dict[UUID, Pence]:
    """What the book says each payee is still owed, in pence."""
    rows = (
        Posting.objects.filter(account__party__in=payee_refs, account__kind=Kind.LIABILITY)
        .values(party=F("account__party"))
        .annotate(d=Sum("debit_pence"), c=Sum("credit_pence"))
    )
    return {row["party"]: Pence((row["c"] or 0) - (row["d"] or 0)) for row in rows}
