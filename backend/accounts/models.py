from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from backend.accounts.states import CodePurpose
from backend.kernel.actor import Role
from backend.kernel.ids import keyed_digest, new_id
from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row

_OWN = "the account's holder; used by the machinery to send sign-in codes"


class UserManager(BaseUserManager["User"]):
    """No create_superuser: there is no user who may see everything."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email_index=username)


class User(AbstractBaseUser):
    """An account. The address is sealed; it is found again by its blind index only. No password is ever set."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email_index = models.CharField(max_length=64, unique=True)
    email_sealed = models.BinaryField()
    known_as = models.CharField(max_length=80, blank=True)  # staff and requesters; always empty for spokespeople
    is_active = models.BooleanField(default=True)
    session_epoch = models.PositiveIntegerField(default=0)  # raising it ends every session at the next request
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email_index"
    objects = UserManager()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django ends a session whose hash differs: so raising the epoch ends them all. There is no password here."""
        return keyed_digest("session-epoch", str(self.id), str(self.session_epoch), secret or "")

    PRIVACY = Declares(
        technical="id password last_login is_active session_epoch created_at",
        personal={
            "email_index": Personal(Sensitivity.S4, "account", "nobody: keyed hash", "while a member", "replaced"),
            "email_sealed": Personal(Sensitivity.S4, "account", _OWN, "while a member", "overwritten"),
            "known_as": Personal(
                Sensitivity.S1, "staff or requester", "those they work with", "with the account", "blanked"
            ),
        },
    )

    class Meta:
        db_table = "backend_user"

    @property
    def is_staff(self) -> bool:
        """There is no Django admin; allauth asks."""
        return False


class RoleGrant(Row):
    """A role, from when until when, and over what: a person (spokesperson) or an organisation (requester)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in Role])
    scope_id = models.UUIDField(null=True)
    granted_by = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    PRIVACY = Declares(technical="id user role scope_id granted_by starts_at ends_at")

    class Meta:
        db_table = "backend_role_grant"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "scope_id"],
                condition=models.Q(ends_at__isnull=True, scope_id__isnull=False),
                name="one_live_scoped_grant",
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(ends_at__isnull=True, scope_id__isnull=True),
                name="one_live_grant",
            ),
            models.CheckConstraint(condition=models.Q(role__in=[r.value for r in Role]), name="role_known"),
        ]


class SignInCode(Row):
    """One asking for a code. Written for unknown addresses as well (without user, never mailed): bar P3."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=[(p.value, p.value) for p in CodePurpose])
    address_digest = models.CharField(max_length=64)  # keyed; only to count tries for an address
    code_hash = models.CharField(max_length=64)  # keyed, bound to this row
    code_sealed = models.BinaryField(default=bytes)  # until it has been mailed, then blank
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id user purpose code_hash code_sealed created_at expires_at tries used_at",
        personal={
            "address_digest": Personal(Sensitivity.S4, "account", "nobody: keyed hash", "1 day", "deleted by age"),
        },
    )

    class Meta:
        db_table = "backend_sign_in_code"
        indexes: ClassVar = [models.Index(fields=["created_at"], name="code_created")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(tries__lte=5), name="five_tries_for_a_code"),
            models.CheckConstraint(
                condition=models.Q(purpose__in=[p.value for p in CodePurpose]), name="code_purpose_known"
            ),
        ]


class UserSession(Row):
    """A signed-in browser, as its owner sees it. The cookie's own key is not here."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    epoch = models.PositiveIntegerField()  # the user's session_epoch at sign-in
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    stepped_up_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=40, blank=True)  # coarse, such as "Firefox on Android"; never an IP address

    PRIVACY = Declares(
        technical="id user epoch created_at ended_at stepped_up_at",
        personal={
            name: Personal(Sensitivity.S2, "account", "the account's holder", "absolute limit and a day", "deleted")
            for name in ("last_seen_at", "device")
        },
    )

    class Meta:
        db_table = "backend_user_session"
        indexes: ClassVar = [models.Index(fields=["last_seen_at"], name="session_seen")]


class UsedCode(Row):
    """A time-based code that was accepted once, so that it is never accepted again (bar S3)."""

    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField()

    PRIVACY = Declares(technical="id digest used_at")

    class Meta:
        db_table = "backend_used_code"


class Throttle(Row):
    """How often something was tried in the present window. In the database, so that it cannot fail open."""

    digest = models.CharField(max_length=64, unique=True)  # keyed hash of bucket and key
    count = models.PositiveIntegerField()
    window_ends = models.DateTimeField()

    PRIVACY = Declares(technical="id digest count window_ends")

    class Meta:
        db_table = "backend_throttle"
        indexes: ClassVar = [models.Index(fields=["window_ends"], name="throttle_ends")]


class Program(Row):
    """A requester's API client. The secret is kept by the identity provider, hashed; it was shown once."""

    client = models.OneToOneField("allauth_idp_oidc.Client", on_delete=models.PROTECT, related_name="program")
    organisation_id = models.UUIDField()
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id client organisation_id created_at revoked_at last_used_at",
        personal={
            "name": Personal(
                Sensitivity.S1, "requester", "the organisation; staff", "with the organisation", "blanked"
            ),
            "created_by": Personal(Sensitivity.S1, "requester", "staff", "with the organisation", "kept: opaque"),
        },
    )

    class Meta:
        db_table = "backend_program"
        indexes: ClassVar = [models.Index(fields=["organisation_id"], name="program_organisation")]


class DemoLink(Row):
    """A link that signs in as one of the demo's people. Works only outside production; the table is empty there."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    PRIVACY = Declares(technical="id token_hash user created_at")

    class Meta:
        db_table = "backend_demo_link"
