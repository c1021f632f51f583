from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.mentoring.states import PairingState
from network.people.models import Person

_PAIR = Personal(Sensitivity.S2, "person", "the two people; coordinators", "12 months after the end", "deleted")


class MentorOffer(Row):
    """A person who is willing to mentor, and for how many at once."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="mentor_offer")
    capacity = models.PositiveSmallIntegerField(default=1)
    open = models.BooleanField(default=True)
    updated_at = models.DateTimeField()

    PRIVACY = Declares(technical="id updated_at", personal=dict.fromkeys(("person", "capacity", "open"), _PAIR))

    class Meta:
        db_table = "network_mentor_offer"


class Pairing(Row):
    """A mentor and a mentee. Nothing starts before both said yes; either can end it."""

    mentor = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mentoring")
    mentee = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mentored")
    state = models.CharField(max_length=10, default=PairingState.PROPOSED)
    why = models.CharField(max_length=300, blank=True)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    mentor_yes_at = models.DateTimeField(null=True)
    mentee_yes_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id proposed_at mentor_yes_at mentee_yes_at ended_at proposed_by",
        personal=dict.fromkeys(("mentor", "mentee", "state", "why"), _PAIR),
    )

    class Meta:
        db_table = "network_pairing"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(mentor=models.F("mentee")), name="not_ones_own_mentor"),
            models.CheckConstraint(condition=models.Q(state__in=list(PairingState)), name="pairing_state_known"),
            models.UniqueConstraint(
                fields=["mentor", "mentee"],
                condition=models.Q(state__in=["proposed", "active"]),
                name="one_live_pairing",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active")
                | models.Q(mentor_yes_at__isnull=False, mentee_yes_at__isnull=False),
                name="pairing_needs_both",
            ),
        ]


class MentoringSession(Row):
    """A session that took place. The mentor is paid for it."""

    pairing = models.ForeignKey(Pairing, on_delete=models.CASCADE, related_name="sessions")
    reference = models.CharField(max_length=16, unique=True)
    held_on = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    fee_pence = models.PositiveIntegerField()
    logged_by = models.CharField(max_length=80)
    logged_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id reference fee_pence logged_by logged_at",
        personal=dict.fromkeys(("pairing", "held_on", "minutes"), _PAIR),
    )

    class Meta:
        db_table = "network_mentoring_session"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pairing", "held_on"], name="one_session_a_day"),
        ]
