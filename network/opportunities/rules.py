"""May this actor? Pure predicates. Strangers are answered "no such thing" by whoever asks these."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role

READ, WRITE, CARDS = "briefs:read", "briefs:write", "cards:read"
LINK_SCOPE = "invitation:"
IMPORT = "import_parliament"


def _asks_for(actor: Actor, organisation_id: UUID, *scopes: str) -> bool:
    """A member of the organisation, or its program with one of the scopes."""
    if not actor.speaks_for(organisation_id):
        return False
    if actor.kind is ActorKind.PROGRAM:
        return not actor.scopes.isdisjoint(scopes)
    return actor.kind is ActorKind.USER and actor.has(Role.REQUESTER)


def may_coordinate(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(Role.COORDINATOR)


def may_read_brief(actor: Actor, organisation_id: UUID) -> bool:
    return may_coordinate(actor) or _asks_for(actor, organisation_id, READ, WRITE)


def may_write_brief(actor: Actor, organisation_id: UUID) -> bool:
    """The organisation's people and programs; coordinators, who help to shape briefs; the reader of Parliament's
    calls, which the network's operator runs and which only drafts."""
    return may_coordinate(actor) or _asks_for(actor, organisation_id, WRITE) or is_import(actor)


def is_import(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM and actor.name == IMPORT


def may_see_cards(actor: Actor, organisation_id: UUID) -> bool:
    """Only the organisation that the consents name. A coordinator sees answers elsewhere, by another purpose."""
    return _asks_for(actor, organisation_id, CARDS)


def may_choose(actor: Actor, organisation_id: UUID) -> bool:
    return _asks_for(actor, organisation_id, WRITE)


def may_answer(actor: Actor, person_id: UUID, invitation_id: UUID) -> bool:
    """Only the person, signed in or by the link that was made for this one invitation (promise 3)."""
    if not actor.is_person(person_id):
        return False
    if actor.kind is ActorKind.LINK:
        return f"{LINK_SCOPE}{invitation_id}" in actor.scopes
    return actor.kind is ActorKind.USER


def may_run_jobs(actor: Actor) -> bool:
    return actor.kind is ActorKind.SYSTEM
