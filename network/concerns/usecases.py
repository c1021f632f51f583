"""Asking about something, saying that it worries one, and answering."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.audit.queries import is_mine
from backend.kernel.actor import Actor
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.concerns import events, rules
from network.concerns.models import Concern
from network.concerns.states import CONCERN, ConcernAbout, ConcernKind, ConcernMove, ConcernState
from network.people.queries import assigned_to, payee_ref_of

LONGEST = 4000


def _text(text: str, field: str, empty: str) -> str:
    if not text.strip():
        raise Invalid({field: [empty]})
    if len(text) > LONGEST:
        raise Invalid({field: [f"Keep it to {LONGEST:,} characters."]})
    return text


@transaction.atomic
def raise_concern(
    *, kind: ConcernKind, about: ConcernAbout, about_id: UUID | None, words: str, actor: Actor, at: datetime
) -> UUID:
    """The person asks about something, or says that it worries them. Their words are kept as written (promise 7).

    Raises NotFound for anybody who is not a spokesperson, signed in; Invalid.
    """
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    if about is ConcernAbout.LOOK and about_id is not None:
        payee = payee_ref_of(actor.person_id)
        if not is_mine(about_id, actor=actor, at=at, also=payee):  # what they may not see, they cannot ask about
            raise NotFound
    row = Concern.objects.create(
        person_id=actor.person_id,
        kind=kind,
        about=about,
        about_id=about_id,
        words=_text(words, "words", "Write what you want to ask or say."),
        raised_at=at,
    )
    topic = events.CONCERN_WORRY if kind is ConcernKind.WORRY else events.CONCERN_ASKED
    publish(topic, row.id, key=str(row.id), at=at)
    return row.id


@transaction.atomic
def answer_concern(*, concern_id: UUID, answer: str, actor: Actor, at: datetime) -> None:
    """Answer it, once. Raises NotFound for whoever it did not come to, Conflict when it was answered, Invalid."""
    row = Concern.objects.select_for_update().filter(id=concern_id).first()
    if row is None:
        raise NotFound
    assigned = bool(assigned_to(actor, {row.person_id}, at))
    if not rules.may_read(actor, ConcernKind(row.kind), assigned=assigned):
        raise NotFound
    row.state = next_state(CONCERN, ConcernState(row.state), ConcernMove.ANSWER)
    row.answer = _text(answer, "answer", "Write an answer.")
    row.answered_by, row.answered_at = actor.ref, at
    row.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    publish(events.CONCERN_ANSWERED, row.id, key=str(row.id), at=at)
