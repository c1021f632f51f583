"""Reminders before an end, and the yearly look at everything. Scheduled; each is published once, however often it runs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from backend.outbox.publish import publish
from network.consent.events import CONSENT_ENDING, CONSENT_REVIEW
from network.consent.models import Grant
from network.consent.policy import in_days
from network.consent.states import GrantState

REMINDERS = ("remind_first", "remind_last")


@transaction.atomic
def remind_ending(*, at: datetime) -> int:
    """Tell whose consent ends soon, as many days before as the policy says; not when it was given for less than that.
    One that runs late tells once, not twice. Returns how many were told now or before."""
    told = 0
    after = at
    for name in reversed(REMINDERS):  # the last one first: each consent belongs to the nearest span
        ahead = in_days(name, at)
        due = Grant.objects.filter(state=GrantState.GIVEN, ends_at__gt=after, ends_at__lte=at + ahead)
        for grant_id, starts_at, ends_at in due.values_list("id", "starts_at", "ends_at"):
            if ends_at - starts_at > ahead:
                publish(CONSENT_ENDING, grant_id, key=f"{grant_id}:{ends_at.isoformat()}:{name}", at=at)
                told += 1
        after = at + ahead
    return told


@transaction.atomic
def remind_review(*, at: datetime) -> int:
    """Ask everybody who has changed nothing about their consents for a year to look at them, and each year again. Returns
    how many are due."""
    every = in_days("review_every", at)
    people = (
        Grant.objects.values("person_id")
        .annotate(last=Max("changed_at"), live=Max("ends_at", filter=Q(state=GrantState.GIVEN)))
        .filter(last__lte=at - every, live__gt=at)
    )
    due = 0
    for row in people:
        number = (at - row["last"]) // every
        publish(CONSENT_REVIEW, row["person_id"], key=f"{row['person_id']}:{row['last'].date()}:{number}", at=at)
        due += 1
    return due
