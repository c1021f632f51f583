from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row


class AccessEvent(Row):
    """Somebody looked at, or was given, something about a person. Append-only; written in the same transaction."""

    at = models.DateTimeField()
    person_id = models.UUIDField()
    actor_ref = models.CharField(max_length=80)
    actor_role = models.CharField(max_length=30)
    organisation_id = models.UUIDField(null=True)
    categories = models.JSONField()  # names of categories, never values
    purpose = models.CharField(max_length=40)
    released = models.BooleanField()  # left the network (True) or was only viewed inside it (False)
    context = models.CharField(max_length=80, blank=True)  # "opportunity:<uuid>"
    consents = models.JSONField(default=list)  # ids of the grants it rested on

    _seen = Personal(
        Sensitivity.S2, "person", "the person; data-protection officer", "6 years, envelope only", "kept: pseudonymous"
    )
    PRIVACY = Declares(
        technical="id at released",
        personal=dict.fromkeys(
            ("person_id", "actor_ref", "actor_role", "organisation_id", "categories", "purpose", "context", "consents"),
            _seen,
        ),
    )

    class Meta:
        db_table = "backend_access_event"
        indexes: ClassVar = [models.Index(fields=["person_id", "-at"], name="access_by_person")]


class AccessSeal(Row):
    """Entries of one context are kept from one person until `ends_at`, by two people together; renewable once."""

    person_id = models.UUIDField()
    context = models.CharField(max_length=80)
    asked_by = models.UUIDField()
    asked_by_lead = models.BooleanField()
    asked_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    renewal_asked_by = models.UUIDField(null=True)
    renewal_asked_by_lead = models.BooleanField(null=True)
    renewal_confirmed_by = models.UUIDField(null=True)
    renewed = models.BooleanField(default=False)

    _two = Personal(
        Sensitivity.S2, "staff", "safeguarding lead; data-protection officer", "6 years", "kept: pseudonymous"
    )
    PRIVACY = Declares(
        technical="id person_id context asked_by_lead asked_at confirmed_at ends_at renewal_asked_by_lead renewed",
        personal=dict.fromkeys(("asked_by", "confirmed_by", "renewal_asked_by", "renewal_confirmed_by"), _two),
    )

    class Meta:
        db_table = "backend_access_seal"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person_id", "context"], name="one_access_seal_each"),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("asked_by")),
                name="access_seal_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True)
                | models.Q(confirmed_by__isnull=False, ends_at__gt=models.F("confirmed_at")),
                name="access_seal_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(renewed=False)
                | (
                    models.Q(renewal_confirmed_by__isnull=False)
                    & ~models.Q(renewal_confirmed_by=models.F("renewal_asked_by"))
                ),
                name="access_seal_renewed_by_two",
            ),
        ]
