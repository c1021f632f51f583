"""Reading what stands. Values of people are never here: those come through the gate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from network.consent.data import GrantView, Identity, Recipient
from network.consent.models import Grant, Release
from network.consent.rules import GrantFacts, is_signed_in_person, status_of
from network.consent.states import (
    Category,
    Format,
    GrantState,
    Layer,
    Purpose,
    RecipientKind,
    Status,
)
from network.people.states import Face, NameMode, Place, Voice


def view_of(row: Grant) -> GrantView:
    """A row as a frozen value."""
    return GrantView(
        id=row.id,
        person_id=row.person_id,
        layer=Layer(row.layer),
        categories=frozenset(Category(c) for c in row.categories),
        purpose=Purpose(row.purpose),
        recipient=Recipient(RecipientKind(row.recipient_kind), row.recipient_id),
        opportunity_id=row.opportunity_id,
        formats=frozenset(Format(f) for f in row.formats),
        identity=Identity(
            name_mode=NameMode(row.name_mode),
            face=Face(row.face),
            voice=Voice(row.voice),
            place=Place(row.place),
            anonymous_from=tuple(row.anonymous_from),
        ),
        reuse=row.reuse,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=GrantState(row.state),
        wording_id=row.wording_id,
        wording_version=row.wording_version,
        changed_at=row.changed_at,
        narrowed_at=row.narrowed_at,
        special=frozenset(Category(c) for c in row.special),
        criminal=frozenset(Category(c) for c in row.criminal),
        suspended_at=row.suspended_at,
        paused_at=row.paused_at,
    )


def _live(at: datetime) -> Q:
    return Q(
        state=GrantState.GIVEN, starts_at__lte=at, ends_at__gt=at, suspended_at__isnull=True, paused_at__isnull=True
    )


def _live_grants(person_ids: Iterable[UUID], layer: Layer, at: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(_live(at), person_id__in=list(person_ids), layer=layer)


def has_live(person_id: UUID, layer: Layer, at: datetime) -> bool:
    """Whether one person's consent for one of the network's own layers stands now."""
    return _live_grants([person_id], layer, at).exists()


def with_live(person_ids: Iterable[UUID], layer: Layer, at: datetime) -> frozenset[UUID]:
    return frozenset(_live_grants(person_ids, layer, at).values_list("person_id", flat=True))


def standing_grants() -> QuerySet[Grant, Any]:
    """Ids of consents that nobody has taken back and that do not rest, for a subquery: what depends on another is not
    shown from that commit on, whether or not a worker has come by since."""
    rows = Grant.objects.filter(state=GrantState.GIVEN, suspended_at__isnull=True, paused_at__isnull=True)
    return rows.values("id")


def people_who_may_be_asked(person_ids: Iterable[UUID], at: datetime) -> frozenset[UUID]:
    """Of these people, those who agreed to be asked about requests and have not stopped. One statement; whether they
    are pausing is for the caller, who reads their state anyway."""
    return with_live(person_ids, Layer.BE_ASKED, at)


def my_consents(*, actor: Actor, at: datetime) -> tuple[GrantView, ...]:
    """The person's own consents, live ones first, then newest first. Raises NotFound for anybody else."""
    if actor.person_id is None or not is_signed_in_person(actor, actor.person_id):
        raise NotFound
    views = [view_of(row) for row in Grant.objects.filter(person_id=actor.person_id)]
    return tuple(sorted(views, key=lambda g: (not g.live(at), -g.changed_at.timestamp(), str(g.id))))


def my_consent(grant_id: UUID, *, actor: Actor) -> GrantView:
    """One of the actor's own consents, also by a signed link of theirs. Raises NotFound."""
    row = Grant.objects.filter(id=grant_id, person_id=actor.person_id).first() if actor.person_id else None
    if row is None:
        raise NotFound
    return view_of(row)


def grant_facts(grant_id: UUID) -> GrantView | None:
    """What a handler needs of a grant it heard about. Machinery only: edges ask `my_consent`."""
    row = Grant.objects.filter(id=grant_id).first()
    return view_of(row) if row else None


def released_to(grant_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Which organisations were shown something under each of these grants (for recall)."""
    found: dict[UUID, set[UUID]] = {}
    rows = Release.objects.filter(grant_id__in=list(grant_ids)).values_list("grant_id", "organisation_id")
    for grant_id, organisation_id in rows:
        found.setdefault(grant_id, set()).add(organisation_id)
    return {grant_id: frozenset(ids) for grant_id, ids in found.items()}


def status(consent_ref: str, *, actor: Actor, at: datetime) -> Status:
    """What became of a consent that the actor's organisation was given a reference to. Raises NotFound for a reference
    of somebody else's, which is the same answer as for one that never was."""
    if actor.organisation_id is None:
        raise NotFound
    release = Release.objects.filter(ref=consent_ref, organisation_id=actor.organisation_id).first()
    if release is None:
        raise NotFound
    row = Grant.objects.filter(id=release.grant_id).first()
    facts = GrantFacts(row.state, row.starts_at, row.ends_at, row.narrowed_at, row.suspended_at) if row else None
    return status_of(facts, release.first_at, at)
