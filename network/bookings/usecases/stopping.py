"""Taking back consent, with all that rests on it: bookings stop and recalls begin in the same commit, so that it is
true at once with every queue down (promise 4). The handlers of `consent.withdrawn` do the same for every other way in.

Bookings come first and consents last, as in `stop_booking`: two stops of one person cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from network.bookings import rules
from network.bookings.models import Booking
from network.bookings.states import LIVE
from network.bookings.usecases.ending import stopped
from network.bookings.usecases.reporting import recall_what_was_given
from network.bookings.usecases.steps import locked
from network.consent import usecases as consent
from network.consent.queries import my_consent


def _stop_live(which: Q, *, actor: Actor, at: datetime) -> None:
    rows = Booking.objects.filter(which, state__in=LIVE).order_by("id")
    for booking_id in list(rows.values_list("id", flat=True)):
        booking = locked(booking_id)
        if booking.state in LIVE:
            stopped(booking, actor=actor, at=at)


def _recall(grant_ids: Iterable[UUID], at: datetime) -> None:
    for grant_id in grant_ids:
        recall_what_was_given(grant_id=grant_id, at=at)


@transaction.atomic
def stop_sharing(*, grant_id: UUID, actor: Actor, at: datetime) -> None:
    """Stop one consent and the booking that rests on it. No reason, no condition; twice is once.

    The person, signed in or by a signed link of theirs. Raises NotFound for anybody else.
    """
    grant = my_consent(grant_id, actor=actor)
    if not rules.may_stop(actor, grant.person_id):
        raise NotFound
    _stop_live(Q(grant_id=grant_id, person_id=grant.person_id), actor=actor, at=at)
    consent.withdraw(grant_id=grant_id, actor=actor, at=at)
    _recall([grant_id], at)


@transaction.atomic
def stop_everything(*, person_id: UUID, actor: Actor, at: datetime) -> None:
    """STOP: every booking to come, every consent but "keep my record", every message. One act, no reason.

    The person, signed in or by a signed link of theirs. Raises NotFound for anybody else.
    """
    if not rules.may_stop(actor, person_id):
        raise NotFound
    _stop_live(Q(person_id=person_id), actor=actor, at=at)
    ended = consent.withdraw_everything(person_id=person_id, actor=actor, at=at)
    _recall(ended.grant_ids, at)


@transaction.atomic
def leave(*, person_id: UUID, actor: Actor, at: datetime) -> None:
    """Leave the network: bookings to come stop, every consent ends, the account closes. What is owed is still paid.

    Raises NotFound for anybody but the person, signed in.
    """
    if not rules.is_the_person(actor, person_id):
        raise NotFound
    _stop_live(Q(person_id=person_id), actor=actor, at=at)
    receipts = consent.leave(person_id=person_id, actor=actor, at=at)
    _recall([receipt.grant_id for receipt in receipts], at)
