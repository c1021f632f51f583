"""Complaints: anybody may make one, by a form that asks nothing else of them; a person of the network answers it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from backend.kernel import crypto
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.ids import reference
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.privacy import events
from network.privacy.data import ComplaintLine, Received
from network.privacy.models import Complaint
from network.privacy.states import COMPLAINT, ComplaintAbout, ComplaintMove, ComplaintState

LONGEST = 5000
PAGE = 100
REMIND_BEFORE = (timedelta(days=7), timedelta(days=1))
_FILE = Path(__file__).parents[1] / "material" / "complaints.json"
_TABLE = "network_complaint"


@lru_cache(maxsize=1)
def _policies() -> list[tuple[str, date, int]]:
    with _FILE.open(encoding="utf-8") as file:
        rows = json.load(file)["policies"]
    return [(row["name"], date.fromisoformat(row["effective_from"]), int(row["value"])) for row in rows]


def acknowledge_days(on: date) -> int:
    """Within how many days a complaint is acknowledged, by the policy in force on that day."""
    found = [(since, value) for name, since, value in _policies() if name == "acknowledge_days"]
    in_force = [pair for pair in found if pair[0] <= on] or [min(found)]
    return max(in_force)[1]


def _key() -> bytes:
    return crypto.keyring().derived("complaint")


def _seal(text: str, column: str, row: UUID) -> bytes:
    return crypto.seal(text, _key(), table=_TABLE, column=column, row=str(row)) if text else b""


def _unseal(sealed: bytes | memoryview, column: str, row: UUID) -> str:
    return crypto.unseal(sealed, _key(), table=_TABLE, column=column, row=str(row)) if sealed else ""


@transaction.atomic
def make_complaint(*, about: ComplaintAbout, words: str, contact: str = "", actor: Actor, at: datetime) -> Received:
    """Complain about anything, signed in or not, with or without a way to be answered. The words are kept as written,
    sealed; who was signed in is not kept. Raises Invalid."""
    words, contact = words.replace("\x00", ""), contact.replace("\x00", "").strip()
    wrong: dict[str, list[str]] = {}
    if not words.strip():
        wrong["words"] = ["Write what happened, or what should be different."]
    elif len(words) > LONGEST:
        wrong["words"] = [f"Keep it to {LONGEST:,} characters."]
    if contact:
        try:
            validate_email(contact)
        except ValidationError:
            wrong["contact"] = ["Write an email address with an @, or leave it empty."]
    if wrong:
        raise Invalid(wrong)
    today = at.astimezone(LONDON).date()
    row = Complaint(
        reference=reference("CP"),
        about=about,
        received_at=at,
        acknowledge_by=today + timedelta(days=acknowledge_days(today)),
    )
    row.words_sealed = _seal(words, "words_sealed", row.id)
    row.contact_sealed = _seal(contact, "contact_sealed", row.id)
    row.save(force_insert=True)
    publish(events.COMPLAINT_MADE, row.id, key=str(row.id), at=at)
    return Received(complaint_id=row.id, reference=row.reference, acknowledge_by=row.acknowledge_by)


def _may_read(actor: Actor) -> bool:
    """The safeguarding lead: a complaint may be about a coordinator, about finance, or about the admin."""
    return actor.kind is ActorKind.USER and actor.has(Role.SAFEGUARDING)


def complaints_visible_to(actor: Actor) -> tuple[ComplaintLine, ...]:
    """Complaints for the safeguarding lead, open ones first, the nearest day first. Empty for everybody else."""
    if not _may_read(actor):
        return ()
    return tuple(_line(row) for row in Complaint.objects.order_by("-state", "acknowledge_by", "id")[:PAGE])


def _line(row: Complaint) -> ComplaintLine:
    return ComplaintLine(
        complaint_id=row.id,
        reference=row.reference,
        about=ComplaintAbout(row.about),
        words=_unseal(row.words_sealed, "words_sealed", row.id),
        contact=_unseal(row.contact_sealed, "contact_sealed", row.id),
        received_at=row.received_at,
        acknowledge_by=row.acknowledge_by,
        state=ComplaintState(row.state),
        answer=_unseal(row.answer_sealed, "answer_sealed", row.id),
        answered_at=row.answered_at,
    )


@transaction.atomic
def answer_complaint(*, complaint_id: UUID, answer: str, actor: Actor, at: datetime) -> None:
    """Write down what was answered and done. Raises NotFound for everybody but the safeguarding lead, Invalid, Conflict."""
    row = Complaint.objects.select_for_update().filter(pk=complaint_id).first() if _may_read(actor) else None
    if row is None:
        raise NotFound
    row.state = next_state(COMPLAINT, ComplaintState(row.state), ComplaintMove.ANSWER)
    answer = answer.replace("\x00", "").strip()
    if not answer or len(answer) > LONGEST:
        raise Invalid({"answer": [f"Write what was answered and done, in up to {LONGEST:,} characters."]})
    row.answer_sealed = _seal(answer, "answer_sealed", row.id)
    row.answered_by, row.answered_at = actor.ref, at
    row.save(update_fields=["state", "answer_sealed", "answered_by", "answered_at"])


@transaction.atomic
def remind_of_complaints(*, at: datetime) -> int:
    """Scheduled: the safeguarding lead is told a week before a complaint has to be acknowledged, the day before, and each
    week after that while nobody has. Running it often does no harm. Returns how many are near or past their day."""
    today = at.astimezone(LONDON).date()
    due = 0
    for row in Complaint.objects.filter(state=ComplaintState.OPEN, acknowledge_by__lte=today + REMIND_BEFORE[0]):
        due += 1
        left = row.acknowledge_by - today
        stage = sum(left <= before for before in REMIND_BEFORE) if left >= timedelta(0) else 3 + (-left.days) // 7
        publish(events.COMPLAINT_DUE, row.id, key=f"{row.id}:{stage}", at=at)
    return due
