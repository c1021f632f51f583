"""Pure predicates: who may act on a consent, and what a set of grants covers at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role
from network.consent.data import GrantView, Identity, Recipient
from network.consent.states import (
    IDENTIFYING,
    WAIVABLE,
    Category,
    Format,
    GrantState,
    Layer,
    Purpose,
    RecipientKind,
    Status,
)
from network.people.states import Face, NameMode, Place


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
    formats: frozenset[Format] = frozenset()  # what it would be used for


def serves(grant: GrantView, purpose: Purpose) -> bool:
    """What was agreed for one request may be used again only where the person said so."""
    return grant.purpose is purpose or (
        purpose is Purpose.REUSE and grant.purpose is Purpose.OPPORTUNITY and grant.reuse
    )


def fits(agreed: frozenset[Format], asked: frozenset[Format]) -> bool:
    """Every way of using it that is asked for was agreed to: yes to print is no yes to live. An ask that names no way
    finds nothing where ways were agreed, so that leaving it out can only show less."""
    return asked <= agreed and (bool(asked) or not agreed)


def applies(grant: GrantView, ask: Ask) -> bool:
    """This grant is live and is about this purpose, this recipient, this request and these ways of using it. Each part
    must match."""
    return (
        grant.live(ask.at)
        and serves(grant, ask.purpose)
        and grant.recipient == ask.recipient
        and grant.opportunity_id == ask.opportunity
        and fits(grant.formats, ask.formats)
    )


def waived(grants: Iterable[GrantView], recipient: Recipient, at: datetime) -> frozenset[Category]:
    """What somebody whom the law keeps anonymous agreed, in writing, that this one publisher may be given."""
    found: frozenset[Category] = frozenset()
    for grant in grants:
        if grant.layer is Layer.ANONYMITY_WAIVER and grant.recipient == recipient and grant.live(at):
            found |= grant.categories & WAIVABLE
    return found


def kept_back_by_law(identity: Identity, waiver: frozenset[Category]) -> frozenset[Category]:
    """What would name somebody whom the law keeps anonymous, and that no waiver lifts. An email address often holds the
    name, so contact goes with it. A name of their choice, a region or a nation names nobody."""
    naming = {Category.PHOTO}
    if Category.NAME not in waiver:
        naming.add(Category.CONTACT)
    if identity.name_mode in (NameMode.FULL, NameMode.FIRST):
        naming.add(Category.NAME)
    if identity.place is Place.EXACT:
        naming.add(Category.PLACE)
    return frozenset(naming) - waiver


def as_the_law_allows(identity: Identity, waiver: frozenset[Category]) -> Identity:
    """The way of being identified, without what no waiver lifts."""
    names = identity.name_mode in (NameMode.FULL, NameMode.FIRST) and Category.NAME not in waiver
    shows = identity.face is Face.FACE and Category.PHOTO not in waiver
    places = identity.place is Place.EXACT and Category.PLACE not in waiver
    return replace(
        identity,
        name_mode=NameMode.NONE if names else identity.name_mode,
        face=Face.NO_FACE if shows else identity.face,
        place=Place.NONE if places else identity.place,
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


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """The little of a grant that its status depends on."""

    state: str
    starts_at: datetime
    ends_at: datetime
    narrowed_at: datetime | None
    suspended_at: datetime | None


def status_of(grant: GrantFacts | None, first_at: datetime, at: datetime) -> Status:
    """What an organisation that first saw something at `first_at` is told. None: the person was erased. That somebody
    pauses everything is theirs alone, and changes nothing here."""
    if grant is None or grant.state == GrantState.WITHDRAWN:
        return Status.WITHDRAWN
    if grant.state != GrantState.GIVEN or not grant.starts_at <= at < grant.ends_at:
        return Status.EXPIRED
    if grant.suspended_at is not None:  # not what it was when they were shown it
        return Status.SUSPENDED
    return Status.NARROWED if grant.narrowed_at is not None and grant.narrowed_at >= first_at else Status.VALID
