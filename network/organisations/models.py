from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.organisations.states import CheckLevel, CheckMethod, OrganisationKind, OrganisationState

_STAFF_NOTE = Personal(Sensitivity.S1, "requester", "coordinators; the organisation on request", "24 months", "deleted")


class Organisation(Row):
    """A requester: newsroom, production company, parliamentary body, event."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    website = models.URLField(max_length=200)
    about = models.TextField(blank=True)
    state = models.CharField(max_length=16, default=OrganisationState.APPLIED)
    state_reason = models.CharField(max_length=300, blank=True)
    sandbox = models.BooleanField(default=False)  # its people are synthetic; nothing it asks reaches anybody
    billing_name = models.CharField(max_length=120)
    billing_address = models.TextField()
    billing_email = models.EmailField(max_length=254)
    purchase_reference = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    refused_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id name kind website about state sandbox billing_name billing_address purchase_reference created_at "
        "refused_at",
        personal={"state_reason": _STAFF_NOTE, "billing_email": _STAFF_NOTE},
    )

    class Meta:
        db_table = "network_organisation"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(OrganisationState)), name="organisation_state_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=list(OrganisationKind)), name="organisation_kind_known"),
        ]


class Member(Row):
    """Somebody who asks on behalf of an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="members")
    user_id = models.UUIDField()
    name = models.CharField(max_length=80)
    job = models.CharField(max_length=80)
    is_owner = models.BooleanField(default=False)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id organisation user_id is_owner joined_at left_at",
        personal=dict.fromkeys(
            ("name", "job"),
            Personal(Sensitivity.S1, "requester", "staff; the people they ask", "24 months after leaving", "blanked"),
        ),
    )

    class Meta:
        db_table = "network_member"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "user_id"], condition=models.Q(left_at__isnull=True), name="one_live_membership"
            )
        ]


class Note(Row):
    """What a coordinator wrote down about working with an organisation. Facts only: the organisation may ask to read
    it. Never changed; a later note corrects an earlier one."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="notes")
    text = models.CharField(max_length=1000)
    written_by = models.CharField(max_length=80)
    written_at = models.DateTimeField()

    PRIVACY = Declares(technical="id organisation written_by written_at", personal={"text": _STAFF_NOTE})

    class Meta:
        db_table = "network_organisation_note"
        indexes: ClassVar = [models.Index(fields=["organisation", "-written_at"], name="organisation_notes_newest")]


class Check(Row):
    """How an organisation was checked, by whom, until when. Evidence is a reference, never a copy."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="checks")
    level = models.CharField(max_length=2)
    method = models.CharField(max_length=24)
    evidence = models.CharField(max_length=200)
    checked_by = models.CharField(max_length=80)
    checked_at = models.DateTimeField()
    valid_until = models.DateField()

    PRIVACY = Declares(
        technical="id organisation level method checked_by checked_at valid_until", personal={"evidence": _STAFF_NOTE}
    )

    class Meta:
        db_table = "network_check"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(level__in=list(CheckLevel)), name="check_level_known"),
            models.CheckConstraint(condition=models.Q(method__in=list(CheckMethod)), name="check_method_known"),
        ]
