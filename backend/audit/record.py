"""Whoever looks is seen (promise 8): no event, no data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor


def record_access(
    *,
    actor: Actor,
    person_ids: Iterable[UUID],
    categories: Sequence[str] | Mapping[UUID, Sequence[str]],
    purpose: str,
    released: bool,
    at: datetime,
    organisation_id: UUID | None = None,
    context: str = "",
    consents: dict[UUID, list[UUID]] | None = None,
) -> None:
    """Write one event for each person, in one statement, in the reader's own transaction.

    `categories` are names, for everybody or person by person.
    Raises RuntimeError outside a transaction, so that a read cannot outlive its record.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("record_access() belongs in the transaction of the read it records")
    role = next(iter(sorted(actor.roles)), actor.kind)
    AccessEvent.objects.bulk_create(
        AccessEvent(
            at=at,
            person_id=person_id,
            actor_ref=actor.ref,
            actor_role=role,
            organisation_id=organisation_id,
            categories=list(categories.get(person_id, ()) if isinstance(categories, Mapping) else categories),
            purpose=purpose,
            released=released,
            context=context,
            consents=[str(c) for c in (consents or {}).get(person_id, [])],
        )
        for person_id in person_ids
    )
