"""What accounts returns to others: frozen, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from backend.kernel.actor import Role


class Scope(StrEnum):
    """What a requester's program may be allowed to do."""

    BRIEFS_READ = "briefs:read"
    BRIEFS_WRITE = "briefs:write"
    CARDS_READ = "cards:read"
    BOOKINGS_READ = "bookings:read"
    BOOKINGS_WRITE = "bookings:write"
    INVOICES_READ = "invoices:read"
    CONSENT_READ = "consent:read"


class AddressUse(StrEnum):
    """Why an account's address may be opened. A new use is a decision: see accounts/addresses.py."""

    SIGN_IN_CODE = "sign-in code"
    WORK_NOTICE = "notice to staff or a requester"
    NEVER_TELL = "compared with people's never-tell lists, as a keyed hash"


@dataclass(frozen=True, slots=True)
class Grant:
    role: Role
    scope_id: UUID | None


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that has not been ended, of an account that is active, with the roles it has at this moment."""

    id: UUID
    user_id: UUID
    created_at: datetime
    last_seen_at: datetime
    stepped_up_at: datetime | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One line of "where you are signed in"."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    device: str
    this_one: bool


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """A program as its organisation sees it. The secret cannot be shown again."""

    id: UUID
    client_id: str
    organisation_id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProgramSecret:
    """Shown once, when a program is made or its secret is renewed."""

    id: UUID
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Security:
    """How an account can prove itself."""

    has_totp: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account as staff see it in lists of people they work with. Never an address."""

    id: UUID
    known_as: str
    is_active: bool
    roles: tuple[Role, ...]
