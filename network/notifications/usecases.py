"""Telling people, once each, by the ways they called safe; and reading what one was told."""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import select_template

from backend.accounts.addresses import address_of
from backend.accounts.data import AddressUse
from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from backend.kernel.ids import keyed_digest
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.consent import gate
from network.notifications import links, rules
from network.notifications.audience import recipients, still_true
from network.notifications.catalogue import CATALOGUE, words_for
from network.notifications.data import About, Audience, To
from network.notifications.events import DELIVERY_QUEUED
from network.notifications.models import Delivery, Notice
from network.notifications.states import DELIVERY, DeliveryMove, DeliveryState, Reason, Route
from network.people.queries import join_link, message_standing, safe_channels
from network.people.states import Channel

LAST_TRY = 5  # the outbox gives up after it
MOST_PUT_OFF = 20  # times that one message waits for a better hour


@transaction.atomic
def tell(*, topic: str, object_id: UUID, source: UUID, at: datetime) -> int:
    """Write down who is told of an event, and queue what may leave the site. Repeating it with the same `source` adds
    nothing. Returns how many were newly told."""
    told = 0
    for audience, to in recipients(topic, object_id, at):
        notice, created = Notice.objects.get_or_create(
            source=source,
            person_id=to.person_id,
            user_id=to.user_id,
            defaults={
                "audience": audience,
                "topic": topic,
                "object_id": object_id,
                "token": secrets.token_urlsafe(16),
                "created_at": at,
            },
        )
        if created:
            told += 1
            _queue(notice, to, audience, at)
    return told


def _queue(notice: Notice, to: To, audience: Audience, at: datetime) -> None:
    """Decide the ways out. What is not sent is written down too, with its reason, for the person to see."""
    entry = CATALOGUE[notice.topic]
    line = entry.line(audience)
    if line is None or not line.mail:
        _keep(notice, Route.EMAIL, DeliveryState.SUPPRESSED, Reason.IN_APP_ONLY, at)
        return
    if not entry.states and _waits_already(notice, to):
        _keep(notice, Route.EMAIL, DeliveryState.SUPPRESSED, Reason.JOINED, at)
        return
    if to.person_id is None:
        _keep(notice, Route.EMAIL, DeliveryState.QUEUED, Reason.NONE, at)
        return
    if entry.about is About.JOIN_INVITATION:
        # Not here yet, so no safe way is known: the one mail that they were told of by voice (control C11).
        _keep(notice, Route.EMAIL, DeliveryState.QUEUED, Reason.NONE, at)
        return
    safe = {rule.channel: rule for rule in safe_channels(person_id=to.person_id, at=at)}
    email = safe.get(Channel.EMAIL)
    if email is None:
        standing = message_standing(to.person_id, Channel.EMAIL, at)
        reason = Reason.QUIET if standing is not None and standing.quiet else Reason.NOT_SAFE
        _keep(notice, Route.EMAIL, DeliveryState.SUPPRESSED, reason, at)
    else:
        when = rules.next_hour(at, email.from_hour, email.to_hour)
        _keep(notice, Route.EMAIL, DeliveryState.QUEUED, Reason.WAITING if when > at else Reason.NONE, at, when)
    if Channel.SMS in safe:
        _keep(notice, Route.SMS, DeliveryState.SUPPRESSED, Reason.NOT_CONFIGURED, at)


def _waits_already(notice: Notice, to: To) -> bool:
    """Whether one just like it is about to go to the same reader: several consents taken back at once are one mail.
    Only for what is always still true, so that the one that stands for the others does go."""
    return Delivery.objects.filter(
        notice__topic=notice.topic,
        notice__person_id=to.person_id,
        notice__user_id=to.user_id,
        notice__read_at__isnull=True,
        route=Route.EMAIL,
        state=DeliveryState.QUEUED,
    ).exists()


def _keep(
    notice: Notice, route: Route, state: DeliveryState, reason: Reason, at: datetime, when: datetime | None = None
) -> None:
    delivery = Delivery.objects.create(notice=notice, route=route, state=state, reason=reason, not_before=when or at)
    if state is DeliveryState.QUEUED:
        publish(DELIVERY_QUEUED, delivery.id, key=f"{delivery.id}:0", at=at, not_before=when)


def send(*, delivery_id: UUID, attempt: int, at: datetime) -> None:
    """Send one message, deciding everything again: what is no longer so, was read, or may not be sent now is not sent.

    External work, so it is in no transaction. The row says `sending` before the mail server is called; when whoever
    sends vanishes in between, the same message goes again under the same Message-ID.
    Raises what the mail server raises, so that the outbox tries again.
    """
    found = _take(delivery_id, at)
    if found is None:
        return
    delivery, address, link = found
    _, subject, _ = words_for(delivery.notice.topic, Audience(delivery.notice.audience))
    template = select_template([f"email/{delivery.notice.topic}/body.txt", "email/message/body.txt"])
    mail = EmailMessage(
        subject=str(subject.value),
        body=template.render({"subject": subject.value, "link": link, "stops": delivery.notice.person_id is not None}),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={
            "Message-ID": message_id(delivery.id),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    try:
        mail.send()
    except Exception:
        if attempt >= LAST_TRY:
            Delivery.objects.filter(id=delivery.id, state=DeliveryState.SENDING).update(
                state=DeliveryState.FAILED, reason=Reason.FAILED
            )
        raise
    _sent(delivery, at)


def message_id(delivery_id: UUID) -> str:
    """The same for each try of one message, so that a repeat is recognised; it says nothing."""
    host = urlsplit(settings.BASE_URL).hostname
    return f"<{keyed_digest('message-id', str(delivery_id))[:32]}@{host}>"


@transaction.atomic
def _take(delivery_id: UUID, at: datetime) -> tuple[Delivery, str, str] | None:
    """Decide, and claim by compare-and-swap. None when there is nothing to send (now)."""
    delivery = (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("notice")
        .filter(id=delivery_id, state__in=(DeliveryState.QUEUED, DeliveryState.SENDING))
        .first()
    )
    if delivery is None:
        return None
    notice = delivery.notice
    audience = Audience(notice.audience)
    if delivery.state == DeliveryState.QUEUED and notice.read_at is not None:
        _suppress(delivery, Reason.READ)
        return None
    if not still_true(notice.topic, notice.object_id, audience, at):
        _suppress(delivery, Reason.MOVED_ON)
        return None
    to = To(person_id=notice.person_id, user_id=notice.user_id)
    address = _address(delivery, to, at)
    if address is None:
        return None
    link = f"{settings.BASE_URL}/m/{_address_part(notice, at)}/"
    if CATALOGUE[notice.topic].about is About.JOIN_INVITATION:
        join = join_link(invitation_id=notice.object_id, at=at)
        if join is None:
            _suppress(delivery, Reason.MOVED_ON)
            return None
        link = f"{settings.BASE_URL}/join/{join.token}/"
    Delivery.objects.filter(id=delivery.id).update(state=DeliveryState.SENDING, taken_at=at, reason=Reason.NONE)
    return delivery, address, link


def _address_part(notice: Notice, at: datetime) -> str:
    """Staff and requesters sign in. A spokesperson's link also stops things; a request is opened by it only where the
    mailbox is theirs alone."""
    if notice.person_id is None:
        return notice.token
    about_request = CATALOGUE[notice.topic].about is About.INVITATION
    return links.make_link(notice.token, opens=about_request and links.mailbox_is_private(notice.person_id, at))


def _address(delivery: Delivery, to: To, at: datetime) -> str | None:
    """Where to, by the gate for people; or None, with what follows from it written down."""
    if to.person_id is None:
        address = address_of(to.user_id, AddressUse.WORK_NOTICE) if to.user_id else None
        if address is None:
            _suppress(delivery, Reason.NO_ADDRESS)
        return address
    address = gate.contact_for_message(person_id=to.person_id, channel=Channel.EMAIL, at=at)
    if address:
        return address
    rule = next((r for r in safe_channels(person_id=to.person_id, at=at) if r.channel is Channel.EMAIL), None)
    if rule is None:
        standing = message_standing(to.person_id, Channel.EMAIL, at)
        _suppress(delivery, Reason.QUIET if standing is not None and standing.quiet else Reason.NOT_SAFE)
        return None
    when = rules.next_hour(at, rule.from_hour, rule.to_hour)
    if when <= at or delivery.put_off >= MOST_PUT_OFF:
        _suppress(delivery, Reason.NO_CONSENT)
        return None
    number = delivery.put_off + 1
    Delivery.objects.filter(id=delivery.id).update(
        state=DeliveryState.QUEUED, put_off=number, not_before=when, reason=Reason.WAITING
    )
    publish(DELIVERY_QUEUED, delivery.id, key=f"{delivery.id}:{number}", at=at, not_before=when)
    return None


def _suppress(delivery: Delivery, reason: Reason) -> None:
    """Do not send. Of one whose sender vanished on the way nobody can say that it never left, so we do not say it."""
    state = next_state(DELIVERY, DeliveryState(delivery.state), DeliveryMove.SUPPRESS)
    Delivery.objects.filter(id=delivery.id).update(state=state, reason=reason)


@transaction.atomic
def _sent(delivery: Delivery, at: datetime) -> None:
    """Write down that it left."""
    Delivery.objects.filter(id=delivery.id, state=DeliveryState.SENDING).update(
        state=DeliveryState.SENT, sent_at=at, reason=Reason.NONE
    )


@transaction.atomic
def mark_read(*, notice_id: UUID, actor: Actor, at: datetime) -> None:
    """The reader has seen it. Nobody else is told. Raises NotFound for anybody else's."""
    row = Notice.objects.filter(id=notice_id).first()
    if row is None or not rules.is_to(actor, To(person_id=row.person_id, user_id=row.user_id)):
        raise NotFound
    Notice.objects.filter(id=notice_id, read_at__isnull=True).update(read_at=at)


@transaction.atomic
def mark_all_read(*, actor: Actor, at: datetime) -> int:
    """All of one's own at once. Returns how many were unread."""
    mine = Notice.objects.filter(read_at__isnull=True)
    count = 0
    if actor.person_id is not None and rules.is_to(actor, To(person_id=actor.person_id)):
        count += mine.filter(person_id=actor.person_id).update(read_at=at)
    if actor.user_id is not None and rules.is_to(actor, To(user_id=actor.user_id)):
        count += mine.filter(user_id=actor.user_id).update(read_at=at)
    return count
