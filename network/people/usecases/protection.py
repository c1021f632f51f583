"""Writing down how somebody is protected. `consent.usecases` calls these, so that what is being shown is finished first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.publish import publish
from network.people import events, rules
from network.people.models import Person, PersonHistory
from network.people.protection import LONGEST, Protection, SetBy, pack, regime, unpack
from network.people.queries import HERE
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind


def _locked(person_id: UUID) -> Person:
    person = Person.objects.select_for_update().filter(id=person_id, state__in=HERE).first()
    if person is None:
        raise NotFound
    return person


def _change(person: Person, *, actor: Actor, at: datetime, **values: object) -> None:
    own = rules.is_self(actor, person.id)
    warrant = Warrant.about(
        WarrantKind.OWN if own else WarrantKind.STAFF_WRITE, actor, "how they are protected", [person.id]
    )
    was = unpack(store.read(warrant, [person.id], [Field.PROTECTION])[person.id].get(Field.PROTECTION, ""))
    now: Protection = replace(was, **values)  # type: ignore[arg-type]
    store.write(warrant, person.id, {Field.PROTECTION: pack(now)}, at=at)
    PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what="how you are protected")


@transaction.atomic
def protect(*, person_id: UUID, regime_code: str, actor: Actor, at: datetime) -> None:
    """A law keeps this person anonymous for life. The person says so; or the safeguarding lead does, and the person is
    told and sees who did. Raises NotFound, Invalid."""
    own = rules.is_self(actor, person_id)
    if not own and not actor.has(Role.SAFEGUARDING):
        raise NotFound
    person = _locked(person_id)
    if regime(regime_code) is None:
        raise Invalid({"regime": ["Choose from the list."]})
    by = SetBy.PERSON if own else SetBy.SAFEGUARDING
    _change(person, actor=actor, at=at, regime=regime_code, set_by=by, since=at, until=None)
    if not own:
        publish(events.PERSON_PROTECTED, person.id, key=f"{person.id}:{at.isoformat()}", at=at)


@transaction.atomic
def stop_protecting(*, person_id: UUID, until: datetime, actor: Actor, at: datetime) -> None:
    """It no longer applies, from `until` (UTC) on. Only the person. Raises NotFound, Conflict."""
    if not rules.is_self(actor, person_id):
        raise NotFound
    if until < at:
        raise Conflict("That moment has passed. Nothing was changed.")
    _change(_locked(person_id), actor=actor, at=at, until=until)


@transaction.atomic
def say_from_whom(*, person_id: UUID, somebody: str, actor: Actor, at: datetime) -> None:
    """Who must not recognise the person, in their own words; empty takes it away. Sealed, and shown to nobody but them.
    Only the person. Raises NotFound, Invalid."""
    if not rules.is_self(actor, person_id):
        raise NotFound
    if len(somebody) > LONGEST:
        raise Invalid({"somebody": [f"Use up to {LONGEST} characters."]})
    _change(_locked(person_id), actor=actor, at=at, somebody=somebody.replace("\x00", ""))
