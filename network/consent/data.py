"""What the gate and the ledger hand out: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Literal
from uuid import UUID

from network.consent.states import (
    Category,
    DataKind,
    EventType,
    Format,
    GrantState,
    Layer,
    Method,
    Purpose,
    RecipientKind,
    Status,
)
from network.people.states import Face, NameMode, Place, Voice

__all__ = [
    "NOT_IDENTIFIED",
    "WITHHELD",
    "Category",
    "Contact",
    "DataKind",
    "Disclosed",
    "EventType",
    "Format",
    "GrantState",
    "GrantView",
    "Identity",
    "Layer",
    "Method",
    "OwnDetails",
    "Purpose",
    "Receipt",
    "Recipient",
    "RecipientKind",
    "Status",
    "Withheld",
    "Wording",
    "Words",
]


class Withheld(Enum):
    """In place of anything that was not agreed. False in a condition, "Not shared" on a page."""

    WITHHELD = "withheld"

    def __bool__(self) -> Literal[False]:
        return False

    def __str__(self) -> str:
        return "Not shared"


WITHHELD: Final = Withheld.WITHHELD


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets it. `organisation` names exactly one."""

    kind: RecipientKind
    id: UUID | None = None

    @classmethod
    def organisation(cls, organisation_id: UUID) -> Recipient:
        return cls(RecipientKind.ORGANISATION, organisation_id)

    @classmethod
    def network(cls) -> Recipient:
        return cls(RecipientKind.NETWORK)

    @classmethod
    def public(cls) -> Recipient:
        return cls(RecipientKind.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How a person may be identified. The default gives nothing away."""

    name_mode: NameMode = NameMode.NONE
    face: Face = Face.NONE
    voice: Voice = Voice.NONE
    place: Place = Place.NONE
    anonymous_from: tuple[str, ...] = ()  # public, community, family, somebody


NOT_IDENTIFIED = Identity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    email: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A person's own words, exactly as they wrote them (promise 7). Empty where they wrote nothing."""

    wants_to_change: str = ""
    knows: str = ""
    can_do: str = ""
    story: str = ""
    off_limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """One person as one recipient may see them, now. `person_id` stays inside: show `public_id` to organisations."""

    person_id: UUID
    public_id: UUID  # pairwise: another organisation has another one (control C16)
    name: str | Withheld = WITHHELD
    pronouns: str | Withheld = WITHHELD
    contact: Contact | Withheld = WITHHELD
    story: Words | Withheld = WITHHELD
    topics: tuple[str, ...] | Withheld = WITHHELD
    place: str | Withheld = WITHHELD
    access_needs: str | Withheld = WITHHELD
    identity: Identity = NOT_IDENTIFIED
    formats: tuple[Format, ...] = ()  # the ways in which it may be used
    reuse: bool = False  # may be used again in those ways without asking first
    consents: tuple[UUID, ...] = ()  # the grants this rests on
    consent_ref: str = ""  # opaque; the organisation may ask its status at any time
    ends_at: datetime | None = None  # UTC; when the consent ends by itself

    @property
    def name_words(self) -> str:
        """The name, or a sentence that fits where a name would stand."""
        if self.name is not WITHHELD:
            return str(self.name)
        return "Does not wish to be named"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDetails:
    """Everything a person told us about themselves, for themselves."""

    person_id: UUID
    name_full: str = ""
    name_first: str = ""
    name_other: str = ""
    pronouns: str = ""
    cover_name: str = ""
    email: str = ""
    phone: str = ""
    place_exact: str = ""
    place_region: str = ""
    place_nation: str = ""
    wants_to_change: str = ""
    knows: str = ""
    can_do: str = ""
    story: str = ""
    off_limits: str = ""
    access_needs: str = ""
    supporter_name: str = ""
    supporter_contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """One consent as it stands."""

    id: UUID
    person_id: UUID
    layer: Layer
    categories: frozenset[Category]
    purpose: Purpose
    recipient: Recipient
    opportunity_id: UUID | None
    formats: frozenset[Format]
    identity: Identity
    reuse: bool
    starts_at: datetime
    ends_at: datetime
    state: GrantState
    wording_id: str
    wording_version: int
    changed_at: datetime
    narrowed_at: datetime | None
    special: frozenset[Category] = frozenset()  # special-category data, as it was when the person agreed
    criminal: frozenset[Category] = frozenset()  # criminal-offence data
    suspended_at: datetime | None = None  # what was agreed to changed, and the person has not answered yet
    paused_at: datetime | None = None  # the person paused everything

    @property
    def rests(self) -> bool:
        return self.suspended_at is not None or self.paused_at is not None

    def live(self, at: datetime) -> bool:
        """No record, expired, resting or unknown means no (promise 1)."""
        return self.state is GrantState.GIVEN and not self.rests and self.starts_at <= at < self.ends_at

    def standing(self, at: datetime) -> bool:
        """Agreed and not over, though it may rest or not have begun: what the person can still stop or take up again."""
        return self.state is GrantState.GIVEN and at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the person was told, in a version that never changes. The four parts are the ICO's (facts A4)."""

    id: str
    version: int
    title: str
    who: str
    why: str
    what: str
    withdraw: str
    question: str
    more: tuple[tuple[str, str], ...] = ()  # heading and text; Ofcom 7.3's elements for a request (facts A5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof for the person of one act. `json_ld` has the fields of ISO/IEC TS 27560 in DPV terms."""

    id: UUID  # the ledger event
    grant_id: UUID
    at: datetime
    act: EventType
    grant: GrantView
    wording: Wording
    json_ld: Mapping[str, object] = field(default_factory=dict, repr=False)
