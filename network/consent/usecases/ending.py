"""Stopping consent, and recording that it ended. No reason and no condition; effective when it commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from network.consent import rules
from network.consent.data import Receipt
from network.consent.models import Grant
from network.consent.queries import view_of
from network.consent.states import (
    EventType,
    GrantState,
    Layer,
)
from network.consent.usecases.writing import end, mine, receipt_of
from network.people.usecases import go_quiet


@transaction.atomic
def withdraw(*, grant_id: UUID, actor: Actor, at: datetime) -> Receipt:
    """Stop one consent. No reason, no condition; effective when this commits. Stopping twice is stopping once.

    The person, signed in or by a signed link of theirs. Raises NotFound for anybody else.
    """
    grant = mine(grant_id, actor)
    if not rules.may_withdraw(actor, grant.person_id):
        raise NotFound
    if grant.state is not GrantState.GIVEN:
        last = Grant.objects.values_list("last_event_id", flat=True).get(id=grant_id)
        return receipt_of(grant, last, actor)
    return end(grant, EventType.WITHDRAWN, actor=actor, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What one press of STOP ended."""

    person_id: UUID
    receipts: tuple[Receipt, ...]

    @property
    def grant_ids(self) -> tuple[UUID, ...]:
        return tuple(receipt.grant_id for receipt in self.receipts)


@transaction.atomic
def withdraw_everything(*, person_id: UUID, actor: Actor, at: datetime) -> Stopped:
    """STOP: end every consent but "keep my record", pause requests, and stop every message of ours. One act, no reason.

    The record itself stays, so that the person can still sign in, read what happened and be paid; ending that too is
    leaving (`leave`) or erasure. The person, signed in or by a signed link of theirs. Raises NotFound.
    """
    if not rules.may_withdraw(actor, person_id):
        raise NotFound
    stopped = end_all(person_id, keep=frozenset({Layer.KEEP_RECORD}), actor=actor, at=at)
    go_quiet(person_id=person_id, actor=actor, at=at)
    return Stopped(person_id=person_id, receipts=stopped)


def end_all(person_id: UUID, *, keep: frozenset[Layer], actor: Actor, at: datetime) -> tuple[Receipt, ...]:
    """End each live consent of somebody but those of the layers to keep, locked in one order."""
    rows = Grant.objects.select_for_update().filter(person_id=person_id, state=GrantState.GIVEN)
    grants = [view_of(row) for row in rows.order_by("id")]
    return tuple(end(grant, EventType.WITHDRAWN, actor=actor, at=at) for grant in grants if grant.layer not in keep)


@transaction.atomic
def end_for_erasure(*, person_id: UUID, actor: Actor, at: datetime) -> int:
    """End what is left of somebody's consents as part of the erasure they asked for. Machinery only; returns how many.
    Safe to repeat. Raises NotFound for anybody else."""
    if actor.kind is not ActorKind.SYSTEM:
        raise NotFound
    return len(end_all(person_id, keep=frozenset(), actor=actor, at=at))


@transaction.atomic
def withdraw_again(*, grant_id: UUID, actor: Actor, at: datetime) -> bool:
    """End a consent that its person had ended before a backup was restored. Machinery only. False when it is not there,
    or not live. Raises NotFound for anybody else."""
    if actor.kind is not ActorKind.SYSTEM:
        raise NotFound
    row = Grant.objects.select_for_update().filter(id=grant_id, state=GrantState.GIVEN).first()
    if row is None:
        return False
    end(view_of(row), EventType.WITHDRAWN, actor=actor, at=at)
    return True


def expire_due(*, at: datetime, limit: int = 500) -> int:
    """Record the end of every consent whose time has passed. The gate does not wait for this: it reads the end itself.
    Each in its own transaction. Returns how many. Scheduled."""
    due = Grant.objects.filter(state=GrantState.GIVEN, ends_at__lte=at).order_by("ends_at")
    return sum(_expire(grant_id, at) for grant_id in list(due.values_list("id", flat=True)[:limit]))


def end_with_request(*, grant_id: UUID, at: datetime) -> bool:
    """The request that a consent was for has ended without this person: so has the consent (promise 1, "and an end").

    In the caller's transaction. False when it had ended already.
    """
    return bool(_expire(grant_id, at, due=False))


@transaction.atomic
def _expire(grant_id: UUID, at: datetime, *, due: bool = True) -> int:
    row = Grant.objects.select_for_update().filter(id=grant_id, state=GrantState.GIVEN).first()
    if row is None or (due and row.ends_at > at):
        return 0
    end(view_of(row), EventType.EXPIRED, actor=Actor.system("consent-clock"), at=at)
    return 1
