"""Sessions: opened by a code, ended by their owner, by time, or by a change of the account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.accounts.models import DemoLink, User, UserSession
from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_secret, secret_hash


@transaction.atomic
def open_session(*, user_id: UUID, device: str, at: datetime) -> UUID:
    """Write down that somebody signed in. `device` is coarse ("Firefox on Android"). Raises NotFound."""
    epoch = User.objects.filter(id=user_id, is_active=True).values_list("session_epoch", flat=True).first()
    if epoch is None:
        raise NotFound
    return UserSession.objects.create(
        user_id=user_id, epoch=epoch, created_at=at, last_seen_at=at, device=device[:40]
    ).id


def seen(*, session_id: UUID, at: datetime) -> None:
    """The session was used. Called at most once a minute for each session."""
    UserSession.objects.filter(id=session_id, last_seen_at__lt=at).update(last_seen_at=at)


def end_session(*, session_id: UUID, at: datetime) -> None:
    """Log-out, quick exit, or a limit reached. Ending it twice is no fault."""
    UserSession.objects.filter(id=session_id, ended_at__isnull=True).update(ended_at=at)


@transaction.atomic
def end_other_sessions(*, actor: Actor, keep: UUID, at: datetime) -> int:
    """End every session of the actor but `keep`. Returns how many."""
    if actor.user_id is None:
        raise NotFound
    others = UserSession.objects.filter(user_id=actor.user_id, ended_at__isnull=True).exclude(id=keep)
    return others.update(ended_at=at)


@transaction.atomic
def end_all_sessions(*, user_id: UUID, at: datetime) -> None:
    """End every session of an account, whatever cookie it has."""
    User.objects.filter(id=user_id).update(session_epoch=F("session_epoch") + 1)
    UserSession.objects.filter(user_id=user_id, ended_at__isnull=True).update(ended_at=at)


@transaction.atomic
def step_up(*, actor: Actor, session_id: UUID, at: datetime) -> None:
    """This session has just proved again who it is. Raises NotFound for somebody else's or an ended session."""
    if actor.user_id is None:
        raise NotFound
    changed = UserSession.objects.filter(id=session_id, user_id=actor.user_id, ended_at__isnull=True).update(
        stepped_up_at=at
    )
    if not changed:
        raise NotFound


@transaction.atomic
def make_demo_link(*, user_id: UUID, at: datetime) -> str:
    """A token for /demo/sign-in/TOKEN. Only the demo makes them, and only the demo's address knows what to do with it."""
    token = new_secret()
    DemoLink.objects.create(user_id=user_id, token_hash=secret_hash(token), created_at=at)
    return token


def user_of_demo_link(token: str) -> UUID | None:
    """Whose demo link this is, or None."""
    row = DemoLink.objects.filter(token_hash=secret_hash(token), user__is_active=True)
    return row.values_list("user_id", flat=True).first()
