"""Accounts and roles."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from backend.accounts import addresses, rules
from backend.accounts.models import RoleGrant, SignInCode, User, UserSession
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from backend.kernel.ids import new_id, new_secret, secret_hash

KNOWN_AS_LONGEST = 80


@transaction.atomic
def ensure_user(*, email: str, known_as: str = "", at: datetime) -> UUID:
    """The account of this address, made now if there is none. An account alone may do nothing: roles are granted.

    `known_as` is for staff and requesters; leave it empty for spokespeople, whose names live in the vault. It never
    changes an account that exists. Raises Invalid for what is no address.
    """
    address = addresses.normalise(email)
    if len(known_as) > KNOWN_AS_LONGEST:
        raise Invalid({"known_as": [f"Use at most {KNOWN_AS_LONGEST} characters"]})
    index = addresses.index(address)
    found = User.objects.filter(email_index=index).values_list("id", flat=True).first()
    if found:
        return found
    user_id = new_id()
    try:
        with transaction.atomic():
            User.objects.create(
                id=user_id,
                email_index=index,
                email_sealed=addresses.seal(address, user_id, at=at),
                known_as=known_as,
                created_at=at,
            )
    except IntegrityError:  # made by somebody else a moment ago
        return User.objects.values_list("id", flat=True).get(email_index=index)
    return user_id


@transaction.atomic
def grant_role(*, user_id: UUID, role: Role, scope_id: UUID | None = None, actor: Actor, at: datetime) -> UUID:
    """Give a role from now on; over a person or organisation (`scope_id`) where the role has one.

    Returns the grant's id; the same live grant twice is one. Raises NotAllowed, NotFound, or Conflict when the person
    already holds a role that must be another person's.
    """
    if not rules.may_grant(actor, role) or actor.user_id == user_id:
        raise NotAllowed("Somebody else has to give this role.")
    if role not in rules.OUTSIDE_ROLES and rules.needs_step_up(actor, at):
        raise StepUpNeeded
    if (scope_id is not None) != (role in rules.SCOPED_ROLES):
        raise Invalid({"scope_id": ["This role needs to say over whom" if scope_id is None else "Not for this role"]})
    if not User.objects.select_for_update().filter(id=user_id).exists():
        raise NotFound
    live = RoleGrant.objects.filter(user_id=user_id, ends_at__isnull=True)
    if role in rules.NEVER_TOGETHER and live.filter(role__in=rules.NEVER_TOGETHER - {role}).exists():
        raise Conflict("The one who prepares payments and the one who approves them are two people.")
    same = live.filter(role=role, scope_id=scope_id).values_list("id", flat=True).first()
    if same:
        return same
    return RoleGrant.objects.create(
        user_id=user_id, role=role, scope_id=scope_id, granted_by=actor.ref, starts_at=at
    ).id


@transaction.atomic
def end_role(*, user_id: UUID, role: Role, scope_id: UUID | None = None, actor: Actor, at: datetime) -> None:
    """End a role; the next request no longer has it. With the last one, codes on their way are no longer sent.

    Raises NotAllowed, or NotFound when there is no such live grant.
    """
    if not rules.may_grant(actor, role):
        raise NotAllowed
    if role not in rules.OUTSIDE_ROLES and rules.needs_step_up(actor, at):
        raise StepUpNeeded
    ended = RoleGrant.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), user_id=user_id, role=role, scope_id=scope_id
    ).update(ends_at=at)
    if not ended:
        raise NotFound
    if not RoleGrant.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), user_id=user_id).exists():
        SignInCode.objects.filter(user_id=user_id, used_at__isnull=True, expires_at__gt=at).update(expires_at=at)


@transaction.atomic
def disable_user(*, user_id: UUID, actor: Actor, at: datetime) -> None:
    """Close an account: its sessions end at the next request and no code is mailed any more. Raises NotFound."""
    if not rules.may_manage_account(actor):
        raise NotFound
    changed = User.objects.filter(id=user_id).update(is_active=False, session_epoch=F("session_epoch") + 1)
    if not changed:
        raise NotFound
    UserSession.objects.filter(user_id=user_id, ended_at__isnull=True).update(ended_at=at)


@transaction.atomic
def change_email(*, email: str, actor: Actor, at: datetime) -> None:
    """The account's own holder gives another address to sign in with; every session of theirs ends.

    Raises StepUpNeeded without a fresh proof, Invalid for an address that cannot be used.
    """
    if actor.user_id is None:
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    address = addresses.normalise(email)
    try:
        with transaction.atomic():
            User.objects.filter(id=actor.user_id).update(
                email_index=addresses.index(address),
                email_sealed=addresses.seal(address, actor.user_id, at=at),
                session_epoch=F("session_epoch") + 1,
            )
    except IntegrityError:
        raise Invalid({"email": ["We cannot use that address. Please give another one."]}) from None
    UserSession.objects.filter(user_id=actor.user_id, ended_at__isnull=True).update(ended_at=at)


@transaction.atomic
def forget_user(*, user_id: UUID, actor: Actor, at: datetime) -> bool:
    """Erase who an account belonged to: it is closed, and its address can neither be read nor found again. An account
    that still holds another role is left alone. Returns whether it was forgotten. Safe to repeat. Raises NotFound."""
    if not rules.may_manage_account(actor):
        raise NotFound
    live = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    if RoleGrant.objects.filter(live, user_id=user_id).exclude(role=Role.SPOKESPERSON).exists():
        return False
    RoleGrant.objects.filter(live, user_id=user_id).update(ends_at=at)
    addresses.forget(user_id, at=at)
    unknown = new_secret()
    changed = User.objects.filter(id=user_id).update(
        is_active=False,
        session_epoch=F("session_epoch") + 1,
        email_index=secret_hash(unknown),
        email_sealed=b"",
        known_as="",
    )
    UserSession.objects.filter(user_id=user_id).delete()
    SignInCode.objects.filter(user_id=user_id).delete()
    return changed == 1
