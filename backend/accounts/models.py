from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from backend.kernel.actor import Role
from backend.kernel.ids import new_id
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
