"""What notifications hand out, and the shapes that the catalogue and the addressing share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from network.notifications.states import DeliveryState, Route


class Audience(StrEnum):
    PERSON = "person"
    REQUESTER = "requester"
    COORDINATORS = "coordinators"
    FINANCE = "finance"
    SAFEGUARDING = "safeguarding"
    OVERSIGHT = (
        "oversight"  # the safeguarding lead and the administrator, who stands in for the data-protection officer
    )


class About(StrEnum):
    """What kind of thing an event's id belongs to; edges turn it into a page."""

    JOIN_INVITATION = "join_invitation"
    INVITATION = "invitation"
    QUESTION = "question"
    OPPORTUNITY = "opportunity"
    CALL = "call"
    BOOKING = "booking"
    CHECK_IN = "check_in"
    RECALL = "recall"
    PAIRING = "pairing"
    SESSION = "session"
    GRANT = "grant"
    PAYOUT = "payout"
    INVOICE = "invoice"
    PAYEE = "payee"
    PAYOUT_RUN = "payout_run"
    BANK_FILE = "bank_file"
    PERSON = "person"
    HELP = "help"
    CONCERN = "concern"
    ORGANISATION = "organisation"
    COMPLAINT = "complaint"
    MATCH = "match"  # of a never-tell list
    GLASS = "glass"  # an emergency
    LOOKED = "looked"  # somebody's list of who looked
    ALERT = "alert"  # an unusual look


class Subject(StrEnum):
    """All the subjects there are (bar P2: at most six in the product; the sixth word for it is "Your code", which the
    sign-in sends). None says what it is about."""

    MESSAGE = "You have a message"
    ANSWER = "Something needs your answer"
    REMINDER = "A reminder"


@dataclass(frozen=True, slots=True)
class To:
    """One recipient: a spokesperson or an account of staff or a requester. Never both, never several."""

    person_id: UUID | None = None
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What addressing has to know of the thing an event is about. `state` is re-read before anything is sent."""

    state: str = ""
    people: tuple[UUID, ...] = ()
    organisation_id: UUID | None = None
    raised_by: str = ""  # actor ref of who asked
    acted: frozenset[Audience] = field(default_factory=frozenset)  # sides that have done their part already


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of one channel of a message."""

    route: Route
    state: DeliveryState
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line of somebody's own message log. The words are put together when it is read."""

    notice_id: UUID
    token: str
    topic: str
    about: About | None
    object_id: UUID
    words: str
    needs_answer: bool
    at: datetime
    read_at: datetime | None
    sent: tuple[Sent, ...]

    @property
    def is_read(self) -> bool:
        return self.read_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """Where a link in a message leads, once the reader has signed in."""

    notice_id: UUID
    topic: str
    about: About | None
    object_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What whoever holds the link of a message may do now without signing in; stopping everything is always among it.
    `answer_token` opens the request, where the mailbox is the person's alone."""

    notice_id: UUID
    person_id: UUID
    answer_token: str
    can_stop_this: bool
    can_pause: bool
