"""Taking back consent, with all that rests on it: bookings stop and recalls begin in the same commit, so that it is
true at once with every queue down (promise 4). The handlers of `consent.withdrawn` do the same for every other way in.

Bookings come first and consents last, as in `stop_booking`: two stops of one person cannot wait for each other.
Nothing here rings the queue's doorbell: a broker that is frozen must not hold up a stop for a moment (bar D5).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, NotFound
from backend.outbox import doorbell
from network.bookings import rules
from network.bookings.data import Moved
from network.bookings.models import Booking, Recall
from network.bookings.states import LIVE, OPEN_RECALLS, BookingState
from network.bookings.usecases.ending import stop_unbooked, stopped
from network.bookings.usecases.reporting import let_stand, recall_what_was_given
from network.bookings.usecases.steps import keep, locked
from network.consent import usecases as consent
from network.consent.queries import grant_facts, my_consent
from network.consent.states import Layer
from network.opportunities import kinds
from network.opportunities import usecases as requests

_SYSTEM = Actor.system("bookings")


def _live(which: Q) -> list[Booking]:
    rows = Booking.objects.filter(which, state__in=LIVE).order_by("id")
    found = (locked(booking_id) for booking_id in list(rows.values_list("id", flat=True)))
    return [booking for booking in found if booking.state in LIVE]


def _stop_live(which: Q, *, actor: Actor, at: datetime) -> None:
    for booking in _live(which):
        stopped(booking, actor=actor, at=at)


def _follow(grant_ids: Iterable[UUID], at: datetime) -> None:
    """What follows from consents that ended: a yes that rested on one stops, and what was given is asked back."""
    for grant_id in grant_ids:
        requests.withdrawn(grant_id=grant_id, actor=_SYSTEM, at=at)
        stop_unbooked(grant_id=grant_id, at=at)
        recall_what_was_given(grant_id=grant_id, at=at)


def ask_until(booking: Booking, at: datetime) -> datetime | None:
    """Until when somebody who keeps a booking at STOP is asked about it: some days by the dated policy, never past the
    moment from which it cannot be taken back. None when that moment is here: then it stops now."""
    days = kinds.policy("keep_asked_days", at.astimezone(LONDON).date())
    last = min(booking.starts_at, booking.point_of_no_return_at or booking.starts_at)
    until = min(at + timedelta(days=days), last)
    return until if until > at else None


def _keep_for_now(which: Q, *, actor: Actor, at: datetime) -> None:
    for booking in _live(which):
        until = ask_until(booking, at)
        if until is None or booking.grant_id is None:
            stopped(booking, actor=actor, at=at)
            continue
        booking.asked_until = until
        keep(booking, move="keep_for_now", actor=actor, at=at, fields=("asked_until",))


@transaction.atomic
def stop_sharing(*, grant_id: UUID, actor: Actor, at: datetime) -> None:
    """Stop one consent and the booking that rests on it. No reason, no condition; twice is once.

    The person, signed in or by a signed link of theirs. Raises NotFound for anybody else.
    """
    grant = my_consent(grant_id, actor=actor)
    if not rules.may_stop(actor, grant.person_id):
        raise NotFound
    with doorbell.unrung():
        _stop_live(Q(grant_id=grant_id, person_id=grant.person_id), actor=actor, at=at)
        consent.withdraw(grant_id=grant_id, actor=actor, at=at)
        _follow([grant_id], at)


@transaction.atomic
def stop_everything(*, person_id: UUID, keep_bookings: bool = False, actor: Actor, at: datetime) -> None:
    """STOP: every booking to come, every consent but "keep my record", every signed link, every message. One act, no
    reason.

    With `keep_bookings` the bookings stay for now while nothing of the person is shown for them: they are asked about
    each, and it stops by itself without an answer. What cannot be asked about in time stops now.
    The person, signed in or by a signed link of theirs. Raises NotFound for anybody else.
    """
    if not rules.may_stop(actor, person_id):
        raise NotFound
    with doorbell.unrung():
        (_keep_for_now if keep_bookings else _stop_live)(Q(person_id=person_id), actor=actor, at=at)
        ended = consent.withdraw_everything(person_id=person_id, actor=actor, at=at)
        _follow(ended.grant_ids, at)


@transaction.atomic
def leave(*, person_id: UUID, actor: Actor, at: datetime) -> None:
    """Leave the network: bookings to come stop, every consent ends, the account closes. What is owed is still paid.

    Raises NotFound for anybody but the person, signed in.
    """
    if not rules.is_the_person(actor, person_id):
        raise NotFound
    with doorbell.unrung():
        _stop_live(Q(person_id=person_id), actor=actor, at=at)
        receipts = consent.leave(person_id=person_id, actor=actor, at=at)
        _follow([receipt.grant_id for receipt in receipts], at)


@transaction.atomic
def go_on(*, booking_id: UUID, actor: Actor, at: datetime) -> Moved:
    """The person says yes again to a booking that they kept for now at STOP: a new consent on the terms of the old one,
    for this one request. What was asked back for it may stay.

    Only the person, signed in: giving again is a new act. Raises NotFound for anybody else, Conflict when there is
    nothing (any more) to say yes to.
    """
    booking = locked(booking_id)
    if not rules.is_the_person(actor, booking.person_id):
        raise NotFound
    before = grant_facts(booking.grant_id) if booking.grant_id else None
    if booking.state not in LIVE or booking.asked_until is None or booking.asked_until <= at or before is None:
        raise Conflict("There is nothing to say yes to here any more. Nothing was changed.")
    receipt = consent.give(
        person_id=booking.person_id,
        layer=Layer.FOR_REQUEST,
        categories=before.categories,
        recipient=before.recipient,
        opportunity=booking.opportunity_id,
        identity=before.identity,
        formats=before.formats,
        reuse=before.reuse,
        ends_at=before.ends_at if before.ends_at > at else None,
        told=requests.facts_told(booking.opportunity),
        actor=actor,
        at=at,
    )
    for recall in Recall.objects.filter(grant_id=before.id, state__in=OPEN_RECALLS):
        let_stand(recall_id=recall.id, actor=_SYSTEM, at=at)
    requests.agreed_again(invitation_id=booking.invitation_id, grant_id=receipt.grant_id, actor=_SYSTEM, at=at)
    booking.asked_until, booking.grant_id = None, receipt.grant_id
    keep(booking, move="go_on", actor=actor, at=at, fields=("asked_until", "grant_id"))
    return Moved(booking_id=booking.id, state=BookingState(booking.state))


def stop_unanswered(*, at: datetime) -> int:
    """Scheduled: bookings that were kept for now, and about which the person has said nothing in time, stop. Unknown
    means no. Each in its own transaction; returns how many."""
    due = Booking.objects.filter(state__in=LIVE, asked_until__lte=at).order_by("asked_until")
    return sum(_stop_unanswered(booking_id, at) for booking_id in list(due.values_list("id", flat=True)[:500]))


@transaction.atomic
def _stop_unanswered(booking_id: UUID, at: datetime) -> int:
    booking = locked(booking_id)
    if booking.state not in LIVE or booking.asked_until is None or booking.asked_until > at:
        return 0
    with suppress(Conflict):
        stopped(booking, actor=_SYSTEM, at=at)
        return 1
    return 0
