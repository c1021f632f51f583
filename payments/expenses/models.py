from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from payments.expenses.data import ExpenseKind
from payments.expenses.states import ClaimState

_REF = Personal(Sensitivity.S2, "payee", "the person; finance", "6 years after the tax year", "kept: opaque reference")
_WORDS = Personal(Sensitivity.S2, "payee", "the person; finance", "6 years after the tax year", "blanked")


class Claim(Row):
    """An expense asked for. What was bought is a short note ("train, return"): no place and no reason is asked."""

    key = models.CharField(max_length=160, unique=True)
    payee_ref = models.UUIDField()
    reference = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    amount_pence = models.BigIntegerField()
    what_for = models.CharField(max_length=100)
    pay_by = models.DateField()
    state = models.CharField(max_length=10, choices=ClaimState.choices, default=ClaimState.SUBMITTED)
    submitted_by = models.CharField(max_length=80)
    submitted_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    PRIVACY = Declares(
        technical="id key reference kind amount_pence pay_by state submitted_by submitted_at decided_by decided_at",
        personal={"payee_ref": _REF, "what_for": _WORDS, "reason": _WORDS},
    )

    class Meta:
        db_table = "payments_claim"
        indexes: ClassVar = [models.Index(fields=["payee_ref"], name="claim_by_payee")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="claim_state_known"),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in ExpenseKind]), name="claim_kind_known"),
            models.CheckConstraint(condition=Q(amount_pence__gt=0), name="claim_positive"),
        ]
