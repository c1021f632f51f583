"""What bookings hand out: frozen, with words ready to read, and no Django in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from network.bookings.states import BookingMove, BookingState, CheckInKind, CheckInState, RecallState
from network.consent.data import Disclosed
from payments.money import Pence
from payments.public import InvoiceSummary, PayLine


class Side(StrEnum):
    """From where somebody looks at a booking."""

    PERSON = "person"
    REQUESTER = "requester"
    COORDINATOR = "coordinator"


STATE_WORDS = {
    BookingState.AGREEING: "Being agreed",
    BookingState.CONFIRMED: "Confirmed",
    BookingState.DONE: "Took place",
    BookingState.CANCELLED: "Cancelled",
    BookingState.STOPPED: "Stopped",
}
CHECK_IN_WORDS = {
    CheckInKind.BEFORE: "The day before",
    CheckInKind.SAME_DAY: "Right afterwards",
    CheckInKind.DAY_AFTER: "The day after",
    CheckInKind.WEEK: "A week on",
    CheckInKind.MONTH: "A month on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    booking_id: UUID
    reference: str
    created: bool  # False: it was there already


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move came to. `late_fee` is what the person is owed because of a late cancellation."""

    booking_id: UUID
    state: BookingState
    late_fee: Pence = Pence(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingLine:
    """One booking in a list. `who` is a person's working name or reference for staff, empty for everybody else."""

    booking_id: UUID
    reference: str
    state: BookingState
    state_words: str
    title: str
    organisation: str
    who: str
    starts_at: datetime
    ends_at: datetime
    fee: Pence
    pay_by: date
    next_actor: str  # "you", "the requester", "the person", "our team" or "nobody"
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """The person's own words about support, as they wrote them."""

    before: str
    on_the_day: str
    after: str
    if_no_answer: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInLine:
    check_in_id: UUID
    kind: CheckInKind
    kind_words: str
    due_at: datetime
    state: CheckInState
    answer: str
    wants_a_call: bool
    followed_up_at: datetime | None = None  # when staff did what was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A check-in that a coordinator has to do something about: no answer, or a call that was asked for. `who` is a
    working name, or the bare reference for those who do not work with the person."""

    check_in_id: UUID
    booking_id: UUID
    person_id: UUID
    booking_reference: str
    who: str
    kind_words: str
    due_at: datetime
    asked_for_a_call: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    published: str
    url: str
    what_changed: str
    reported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallLine:
    """One request to stop using what was given.

    `organisation` is empty for the organisation itself, which gets the person's public id and the consent reference
    under which it knows what it was given.
    """

    recall_id: UUID
    public_id: UUID | None
    consent_ref: str
    booking_reference: str
    organisation: str
    state: RecallState
    state_words: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A booking that the person kept for now at STOP, and until when they are asked about it."""

    booking_id: UUID
    title: str
    starts_at: datetime
    asked_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutAlready:
    """Something that a stop came too late for: it took place, or its point of no return had passed."""

    booking_id: UUID
    title: str
    organisation: str
    starts_at: datetime
    took_place: bool
    passed_at: datetime | None
    words: str  # the point of no return as it was stated beforehand
    they_say: str  # what became of the recall; empty when nothing was shown or asked back


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What is left after a stop."""

    kept: tuple[Kept, ...]
    stopped: int  # bookings that stopped
    out: tuple[OutAlready, ...]
    recalls: tuple[RecallLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReturn:
    """From when on words cannot be taken back, said beforehand. `left` counts down; None when it has passed."""

    at: datetime | None
    words: str
    left: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateTerms:
    """What a late cancellation costs the requester, shown before anybody agrees: `percent` of the fee when it comes
    within `hours` of the start, by the dated policy."""

    hours: int
    percent: int
    if_cancelled_now: Pence
    on_the_day: Pence


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingPage:
    """One booking as one side sees it. What a side may not see is None or empty."""

    line: BookingLine
    side: Side
    opportunity_id: UUID
    person_id: UUID | None  # never for a requester
    public_id: UUID | None  # the requester's own public id of the person
    shown: Disclosed | None  # what the person agreed to show this requester, by the gate
    sharing: bool  # False: the person shares nothing with this requester (any more)
    place: str
    remote: bool
    purpose: str
    who_is_in_the_room: str
    editorial_terms: str
    person_confirmed_at: datetime | None
    requester_confirmed_at: datetime | None
    done_at: datetime | None
    state_reason: str
    asked_until: datetime | None  # the person kept it for now at STOP, and says until then whether it goes on
    no_return: NoReturn
    late: LateTerms
    care: Care | None
    check_ins: tuple[CheckInLine, ...]
    report: Report | None
    report_due_on: date | None
    recalls: tuple[RecallLine, ...]
    pay: tuple[PayLine, ...]  # the person and staff
    invoice: InvoiceSummary | None  # the requester and staff
    moves: tuple[BookingMove, ...]  # what this actor may do now


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar file that gives nobody away."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SideView:
    """The bare time of a booking and from where somebody looks at it."""

    side: Side
    reference: str
    state: BookingState
    starts_at: datetime
    ends_at: datetime
