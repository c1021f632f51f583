"""What people write about themselves and the terms they set. Their words are kept exactly as written (promise 7).

A coordinator may write down what somebody says on the phone (`by_phone=True`): recorded as such, told to the person,
and kept so that they can put back what was there before (promise 3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.publish import publish
from network.people import events, rules
from network.people.data import IdentityInput, ProfileInput, TermsInput
from network.people.models import Person, PersonHistory, PersonTopic, PhoneHelp, Terms, Topic
from network.people.queries import HERE, assigned_to, identity_of, terms_of
from network.people.states import AnonymousFrom
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind

LONGEST_LINE, LONGEST_TEXT = 200, 20_000
_LINES = frozenset(
    {
        Field.NAME_FULL, Field.NAME_FIRST, Field.NAME_OTHER, Field.PRONOUNS, Field.COVER_NAME, Field.PHONE,
        Field.PLACE_EXACT, Field.PLACE_REGION, Field.PLACE_NATION, Field.SUPPORTER_NAME, Field.SUPPORTER_CONTACT,
    }
)  # fmt: skip
_HELP = "network_phone_help"


def _writable(person_id: UUID, *, by_phone: bool, actor: Actor, at: datetime) -> Person:
    """The person's row, locked, if this actor may write to it. Raises NotFound."""
    assigned = by_phone and bool(assigned_to(actor, {person_id}, at))
    if not rules.may_write(actor, person_id, by_phone=by_phone, assigned=assigned):
        raise NotFound
    person = Person.objects.select_for_update().filter(id=person_id, state__in=HERE).first()
    if person is None:
        raise NotFound
    return person


def _wrote(person: Person, what: str, before: Mapping[str, Any], *, by_phone: bool, actor: Actor, at: datetime) -> None:
    """History, and for help by phone the sealed copy of what was there."""
    PersonHistory.objects.create(
        person=person, at=at, actor_ref=actor.ref, what=what, fields=sorted(before), by_phone=by_phone
    )
    if not by_phone or not before:
        return
    warrant = Warrant.about(WarrantKind.STAFF_WRITE, actor, "help by phone", [person.id])
    row = PhoneHelp(person=person, at=at, actor_ref=actor.ref, fields=sorted(before))
    body = store.seal_body(warrant, person.id, json.dumps({what: dict(before)}), table=_HELP, row=str(row.id), at=at)
    row.before, row.key_version = body.sealed, body.version
    row.save()
    publish(events.PERSON_HELPED_BY_PHONE, row.id, key=str(row.id), at=at)


def _check_words(values: Mapping[Field, str]) -> None:
    problems = {
        field.value: [f"Use up to {LONGEST_LINE if field in _LINES else LONGEST_TEXT:,} characters."]
        for field, value in values.items()
        if len(value) > (LONGEST_LINE if field in _LINES else LONGEST_TEXT)
    }
    phone = values.get(Field.PHONE, "")
    if phone and not 7 <= sum(c.isdigit() for c in phone) <= 15:
        problems[Field.PHONE.value] = ["Enter a phone number, like 07700 900123"]
    if problems:
        raise Invalid(problems)


@transaction.atomic
def save_profile(*, person_id: UUID, profile: ProfileInput, by_phone: bool = False, actor: Actor, at: datetime) -> None:
    """Keep what the person says about themselves, word for word. None leaves a field alone, "" removes it.

    The person, or their coordinator writing down a phone call. Raises NotFound, Invalid.
    """
    person = _writable(person_id, by_phone=by_phone, actor=actor, at=at)
    values = {Field(name): text for name, text in asdict(profile).items() if text is not None}
    _check_words(values)
    kind = WarrantKind.STAFF_WRITE if by_phone else WarrantKind.OWN
    warrant = Warrant.about(kind, actor, "profile", [person_id])
    was = store.read(warrant, [person_id], values)[person_id]
    changed = {field: text for field, text in values.items() if was.get(field, "") != text}
    if not changed:
        return
    store.write(warrant, person_id, changed, at=at)
    before = {field.value: was.get(field, "") for field in changed}
    _wrote(person, "profile", before, by_phone=by_phone, actor=actor, at=at)


@transaction.atomic
def choose_topics(*, person_id: UUID, topics: Mapping[UUID, bool], actor: Actor, at: datetime) -> None:
    """What the person wants to be asked about: topic id -> "tell me about every request on it". Only the person.

    Raises NotFound, Invalid for a topic that is not in use.
    """
    person = _writable(person_id, by_phone=False, actor=actor, at=at)
    known = set(Topic.objects.filter(id__in=list(topics), retired_at__isnull=True).values_list("id", flat=True))
    if known != set(topics):
        raise Invalid({"topics": ["Choose from the list."]})
    PersonTopic.objects.filter(person=person).delete()
    PersonTopic.objects.bulk_create(
        [PersonTopic(person=person, topic_id=topic_id, tell_me_all=every) for topic_id, every in topics.items()]
    )
    PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what="topics")


@transaction.atomic
def set_terms(*, person_id: UUID, terms: TermsInput, by_phone: bool = False, actor: Actor, at: datetime) -> None:
    """The person's own terms. The person, or their coordinator writing down a phone call. Raises NotFound, Invalid."""
    person = _writable(person_id, by_phone=by_phone, actor=actor, at=at)
    problems: dict[str, list[str]] = {}
    most = {"min_fee_pence": 10_000_000, "notice_hours": 24 * 90, "max_per_month": 60, "rest_days": 365}
    for name, limit in most.items():
        if not 0 <= getattr(terms, name) <= limit:
            problems[name] = [f"Enter a number from 0 to {limit:,}."]
    if not (terms.in_person_ok or terms.remote_ok):
        problems["remote_ok"] = ["Choose at least one: in person, or from where you are."]
    if len(terms.kinds) > 60 or any(len(kind) > 40 for kind in terms.kinds):
        problems["kinds"] = ["Choose from the list."]
    if problems:
        raise Invalid(problems)
    row, _ = Terms.objects.get_or_create(person=person, defaults={"updated_at": at})
    _change(person, row, "terms", terms_of(row), terms, by_phone=by_phone, actor=actor, at=at)


@transaction.atomic
def set_identity(*, person_id: UUID, identity: IdentityInput, actor: Actor, at: datetime) -> None:
    """How the person would usually like to be identified. Each request still asks. Only the person. Raises NotFound,
    Invalid."""
    person = _writable(person_id, by_phone=False, actor=actor, at=at)
    if not set(identity.anonymous_from) <= set(AnonymousFrom):
        raise Invalid({"anonymous_from": ["Choose from the list."]})
    row, _ = Terms.objects.get_or_create(person=person, defaults={"updated_at": at})
    _change(person, row, "identity", identity_of(row), identity, by_phone=False, actor=actor, at=at)


def _change(
    person: Person,
    row: Terms,
    what: str,
    was: TermsInput | IdentityInput,
    now: TermsInput | IdentityInput,
    *,
    by_phone: bool,
    actor: Actor,
    at: datetime,
) -> None:
    before = {f.name: getattr(was, f.name) for f in fields(was) if getattr(was, f.name) != getattr(now, f.name)}
    for name in before:
        value = getattr(now, name)
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    if before:
        row.updated_at = at
        row.save(update_fields=[*before, "updated_at"])
        _wrote(person, what, before, by_phone=by_phone, actor=actor, at=at)


@transaction.atomic
def undo_phone_help(*, help_id: UUID, actor: Actor, at: datetime) -> None:
    """Put back what was there before staff wrote something down. Only the person, once. Raises NotFound, Conflict."""
    if actor.person_id is None:
        raise NotFound
    person = _writable(actor.person_id, by_phone=False, actor=actor, at=at)
    row = PhoneHelp.objects.filter(id=help_id, person=person).first()
    if row is None:
        raise NotFound
    if PhoneHelp.objects.filter(id=help_id, undone_at__isnull=True).update(undone_at=at) != 1:
        raise Conflict("You have put this back already.")
    warrant = Warrant.about(WarrantKind.OWN, actor, "undo help by phone", [person.id])
    body = store.SealedBody(person.id, str(row.id), bytes(row.before), row.key_version)
    ((what, before),) = json.loads(store.open_bodies(warrant, [body], table=_HELP)[str(row.id)]).items()
    if what == "profile":
        store.write(warrant, person.id, {Field(name): text for name, text in before.items()}, at=at)
    else:
        Terms.objects.filter(person=person).update(**before, updated_at=at)
    PersonHistory.objects.create(
        person=person, at=at, actor_ref=actor.ref, what=f"{what} put back", fields=sorted(before)
    )
