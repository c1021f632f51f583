"""Whom people must never be told to, what is known of those who ask, and where the two met.

People and organisations are bare ids: nothing leads from here to a name.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from backend.kernel.sealed import SealedTextField
from network.nevertell.states import EntryKind, HitState, How

_LEAD = "nobody; the safeguarding lead when it matches"


class NeverTellEntry(Row):
    """One line of somebody's list, sealed under their own key. `digest` is a keyed hash of the normalised value."""

    person_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8)
    sealed = models.BinaryField()
    key_version = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    added_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id person_id added_at key_version",
        personal={
            "kind": Personal(Sensitivity.S4, "person", _LEAD, "while a member", "deleted"),
            "sealed": Personal(Sensitivity.S4, "person", _LEAD, "while a member", "key destroyed"),
            "digest": Personal(Sensitivity.S4, "person", "nobody: keyed hash", "while a member", "deleted"),
        },
    )

    class Meta:
        db_table = "network_never_tell_entry"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=list(EntryKind)), name="never_tell_kind_known")
        ]


class NeverTellAsker(Row):
    """What is known of an organisation, or of one brief, in the form in which lists are held against it. Written in
    the transaction that changes its source, whoever has a list, so that nothing is one moment behind."""

    organisation_id = models.UUIDField()
    opportunity_id = models.UUIDField(null=True, unique=True)
    digests = models.JSONField(default=list)
    said = SealedTextField(blank=True)  # names and words, for comparing in memory
    changed_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id organisation_id opportunity_id digests changed_at",
        personal={
            "said": Personal(
                Sensitivity.S1, "requester", "nobody: compared in memory", "with the brief", "kept: sealed"
            )
        },
    )

    class Meta:
        db_table = "network_never_tell_asker"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation_id"],
                condition=models.Q(opportunity_id__isnull=True),
                name="one_asker_per_organisation",
            )
        ]


class NeverTellHit(Row):
    """An entry and an asker met: a task of the safeguarding lead. It decides nothing by itself: keeping somebody out
    is worked out anew at every use. Only `cleared` changes that."""

    person_id = models.UUIDField(db_index=True)
    entry = models.ForeignKey(NeverTellEntry, on_delete=models.CASCADE, related_name="hits")
    asker = models.ForeignKey(NeverTellAsker, on_delete=models.CASCADE, related_name="hits")
    how = models.CharField(max_length=8)
    against = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default=HitState.FOUND)
    found_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id person_id asker found_at decided_at",
        personal=dict.fromkeys(
            ("entry", "how", "against", "state", "decided_by"),
            Personal(Sensitivity.S4, "person", "the safeguarding lead", "while a member", "deleted"),
        ),
    )

    class Meta:
        db_table = "network_never_tell_hit"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "asker", "against"], name="one_hit_each"),
            models.CheckConstraint(
                condition=models.Q(state__in=list(HitState), how__in=list(How)), name="never_tell_hit_known"
            ),
            # What fits exactly is only ever cleared by the person, who was asked first.
            models.CheckConstraint(
                condition=~models.Q(state=HitState.CLEARED) | ~models.Q(decided_by=""), name="cleared_by_somebody"
            ),
        ]
