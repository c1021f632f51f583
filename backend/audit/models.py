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
