from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from backend.kernel.sealed import SealedTextField
from network.breakglass.states import Emergency, FieldGroup, GlassState, Outcome

_WHY = Personal(
    Sensitivity.S3, "person", "whoever asked, answered and reviews", "6 years: proof of an emergency", "deleted"
)


class BrokenGlass(Row):
    """An emergency in which one group of details of one person was opened without their consent. The person is a bare
    id; that it happened stays in the list of who looked after everything else is gone."""

    person_id = models.UUIDField(db_index=True)
    category = models.CharField(max_length=8)
    group = models.CharField(max_length=14)
    reason = SealedTextField(about="person_id")
    state = models.CharField(max_length=10, default=GlassState.ASKED)
    asked_by = models.UUIDField()
    asked_by_lead = models.BooleanField()
    asked_session = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    seal_wanted = models.BooleanField(default=False)
    answered_by = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    alone = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    reviewed_by = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)
    review = SealedTextField(about="person_id", blank=True)

    PRIVACY = Declares(
        technical="id person_id state asked_by_lead asked_session asked_at answered_at opened_at ends_at looks "
        "reviewed_at",
        personal=dict.fromkeys(
            (
                "category", "group", "reason", "asked_by", "seal_wanted", "answered_by", "alone", "reviewed_by", "outcome",
                "review",
            ),
            _WHY,
        ),
    )  # fmt: skip

    class Meta:
        db_table = "network_broken_glass"
        indexes: ClassVar = [models.Index(fields=["state", "asked_at"], name="glass_open_oldest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    category__in=list(Emergency), group__in=list(FieldGroup), state__in=list(GlassState),
                    outcome__in=["", *Outcome],
                ),
                name="glass_known",
            ),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("asked_by")), name="glass_second_person"
            ),
            # Open means: somebody else said yes, or it was opened alone and says so; from when, and until when.
            models.CheckConstraint(
                condition=~Q(state__in=[GlassState.OPEN, GlassState.ENDED, GlassState.REVIEWED])
                | (
                    Q(opened_at__isnull=False, ends_at__gt=F("opened_at"))
                    & (Q(answered_by__isnull=False, alone=False) | Q(answered_by__isnull=True, alone=True))
                ),
                name="glass_opened_by_two_or_alone",
            ),
            models.CheckConstraint(
                condition=~Q(state=GlassState.REVIEWED)
                | (Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(outcome="")),
                name="glass_reviewed_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("asked_by")), name="glass_reviewed_by_another"
            ),
        ]  # fmt: skip
