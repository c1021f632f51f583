"""The bank's book as it was handed to us, what a person said each line is, and where the books differ."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from backend.kernel.sealed import SealedTextField

_WHO = Personal(Sensitivity.S1, "staff", "finance; auditors", "6 years after the tax year", "kept: opaque reference")
_TEXT = Personal(Sensitivity.S3F, "payee or customer", "finance", "6 years after the tax year", "kept by law, sealed")


class BankStatement(Row):
    """One imported file. Append-only; the same file is one row."""

    profile = models.CharField(max_length=30)
    sha256 = models.CharField(max_length=64, unique=True)
    first_on = models.DateField()
    last_on = models.DateField()
    rows = models.PositiveIntegerField()
    fresh = models.PositiveIntegerField()
    opening_pence = models.BigIntegerField(null=True)
    closing_pence = models.BigIntegerField(null=True)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=80)

    PRIVACY = Declares(
        technical="id profile sha256 first_on last_on rows fresh opening_pence closing_pence imported_at",
        personal={"imported_by": _WHO},
    )

    class Meta:
        db_table = "payments_bank_statement"
        indexes: ClassVar = [models.Index(fields=["-last_on"], name="statement_by_day")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rows__gt=0) & Q(fresh__lte=models.F("rows")), name="statement_rows"),
            models.CheckConstraint(condition=Q(last_on__gte=models.F("first_on")), name="statement_days"),
        ]


class StatementLine(Row):
    """One line of the bank's book, once, whichever files it stood in. Append-only. `nth` tells like lines of one day
    apart; the words are sealed, for they may name whoever was paid."""

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    on = models.DateField()
    amount_pence = models.BigIntegerField()
    balance_pence = models.BigIntegerField(null=True)
    text = SealedTextField()
    print = models.CharField(max_length=64, unique=True)  # keyed digest of day, amount, balance, words and nth

    PRIVACY = Declares(technical="id statement position on amount_pence balance_pence print", personal={"text": _TEXT})

    class Meta:
        db_table = "payments_statement_line"
        indexes: ClassVar = [models.Index(fields=["on", "position"], name="statement_line_order")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "position"], name="statement_line_position"),
            models.CheckConstraint(condition=~Q(amount_pence=0), name="statement_line_moves"),
        ]


class LineMatch(Row):
    """A person said what a line is. `released` when it was a mistake; only a match that booked nothing can be."""

    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="matches")
    kind = models.CharField(max_length=20)
    booked = models.BooleanField()  # confirming it wrote entries, so that it cannot be released
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=80, blank=True)

    PRIVACY = Declares(
        technical="id line kind booked note made_at released_at", personal={"made_by": _WHO, "released_by": _WHO}
    )

    class Meta:
        db_table = "payments_line_match"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line"], condition=Q(released_at__isnull=True), name="line_matched_once"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | (Q(booked=False) & ~Q(released_by="")),
                name="booked_match_stays",
            ),
        ]


class MatchedEntry(Row):
    """An entry of the ledger that a line stands for. An entry stands on the statement once."""

    match = models.ForeignKey(LineMatch, on_delete=models.PROTECT, related_name="entries")
    entry_key = models.CharField(max_length=160)
    live = models.BooleanField(default=True)

    PRIVACY = Declares(technical="id match entry_key live")

    class Meta:
        db_table = "payments_matched_entry"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry_key"], condition=Q(live=True), name="entry_matched_once"),
        ]


class Discrepancy(Row):
    """Something that two books do not agree on, from the first run that saw it. Its facts never change: other figures
    are another difference. It is gone when a run does not find it any more, and stays to be read."""

    key = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=30)
    ref = models.CharField(max_length=160)
    sort = models.CharField(max_length=40, blank=True)
    theirs_pence = models.BigIntegerField()
    ours_pence = models.BigIntegerField()
    words = models.CharField(max_length=300)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    explained_at = models.DateTimeField(null=True)
    owner = models.UUIDField(null=True)

    PRIVACY = Declares(
        technical="id key code ref sort theirs_pence ours_pence words first_seen_at last_seen_at gone_at explained_at",
        personal={"owner": _WHO},
    )

    class Meta:
        db_table = "payments_discrepancy"
        indexes: ClassVar = [
            models.Index(fields=["first_seen_at"], condition=Q(gone_at__isnull=True), name="discrepancy_open"),
            models.Index(fields=["-last_seen_at"], name="discrepancy_latest"),
        ]


class DiscrepancyNote(Row):
    """What somebody wrote, or did, about a difference. Append-only."""

    discrepancy = models.ForeignKey(Discrepancy, on_delete=models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    text = models.CharField(max_length=500)

    PRIVACY = Declares(technical="id discrepancy at text", personal={"actor_ref": _WHO})

    class Meta:
        db_table = "payments_discrepancy_note"
        indexes: ClassVar = [models.Index(fields=["discrepancy", "at"], name="discrepancy_note_order")]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="discrepancy_note_says")]
