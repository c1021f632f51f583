"""Pure predicates: who may act on a consent, and what a set of grants covers at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from network.consent.data import GrantView, Recipient
from network.consent.states import IDENTIFYING, Category, Layer, Purpose, RecipientKind


def may_consent(actor: Actor, person_id: UUID, layer: Layer) -> bool:
    """Only the person gives consent; by a signed link only for the one request the link is about (promise 3)."""
    if not actor.is_person(person_id):
        return False
    return actor.kind is ActorKind.USER or (actor.kind is ActorKind.LINK and layer is Layer.FOR_REQUEST)


def may_withdraw(actor: Actor, person_id: UUID) -> bool:
    """The person, signed in or by a link of theirs: stopping is easier than starting (promise 4)."""
    return actor.is_person(person_id) and actor.kind in (ActorKind.USER, ActorKind.LINK)


def is_signed_in_person(actor: Actor, person_id: UUID) -> bool:
    return actor.is_person(person_id) and actor.kind is ActorKind.USER


def may_receive(actor: Actor, recipient: Recipient) -> bool:
    """The asker stands where the disclosure goes: an organisation's own member or program, or our machinery."""
    match recipient.kind:
        case RecipientKind.ORGANISATION:
            mine = recipient.id is not None and actor.speaks_for(recipient.id)
            return mine or actor.kind is ActorKind.SYSTEM
        case RecipientKind.NETWORK:
            return actor.has(Role.COORDINATOR, Role.SAFEGUARDING) or actor.kind is ActorKind.SYSTEM
        case RecipientKind.PUBLIC:
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody wants to see, for what, now."""

    wanted: frozenset[Category]
    purpose: Purpose
    recipient: Recipient
    opportunity: UUID | None
    at: datetime


def applies(grant: GrantView, ask: Ask) -> bool:
    """This grant is live and is about this purpose, this recipient and this request. Each part must match."""
    return (
        grant.live(ask.at)
        and grant.purpose is ask.purpose
        and grant.recipient == ask.recipient
        and grant.opportunity_id == ask.opportunity
    )


def blocked(*, in_standing: bool, identity_ok: bool) -> frozenset[Category]:
    """What an organisation may not be given whatever the person agreed (control C3)."""
    if not in_standing:
        return frozenset(Category)
    return frozenset() if identity_ok else IDENTIFYING


def covered(grants: Iterable[GrantView], ask: Ask, not_to: frozenset[Category]) -> tuple[GrantView, ...]:
    """The grants that give this ask something, newest first. Empty means: this person is not there."""
    chosen = [g for g in grants if applies(g, ask) and (g.categories & ask.wanted) - not_to]
    return tuple(sorted(chosen, key=lambda g: (g.changed_at, g.id), reverse=True))


def shown(grants: Iterable[GrantView], ask: Ask, not_to: frozenset[Category]) -> frozenset[Category]:
    """The categories that `covered()` grants allow."""
    allowed: frozenset[Category] = frozenset()
    for grant in covered(grants, ask, not_to):
        allowed |= grant.categories & ask.wanted
    return allowed - not_to
