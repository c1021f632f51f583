"""Reading who looked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backend.audit.data import Seen
from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound


def _seen(row: AccessEvent) -> Seen:
    return Seen(
        id=row.id,
        at=row.at,
        person_id=row.person_id,
        actor_role=row.actor_role,
        organisation_id=row.organisation_id,
        categories=tuple(row.categories),
        purpose=row.purpose,
        released=row.released,
        context=row.context,
        consents=tuple(UUID(c) for c in row.consents),
    )


def who_looked(
    *, actor: Actor, before: datetime | None = None, limit: int = 50, also: UUID | None = None
) -> tuple[Seen, ...]:
    """The person's own list, newest first; `before` pages on. `also` is their payee reference, so that looks at their
    payment details stand in the same list. Raises NotFound for anybody but the person, signed in."""
    if actor.person_id is None or actor.kind is not ActorKind.USER:
        raise NotFound
    rows = AccessEvent.objects.filter(Q(person_id=actor.person_id) | Q(person_id=also or actor.person_id))
    if before is not None:
        rows = rows.filter(at__lt=before)
    return tuple(_seen(row) for row in rows.order_by("-at", "id")[:limit])


def releases() -> Iterator[Seen]:
    """Everything that ever left the network, oldest first. For `verify` only."""
    for row in AccessEvent.objects.filter(released=True).order_by("at", "id").iterator(chunk_size=500):
        yield _seen(row)


def about(person_id: UUID) -> Iterator[Seen]:
    """Everything about one person, oldest first. For their own export only."""
    for row in AccessEvent.objects.filter(person_id=person_id).order_by("at", "id").iterator(chunk_size=500):
        yield _seen(row)
