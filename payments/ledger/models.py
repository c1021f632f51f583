"""The book. Rows are written by `usecases.post()` only; the database refuses an unbalanced or changed entry.

How the balance is enforced, the same on both engines: the legs are inserted first, pointing at an entry that does not
exist yet (the foreign key is deferred to the commit); then the entry is inserted, and its trigger adds up the legs. No
leg may join an entry that exists. So a leg without an entry cannot be committed, and an entry cannot exist unless its
legs balance. PostgreSQL adds a deferred constraint trigger against two transactions racing to one entry id.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from payments.ledger.data import Kind

_BOOK = Personal(Sensitivity.S2, "payee or customer", "finance", "6 years after the tax year", "kept: opaque reference")
_WHO = Personal(Sensitivity.S1, "staff", "finance; auditors", "6 years after the tax year", "kept: opaque reference")


class Account(Row):
    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10)
    party = models.UUIDField(null=True)

    PRIVACY = Declares(technical="id kind", personal={"code": _BOOK, "party": _BOOK})

    class Meta:
        db_table = "payments_account"
        indexes: ClassVar = [models.Index(fields=["party"], name="account_party")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in Kind]), name="account_kind_known"),
        ]


class Entry(Row):
    """One thing that happened to money. Inserted after its legs; never changed."""

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    external_ref = models.CharField(max_length=80, blank=True)  # the provider's id (tr_…, ch_…), for reconciliation
    total_pence = models.BigIntegerField()

    PRIVACY = Declares(technical="id key kind at external_ref total_pence")

    class Meta:
        db_table = "payments_entry"
        indexes: ClassVar = [
            models.Index(fields=["at"], name="entry_at"),
            models.Index(fields=["external_ref"], condition=~Q(external_ref=""), name="entry_external"),
        ]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(total_pence__gt=0), name="entry_total_positive")]


class Posting(Row):
    """One leg. Never changed."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    debit_pence = models.BigIntegerField(default=0)
    credit_pence = models.BigIntegerField(default=0)

    PRIVACY = Declares(technical="id entry account debit_pence credit_pence")

    class Meta:
        db_table = "payments_posting"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(debit_pence__gt=0) & Q(credit_pence=0)) | (Q(debit_pence=0) & Q(credit_pence__gt=0)),
                name="posting_one_side",
            ),
        ]


class MonthMove(Row):
    """A month of the books was closed, asked to be opened again, or opened. Append-only; the latest number holds.

    The database refuses an entry dated into a month whose latest move is not "reopen", and a "reopen" by the person or
    session that asked for it (migration 0003). A close keeps what the month held, so that `verify` sees any change.
    """

    month = models.DateField()  # its first day, in London
    number = models.PositiveSmallIntegerField()
    move = models.CharField(max_length=10)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # the first moment of the next month
    at = models.DateTimeField()
    by = models.UUIDField()
    session = models.CharField(max_length=80)
    reason = models.CharField(max_length=300, blank=True)
    entries = models.PositiveIntegerField(default=0)
    total_pence = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    PRIVACY = Declares(
        technical="id month number move starts_at ends_at at session reason entries total_pence digest",
        personal={"by": _WHO},
    )

    class Meta:
        db_table = "payments_month_move"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "number"], name="month_move_number"),
            models.CheckConstraint(condition=Q(move__in=["close", "ask", "reopen"]), name="month_move_known"),
            models.CheckConstraint(condition=~Q(session=""), name="month_move_session"),
            models.CheckConstraint(condition=~Q(move="ask") | ~Q(reason=""), name="month_ask_reason"),
            models.CheckConstraint(condition=~Q(move="close") | ~Q(digest=""), name="month_close_digest"),
        ]
