"""Receipts of what a person agreed to and stopped, and what happened in order: for themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from network.consent import ledger, rules
from network.consent.data import Receipt
from network.consent.models import Grant
from network.consent.queries import view_of
from network.consent.states import (
    EventType,
)
from network.consent.usecases.writing import receipt_of


def receipt(*, grant_id: UUID, event_id: UUID | None = None, actor: Actor, at: datetime) -> Receipt:
    """The receipt of the last act about one of the actor's own consents, or of one act. Raises NotFound."""
    row = Grant.objects.filter(id=grant_id, person_id=actor.person_id).first() if actor.person_id else None
    if row is None or not rules.is_signed_in_person(actor, row.person_id):
        raise NotFound
    return receipt_of(view_of(row), event_id or row.last_event_id, actor)


def my_acts(grant_id: UUID, *, actor: Actor) -> tuple[ledger.Envelope, ...]:
    """What happened to one of the actor's own consents, in order, each with the id of its receipt. Raises NotFound."""
    if actor.person_id is None or not Grant.objects.filter(id=grant_id, person_id=actor.person_id).exists():
        raise NotFound
    return tuple(ledger.envelopes([grant_id]))


def receipts_for_export(*, person_id: UUID, actor: Actor) -> tuple[Receipt, ...]:
    """A receipt for each act of one person, oldest first, for the file they asked for. The person, or the machinery for
    them. Raises NotFound for anybody else."""
    if actor.kind is not ActorKind.SYSTEM and not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    grants = {row.id: view_of(row) for row in Grant.objects.filter(person_id=person_id)}
    return tuple(receipt_of(grants[clear.grant_id], clear.id, actor) for clear in ledger.envelopes(grants))


def acts(grant_ids: Iterable[UUID]) -> dict[UUID, list[tuple[EventType, datetime]]]:
    """What happened to each of these consents, in order: from the ledger's clear part."""
    found: dict[UUID, list[tuple[EventType, datetime]]] = {}
    for envelope in ledger.envelopes(grant_ids):
        found.setdefault(envelope.grant_id, []).append((envelope.type, envelope.at))
    return found
