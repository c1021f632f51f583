"""What the people area hands out. Nothing here names anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kernel.clock import LONDON
from network.people.states import Channel, Face, NameMode, PersonState, Place, Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicNode:
    id: UUID
    slug: str
    name: str
    children: tuple[TopicNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """`code` is said to the person by voice and is not kept; the link goes by a content-free message."""

    person_id: UUID
    invitation_id: UUID
    token: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLink:
    """What the mailer needs to write an invitation, when it writes it."""

    person_id: UUID
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInput:
    """What a person says about themselves. None leaves a field as it was; "" removes it."""

    name_full: str | None = None
    name_first: str | None = None
    name_other: str | None = None
    pronouns: str | None = None
    cover_name: str | None = None
    phone: str | None = None
    place_exact: str | None = None
    place_region: str | None = None
    place_nation: str | None = None
    wants_to_change: str | None = None
    knows: str | None = None
    can_do: str | None = None
    story: str | None = None
    off_limits: str | None = None
    access_needs: str | None = None
    supporter_name: str | None = None
    supporter_contact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsInput:
    """A person's own terms. `kinds` are codes of kinds of work; money in pence."""

    min_fee_pence: int = 0
    notice_hours: int = 48
    short_notice_live_ok: bool = False
    kinds: tuple[str, ...] = ()
    in_person_ok: bool = True
    remote_ok: bool = True
    max_per_month: int = 2
    rest_days: int = 7
    supporter_comes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityInput:
    """How somebody would usually like to be identified. Each request asks again."""

    name_mode: NameMode = NameMode.NONE
    face: Face = Face.NONE
    voice: Voice = Voice.NONE
    place: Place = Place.NONE
    anonymous_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRule:
    """May we use one channel, when (UK hours), who else can see it, and until when we may trust this answer."""

    channel: Channel
    allowed: bool = False
    from_hour: int = 9
    to_hour: int = 20
    others_can_see: bool = True
    voicemail_ok: bool = False
    review_on: date

    def usable(self, at: datetime) -> bool:
        """Allowed, and the answer is not older than its review date (UK)."""
        return self.allowed and at.astimezone(LONDON).date() <= self.review_on


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStanding:
    """What decides whether we may write to somebody by one channel."""

    state: PersonState
    quiet: bool
    has_open_invitation: bool
    rule: ContactRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTopic:
    id: UUID
    slug: str
    name: str
    tell_me_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Something staff wrote down for the person by phone; `can_undo` while nobody has put it back."""

    id: UUID
    at: datetime
    fields: tuple[str, ...]
    can_undo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MyProfile:
    """What a person set, for themselves. Their words come from `consent.gate.own_details`."""

    person_id: UUID
    reference: str
    state: PersonState
    paused_until: datetime | None
    quiet: bool
    payee_ref: UUID
    topics: tuple[ChosenTopic, ...]
    terms: TermsInput
    identity: IdentityInput
    contact_rules: tuple[ContactRule, ...]
    unavailable: tuple[Span, ...]
    coordinators: tuple[UUID, ...]  # user ids
    phone_help: tuple[Help, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAtWork:
    """What the staff who work with somebody see without opening anything: their terms, how they may be reached, who
    works with them. No name, no words, no address."""

    terms: TermsInput
    identity: IdentityInput
    contact_rules: tuple[ContactRule, ...]
    unavailable: tuple[Span, ...]
    coordinators: tuple[UUID, ...]  # user ids
    quiet: bool  # they stopped all messages of ours
    invitation_ends_at: datetime | None  # while they are invited and have not joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A coordinator (a user id) who works with somebody, since when, and until when if that is known."""

    coordinator_id: UUID
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """A person as staff see them in a list: a working name, never their own."""

    person_id: UUID
    reference: str
    known_as: str
    state: PersonState
    paused_until: datetime | None
    topics: tuple[str, ...]
    joined_at: datetime | None
    assigned_to_me: bool
