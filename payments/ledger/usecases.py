"""The only writer of the book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotAllowed
from backend.kernel.ids import new_id
from payments.ledger.data import AccountRef, Line, MonthState, NewEntry
from payments.ledger.models import Account, Entry, MonthMove, Posting
from payments.ledger.queries import is_closed, month_content, month_state
from payments.ledger.rules import CLOSERS, REOPENERS, need

MONTH_LOCK = [710_163, 1]  # the advisory lock that the triggers of migration 0003 take: shared to post, alone to close


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


def _existing(entries: Sequence[NewEntry]) -> dict[str, UUID]:
    """Those that are in the book already, by key. Raises Conflict for one that stands there with other legs."""
    wanted = {entry.key: entry for entry in entries}
    known = {entry.key: entry for entry in Entry.objects.filter(key__in=wanted)}
    for key, entry in known.items():
        if entry.kind != wanted[key].kind or not _same(entry, wanted[key].lines):
            raise Conflict(
                "This was put in the books before, with other figures. Nothing was changed.", code="other-entry"
            )
    return {key: entry.id for key, entry in known.items()}


def post(*, key: str, kind: str, lines: Sequence[Line], at: datetime, external_ref: str = "") -> UUID:
    """Write one balanced entry; returns its id. `key` is derived from what happened ("fee:{booking}").

    The same key with the same legs again returns the entry that exists. Raises Conflict for the same key with other
    legs, Unbalanced (a mistake in the program) for legs that do not add up. Amounts are pence; `at` is UTC.
    """
    entry = NewEntry(key=key, kind=kind, lines=tuple(lines), at=at, external_ref=external_ref)
    return post_many([entry])[key]


@transaction.atomic
def post_many(entries: Sequence[NewEntry]) -> dict[str, UUID]:
    """Write several entries in the statements of one, all or nothing; returns their ids by key. As `post()`."""
    for entry in entries:
        if len(entry.lines) < 2 or entry.total != sum(line.credit for line in entry.lines):
            raise Unbalanced(entry.kind)
    found = _existing(entries)
    fresh = [entry for entry in entries if entry.key not in found]
    if not fresh:
        return found
    accounts = _accounts([line.account for entry in fresh for line in entry.lines])
    ids = {entry.key: new_id() for entry in fresh}
    try:
        with transaction.atomic():
            Posting.objects.bulk_create(
                Posting(
                    entry_id=ids[entry.key],
                    account_id=accounts[line.account.code],
                    debit_pence=line.debit,
                    credit_pence=line.credit,
                )
                for entry in fresh
                for line in entry.lines
            )
            Entry.objects.bulk_create(
                Entry(
                    id=ids[entry.key],
                    key=entry.key,
                    kind=entry.kind,
                    at=entry.at,
                    external_ref=entry.external_ref,
                    total_pence=entry.total,
                )
                for entry in fresh
            )
    except IntegrityError:
        if len(fresh) > 1:  # one of them is refused or was written meanwhile: each for itself says which
            return found | {entry.key: post_many([entry])[entry.key] for entry in fresh}
        # Somebody else wrote the same key between our look and our insert, or the month is closed.
        if meanwhile := _existing(fresh):
            return found | meanwhile
        at = fresh[0].at
        if is_closed(at):
            raise Conflict(
                f"The books of {at.astimezone(LONDON):%B %Y} are closed. Nothing was changed.",
                code="month-closed",
                next_step="Two people can open the month again, on the page about months.",
            ) from None
        raise
    return found | ids


# --- months ---------------------------------------------------------------------------------------------------------


def bounds(month: date) -> tuple[datetime, datetime]:
    """The first moment of the month that `month` lies in, and of the next one, by London's clock."""
    first = month.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(first, time(), LONDON).astimezone(UTC), datetime.combine(
        following, time(), LONDON
    ).astimezone(UTC)


def _hold_posting() -> None:
    """Until the end of this transaction nobody posts. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", MONTH_LOCK)


def _add(month: date, move: str, who: tuple[UUID, str], at: datetime, **more: object) -> None:
    starts_at, ends_at = bounds(month)
    number = MonthMove.objects.filter(month=month).count() + 1
    try:
        with transaction.atomic():
            MonthMove.objects.create(
                month=month, number=number, move=move, starts_at=starts_at, ends_at=ends_at, at=at, by=who[0],
                session=who[1], **more,
            )  # fmt: skip
    except IntegrityError as refused:
        raise Conflict("Somebody else changed this month just now. Nothing was changed.") from refused


@transaction.atomic
def close_month(*, month: date, actor: Actor, at: datetime) -> None:
    """Close a month that has ended: the database refuses entries dated into it from now on.

    Raises NotFound, StepUpNeeded, Conflict for a month that is closed or has not ended.
    """
    who = need(actor, at, *CLOSERS)
    month = month.replace(day=1)
    if bounds(month)[1] > at:
        raise Conflict("This month has not ended yet.")
    if month_state(month) is not MonthState.OPEN:
        raise Conflict("This month is closed already.")
    _hold_posting()  # waits for entries under way and lets none begin: what is counted now is what stays
    entries, total, digest = month_content(month)
    _add(month, "close", who, at, entries=entries, total_pence=total, digest=digest)


@transaction.atomic
def ask_to_reopen(*, month: date, reason: str, actor: Actor, at: datetime) -> None:
    """Ask a second person to open a closed month again. Raises NotFound, StepUpNeeded, Conflict, Invalid."""
    who = need(actor, at, *CLOSERS)
    if not reason.strip():
        raise Invalid({"reason": ["Say why the month has to be opened again"]})
    if month_state(month) is not MonthState.CLOSED:
        raise Conflict("Only a closed month can be opened again.")
    _add(month.replace(day=1), "ask", who, at, reason=reason.strip()[:300])


@transaction.atomic
def reopen_month(*, month: date, actor: Actor, at: datetime) -> None:
    """The second person opens it. Raises NotFound, StepUpNeeded, NotAllowed for who asked, Conflict."""
    who = need(actor, at, *REOPENERS)
    asked = MonthMove.objects.filter(month=month.replace(day=1)).order_by("-number").first()
    if asked is None or asked.move != "ask":
        raise Conflict("Nobody has asked for this month to be opened again.")
    if who[0] == asked.by or who[1] == asked.session:
        raise NotAllowed("Another person than the one who asked opens it, in a session of their own.")
    _add(month.replace(day=1), "reopen", who, at)
