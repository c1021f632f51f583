from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from network.privacy.states import ComplaintAbout, ComplaintState, ErasureState


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What was erased, what was kept and why. It names nobody."""

    erasure_id: UUID
    state: ErasureState
    asked_at: datetime
    finished_at: datetime | None
    removed: Mapping[str, int]  # table -> rows
    asked_others: int  # organisations that were asked to stop using what they had
    kept: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A person's data as a file. `content` is a ZIP of data.json, readable.html and consent receipts."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What somebody who complained is told at once: the reference, and the day by which a person writes back."""

    complaint_id: UUID
    reference: str
    acknowledge_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintLine:
    """A complaint for whoever deals with it."""

    complaint_id: UUID
    reference: str
    about: ComplaintAbout
    words: str
    contact: str  # empty: they want no answer
    received_at: datetime
    acknowledge_by: date
    state: ComplaintState
    answer: str
    answered_at: datetime | None
