"""The only writer of the book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.errors import Conflict
from backend.kernel.ids import new_id
from payments.ledger.data import AccountRef, Line
from payments.ledger.models import Account, Entry, Posting


class Unbalanced(ValueError):
    """A mistake in the program: the legs do not add up."""


def _accounts(refs: Sequence[AccountRef]) -> dict[str, UUID]:
    wanted = {ref.code: ref for ref in refs}
    known = dict(Account.objects.filter(code__in=wanted).values_list("code", "id"))
    missing = [ref for code, ref in wanted.items() if code not in known]
    if missing:
        Account.objects.bulk_create(
            [Account(code=ref.code, kind=ref.kind, party=ref.party) for ref in missing], ignore_conflicts=True
        )
        known = dict(Account.objects.filter(code__in=wanted).values_list("code", "id"))
    return known


def _same(entry: Entry, lines: Sequence[Line]) -> bool:
    stored = sorted(entry.postings.values_list("account__code", "debit_pence", "credit_pence"))
    return stored == sorted((line.account.code, line.debit, line.credit) for line in lines)


def _existing(key: str, kind: str, lines: Sequence[Line]) -> UUID | None:
    entry = Entry.objects.filter(key=key).first()
    if entry is None:
        return None
    if entry.kind != kind or not _same(entry, lines):
        raise Conflict("This was put in the books before, with other figures. Nothing was changed.", code="other-entry")
    return entry.id


@transaction.atomic
def post(*, key: str, kind: str, lines: Sequence[Line], at: datetime, external_ref: str = "") -> UUID:
    """Write one balanced entry; returns its id. `key` is derived from what happened ("fee:{booking}").

    The same key with the same legs again returns the entry that exists. Raises Conflict for the same key with other
    legs, Unbalanced (a mistake in the program) for legs that do not add up. Amounts are pence; `at` is UTC.
    """
    total = sum(line.debit for line in lines)
    if len(lines) < 2 or total != sum(line.credit for line in lines):
        raise Unbalanced(kind)
    found = _existing(key, kind, lines)
    if found is not None:
        return found
    accounts = _accounts([line.account for line in lines])
    entry_id = new_id()
    try:
        with transaction.atomic():
            Posting.objects.bulk_create(
                Posting(
                    entry_id=entry_id,
                    account_id=accounts[line.account.code],
                    debit_pence=line.debit,
                    credit_pence=line.credit,
                )
                for line in lines
            )
            Entry.objects.bulk_create(
                [Entry(id=entry_id, key=key, kind=kind, at=at, external_ref=external_ref, total_pence=total)]
            )
    except IntegrityError:
        # Somebody else wrote the same key between our look and our insert.
        found = _existing(key, kind, lines)
        if found is None:
            raise
        return found
    return entry_id
