"""Consents that stand and rest: what they were for changed, or the person said "not now". Nothing is shown under them from
the commit on, and nothing of them is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.states import next_state
from network.consent import rules
from network.consent.data import Receipt
from network.consent.models import Grant
from network.consent.queries import view_of
from network.consent.states import GRANT, EventType, Format, GrantState, Layer, RecipientKind
from network.consent.usecases.checks import check_anonymity
from network.consent.usecases.writing import marked, mine, save
from network.consent.wording import wording
from network.people import usecases as people
from network.people.queries import pauses_over


@transaction.atomic
def suspend_for_change(*, opportunity_id: UUID, actor: Actor, at: datetime) -> tuple[UUID, ...]:
    """What was agreed to for a request has changed: each consent for it rests until its person has seen the change and
    answered (Ofcom 7.3, fourth element). Returns which. For the use case that changes the request, in its transaction:
    so that nothing is shown of it from that commit on. Repeating it changes nothing."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a consent is suspended in the transaction of the change itself")
    rows = Grant.objects.select_for_update().filter(
        opportunity_id=opportunity_id, layer=Layer.FOR_REQUEST, state=GrantState.GIVEN, suspended_at__isnull=True
    )
    resting = []
    for row in rows.order_by("id"):
        grant = view_of(row)
        state = next_state(GRANT, grant.state, EventType.SUSPENDED)
        fresh = replace(grant, state=state, suspended_at=at, changed_at=at)
        save(fresh, EventType.SUSPENDED, new=False, actor=actor, at=at)
        resting.append(grant.id)
    return tuple(resting)


@transaction.atomic
def reaffirm(
    *, grant_id: UUID, told: Mapping[str, str], formats: frozenset[Format], actor: Actor, at: datetime
) -> Receipt:
    """Yes again, to what changed: the same things, to the same organisation, until the same end, under the new facts.

    `told` are the facts as they stand now, `formats` the ways of using it that they name. The person, also by a signed
    link of the request. Raises NotFound, Conflict when there is nothing to answer, Invalid.
    """
    grant = mine(grant_id, actor)
    if not rules.may_consent(actor, grant.person_id, grant.layer):
        raise NotFound
    state = next_state(GRANT, grant.state, EventType.REAFFIRMED)
    if grant.suspended_at is None or grant.ends_at <= at:
        raise Conflict("There is nothing here that waits for your answer. Nothing was changed.")
    check_anonymity(
        person_id=grant.person_id, layer=grant.layer, categories=grant.categories, recipient=grant.recipient,
        identity=grant.identity, actor=actor, at=at,
    )  # fmt: skip
    text = wording(grant.layer)
    fresh = replace(
        grant, state=state, suspended_at=None, changed_at=at, formats=formats, wording_id=text.id,
        wording_version=text.version,
    )  # fmt: skip
    return save(marked(fresh), EventType.REAFFIRMED, new=False, actor=actor, at=at, told=told)


@transaction.atomic
def pause_everything(*, person_id: UUID, until: datetime | None = None, actor: Actor, at: datetime) -> int:
    """Not now, in one act: no new requests, and nothing of the person is shown to anybody outside. Each consent is kept
    as it is. Bookings go on. Returns how many consents rest. Only the person. Raises NotFound, Invalid.

    What the person says yes to during the pause is a decision of its own and counts.
    """
    if not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    people.pause(person_id=person_id, until=until, actor=actor, at=at)
    rows = Grant.objects.select_for_update().filter(person_id=person_id, state=GrantState.GIVEN, paused_at__isnull=True)
    paused = 0
    for row in rows.exclude(recipient_kind=RecipientKind.NETWORK).order_by("id"):
        grant = view_of(row)
        state = next_state(GRANT, grant.state, EventType.PAUSED)
        fresh = replace(grant, state=state, paused_at=at, changed_at=at)
        save(fresh, EventType.PAUSED, new=False, actor=actor, at=at)
        paused += 1
    return paused


@transaction.atomic
def resume_everything(*, person_id: UUID, actor: Actor, at: datetime) -> int:
    """Back again: what rested because of the pause is shown as before. What ended meanwhile stays ended, and what waits for
    an answer to a change still waits. Returns how many consents were taken up. Only the person. Raises NotFound."""
    if not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    people.resume(person_id=person_id, actor=actor, at=at)
    return _take_up(person_id, actor, at)


def _take_up(person_id: UUID, actor: Actor, at: datetime) -> int:
    rows = Grant.objects.select_for_update().filter(
        person_id=person_id, state=GrantState.GIVEN, paused_at__isnull=False
    )
    taken_up = 0
    for row in rows.order_by("id"):
        grant = view_of(row)
        state = next_state(GRANT, grant.state, EventType.RESUMED)
        fresh = replace(grant, state=state, paused_at=None, changed_at=at)
        save(fresh, EventType.RESUMED, new=False, actor=actor, at=at)
        taken_up += 1
    return taken_up


def resume_due(*, at: datetime) -> int:
    """End the pauses whose day has come, and take up what rested. Each in its own transaction. Returns how many people
    came back. Scheduled."""
    return sum(_resume_one(person_id, at) for person_id in pauses_over(at))


@transaction.atomic
def _resume_one(person_id: UUID, at: datetime) -> int:
    back = people.end_pause(person_id=person_id, at=at)
    if back:
        _take_up(person_id, Actor.system("consent-clock"), at)
    return back
