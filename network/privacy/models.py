from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.privacy.states import ComplaintAbout, ComplaintState, ErasureState, Step

_KEPT = Personal(Sensitivity.S2, "person", "the person; safeguarding", "6 years", "kept: pseudonymous")


class Erasure(Row):
    """Somebody asked to be forgotten: which steps are done. It outlives the person and names nobody."""

    person_id = models.UUIDField(unique=True)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    never_invite = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default=ErasureState.ASKED)
    finished_at = models.DateTimeField(null=True)
    removed = models.JSONField(default=dict)  # table -> rows
    asked_others = models.PositiveIntegerField(default=0)  # organisations that were asked to stop using something
    certificate_hash = models.CharField(max_length=64, blank=True)  # of the secret in the address of the certificate

    PRIVACY = Declares(
        technical="id asked_by state finished_at removed asked_others certificate_hash",
        personal=dict.fromkeys(("person_id", "asked_at", "never_invite"), _KEPT),
    )

    class Meta:
        db_table = "network_erasure"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=list(ErasureState)), name="erasure_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(finished_at__isnull=False), name="erasure_done_with_time"
            ),
        ]


class ErasureStep(Row):
    """One step that is done. Its absence means: do it again."""

    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=20)
    done_at = models.DateTimeField()

    PRIVACY = Declares(technical="id erasure name done_at")

    class Meta:
        db_table = "network_erasure_step"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["erasure", "name"], name="erasure_step_once"),
            models.CheckConstraint(condition=models.Q(name__in=list(Step)), name="erasure_step_known"),
        ]


_COMPLAINT = Personal(Sensitivity.S2, "complainant", "safeguarding", "24 months", "sealed; deleted with the row")


class Complaint(Row):
    """Somebody complained, signed in or not. The words and the way back to them are sealed: they may name anybody."""

    reference = models.CharField(max_length=16, unique=True)
    about = models.CharField(max_length=10)
    words_sealed = models.BinaryField()
    contact_sealed = models.BinaryField(default=bytes)  # empty: they want no answer
    received_at = models.DateTimeField()
    acknowledge_by = models.DateField()
    state = models.CharField(max_length=8, default=ComplaintState.OPEN)
    answer_sealed = models.BinaryField(default=bytes)
    answered_by = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id reference received_at acknowledge_by state answered_at",
        personal=dict.fromkeys(("about", "words_sealed", "contact_sealed", "answer_sealed", "answered_by"), _COMPLAINT),
    )

    class Meta:
        db_table = "network_complaint"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(ComplaintState), about__in=list(ComplaintAbout)),
                name="complaint_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_at__isnull=True)
                | models.Q(state="answered", answered_at__isnull=False),
                name="complaint_answered_with_time",
            ),
        ]
