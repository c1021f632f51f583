"""Reading one's own messages. The words are put together now, from the catalogue; nothing is stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from network.notifications import rules
from network.notifications.catalogue import CATALOGUE, words_for
from network.notifications.data import Audience, Leads, Message, Sent, Subject, To
from network.notifications.models import Delivery, Notice
from network.notifications.states import DeliveryState, Reason, Route

PAGE = 50


def _mine(actor: Actor) -> QuerySet[Notice]:
    if actor.kind is not ActorKind.USER:
        return Notice.objects.none()
    mine = Q(pk__in=[])
    if actor.person_id is not None:
        mine |= Q(person_id=actor.person_id)
    if actor.user_id is not None:
        mine |= Q(user_id=actor.user_id)
    return Notice.objects.filter(mine)


def _sent(row: Delivery) -> Sent:
    return Sent(route=Route(row.route), state=DeliveryState(row.state), reason=Reason(row.reason), at=row.sent_at)


def _message(row: Notice) -> Message:
    words, subject, about = words_for(row.topic, Audience(row.audience))
    return Message(
        notice_id=row.id,
        token=row.token,
        topic=row.topic,
        about=about,
        object_id=row.object_id,
        words=words,
        needs_answer=subject is Subject.ANSWER,
        at=row.created_at,
        read_at=row.read_at,
        sent=tuple(_sent(d) for d in row.deliveries.all()),
    )


def messages_for(actor: Actor, *, before: tuple[datetime, UUID] | None = None) -> tuple[Message, ...]:
    """One page of the actor's own messages, newest first; `before` is (at, notice_id) of the last line of the page
    before. Two statements."""
    rows = (
        _mine(actor)
        .order_by("-created_at", "-id")
        .prefetch_related(Prefetch("deliveries", queryset=Delivery.objects.order_by("route")))
    )
    if before is not None:
        rows = rows.filter(Q(created_at__lt=before[0]) | Q(created_at=before[0], id__lt=before[1]))
    return tuple(_message(row) for row in rows[:PAGE])


def unread_count(actor: Actor) -> int:
    """How many messages wait, counted up to 100."""
    return _mine(actor).filter(read_at__isnull=True)[:100].count()


def where_it_leads(token: str, actor: Actor) -> Leads:
    """What a message's link is about, for the one it was for. Raises NotFound for everybody else, signed in or not,
    and for a link that never was: one answer."""
    row = Notice.objects.filter(token=token).first()
    if row is None or not rules.is_to(actor, To(person_id=row.person_id, user_id=row.user_id)):
        raise NotFound
    entry = CATALOGUE.get(row.topic)
    return Leads(notice_id=row.id, topic=row.topic, about=entry.about if entry else None, object_id=row.object_id)
