"""What requests look like outside their tables. No Django here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from network.consent.data import Disclosed

# --- kinds of work and the brief's fields ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consequence:
    """What this kind of work can lead to, in one sentence, and who says so."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class ExtraField:
    """A question that only this kind of work asks of the requester."""

    name: str
    label: str
    help: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of work, as data (`material/kinds.json`)."""

    code: str
    name: str
    group: str  # media, parliament, event, internal
    rate: str  # class of the fee floor in the network's rate card
    description: str  # for the person
    live: bool
    broadcast: bool
    privilege: str  # "proceedings" or "none"
    published_record: bool
    can_be_private: bool
    lead_days: int
    preparation_minutes: int
    who_pays: str
    consequences: tuple[Consequence, ...]
    extra_fields: tuple[ExtraField, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A figure of the network's own policy: what it is, since when, and where it comes from."""

    name: str
    value: int
    unit: str
    since: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefInput:
    """Everything a requester writes. A draft may leave anything out; `brief_fields()` says what submitting needs."""

    kind: str
    title: str = ""
    purpose: str = ""
    why_lived_experience: str = ""
    who_decides: str = ""
    question_areas: str = ""
    other_contributors: str = ""
    audience: str = ""
    recording: str = ""
    edited: bool | None = None
    editorial_terms: str = ""
    quote_check: str = ""
    first_shown: str = ""
    online_how_long: str = ""
    reuse: str = ""
    identity_needed: str = ""
    welfare_risks: str = ""
    welfare_support: str = ""
    remote: bool = False
    place: str = ""
    access_notes: str = ""
    who_is_in_the_room: str = ""
    supporter_welcome: bool = True
    fee_pence: int | None = None
    expenses: str = ""
    preparation_minutes: int | None = None  # None: the kind's own
    starts_at: datetime | None = None  # UTC
    ends_at: datetime | None = None
    answer_by: datetime | None = None
    point_of_no_return: str = ""
    outcome_report: str = ""
    outcome_promised_by: date | None = None
    topics: tuple[str, ...] = ()  # slugs
    extras: Mapping[str, str] = field(default_factory=dict)  # answers to the kind's own questions


@dataclass(frozen=True, slots=True)
class BriefField:
    """One question of a brief, for forms, the API's description and the page that a person reads."""

    name: str
    label: str
    help: str
    required: bool
    longest: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    who_sees: str = "The people who are asked, and the network’s coordinators"


@dataclass(frozen=True, slots=True)
class LanguageFlag:
    """One phrase to look at again: where, what guides prefer, why, and who says so. A suggestion, never a bar."""

    start: int
    end: int
    found: str
    prefer: str
    mode: str
    why: str
    source: str
    confirmed: bool
    field: str = ""


# --- briefs as they are read ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The answer to a brief that was sent in. The same whoever there is to ask (promise 2, control C2)."""

    opportunity_id: UUID
    reference: str
    state: str
    version: int
    next_word_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefLine:
    """A brief in a list."""

    opportunity_id: UUID
    reference: str
    organisation_id: UUID
    organisation: str
    title: str
    kind: str
    kind_name: str
    source: str
    state: str
    state_words: str
    next_step: str
    fee_pence: int | None
    starts_at: datetime | None
    answer_by: datetime | None
    next_word_by: date | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A label and words, as a person reads them."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that changed after the brief was sent in."""

    version: int
    at: datetime
    field: str
    label: str
    before: str
    after: str
    matters: bool  # people who said yes are asked again


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One step in a brief's history."""

    at: datetime
    move: str
    to_state: str
    note: str
    by: str  # "the network", "the organisation", "the system": never a name


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefPage:
    """A whole brief, for its requester or a coordinator."""

    line: BriefLine
    version: int
    written: BriefInput
    plain: tuple[Section, ...]  # what the person will read
    changes: tuple[Change, ...]
    history: tuple[Moment, ...]
    flags: tuple[LanguageFlag, ...]
    state_reason: str
    hold_until: datetime | None
    moves: tuple[str, ...]  # what this actor can do now


@dataclass(frozen=True, slots=True)
class Checked:
    """What a brief would be if it were sent in now: what a person would read, and words to look at again."""

    plain: tuple[Section, ...]
    flags: tuple[LanguageFlag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLine:
    """A brief that waits for the coordinators, with what is due."""

    line: BriefLine
    due_at: datetime | None
    what_next: str
    standing: str  # how surely we know who asks, in words
    open_questions: int
    asked: int = 0  # how many people were asked, how many of them said yes, how many have not answered
    said_yes: int = 0
    waiting: int = 0


# --- matching and invitations ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody whom the brief fits by their own terms. There is no score and there never will be."""

    person_id: UUID
    known_as: str
    reference: str
    reasons: tuple[str, ...]
    last_asked: datetime | None
    times_asked: int


@dataclass(frozen=True, slots=True)
class Fitting:
    """Those whose turn it is, and how many fit in all."""

    shown: tuple[Candidate, ...]
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationLine:
    """An invitation in a list: of the person's own, or of a brief's for its coordinator."""

    invitation_id: UUID
    opportunity_id: UUID
    person_id: UUID
    known_as: str
    reference: str
    title: str
    organisation: str
    kind_name: str
    state: str
    state_words: str
    fee_pence: int
    starts_at: datetime | None
    answer_by: datetime | None
    sent_at: datetime
    answered_at: datetime | None
    outcome_reason: str
    why: tuple[str, ...]
    changed_since_yes: bool = False  # the brief changed in what matters after this person's yes


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    question_id: UUID
    invitation_id: UUID
    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationPage:
    """The whole brief as the person reads it, and where their own answer stands."""

    line: InvitationLine
    organisation_about: str
    organisation_standing: str
    asked_by: tuple[str, ...]  # "Name, job" of the organisation's people
    plain: tuple[Section, ...]
    consequences: tuple[Consequence, ...]
    questions: tuple[QuestionLine, ...]
    changes: tuple[Change, ...]  # since this person last answered
    changed_since_yes: bool
    version: int
    moves: tuple[str, ...]
    kind: str
    live: bool
    terms_note: str
    agreed_fee_pence: int | None
    consent_ends_at: datetime
    grant_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer led to."""

    invitation_id: UUID
    state: str
    grant_id: UUID | None
    version: int


# --- what the requester gets ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One person who said yes, as far as they agreed to be shown to this organisation for this request."""

    shown: Disclosed  # straight from the gate; what was not agreed is WITHHELD
    state: str  # "yes" or "chosen"
    fee_pence: int
    asks_for_more: bool  # than the brief offers: the requester agrees to it by choosing
    terms_note: str  # the person's own words about their terms

    @property
    def public_id(self) -> UUID:
        return self.shown.public_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """A brief's answers for its requester: the same shape for nobody and for many."""

    opportunity_id: UUID
    reference: str
    state: str
    state_words: str
    next_step: str
    next_word_by: date | None
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    invitation_id: UUID
    opportunity_id: UUID
    public_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ToBook:
    """What a booking needs to know of a choice. For `network.bookings` only; never for an edge."""

    invitation_id: UUID
    opportunity_id: UUID
    organisation_id: UUID
    person_id: UUID
    reference: str
    title: str
    kind: str
    fee_pence: int
    starts_at: datetime
    ends_at: datetime
    point_of_no_return: str
    grant_id: UUID | None
    chosen: bool


# --- Parliament -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """An open call for evidence."""

    call_id: UUID
    external_id: int
    title: str
    committee: str
    house: str
    kind: str
    scope: str
    url: str
    opens_on: date | None
    closes_at: datetime | None
    deadline_moved_from: datetime | None
    state: str
    closes_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a reading of Parliament's calls came to."""

    seen: int
    new: int
    changed: int
    moved_deadlines: int
    closed: int
    failed: int
    requests: int
    retries: int
