"""The ledger (append-only) and its projection (what stands now; can be rebuilt from the ledger)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.consent.states import EventType, GrantState, Layer, Purpose, RecipientKind
from network.people.states import Face, NameMode, Place, Voice

_GRANT = Personal(Sensitivity.S2, "person", "the person; the consent gate", "while a member", "deleted")


class ConsentEvent(Row):
    """One act. The body is sealed under the person's key; the chain runs over the ciphertext, so that destroying the
    key leaves it verifiable. `person_ref` is a keyed digest, `seq` the place in the chain."""

    seq = models.PositiveBigIntegerField(unique=True)
    type = models.CharField(max_length=10)
    at = models.DateTimeField()
    person_ref = models.CharField(max_length=64)
    grant_id = models.UUIDField()
    key_version = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    PRIVACY = Declares(
        technical="id seq type at grant_id key_version prev_hash hash",
        personal={
            "person_ref": Personal(Sensitivity.S2, "person", "nobody: keyed digest", "kept", "kept: pseudonymous"),
            "body": Personal(Sensitivity.S2, "person", "the person; the consent gate", "kept", "key destroyed"),
        },
    )

    class Meta:
        db_table = "network_consent_event"
        indexes: ClassVar = [
            models.Index(fields=["grant_id", "seq"], name="consent_event_by_grant"),
            models.Index(fields=["person_ref", "seq"], name="consent_event_by_person"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(type__in=list(EventType)), name="consent_event_known"),
        ]


class ChainHead(Row):
    """Where the chain ends. Locked while an event is added, so that there is one order."""

    name = models.CharField(max_length=20, unique=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    PRIVACY = Declares(technical="id name seq hash")

    class Meta:
        db_table = "network_chain_head"


class Grant(Row):
    """What stands now, for one layer and one recipient. Nothing is disclosed that no row here covers."""

    person_id = models.UUIDField()
    layer = models.CharField(max_length=16)
    categories = models.JSONField(default=list)
    purpose = models.CharField(max_length=16)
    recipient_kind = models.CharField(max_length=14)
    recipient_id = models.UUIDField(null=True)
    opportunity_id = models.UUIDField(null=True)
    formats = models.JSONField(default=list)
    name_mode = models.CharField(max_length=10, default=NameMode.NONE)
    face = models.CharField(max_length=10, default=Face.NONE)
    voice = models.CharField(max_length=10, default=Voice.NONE)
    place = models.CharField(max_length=10, default=Place.NONE)
    anonymous_from = models.JSONField(default=list)
    reuse = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # always an end
    state = models.CharField(max_length=10)
    wording_id = models.CharField(max_length=40)
    wording_version = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()
    narrowed_at = models.DateTimeField(null=True)
    last_event_id = models.UUIDField()
    # "organisation:opportunity" or "" in place of the two nullable ids, so that the one-live rule sees them.
    target = models.CharField(max_length=80, blank=True)
    special = models.JSONField(default=list)  # categories that are special-category data
    criminal = models.JSONField(default=list)  # and criminal-offence data
    suspended_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id last_event_id wording_id wording_version target",
        personal=dict.fromkeys(
            (
                "person_id", "layer", "categories", "purpose", "recipient_kind", "recipient_id", "opportunity_id",
                "formats", "name_mode", "face", "voice", "place", "anonymous_from", "reuse", "starts_at", "ends_at",
                "state", "changed_at", "narrowed_at", "special", "criminal", "suspended_at", "paused_at",
            ),
            _GRANT,
        ),
    )  # fmt: skip

    class Meta:
        db_table = "network_grant"
        indexes: ClassVar = [
            models.Index(fields=["person_id", "purpose"], name="grant_by_person"),
            models.Index(fields=["ends_at"], condition=models.Q(state="given"), name="grant_live_end"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person_id", "layer", "target"],
                condition=models.Q(state="given"),
                name="one_live_grant_per_target",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=list(GrantState), layer__in=list(Layer), purpose__in=list(Purpose),
                    recipient_kind__in=list(RecipientKind), name_mode__in=list(NameMode), face__in=list(Face),
                    voice__in=list(Voice), place__in=list(Place),
                ),
                name="grant_words_known",
            ),
            models.CheckConstraint(condition=models.Q(ends_at__gte=models.F("starts_at")), name="grant_time_forwards"),
            # An organisation is always named, and nobody else ever is (facts A4).
            models.CheckConstraint(
                condition=(models.Q(recipient_kind="organisation") & models.Q(recipient_id__isnull=False))
                | (~models.Q(recipient_kind="organisation") & models.Q(recipient_id__isnull=True)),
                name="grant_names_its_recipient",
            ),
            models.CheckConstraint(
                condition=~models.Q(layer="for_request") | models.Q(opportunity_id__isnull=False),
                name="grant_names_its_request",
            ),
            # What does not stand cannot rest.
            models.CheckConstraint(
                condition=models.Q(state="given") | models.Q(suspended_at__isnull=True, paused_at__isnull=True),
                name="only_what_stands_rests",
            ),
        ]  # fmt: skip


class Release(Row):
    """That an organisation was shown something under a grant, and the opaque reference it can ask about."""

    ref = models.CharField(max_length=40, unique=True)
    grant_id = models.UUIDField()
    organisation_id = models.UUIDField()
    first_at = models.DateTimeField()

    PRIVACY = Declares(technical="id ref grant_id organisation_id first_at")

    class Meta:
        db_table = "network_release"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["grant_id", "organisation_id"], name="one_release_per_grant")
        ]


class StatusEntry(Row):
    """Where a consent reference stands in its organisation's status lists. Drawn at random when it is first asked for."""

    ref = models.CharField(max_length=40, unique=True)
    organisation_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()  # which of the organisation's lists
    index = models.PositiveIntegerField()

    PRIVACY = Declares(technical="id ref organisation_id number index")

    class Meta:
        db_table = "network_status_entry"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation_id", "number", "index"], name="one_reference_per_place")
        ]
