"""Puts `request.actor` on each request, from what is true at this moment: a role ended is ended at the next request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

from backend.accounts import usecases
from backend.accounts.data import LiveSession
from backend.accounts.limits import limit_for
from backend.accounts.queries import live_session
from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.ids import keyed_digest

SESSION_ID = "sid"  # where a Django session keeps the id of its UserSession
NOTE_USE_EVERY = timedelta(minutes=1)


def _id(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def is_over(session: LiveSession, at: datetime) -> bool:
    """Idle or absolute limit reached. The demo has no idle limit, so that it can be shown and looked at."""
    limit = limit_for(grant.role for grant in session.grants)
    if at - session.created_at > limit.absolute:
        return True
    return settings.MODE != "demo" and at - session.last_seen_at > limit.idle


def actor_of(session: LiveSession) -> Actor:
    """The actor that this session is. With several organisations the one that was joined first speaks."""

    def scope(role: Role) -> UUID | None:
        return next((g.scope_id for g in session.grants if g.role == role), None)

    return Actor(
        kind=ActorKind.USER,
        user_id=session.user_id,
        roles=frozenset(g.role for g in session.grants),
        person_id=scope(Role.SPOKESPERSON),
        organisation_id=scope(Role.REQUESTER),
        session_ref=keyed_digest("session", str(session.id))[:32],
        stepped_up_at=session.stepped_up_at,
    )


class ActorMiddleware:
    """After Django's authentication, before its LoginRequiredMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = self._actor(request)  # type: ignore[attr-defined]
        response = self.get_response(request)
        session_id = getattr(request, "session_id", None)
        if session_id is not None and request.session.get(SESSION_ID) != str(session_id):
            # Signed out, left in a hurry, or signed in afresh: whichever view did it, the old session is over.
            usecases.end_session(session_id=session_id, at=clock.now())
        return response

    def _actor(self, request: HttpRequest) -> Actor:
        if SESSION_KEY not in request.session:  # an anonymous visitor costs no query
            return Actor.nobody()
        at = clock.now()
        session_id, user_id = _id(request.session.get(SESSION_ID)), _id(request.session.get(SESSION_KEY))
        session = live_session(session_id=session_id, user_id=user_id, at=at) if session_id and user_id else None
        if session is not None and is_over(session, at):
            usecases.end_session(session_id=session.id, at=at)
            session = None
        if session is None:
            logout(request)
            return Actor.nobody()
        if at - session.last_seen_at > NOTE_USE_EVERY:
            usecases.seen(session_id=session.id, at=at)
        request.session_id = session.id  # type: ignore[attr-defined]
        return actor_of(session)
