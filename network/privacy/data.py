from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from network.privacy.states import ErasureState


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What was erased, what was kept and why. It names nobody."""

    erasure_id: UUID
    state: ErasureState
    asked_at: datetime
    finished_at: datetime | None
    removed: Mapping[str, int]  # table -> rows
    kept: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A person's data as a file. `content` is a ZIP of data.json, readable.html and consent receipts."""

    filename: str
    content: bytes
