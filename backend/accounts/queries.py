"""Reads of accounts. Each is a constant number of statements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db.models import F, FilteredRelation, Q

from backend.accounts import rules
from backend.accounts.data import Account, Grant, LiveSession, ProgramLine, Security, SessionLine
from backend.accounts.models import Program, RoleGrant, User, UserSession
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import NotFound


def live_session(*, session_id: UUID, user_id: UUID, at: datetime) -> LiveSession | None:
    """The session with the roles its user has at this moment, in one statement; None when it has ended."""
    rows = list(
        UserSession.objects.filter(
            id=session_id,
            user_id=user_id,
            ended_at__isnull=True,
            user__is_active=True,
            epoch=F("user__session_epoch"),
        )
        .annotate(
            live=FilteredRelation(
                "user__role_grants",
                condition=Q(user__role_grants__starts_at__lte=at)
                & (Q(user__role_grants__ends_at__isnull=True) | Q(user__role_grants__ends_at__gt=at)),
            )
        )
        .order_by("live__starts_at", "live__id")
        .values_list("created_at", "last_seen_at", "stepped_up_at", "live__role", "live__scope_id")
    )
    if not rows:
        return None
    created_at, last_seen_at, stepped_up_at, _, _ = rows[0]
    grants = tuple(Grant(Role(role), scope_id) for _, _, _, role, scope_id in rows if role)
    return LiveSession(session_id, user_id, created_at, last_seen_at, stepped_up_at, grants)


def sessions_visible_to(actor: Actor, this_session: UUID) -> list[SessionLine]:
    """Where the actor is signed in, newest use first. Nobody sees anybody else's."""
    if actor.user_id is None:
        raise NotFound
    rows = UserSession.objects.filter(
        user_id=actor.user_id, ended_at__isnull=True, epoch=F("user__session_epoch")
    ).order_by("-last_seen_at")[:50]
    return [SessionLine(s.id, s.created_at, s.last_seen_at, s.device, s.id == this_session) for s in rows]


def security_of(actor: Actor) -> Security:
    """How the actor's own account can prove itself."""
    found = {a.type: a for a in Authenticator.objects.filter(user_id=actor.user_id)}
    codes = found.get(Authenticator.Type.RECOVERY_CODES)
    left = len(RecoveryCodes(codes).get_unused_codes()) if codes else 0
    return Security(Authenticator.Type.TOTP in found, left)


def programs_visible_to(actor: Actor, organisation_id: UUID) -> list[ProgramLine]:
    """The API clients of an organisation. Raises NotFound for those who do not manage them."""
    if not rules.may_manage_programs(actor, organisation_id):
        raise NotFound
    rows = Program.objects.filter(organisation_id=organisation_id).select_related("client").order_by("-created_at")[:50]
    return [
        ProgramLine(
            p.id,
            p.client_id,
            p.organisation_id,
            p.name,
            tuple(p.client.get_scopes()),
            p.created_at,
            p.revoked_at,
            p.last_used_at,
        )
        for p in rows
    ]


def users_with_role(role: Role, *, at: datetime, scope_id: UUID | None = None) -> list[UUID]:
    """Active accounts that hold a role now (over `scope_id` when given): whom to tell. For handlers, not for pages."""
    rows = RoleGrant.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), role=role, starts_at__lte=at, user__is_active=True
    )
    if scope_id is not None:
        rows = rows.filter(scope_id=scope_id)
    return list(rows.order_by("user_id").values_list("user_id", flat=True).distinct())


def first_with_role(role: Role, *, at: datetime) -> UUID | None:
    """Who has held the role longest: the demo's cast is made first."""
    rows = RoleGrant.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), role=role, starts_at__lte=at, user__is_active=True
    )
    return rows.order_by("starts_at", "id").values_list("user_id", flat=True).first()


def known_as(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Working names of staff and requesters, in one statement. Empty for spokespeople, by construction."""
    return dict(User.objects.filter(id__in=list(user_ids)).values_list("id", "known_as"))


def accounts_visible_to(actor: Actor, *, at: datetime) -> list[Account]:
    """Staff accounts with their roles, for the network admin. Raises NotFound for everybody else."""
    if not actor.has(Role.ADMIN):
        raise NotFound
    rows = (
        RoleGrant.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at)
        .exclude(role__in=rules.OUTSIDE_ROLES)
        .order_by("user__known_as", "user_id", "role")
        .values_list("user_id", "user__known_as", "user__is_active", "role")[:500]
    )
    found: dict[UUID, Account] = {}
    for user_id, name, active, role in rows:
        before = found[user_id].roles if user_id in found else ()
        found[user_id] = Account(user_id, name, active, (*before, Role(role)))
    return list(found.values())


def program_of_token(token: str) -> tuple[Actor, datetime | None] | None:
    """The program that holds this bearer token now, and when it was last noted as used; one statement.

    Its scopes are those of the token that the client still has. It may do what a requester of its organisation may,
    as far as its scopes go.
    """
    if "\x00" in token:
        return None
    row = (
        Token.objects.valid()
        .by_value(token)
        .filter(type=Token.Type.ACCESS_TOKEN, client__program__revoked_at__isnull=True)
        .values_list(
            "client__program__id",
            "client__program__organisation_id",
            "client__program__last_used_at",
            "scopes",
            "client__scopes",
        )
        .first()
    )
    if row is None or row[0] is None:
        return None
    program_id, organisation_id, last_used_at, token_scopes, client_scopes = row
    scopes = frozenset(token_scopes.split()) & frozenset(client_scopes.split())
    actor = Actor(
        kind=ActorKind.PROGRAM,
        roles=frozenset({Role.REQUESTER}),
        organisation_id=organisation_id,
        program_id=str(program_id),
        scopes=scopes,
    )
    return actor, last_used_at


def signed_in_since(since: datetime) -> frozenset[UUID]:
    """Accounts somebody signed in to at or after `since`. For retention only."""
    return frozenset(User.objects.filter(last_login__gte=since).values_list("id", flat=True))
