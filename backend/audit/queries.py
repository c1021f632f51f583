"""Reading who looked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.audit.data import Seen
from backend.audit.models import AccessEvent
from backend.audit.seals import sealed_contexts
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound

# For the data-protection officer only: an entry of these would tell of other people, or that a list matched.
NOT_FOR_THE_PERSON = ("matching", "never_tell")


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
    *, actor: Actor, at: datetime, before: datetime | None = None, limit: int = 50, also: UUID | None = None
) -> tuple[Seen, ...]:
    """The person's own list, newest first; `before` pages on. `also` is their payee reference, so that looks at their
    payment details stand in the same list. What two people sealed is left out until the seal ends by itself, and so
    are matching runs. Raises NotFound for anybody but the person, signed in."""
    if actor.person_id is None or actor.kind is not ActorKind.USER:
        raise NotFound
    rows = AccessEvent.objects.filter(Q(person_id=actor.person_id) | Q(person_id=also or actor.person_id))
    rows = _for_the_person(rows, actor.person_id, at)
    if before is not None:
        rows = rows.filter(at__lt=before)
    return tuple(_seen(row) for row in rows.order_by("-at", "id")[:limit])


def _for_the_person(rows: QuerySet[AccessEvent], person_id: UUID, at: datetime) -> QuerySet[AccessEvent]:
    return rows.exclude(purpose__in=NOT_FOR_THE_PERSON).exclude(context__in=sealed_contexts({person_id}, at))


def is_mine(event_id: UUID, *, actor: Actor, at: datetime, also: UUID | None = None) -> bool:
    """Whether this entry stands in the actor's own list now."""
    if actor.person_id is None or actor.kind is not ActorKind.USER:
        return False
    rows = AccessEvent.objects.filter(id=event_id, person_id__in=[actor.person_id, also or actor.person_id])
    return _for_the_person(rows, actor.person_id, at).exists()


def entry(event_id: UUID) -> Seen | None:
    """One entry, for whoever answers a question about it. Their own rules come first."""
    row = AccessEvent.objects.filter(id=event_id).first()
    return _seen(row) if row else None


def opened_by(actor_ref: str, *, since: datetime) -> frozenset[UUID]:
    """Whose sealed details somebody has opened one by one since then."""
    rows = AccessEvent.objects.filter(actor_ref=actor_ref, at__gte=since, context__startswith="task:")
    return frozenset(rows.values_list("person_id", flat=True))


def releases() -> Iterator[Seen]:
    """Everything that ever left the network, oldest first. For `verify` only."""
    for row in AccessEvent.objects.filter(released=True).order_by("at", "id").iterator(chunk_size=500):
        yield _seen(row)


def between(since: datetime, until: datetime) -> Iterator[Seen]:
    """Everything after `since` up to `until`, in one order. For the daily anchor and its check only."""
    rows = AccessEvent.objects.filter(at__gt=since, at__lte=until).order_by("at", "id")
    for row in rows.iterator(chunk_size=500):
        yield _seen(row)


def about(person_id: UUID, *, at: datetime) -> Iterator[Seen]:
    """Everything about one person that they may see now, oldest first. For their own export only."""
    rows = _for_the_person(AccessEvent.objects.filter(person_id=person_id), person_id, at)
    for row in rows.order_by("at", "id").iterator(chunk_size=500):
        yield _seen(row)
