"""Who is paid and how. Sealed under a finance key of each payee (`backend.keys`), which can be destroyed alone and outlives
the vault's key for as long as the law asks (threat model 5.3)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from payments.payees.data import CallBack, Route

_SEALED = Personal(
    Sensitivity.S3F,
    "payee",
    "finance, each opening recorded",
    "6 years after the last payment",
    "finance key destroyed",
)
_REF = Personal(Sensitivity.S2, "payee", "finance", "6 years after the last payment", "kept: opaque reference")


class Payee(Row):
    """`id` is the payee_ref: random, kept by the network, and no use to anybody without it."""

    owner_user_id = models.UUIDField(null=True)  # only so that nobody prepares or approves their own pay
    registered_at = models.DateTimeField()
    route = models.CharField(max_length=10, blank=True)
    legal_name_sealed = models.BinaryField(null=True)
    account_holder_sealed = models.BinaryField(null=True)
    sort_code_sealed = models.BinaryField(null=True)
    account_number_sealed = models.BinaryField(null=True)
    stripe_account_sealed = models.BinaryField(null=True)
    stripe_account_index = models.CharField(max_length=64, blank=True)
    stripe_ready = models.BooleanField(default=False)
    fingerprint = models.CharField(max_length=64, blank=True)  # keyed digest of the destination
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    # Whether the name on the account is like the name for payments, noted when both were written (C34); null: no account
    names_agree = models.BooleanField(null=True)
    # Whether sort code and account number fit by modulus; null: no account, or it cannot be told. A warning only
    numbers_fit = models.BooleanField(null=True)
    called_back_at = models.DateTimeField(null=True)
    called_back_by = models.CharField(max_length=80, blank=True)

    PRIVACY = Declares(
        technical="registered_at stripe_ready names_agree numbers_fit version changed_at held_until called_back_at called_back_by",
        personal={
            "id": _REF,
            "owner_user_id": _REF,
            "route": _REF,
            "stripe_account_index": _REF,
            "fingerprint": _REF,
            **dict.fromkeys(
                (
                    "legal_name_sealed",
                    "account_holder_sealed",
                    "sort_code_sealed",
                    "account_number_sealed",
                    "stripe_account_sealed",
                ),
                _SEALED,
            ),
        },
    )

    class Meta:
        db_table = "payments_payee"
        indexes: ClassVar = [
            models.Index(fields=["stripe_account_index"], condition=~Q(stripe_account_index=""), name="payee_by_stripe")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(route__in=["", *[r.value for r in Route]]), name="payee_route_known"),
            models.CheckConstraint(
                condition=Q(route="") | ~Q(fingerprint=""), name="payee_destination_has_fingerprint"
            ),
        ]


class PayeeChange(Row):
    """What was changed about how somebody is paid, when and by whom. Append-only; names fields, never values."""

    payee_ref = models.UUIDField()
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    what = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    how = models.CharField(max_length=20, blank=True)

    PRIVACY = Declares(technical="id at actor_ref what version how", personal={"payee_ref": _REF})

    class Meta:
        db_table = "payments_payee_change"
        indexes: ClassVar = [models.Index(fields=["payee_ref", "-at"], name="payee_change_by_payee")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(how__in=["", *[c.value for c in CallBack]]), name="call_back_known"),
        ]
