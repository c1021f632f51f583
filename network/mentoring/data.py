"""What mentoring hands out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from network.mentoring.states import PairingMove, PairingState
from payments.money import Pence
from payments.public import PayLine


class Part(StrEnum):
    """Who the reader is in a pairing."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    COORDINATOR = "coordinator"


STATE_WORDS = {
    PairingState.PROPOSED: "Waiting for both to say yes",
    PairingState.ACTIVE: "Meeting",
    PairingState.DECLINED: "Did not start",
    PairingState.ENDED: "Ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    session_id: UUID
    reference: str
    held_on: date
    minutes: int
    fee: Pence


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingLine:
    """One pairing as one reader sees it.

    `other` is the other person's working name, only once both said yes; before that neither learns who it is.
    `mentor` and `mentee` are filled for coordinators only.
    """

    pairing_id: UUID
    part: Part
    state: PairingState
    state_words: str
    why: str
    other: str
    mentor: str
    mentee: str
    mentor_said_yes: bool
    mentee_said_yes: bool
    proposed_at: datetime
    ended_at: datetime | None
    sessions: tuple[SessionLine, ...]
    pay: tuple[PayLine, ...]  # the mentor's own; empty for everybody else
    next_actor: str
    next_step: str
    moves: tuple[PairingMove, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a person offers as a mentor, and how much of it is taken."""

    person_id: UUID
    known_as: str
    capacity: int
    open: bool
    taken: int

    @property
    def has_room(self) -> bool:
        return self.open and self.taken < self.capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    session_id: UUID
    reference: str
    fee: Pence
    pay_by: date
