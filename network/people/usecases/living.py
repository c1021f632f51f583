"""When and how a person can be reached: safe contact, times away, pausing, silence, leaving."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.accounts import usecases as accounts
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.people import events, rules
from network.people.data import ContactRule
from network.people.models import Assignment, Person, PersonHistory, SafeContact, Unavailable
from network.people.queries import HERE, live_assignment, pauses_over
from network.people.states import PERSON, Channel, PersonMove, PersonState


def _own(person_id: UUID, actor: Actor) -> Person:
    if not rules.is_self(actor, person_id):
        raise NotFound
    person = Person.objects.select_for_update().filter(id=person_id, state__in=HERE).first()
    if person is None:
        raise NotFound
    return person


def _history(person: Person, what: str, actor: Actor, at: datetime) -> None:
    PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what=what)


@transaction.atomic
def set_safe_contact(*, person_id: UUID, contact: Iterable[ContactRule], actor: Actor, at: datetime) -> None:
    """Which channels are safe, and when. Replaces all rules but "in the app", which always is. Only the person.

    No message is sent about it, least of all to the old channel. Raises NotFound, Invalid.
    """
    person = _own(person_id, actor)
    rows = [rule for rule in contact if rule.channel is not Channel.IN_APP]
    problems: dict[str, list[str]] = {}
    for rule in rows:
        if not 0 <= rule.from_hour < rule.to_hour <= 24:
            problems[rule.channel.value] = ["Choose hours that go forwards, between 0 and 24."]
        elif rule.allowed and rule.review_on < at.astimezone(LONDON).date():
            problems[rule.channel.value] = ["Choose a day to come on which we ask you again."]
    if len({rule.channel for rule in rows}) != len(rows):
        problems[""] = ["One answer for each channel."]
    if problems:
        raise Invalid(problems)
    SafeContact.objects.filter(person=person).exclude(channel=Channel.IN_APP).delete()
    SafeContact.objects.bulk_create(
        [
            SafeContact(
                person=person,
                channel=rule.channel,
                allowed=rule.allowed,
                from_hour=rule.from_hour,
                to_hour=rule.to_hour,
                others_can_see=rule.others_can_see,
                voicemail_ok=rule.voicemail_ok,
                review_on=rule.review_on,
            )
            for rule in rows
        ]
    )
    _history(person, "safe contact", actor, at)


@transaction.atomic
def add_unavailable(*, person_id: UUID, starts_at: datetime, ends_at: datetime, actor: Actor, at: datetime) -> UUID:
    """A time when the person is not free (UTC). No reason is asked. Raises NotFound, Invalid."""
    person = _own(person_id, actor)
    if not starts_at < ends_at or ends_at <= at:
        raise Invalid({"ends_at": ["Choose an end after the start, still to come."]})
    return Unavailable.objects.create(person=person, starts_at=starts_at, ends_at=ends_at).id


@transaction.atomic
def remove_unavailable(*, unavailable_id: UUID, actor: Actor, at: datetime) -> None:
    """Raises NotFound for anybody else's."""
    if actor.person_id is None:
        raise NotFound
    person = _own(actor.person_id, actor)
    if not Unavailable.objects.filter(id=unavailable_id, person=person).delete()[0]:
        raise NotFound


@transaction.atomic
def pause(*, person_id: UUID, until: datetime | None = None, actor: Actor, at: datetime) -> None:
    """Not now: no new requests until `until` (UTC), or until the person says so. Pausing again changes the end.

    Raises NotFound, Invalid.
    """
    person = _own(person_id, actor)
    if until is not None and until <= at:
        raise Invalid({"until": ["Choose a day to come, or leave it open."]})
    _pause(person, until, actor, at)


def _pause(person: Person, until: datetime | None, actor: Actor, at: datetime) -> None:
    if person.state == PersonState.ACTIVE:
        person.state = next_state(PERSON, PersonState(person.state), PersonMove.PAUSE)
        publish(events.PERSON_PAUSED, person.id, key=f"{person.id}:{at.isoformat()}", at=at)
    person.paused_until = until
    person.save(update_fields=["state", "paused_until"])
    _history(person, "paused", actor, at)


@transaction.atomic
def go_quiet(*, person_id: UUID, actor: Actor, at: datetime) -> None:
    """Part of STOP: pause without an end, and stop every message of ours. Also by a signed link of the person's own.
    Called by `consent.usecases.withdraw_everything`. Raises NotFound."""
    if not actor.is_person(person_id):
        raise NotFound
    person = Person.objects.select_for_update().filter(id=person_id, state__in=HERE).first()
    if person is None:
        return  # already left: there is nothing more to stop
    person.quiet_since = person.quiet_since or at
    person.links_since = at
    person.save(update_fields=["quiet_since", "links_since"])
    _pause(person, None, actor, at)


@transaction.atomic
def not_now(*, person_id: UUID, actor: Actor, at: datetime) -> None:
    """The same pause by the signed link of a message: no new requests until the person says so. Somebody who is pausing
    already keeps their own end. Raises NotFound for anybody but the person."""
    if not actor.is_person(person_id) or actor.kind not in (ActorKind.USER, ActorKind.LINK):
        raise NotFound
    person = Person.objects.select_for_update().filter(id=person_id, state__in=HERE).first()
    if person is None:
        raise NotFound
    if person.state == PersonState.ACTIVE:
        _pause(person, None, actor, at)


@transaction.atomic
def resume(*, person_id: UUID, actor: Actor, at: datetime) -> None:
    """Back again: requests and messages as the person's rules say. Consents that ended stay ended. Raises NotFound."""
    person = _own(person_id, actor)
    if person.state == PersonState.PAUSED:
        person.state = next_state(PERSON, PersonState(person.state), PersonMove.RESUME)
    person.paused_until, person.quiet_since = None, None
    person.save(update_fields=["state", "paused_until", "quiet_since"])
    _history(person, "resumed", actor, at)
    publish(events.PERSON_RESUMED, person.id, key=f"{person.id}:{at.isoformat()}", at=at)


def resume_due(*, at: datetime) -> int:
    """End the pauses whose day has come; the silence of STOP does not. Returns how many. Scheduled."""
    return sum(end_pause(person_id=person_id, at=at) for person_id in pauses_over(at))


@transaction.atomic
def end_pause(*, person_id: UUID, at: datetime) -> int:
    """End one pause whose day has come. Returns 0 when there is none any more. Called by `consent.usecases.resume_due`,
    which takes up what rested."""
    due = Person.objects.filter(id=person_id, state=PersonState.PAUSED, paused_until__lte=at, quiet_since__isnull=True)
    return due.update(state=PersonState.ACTIVE, paused_until=None)


@transaction.atomic
def leave(*, person_id: UUID, actor: Actor, at: datetime) -> None:
    """Leave: the account closes, staff lose sight of the person. What is owed is still paid. Called by
    `consent.usecases.leave`, which ends the consents. Raises NotFound."""
    person = _own(person_id, actor)
    door = Actor.system("leaving")
    person.state = next_state(PERSON, PersonState(person.state), PersonMove.LEAVE)
    person.paused_until, person.quiet_since = None, at
    person.save(update_fields=["state", "paused_until", "quiet_since"])
    Assignment.objects.filter(live_assignment(at), person=person).update(ends_at=at)
    if person.user_id is not None:
        accounts.end_role(user_id=person.user_id, role=Role.SPOKESPERSON, scope_id=person.id, actor=door, at=at)
    _history(person, "left", actor, at)
    publish(events.PERSON_LEFT, person.id, key=str(person.id), at=at)
