from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.casework.states import AlertKind, AlertState, Shown
from network.people.models import Person

_STAFF = Personal(Sensitivity.S2, "staff", "the safeguarding lead", "6 years, envelope only", "kept: pseudonymous")
_OWN = Personal(Sensitivity.S2, "person", "the person", "while a member", "deleted")


class LookAlert(Row):
    """A look at somebody's details that the safeguarding lead should know of (control C24)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="look_alerts")
    staff_id = models.UUIDField()
    kind = models.CharField(max_length=8)
    at = models.DateTimeField()
    state = models.CharField(max_length=4, default=AlertState.OPEN)
    seen_by = models.UUIDField(null=True)
    seen_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id at state seen_at",
        personal={
            "person": Personal(Sensitivity.S2, "person", "the safeguarding lead", "12 months", "deleted"),
            **dict.fromkeys(("staff_id", "kind", "seen_by"), _STAFF),
        },
    )

    class Meta:
        db_table = "network_look_alert"
        indexes: ClassVar = [models.Index(fields=["state", "at"], name="look_alerts_open")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=list(AlertKind), state__in=list(AlertState)), name="look_alert_known"
            )
        ]


class LookDay(Row):
    """One row for each member of staff and day, locked while a look is counted: two at once cannot both be the last."""

    staff_id = models.UUIDField()
    day = models.DateField()

    PRIVACY = Declares(technical="id staff_id day")

    class Meta:
        db_table = "network_look_day"
        constraints: ClassVar = [models.UniqueConstraint(fields=["staff_id", "day"], name="one_look_day_each")]


class LookChoice(Row):
    """How somebody wants their list of who looked to be, and whether the safeguarding lead hears of each look."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="look_choice")
    shown = models.CharField(max_length=8, default=Shown.OPEN)
    watch = models.BooleanField(default=False)

    PRIVACY = Declares(technical="id", personal=dict.fromkeys(("person", "shown", "watch"), _OWN))

    class Meta:
        db_table = "network_look_choice"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(shown__in=list(Shown)), name="look_choice_known")
        ]


class StaffSearch(Row):
    """A search of staff: who, when, and a keyed hash of what they looked for (control C28). Never the words."""

    staff_id = models.UUIDField()
    at = models.DateTimeField()
    term_digest = models.CharField(max_length=64)
    found = models.PositiveSmallIntegerField()

    PRIVACY = Declares(
        technical="id at found",
        personal={
            "staff_id": _STAFF,
            "term_digest": Personal(
                Sensitivity.S4, "staff", "the data-protection officer", "12 months", "kept: keyed hash"
            ),
        },
    )

    class Meta:
        db_table = "network_staff_search"
