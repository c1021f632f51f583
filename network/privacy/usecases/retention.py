"""Nothing is kept longer than said. How long is dated data (`material/retention.json`), not code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from backend.kernel.actor import Actor
from network.bookings.models import Booking
from network.bookings.states import LIVE
from network.people.models import JoinInvitation, Person, PhoneHelp, Unavailable
from network.people.states import PersonState

FILE = Path(__file__).parents[1] / "material" / "retention.json"


@cache
def _days() -> dict[str, int]:
    found: dict[str, int] = json.loads(FILE.read_text(encoding="utf-8"))["days"]
    return found


def run_retention(*, at: datetime) -> dict[str, int]:
    """Apply every rule once; returns rule -> how many rows it touched. Each rule is its own transaction. Scheduled."""
    return {rule: how(at - timedelta(days=_days()[rule]), at) for rule, how in _RULES.items()}


def blur_booking_times(rows: QuerySet[Booking]) -> int:
    """Where and when somebody was is not kept: only the day (UTC) stays, for pay and statistics. A booking that is
    still to come is left alone. Safe to repeat."""
    blurred = 0
    for booking in rows.exclude(state__in=LIVE):
        day = booking.starts_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if (booking.starts_at, booking.ends_at) != (day, day + timedelta(days=1)):
            blurred += Booking.objects.filter(id=booking.id).update(starts_at=day, ends_at=day + timedelta(days=1))
    return blurred


@transaction.atomic
def _booking_times(before: datetime, at: datetime) -> int:
    return blur_booking_times(Booking.objects.filter(ends_at__lt=before))


def _never_joined(before: datetime, at: datetime) -> int:
    """Somebody who was invited and never came is forgotten like anybody who asks to be."""
    from network.privacy.usecases.erasing import erase_person

    rows = Person.objects.filter(state=PersonState.INVITED, created_at__lt=before)
    ids = list(rows.values_list("id", flat=True))
    for person_id in ids:
        erase_person(person_id=person_id, actor=Actor.system("retention"), at=at)
    return len(ids)


@transaction.atomic
def _phone_help(before: datetime, at: datetime) -> int:
    return PhoneHelp.objects.filter(at__lt=before).delete()[0]


@transaction.atomic
def _times_away(before: datetime, at: datetime) -> int:
    return Unavailable.objects.filter(ends_at__lt=before).delete()[0]


@transaction.atomic
def _join_invitations(before: datetime, at: datetime) -> int:
    return JoinInvitation.objects.filter(expires_at__lt=before).delete()[0]


_RULES: dict[str, Callable[[datetime, datetime], int]] = {
    "invited_never_joined": _never_joined,
    "booking_times": _booking_times,
    "phone_help": _phone_help,
    "times_away": _times_away,
    "join_invitations": _join_invitations,
}
