"""What the vault holds, and the warrant without which it stays shut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from backend.kernel.actor import Actor


class Field(StrEnum):
    """One thing about a person. All of it is sealed under that person's own key."""

    NAME_FULL = "name_full"
    NAME_FIRST = "name_first"
    NAME_OTHER = "name_other"  # another name they chose to be known by
    PRONOUNS = "pronouns"
    COVER_NAME = "cover_name"  # how we may call ourselves or them on a shared phone; never disclosed
    EMAIL = "email"
    PHONE = "phone"
    PLACE_EXACT = "place_exact"  # town
    PLACE_REGION = "place_region"
    PLACE_NATION = "place_nation"
    WANTS_TO_CHANGE = "wants_to_change"
    KNOWS = "knows"
    CAN_DO = "can_do"
    STORY = "story"
    OFF_LIMITS = "off_limits"
    ACCESS_NEEDS = "access_needs"
    SUPPORTER_NAME = "supporter_name"
    SUPPORTER_CONTACT = "supporter_contact"
    # How the law keeps them anonymous, and from whom they stay unrecognised, as one sealed record (people.protection):
    # that there is one does not say which. Never disclosed.
    PROTECTION = "protection"


class WarrantKind(StrEnum):
    """Which door the vault is opened from."""

    OWN = "own"  # the person reads or writes their own
    JOIN = "join"  # an invitation on its way to becoming an account
    STAFF_WRITE = "staff_write"  # help by phone, recorded as such
    DISCLOSE = "disclose"  # the consent gate
    MESSAGE = "message"  # an address for our own mailer
    LEDGER = "ledger"  # bodies of consent events
    EXPORT = "export"
    ERASE = "erase"
    SEARCH = "search"  # by blind index only; sees no values
    NEVER_TELL = "never_tell"  # lists of those who must never know, compared in memory
    BREAK_GLASS = "break_glass"  # one field group, after the glass was broken
    VERIFY = "verify"  # bodies of consent events of everybody, to compare them with the projection


# Kinds that are not about named people. They never open values of `VaultItem` (store.py sees to it).
UNBOUNDED = frozenset({WarrantKind.SEARCH, WarrantKind.VERIFY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Warrant:
    """Who opens the vault, from which door, for what, about whom. Made where it is used, never kept."""

    kind: WarrantKind
    actor: Actor
    purpose: str
    person_ids: frozenset[UUID] = frozenset()

    @classmethod
    def about(cls, kind: WarrantKind, actor: Actor, purpose: str, person_ids: Iterable[UUID]) -> Warrant:
        return cls(kind=kind, actor=actor, purpose=purpose, person_ids=frozenset(person_ids))
