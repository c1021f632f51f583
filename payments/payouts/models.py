"""What is owed, what was tried, who approved. Keys and attempts are committed before any call to a provider."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from payments.payees.data import Route
from payments.payouts.states import AttemptOutcome, PayoutState, RunState

_REF = Personal(Sensitivity.S2, "payee", "the person; finance", "6 years after the tax year", "kept: opaque reference")
_WHO = Personal(Sensitivity.S1, "staff", "finance; auditors", "6 years after the tax year", "kept: opaque reference")
_FILE = Personal(
    Sensitivity.S3F, "payee", "finance, each opening recorded", "6 years after the tax year", "key destroyed"
)


class PayoutRun(Row):
    """Payouts put forward together by one person and approved by another."""

    reference = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.GATHERED)
    gathered_at = models.DateTimeField()
    gathered_by = models.CharField(max_length=80)
    prepared_at = models.DateTimeField(null=True)
    prepared_by = models.UUIDField(null=True)
    prepared_session = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.UUIDField(null=True)
    approved_session = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    PRIVACY = Declares(
        technical="id reference state gathered_at prepared_at prepared_session approved_at approved_session digest",
        personal={"gathered_by": _WHO, "prepared_by": _WHO, "approved_by": _WHO},
    )

    class Meta:
        db_table = "payments_payout_run"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "approved"])
                | (Q(prepared_by__isnull=False) & ~Q(prepared_session="") & ~Q(digest="")),
                name="run_has_preparer",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(approved_by__isnull=False) & ~Q(approved_session="")),
                name="run_has_approver",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("prepared_by")) & ~Q(approved_session=F("prepared_session"))),
                name="run_four_eyes",
            ),
        ]


class Payout(Row):
    """One sum owed to one payee, from owed to paid. `round` grows when money came back and is owed again."""

    key = models.CharField(max_length=160, unique=True)
    payee_ref = models.UUIDField()
    customer_ref = models.UUIDField(null=True)
    reference = models.CharField(max_length=40)
    code = models.CharField(max_length=20)
    amount_pence = models.BigIntegerField()
    pay_by = models.DateField()
    owed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=PayoutState.choices, default=PayoutState.DUE)
    reason = models.CharField(max_length=60, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    run = models.ForeignKey(PayoutRun, null=True, on_delete=models.PROTECT, related_name="payouts")
    route = models.CharField(max_length=10, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    prepared_by = models.UUIDField(null=True)
    prepared_session = models.CharField(max_length=80, blank=True)
    approved_by = models.UUIDField(null=True)
    approved_session = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    external_ref = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True)
    paid_on = models.DateField(null=True)
    over_limit = models.CharField(max_length=60, blank=True)  # which limits it went past when it was approved
    trustee_by = models.UUIDField(null=True)
    trustee_session = models.CharField(max_length=80, blank=True)
    trustee_at = models.DateTimeField(null=True)
    looked_after_by = models.UUIDField(null=True)  # whoever of finance has taken a failed one up

    PRIVACY = Declares(
        technical="id key reference code amount_pence pay_by owed_at state reason round run digest prepared_session "
        "approved_session approved_at next_look_at external_ref sent_at paid_on over_limit trustee_session trustee_at",
        personal={
            "payee_ref": _REF,
            "customer_ref": _REF,
            "route": _REF,
            "fingerprint": _REF,
            "prepared_by": _WHO,
            "approved_by": _WHO,
            "trustee_by": _WHO,
            "looked_after_by": _WHO,
        },
    )

    class Meta:
        db_table = "payments_payout"
        indexes: ClassVar = [
            models.Index(fields=["payee_ref", "-owed_at"], name="payout_by_payee"),
            models.Index(fields=["state", "pay_by"], name="payout_by_state"),
            models.Index(fields=["external_ref"], condition=~Q(external_ref=""), name="payout_by_external"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_pence__gt=0), name="payout_positive"),
            models.CheckConstraint(condition=Q(state__in=PayoutState.values), name="payout_state_known"),
            models.CheckConstraint(condition=Q(route__in=["", *[r.value for r in Route]]), name="payout_route_known"),
            # Nothing leaves, and nothing is settled, without two different people in two different sessions.
            models.CheckConstraint(
                condition=Q(state__in=["due", "submitted", "cancelled", "reversed"])
                | (
                    Q(prepared_by__isnull=False)
                    & Q(approved_by__isnull=False)
                    & ~Q(prepared_session="")
                    & ~Q(approved_session="")
                    & ~Q(digest="")
                ),
                name="payout_has_approval",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("prepared_by")) & ~Q(approved_session=F("prepared_session"))),
                name="payout_four_eyes",
            ),
            # Above a limit, nothing leaves without a third person (C35).
            models.CheckConstraint(
                condition=Q(over_limit="")
                | Q(trustee_by__isnull=False)
                | ~Q(state__in=["sending", "unknown", "parked", "sent", "paid", "failed"]),
                name="payout_over_limit_has_trustee",
            ),
            models.CheckConstraint(
                condition=Q(trustee_by__isnull=True)
                | (
                    Q(prepared_by__isnull=False)
                    & Q(approved_by__isnull=False)
                    & ~Q(trustee_by=F("prepared_by"))
                    & ~Q(trustee_by=F("approved_by"))
                    & ~Q(trustee_session=F("prepared_session"))
                    & ~Q(trustee_session=F("approved_session"))
                    & ~Q(trustee_session="")
                ),
                name="payout_trustee_is_a_third",
            ),
            models.CheckConstraint(condition=~Q(state="paid") | Q(paid_on__isnull=False), name="payout_paid_has_day"),
            models.UniqueConstraint(
                fields=["external_ref"], condition=~Q(external_ref=""), name="payout_external_once"
            ),
        ]


class PayoutAttempt(Row):
    """One try at sending, committed with its key before the call."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=160, unique=True)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=14, choices=AttemptOutcome.choices, default=AttemptOutcome.OPEN)
    code = models.CharField(max_length=60, blank=True)
    external_ref = models.CharField(max_length=80, blank=True)
    empty_look_at = models.DateTimeField(null=True)  # when the provider's book first did not have it
    settled_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id payout number key digest made_at outcome code external_ref empty_look_at settled_at"
    )

    class Meta:
        db_table = "payments_payout_attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payout", "number"], name="attempt_number_once"),
            models.CheckConstraint(condition=Q(outcome__in=AttemptOutcome.values), name="attempt_outcome_known"),
        ]


class ApprovalDay(Row):
    """One row for each day on which something was approved: locked while the limits of that day are added up, so that
    two approvals at the same moment cannot both be the last that fits."""

    day = models.DateField(unique=True)

    PRIVACY = Declares(technical="id day")

    class Meta:
        db_table = "payments_approval_day"


class PayoutHistory(Row):
    """Every move. Append-only."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    move = models.CharField(max_length=10)
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    note = models.CharField(max_length=80, blank=True)

    PRIVACY = Declares(technical="id payout at move before after note", personal={"actor_ref": _WHO})

    class Meta:
        db_table = "payments_payout_history"
        indexes: ClassVar = [models.Index(fields=["payout", "at"], name="payout_history_order")]


class BankFile(Row):
    """An immutable batch. Append-only; its text is sealed under a key of its own. It may be given to the bank once a
    second person has released it."""

    reference = models.CharField(max_length=20, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)
    profile = models.CharField(max_length=30)
    count = models.PositiveIntegerField()
    total_pence = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_sealed = models.BinaryField()
    # The one who made it, to be told apart from the one who releases it. Null only in batches older than releases.
    maker = models.UUIDField(null=True)
    maker_session = models.CharField(max_length=80, null=True)

    PRIVACY = Declares(
        technical="id reference made_at profile count total_pence sha256 maker_session",
        personal={"content_sealed": _FILE, "made_by": _WHO, "maker": _WHO},
    )

    class Meta:
        db_table = "payments_bank_file"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(count__gt=0) & Q(total_pence__gt=0), name="bank_file_not_empty")
        ]


class BankFileDecision(Row):
    """What the second person said to a batch, signing its digest. One for each batch. Append-only."""

    file = models.OneToOneField(BankFile, on_delete=models.PROTECT, related_name="decision")
    released = models.BooleanField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.UUIDField()
    session = models.CharField(max_length=80)
    maker = models.UUIDField()
    maker_session = models.CharField(max_length=80)

    PRIVACY = Declares(
        technical="id file released sha256 at session maker_session", personal={"by": _WHO, "maker": _WHO}
    )

    class Meta:
        db_table = "payments_bank_file_decision"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(by=F("maker")) & ~Q(session=F("maker_session")) & ~Q(session=""),
                name="bank_file_four_eyes",
            )
        ]


class BankFileRow(Row):
    """That an attempt stands in a file: each attempt in one file only. Append-only."""

    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="rows")
    attempt = models.OneToOneField(PayoutAttempt, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()

    PRIVACY = Declares(technical="id file attempt position")

    class Meta:
        db_table = "payments_bank_file_row"


class Reconciliation(Row):
    """One comparison of the provider's book with ours. Append-only; `differences` is a list of small dictionaries."""

    at = models.DateTimeField()
    since = models.DateTimeField()
    lines = models.PositiveIntegerField()
    differences = models.JSONField(default=list)

    PRIVACY = Declares(technical="id at since lines differences")

    class Meta:
        db_table = "payments_reconciliation"
