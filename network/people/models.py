"""Pseudonymous references. Nothing here names anybody: names, contact and words are in the vault."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.ids import new_id
from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.people.states import Channel, Face, NameMode, PersonState, Place, Voice

_ABOUT = Personal(
    Sensitivity.S2, "person", "the person; coordinators assigned; the safeguarding lead", "while a member", "deleted"
)
_TAGS = Personal(Sensitivity.S3, "person", "the person; coordinators assigned; matching", "while a member", "deleted")
_SAFE = Personal(Sensitivity.S4, "person", "the person; the mailer", "while a member", "deleted")


class Topic(Row):
    """A two-level vocabulary that the network edits."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    retired_at = models.DateTimeField(null=True)

    PRIVACY = Declares(technical="id slug name parent retired_at")

    class Meta:
        db_table = "network_topic"


class Person(Row):
    """A spokesperson, by reference. `known_as` is a working name that is not their own."""

    reference = models.CharField(max_length=16, unique=True)
    user_id = models.UUIDField(null=True, unique=True)
    payee_ref = models.UUIDField(unique=True, default=new_id)
    known_as = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default=PersonState.INVITED)
    paused_until = models.DateTimeField(null=True)
    quiet_since = models.DateTimeField(null=True)  # every message of ours is stopped
    links_since = models.DateTimeField(null=True)  # signed links made until then open nothing any more
    created_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id reference user_id payee_ref created_at joined_at",
        personal=dict.fromkeys(("known_as", "state", "paused_until", "quiet_since", "links_since"), _ABOUT),
    )

    class Meta:
        db_table = "network_person"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=list(PersonState)), name="person_state_known")
        ]


class PersonTopic(Row):
    """What a person chose to be asked about. `tell_me_all`: every request on it reaches them (promise 3)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT)
    tell_me_all = models.BooleanField(default=False)

    PRIVACY = Declares(technical="id", personal=dict.fromkeys(("person", "topic", "tell_me_all"), _TAGS))

    class Meta:
        db_table = "network_person_topic"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "topic"], name="one_row_per_topic")]


class Terms(Row):
    """A person's own terms. They travel with every invitation; nobody else sets them."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="terms")
    min_fee_pence = models.PositiveIntegerField(default=0)
    notice_hours = models.PositiveIntegerField(default=48)
    short_notice_live_ok = models.BooleanField(default=False)
    kinds = models.JSONField(default=list)  # codes of kinds of work they will consider
    in_person_ok = models.BooleanField(default=True)
    remote_ok = models.BooleanField(default=True)
    max_per_month = models.PositiveSmallIntegerField(default=2)
    rest_days = models.PositiveSmallIntegerField(default=7)
    supporter_comes = models.BooleanField(default=False)
    name_mode = models.CharField(max_length=10, default=NameMode.NONE)
    face = models.CharField(max_length=10, default=Face.NONE)
    voice = models.CharField(max_length=10, default=Voice.NONE)
    place = models.CharField(max_length=10, default=Place.NONE)
    anonymous_from = models.JSONField(default=list)  # public, community, family, somebody
    updated_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id person updated_at",
        personal=dict.fromkeys(
            (
                "min_fee_pence", "notice_hours", "short_notice_live_ok", "kinds", "in_person_ok", "remote_ok",
                "max_per_month", "rest_days", "supporter_comes", "name_mode", "face", "voice", "place",
                "anonymous_from",
            ),
            _ABOUT,
        ),
    )  # fmt: skip

    class Meta:
        db_table = "network_terms"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    name_mode__in=list(NameMode), face__in=list(Face), voice__in=list(Voice), place__in=list(Place)
                ),
                name="terms_identity_known",
            )
        ]


class Unavailable(Row):
    """A time the person said they are not free."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="unavailable")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    PRIVACY = Declares(technical="id", personal=dict.fromkeys(("person", "starts_at", "ends_at"), _ABOUT))

    class Meta:
        db_table = "network_unavailable"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="unavailable_forwards")
        ]


class SafeContact(Row):
    """One channel: may we use it, when, and who else can see it. Unknown or past its review date means no."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="safe_contacts")
    channel = models.CharField(max_length=10)
    allowed = models.BooleanField(default=False)
    from_hour = models.PositiveSmallIntegerField(default=9)  # UK time
    to_hour = models.PositiveSmallIntegerField(default=20)
    others_can_see = models.BooleanField(default=True)
    voicemail_ok = models.BooleanField(default=False)
    review_on = models.DateField()

    PRIVACY = Declares(
        technical="id",
        personal=dict.fromkeys(
            ("person", "channel", "allowed", "from_hour", "to_hour", "others_can_see", "voicemail_ok", "review_on"),
            _SAFE,
        ),
    )

    class Meta:
        db_table = "network_safe_contact"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "channel"], name="one_rule_per_channel"),
            models.CheckConstraint(condition=models.Q(channel__in=list(Channel)), name="channel_known"),
            models.CheckConstraint(
                condition=models.Q(from_hour__lt=models.F("to_hour"), to_hour__lte=24), name="contact_hours_forwards"
            ),
        ]


class JoinInvitation(Row):
    """An invitation to join (control C11): single use, 72 hours, a link and a short code given by voice."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="join_invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    code_digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id token_hash code_digest tries created_at expires_at used_at", personal={"person": _ABOUT}
    )

    class Meta:
        db_table = "network_join_invitation"


class Assignment(Row):
    """Which coordinator works with whom, from when until when (control C21)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="assignments")
    coordinator_id = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    PRIVACY = Declares(technical="id starts_at ends_at", personal=dict.fromkeys(("person", "coordinator_id"), _ABOUT))

    class Meta:
        db_table = "network_assignment"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "coordinator_id"],
                condition=models.Q(ends_at__isnull=True),
                name="one_live_assignment",
            )
        ]


class PersonHistory(Row):
    """Who changed what about a person, and when: names of what changed, never values."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    what = models.CharField(max_length=40)
    fields = models.JSONField(default=list)
    by_phone = models.BooleanField(default=False)

    PRIVACY = Declares(
        technical="id at actor_ref", personal=dict.fromkeys(("person", "what", "fields", "by_phone"), _ABOUT)
    )

    class Meta:
        db_table = "network_person_history"
        indexes: ClassVar = [models.Index(fields=["person", "-at"], name="person_history_newest")]


class PhoneHelp(Row):
    """Staff wrote down what a person said on the phone. What was there before is kept sealed, so that the person can
    put it back (promise 3)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="phone_help")
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    fields = models.JSONField(default=list)
    before = models.BinaryField()
    key_version = models.PositiveSmallIntegerField()
    undone_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id at actor_ref key_version undone_at",
        personal={
            "person": _ABOUT,
            "fields": _ABOUT,
            "before": Personal(Sensitivity.S4, "person", "the person", "90 days", "key destroyed"),
        },
    )

    class Meta:
        db_table = "network_phone_help"


class DoNotInvite(Row):
    """Somebody who left and does not wish to be invited again, as a keyed hash."""

    email_index = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id created_at",
        personal={
            "email_index": Personal(
                Sensitivity.S4, "somebody who left", "nobody: keyed hash", "until they ask", "kept: they asked for it"
            )
        },
    )

    class Meta:
        db_table = "network_do_not_invite"
