from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from backend.kernel.sealed import SealedTextField
from network.concerns.states import ConcernAbout, ConcernKind, ConcernState
from network.people.models import Person

_SAID = Personal(
    Sensitivity.S3, "person", "the person; their coordinators, or the safeguarding lead", "12 months", "deleted"
)


class Concern(Row):
    """A question or a worry of a person, and the answer they are owed."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="concerns")
    kind = models.CharField(max_length=6)
    about = models.CharField(max_length=10, default=ConcernAbout.OTHER)
    about_id = models.UUIDField(null=True)
    words = SealedTextField(about="person_id")
    state = models.CharField(max_length=8, default=ConcernState.OPEN)
    raised_at = models.DateTimeField()
    answer = SealedTextField(about="person_id", blank=True)
    answered_by = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id state raised_at answered_at",
        personal=dict.fromkeys(("person", "kind", "about", "about_id", "words", "answer", "answered_by"), _SAID),
    )

    class Meta:
        db_table = "network_concern"
        indexes: ClassVar = [models.Index(fields=["state", "raised_at"], name="concern_open_oldest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=list(ConcernKind), about__in=list(ConcernAbout), state__in=list(ConcernState)
                ),
                name="concern_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", answered_at__isnull=True)
                | models.Q(state="answered", answered_at__isnull=False),
                name="concern_answered_with_time",
            ),
        ]
