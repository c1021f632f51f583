"""Pure predicates: who may ask, who is the second person, who may judge it afterwards."""

from __future__ import annotations

from uuid import UUID

from backend.kernel.actor import Actor, ActorKind, Role


def may_ask(actor: Actor) -> bool:
    """Whoever supports people, signed in. An administrator, finance or a program never."""
    return actor.kind is ActorKind.USER and actor.user_id is not None and actor.has(Role.COORDINATOR, Role.SAFEGUARDING)


def is_second(actor: Actor, asked_by: UUID, asked_session: str) -> bool:
    """Another person at another screen."""
    return may_ask(actor) and actor.user_id != asked_by and actor.session_ref != asked_session


def may_review(actor: Actor, asked_by: UUID, *, asked_by_lead: bool) -> bool:
    """The safeguarding lead, never whoever asked. When the lead asked, an administrator may judge it too: they see
    that it happened and for what kind of emergency, but no words about the person."""
    if actor.kind is not ActorKind.USER or actor.user_id == asked_by:
        return False
    return actor.has(Role.SAFEGUARDING) or (asked_by_lead and actor.has(Role.ADMIN))


def may_see(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and actor.has(Role.COORDINATOR, Role.SAFEGUARDING, Role.ADMIN)


def may_read_words(actor: Actor) -> bool:
    """Why somebody was in danger is no business of an administrator (design 2)."""
    return actor.has(Role.COORDINATOR, Role.SAFEGUARDING)
