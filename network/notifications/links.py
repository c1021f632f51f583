"""The link in a message to a spokesperson: it leads to what the message is about once they have signed in, and lets
them stop without signing in. Nobody has to prove who they are to be left alone (promise 4).

The address is a random number of the notice and a keyed digest of it: 256 bits that say nothing (promise 10). The
number alone, which is what our database holds, does nothing. The digest says what the link was made for, so that a
link sent to a mailbox that others can see never opens a request. A link lives for some weeks, dies with STOP, with
leaving and with erasure, and does each thing once. Nothing happens by a GET: readers of mail fetch links by themselves.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.kernel.ids import keyed_digest
from backend.outbox import doorbell
from network.bookings import usecases as bookings
from network.bookings.models import Booking, CheckIn
from network.bookings.states import LIVE
from network.consent.queries import grant_facts
from network.consent.states import GrantState
from network.notifications.catalogue import CATALOGUE
from network.notifications.data import About, Held
from network.notifications.models import LinkUse, Notice
from network.notifications.states import LinkPurpose
from network.opportunities import kinds, rules
from network.opportunities import links as answers
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation, Question
from network.opportunities.states import WAITING, InvitationMove
from network.people import usecases as people
from network.people.queries import safe_channels, takes_links
from network.people.states import Channel

HALF = 22  # characters of 128 bits in URL-safe base64


def _digest(token: str, *, opens: bool) -> str:
    raw = bytes.fromhex(keyed_digest("message-link", "open" if opens else "stop", token))[:16]
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def make_link(token: str, *, opens: bool) -> str:
    """The address part for a mail about this notice; make it when the mail is put together, never store it. `opens`:
    the request may be read without signing in."""
    return token + _digest(token, opens=opens)


def is_signed(link: str) -> bool:
    """By its shape alone: the link of a mail, and not the bare number that the pages inside the site use."""
    return len(link) > HALF


def mailbox_is_private(person_id: UUID, at: datetime) -> bool:
    """Whether the person calls their email safe now and says that nobody else can see it. Unknown means no."""
    rule = next((r for r in safe_channels(person_id=person_id, at=at) if r.channel is Channel.EMAIL), None)
    return rule is not None and not rule.others_can_see


def _notice_of(link: str, at: datetime) -> tuple[Notice, bool] | None:
    token, digest = link[:HALF], link[HALF:]
    if "\x00" in link or not digest.isascii():
        return None
    opens = hmac.compare_digest(digest, _digest(token, opens=True))
    if not opens and not hmac.compare_digest(digest, _digest(token, opens=False)):
        return None
    since = at - timedelta(days=kinds.policy("message_link_days", at.astimezone(LONDON).date()))
    notice = Notice.objects.filter(token=token, person_id__isnull=False, created_at__gt=since).first()
    return (notice, opens) if notice is not None else None


def held(link: str, *, at: datetime) -> Held | None:
    """What whoever holds this link may do now. None for a forged, old, revoked or foreign one, all alike."""
    found = _notice_of(link, at)
    if found is None:
        return None
    notice, opens = found
    person_id = notice.person_id
    if person_id is None or not takes_links(person_id, made_at=notice.created_at):
        return None
    entry = CATALOGUE.get(notice.topic)
    used = set(LinkUse.objects.filter(notice=notice).values_list("purpose", flat=True))
    answer = ""
    if opens and entry is not None and entry.about is About.INVITATION and mailbox_is_private(person_id, at):
        answer = _answer_link(notice.object_id, at)
    thing = _thing(entry.about, notice.object_id, person_id) if entry else _Thing()
    return Held(
        notice_id=notice.id,
        person_id=person_id,
        answer_token=answer,
        can_stop_this=LinkPurpose.THIS not in used and not thing.nothing,
        can_pause=LinkPurpose.LATER not in used,
    )


def _answer_link(invitation_id: UUID, at: datetime) -> str:
    token = answers.answer_link(invitation_id, at=at)
    try:
        answers.open_answer_link(token, at=at)
    except NotFound:
        return ""
    return token


@dataclass(frozen=True, slots=True)
class _Thing:
    """The one thing a message is about, as far as it can still be stopped."""

    booking_id: UUID | None = None
    grant_id: UUID | None = None
    invitation_id: UUID | None = None

    @property
    def nothing(self) -> bool:
        return self == _Thing()


def _thing(about: About, object_id: UUID, person_id: UUID) -> _Thing:
    match about:
        case About.INVITATION:
            return _of_invitation(object_id, person_id)
        case About.QUESTION:
            asked = Question.objects.filter(id=object_id).values_list("invitation_id", flat=True).first()
            return _of_invitation(asked, person_id) if asked else _Thing()
        case About.BOOKING:
            return _Thing(booking_id=_live_booking(person_id, id=object_id))
        case About.CHECK_IN:
            of = CheckIn.objects.filter(id=object_id).values_list("booking_id", flat=True).first()
            return _Thing(booking_id=_live_booking(person_id, id=of)) if of else _Thing()
        case About.GRANT:
            return _Thing(grant_id=_live_grant(object_id, person_id))
        case _:
            return _Thing()


def _live_booking(person_id: UUID, **which: UUID) -> UUID | None:
    rows = Booking.objects.filter(person_id=person_id, state__in=LIVE, **which)
    return rows.values_list("id", flat=True).first()


def _live_grant(grant_id: UUID | None, person_id: UUID) -> UUID | None:
    grant = grant_facts(grant_id) if grant_id else None
    ours = grant is not None and grant.person_id == person_id and grant.state is GrantState.GIVEN
    return grant_id if ours else None


def _of_invitation(invitation_id: UUID, person_id: UUID) -> _Thing:
    row = Invitation.objects.filter(id=invitation_id, person_id=person_id).first()
    if row is None:
        return _Thing()
    return _Thing(
        booking_id=_live_booking(person_id, invitation_id=row.id),
        grant_id=_live_grant(row.grant_id, person_id),
        invitation_id=row.id if row.state in WAITING else None,
    )


def _use(link: str, purpose: LinkPurpose, at: datetime) -> Notice:
    """The notice, with this use of its link written down: the database lets only one of two be first."""
    now, found = held(link, at=at), _notice_of(link, at)
    allowed = now is not None and (now.can_stop_this if purpose is LinkPurpose.THIS else now.can_pause)
    if not allowed or found is None:
        raise NotFound
    notice, _ = found
    try:
        with transaction.atomic():
            LinkUse.objects.create(notice=notice, purpose=purpose, used_at=at)
    except IntegrityError:
        raise NotFound from None
    return notice


def _holder(person_id: UUID, *scopes: str) -> Actor:
    return Actor(kind=ActorKind.LINK, person_id=person_id, scopes=frozenset(scopes))


@transaction.atomic
def stop_everything(*, link: str, keep_bookings: bool = False, at: datetime) -> None:
    """STOP by the link of a message. Raises NotFound for a link that does nothing (any more)."""
    now = held(link, at=at)
    if now is None:
        raise NotFound
    bookings.stop_everything(person_id=now.person_id, keep_bookings=keep_bookings, actor=_holder(now.person_id), at=at)


@transaction.atomic
def stop_this(*, link: str, at: datetime) -> None:
    """Stop the one thing that the message is about: the booking, what was agreed for the request, or the request itself,
    which is then answered with no. Raises NotFound for a link that does nothing (any more)."""
    notice = _use(link, LinkPurpose.THIS, at)
    person_id, entry = notice.person_id, CATALOGUE.get(notice.topic)
    if person_id is None or entry is None:
        raise NotFound
    thing = _thing(entry.about, notice.object_id, person_id)
    me = _holder(person_id)
    with doorbell.unrung():
        if thing.booking_id is not None:
            bookings.stop_booking(booking_id=thing.booking_id, actor=me, at=at)
        if thing.grant_id is not None:
            bookings.stop_sharing(grant_id=thing.grant_id, actor=me, at=at)
        elif thing.invitation_id is not None:
            requests.answer_invitation(
                invitation_id=thing.invitation_id,
                move=InvitationMove.NO,
                actor=_holder(person_id, f"{rules.LINK_SCOPE}{thing.invitation_id}"),
                at=at,
            )


@transaction.atomic
def not_now(*, link: str, at: datetime) -> None:
    """Pause by the link of a message. Raises NotFound for a link that does nothing (any more)."""
    notice = _use(link, LinkPurpose.LATER, at)
    if notice.person_id is None:
        raise NotFound
    with doorbell.unrung():
        people.not_now(person_id=notice.person_id, actor=_holder(notice.person_id), at=at)
