"""Who is acting. Every use case takes an `Actor`; it is never optional and never fetched from a global."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

STEP_UP_LASTS = timedelta(minutes=5)


class Role(StrEnum):
    SPOKESPERSON = "spokesperson"
    SUPPORTER = "supporter"
    REQUESTER = "requester"
    COORDINATOR = "coordinator"
    FINANCE_PREPARER = "finance_preparer"
    FINANCE_APPROVER = "finance_approver"
    BOOKKEEPER = "bookkeeper"  # compares the books with the bank and Stripe; can pay nobody (control C36)
    TRUSTEE = "trustee"  # reads the figures; changes nothing
    SAFEGUARDING = "safeguarding"
    ADMIN = "admin"


STAFF_ROLES = frozenset(
    {
        Role.COORDINATOR,
        Role.FINANCE_PREPARER,
        Role.FINANCE_APPROVER,
        Role.BOOKKEEPER,
        Role.TRUSTEE,
        Role.SAFEGUARDING,
        Role.ADMIN,
    }
)


class ActorKind(StrEnum):
    USER = "user"
    PROGRAM = "program"  # a requester's API client
    LINK = "link"  # a signed link in a message: acts for one person on one thing
    SYSTEM = "system"  # the network's own machinery; may never answer for a person
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, a program or the machinery, with what it may be at this moment.

    `person_id` is the spokesperson this actor *is*; `organisation_id` the requester it speaks for.
    `session_ref` is an opaque digest, so that two approvals can be told apart without storing a session key.
    """

    kind: ActorKind
    user_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    person_id: UUID | None = None
    organisation_id: UUID | None = None
    program_id: str = ""
    scopes: frozenset[str] = frozenset()
    session_ref: str = ""
    stepped_up_at: datetime | None = None
    name: str = field(default="")  # for SYSTEM: which machinery ("sweeper"); never a human's name

    @classmethod
    def system(cls, name: str) -> Actor:
        return cls(kind=ActorKind.SYSTEM, name=name)

    @classmethod
    def nobody(cls) -> Actor:
        return cls(kind=ActorKind.NOBODY)

    def has(self, *roles: Role) -> bool:
        """True when the actor holds at least one of `roles`."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_staff(self) -> bool:
        return not self.roles.isdisjoint(STAFF_ROLES)

    def is_person(self, person_id: UUID) -> bool:
        """True only for the person themselves (promise 3: only the person answers for the person)."""
        return self.person_id is not None and self.person_id == person_id

    def speaks_for(self, organisation_id: UUID) -> bool:
        return self.organisation_id is not None and self.organisation_id == organisation_id

    def has_stepped_up(self, at: datetime) -> bool:
        """True when this session proved itself again within the last five minutes (control C30)."""
        return self.stepped_up_at is not None and at - self.stepped_up_at <= STEP_UP_LASTS

    @property
    def ref(self) -> str:
        """Opaque text for histories: kind and id, never a name."""
        match self.kind:
            case ActorKind.USER:
                return f"user:{self.user_id}"
            case ActorKind.PROGRAM:
                return f"program:{self.program_id}"
            case ActorKind.LINK:
                return f"link:{self.person_id or self.user_id}"
            case ActorKind.SYSTEM:
                return f"system:{self.name}"
            case ActorKind.NOBODY:
                return "nobody"
