"""How long a session lasts, by role. Source: shared threat model 1.6 (ASVS 5.0 V7.1.1, V7.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from backend.kernel.actor import Role


@dataclass(frozen=True, slots=True)
class Limit:
    idle: timedelta  # without a request
    absolute: timedelta  # since sign-in


_STAFF = Limit(timedelta(minutes=15), timedelta(hours=10))
_FINANCE = Limit(timedelta(minutes=10), timedelta(hours=10))
_PERSON = Limit(timedelta(minutes=20), timedelta(hours=8))
LIMITS: dict[Role, Limit] = {
    Role.SPOKESPERSON: _PERSON,
    Role.SUPPORTER: _PERSON,
    Role.REQUESTER: Limit(timedelta(minutes=60), timedelta(hours=10)),
    Role.COORDINATOR: _STAFF,
    Role.SAFEGUARDING: _STAFF,
    Role.ADMIN: _STAFF,
    Role.FINANCE_PREPARER: _FINANCE,
    Role.FINANCE_APPROVER: _FINANCE,
    Role.BOOKKEEPER: _FINANCE,
    Role.TRUSTEE: _STAFF,
}


def limit_for(roles: Iterable[Role]) -> Limit:
    """The strictest of the limits of `roles`; for none, a spokesperson's."""
    limits = [LIMITS[role] for role in roles] or [_PERSON]
    return Limit(min(each.idle for each in limits), min(each.absolute for each in limits))
