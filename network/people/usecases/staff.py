"""Who works with whom, and the vocabulary of topics."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Invalid, NotFound
from backend.outbox.publish import publish
from network.people import events, rules
from network.people.models import Assignment, Person, PersonHistory, Topic
from network.people.queries import assigned_to, live_assignment

TOPICS_FILE = Path(__file__).parents[1] / "material" / "topics.json"


def _person(person_id: UUID, actor: Actor, at: datetime) -> Person:
    if not rules.may_assign(actor, assigned=bool(assigned_to(actor, {person_id}, at))):
        raise NotFound
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None:
        raise NotFound
    return person


@transaction.atomic
def assign(
    *, person_id: UUID, coordinator_id: UUID, until: datetime | None = None, actor: Actor, at: datetime
) -> None:  # fmt: skip
    """Let a coordinator (a user id) work with somebody from now on, until they leave (`until`, UTC) or it is ended.
    Again changes the end. Raises NotFound, Invalid for an end that is past."""
    person = _person(person_id, actor, at)
    if until is not None and until <= at:
        raise Invalid({"until": ["Choose a day to come, or leave it open."]})
    if Assignment.objects.filter(live_assignment(at), person=person, coordinator_id=coordinator_id).update(
        ends_at=until
    ):  # fmt: skip
        PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what="coordinator until")
        return
    Assignment.objects.create(person=person, coordinator_id=coordinator_id, starts_at=at, ends_at=until)
    PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what="coordinator joined")
    publish(events.PERSON_ASSIGNED, person.id, key=f"{person.id}:{coordinator_id}:{at.isoformat()}", at=at)


@transaction.atomic
def end_assignment(*, person_id: UUID, coordinator_id: UUID, actor: Actor, at: datetime) -> None:
    """From now on that coordinator sees nothing of the person (control C21). The person may end it too.

    Raises NotFound for whoever may not, or when there is none.
    """
    own = rules.is_self(actor, person_id)
    person = Person.objects.filter(id=person_id).first() if own else _person(person_id, actor, at)
    live = Assignment.objects.filter(live_assignment(at), person_id=person_id, coordinator_id=coordinator_id)
    if person is None or not live.update(ends_at=at):
        raise NotFound
    PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what="coordinator left")


@transaction.atomic
def load_topics() -> int:
    """Bring the vocabulary of the data file into the table: new ones are added, names follow the file, nothing is
    removed. Safe to repeat. Returns how many topics there are."""
    for slug, name, children in json.loads(TOPICS_FILE.read_text(encoding="utf-8"))["topics"]:
        parent, _ = Topic.objects.update_or_create(slug=slug, defaults={"name": name, "parent": None})
        for child_slug, child_name in children:
            Topic.objects.update_or_create(slug=child_slug, defaults={"name": child_name, "parent": parent})
    return Topic.objects.count()
