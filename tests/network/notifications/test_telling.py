"""Whom we tell, by which way, when, and when we hold our tongue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id
from backend.outbox.models import Work
from network.bookings import events as bookings
from network.bookings import usecases as booking
from network.consent import usecases as consent
from network.consent.models import Grant
from network.notifications import catalogue, rules, usecases
from network.notifications.data import About
from network.notifications.events import DELIVERY_QUEUED
from network.notifications.models import Delivery, Notice
from network.notifications.queries import messages_for, unread_count, where_it_leads
from network.notifications.states import DeliveryState, Reason
from network.opportunities import events as requests
from network.opportunities.models import Invitation, Opportunity
from network.people import usecases as people_usecases
from network.people.models import Person, SafeContact
from tests.factories import people
from tests.factories.booked import AT, actor_of, coordinator, invitation, member, opportunity, organisation
from tests.network.notifications.conftest import delivery_of, send_all, tell

pytestmark = pytest.mark.django_db


class Asked:
    """A person with a safe address who was asked, and the organisation that asks."""

    def __init__(self, **more: object) -> None:
        self.person = Person.objects.get(id=people.make_person(**more))  # type: ignore[arg-type]
        self.org = organisation()
        self.requester = member(self.org)
        self.opportunity = opportunity(self.org, raised_by=self.requester.ref)
        self.invitation = invitation(self.opportunity, self.person, state="sent")

    @property
    def actor(self) -> Actor:
        return actor_of(self.person)

    def tell(self, at: datetime = AT) -> Notice:
        return tell(requests.INVITATION_SENT, self.invitation.id, at)[0]


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_the_person_asked_is_told_once_and_nobody_else(asked: Asked) -> None:
    source = new_id()
    tell_it = partial(
        usecases.tell, topic=requests.INVITATION_SENT, object_id=asked.invitation.id, source=source, at=AT
    )
    assert [tell_it(), tell_it()] == [1, 0]
    notice = Notice.objects.get()
    assert (notice.person_id, notice.user_id) == (asked.person.id, None)
    send_all()
    send_all()
    assert len(mail.outbox) == 1
    assert (delivery_of(notice).state, delivery_of(notice).sent_at) == (DeliveryState.SENT, AT)


def test_a_channel_not_called_safe_is_not_used(asked: Asked) -> None:
    SafeContact.objects.filter(person=asked.person, channel="email").delete()
    notice = asked.tell()
    send_all()
    assert mail.outbox == []
    assert (delivery_of(notice).state, delivery_of(notice).reason) == (DeliveryState.SUPPRESSED, Reason.NOT_SAFE)
    assert len(messages_for(asked.actor)) == 1  # it is there to be read all the same


def test_a_rule_past_its_review_date_means_no(asked: Asked) -> None:
    SafeContact.objects.filter(person=asked.person, channel="email").update(review_on=date(2026, 11, 1))
    asked.tell()
    send_all()
    assert mail.outbox == []


def test_sms_is_written_down_as_not_set_up(asked: Asked) -> None:
    SafeContact.objects.create(person=asked.person, channel="sms", allowed=True, review_on=date(2027, 1, 1))
    notice = asked.tell()
    sms = Delivery.objects.get(notice=notice, route="sms")
    assert (sms.state, sms.reason) == (DeliveryState.SUPPRESSED, Reason.NOT_CONFIGURED)


def test_a_message_waits_for_an_hour_that_is_safe(asked: Asked) -> None:
    SafeContact.objects.filter(person=asked.person, channel="email").update(from_hour=18, to_hour=20)
    notice = asked.tell(AT)  # ten in the morning
    send_all(AT)
    assert mail.outbox == []
    work = Work.objects.get(topic=DELIVERY_QUEUED)
    assert work.not_before == datetime(2026, 11, 2, 18, 0, tzinfo=UTC)
    send_all(work.not_before)
    assert len(mail.outbox) == 1
    assert delivery_of(notice).state == DeliveryState.SENT


def test_hours_narrowed_while_it_waits_put_it_off_again(asked: Asked) -> None:
    notice = asked.tell()
    SafeContact.objects.filter(person=asked.person, channel="email").update(from_hour=18, to_hour=20)
    send_all()
    assert mail.outbox == []
    assert (delivery_of(notice).state, delivery_of(notice).put_off) == (DeliveryState.QUEUED, 1)
    send_all(datetime(2026, 11, 2, 18, 30, tzinfo=UTC))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 7, 1, 8, 30, tzinfo=UTC), datetime(2026, 7, 1, 8, 30, tzinfo=UTC)),  # 9:30 in summer
        (datetime(2026, 7, 1, 7, 59, tzinfo=UTC), datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        (datetime(2026, 1, 5, 8, 30, tzinfo=UTC), datetime(2026, 1, 5, 9, 0, tzinfo=UTC)),  # 8:30 in winter
        (datetime(2026, 1, 5, 20, 0, tzinfo=UTC), datetime(2026, 1, 6, 9, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 19, 30, tzinfo=UTC), datetime(2026, 10, 25, 9, 0, tzinfo=UTC)),  # over the clock change
    ],
)
def test_hours_are_uk_hours(at: datetime, expected: datetime) -> None:
    assert rules.next_hour(at, 9, 20) == expected


def test_stopping_everything_silences_what_waits(asked: Asked) -> None:
    notice = asked.tell()
    consent.withdraw_everything(person_id=asked.person.id, actor=asked.actor, at=AT)
    send_all()
    assert mail.outbox == []
    assert (delivery_of(notice).state, delivery_of(notice).reason) == (DeliveryState.SUPPRESSED, Reason.QUIET)


def test_without_the_consent_to_keep_a_record_nothing_is_sent(asked: Asked) -> None:
    notice = asked.tell()
    Grant.objects.filter(person_id=asked.person.id, layer="keep_record").update(state="withdrawn")
    send_all()
    assert mail.outbox == []
    assert (delivery_of(notice).state, delivery_of(notice).reason) == (DeliveryState.SUPPRESSED, Reason.NO_CONSENT)


@pytest.mark.parametrize("state", ["yes", "no", "stopped", "lapsed"])
def test_what_is_no_longer_so_is_not_sent(asked: Asked, state: str) -> None:
    notice = asked.tell()
    Invitation.objects.filter(id=asked.invitation.id).update(state=state)
    send_all()
    assert mail.outbox == []
    assert delivery_of(notice).reason == Reason.MOVED_ON


def test_what_was_read_inside_is_not_sent(asked: Asked) -> None:
    notice = asked.tell()
    usecases.mark_read(notice_id=notice.id, actor=asked.actor, at=AT)
    send_all()
    assert mail.outbox == []
    assert delivery_of(notice).reason == Reason.READ


def test_a_crash_between_sending_and_writing_it_down_repeats_the_same_message(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = asked.tell()
    delivery = delivery_of(notice)

    class Crash(Exception):
        pass

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(usecases, "_sent", crash)
        with pytest.raises(Crash):
            usecases.send(delivery_id=delivery.id, attempt=1, at=AT)
    assert delivery_of(notice).state == DeliveryState.SENDING
    usecases.send(delivery_id=delivery.id, attempt=2, at=AT)
    usecases.send(delivery_id=delivery.id, attempt=3, at=AT)
    ids = [m.message()["Message-ID"] for m in mail.outbox]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert delivery_of(notice).state == DeliveryState.SENT


def test_of_a_message_whose_sender_vanished_we_do_not_say_that_it_never_left(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = asked.tell()
    monkeypatch.setattr(usecases, "_sent", lambda *_: None)  # gone before it could be written down
    usecases.send(delivery_id=delivery_of(notice).id, attempt=1, at=AT)
    Invitation.objects.filter(id=asked.invitation.id).update(state="no")
    usecases.send(delivery_id=delivery_of(notice).id, attempt=2, at=AT)
    assert len(mail.outbox) == 1
    assert (delivery_of(notice).state, delivery_of(notice).reason) == (DeliveryState.UNSURE, Reason.MOVED_ON)


def test_a_mail_server_that_refuses_is_tried_again_and_then_given_up(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = asked.tell()

    def refuse(self: EmailMessage) -> int:
        raise OSError("no")

    monkeypatch.setattr(EmailMessage, "send", refuse)
    for attempt in range(1, 6):
        with pytest.raises(OSError, match="no"):
            usecases.send(delivery_id=delivery_of(notice).id, attempt=attempt, at=AT)
        expected = DeliveryState.FAILED if attempt == 5 else DeliveryState.SENDING
        assert delivery_of(notice).state == expected


def test_a_change_of_destination_never_uses_a_channel(asked: Asked) -> None:
    told = tell(catalogue.DESTINATION_CHANGED, asked.person.payee_ref)
    mine = [n for n in told if n.person_id == asked.person.id]
    send_all()
    assert [delivery_of(n).reason for n in mine] == [Reason.IN_APP_ONLY]
    assert mail.outbox == []


def test_several_consents_taken_back_at_once_are_one_mail(asked: Asked) -> None:
    worker = coordinator(asked.person)
    grants = [
        people.give_for_request(asked.person.id, asked.org.id, asked.opportunity.id).grant_id,
        people.give_for_request(asked.person.id, asked.org.id, opportunity(asked.org).id).grant_id,
    ]
    for grant_id in grants:
        tell("consent.withdrawn", grant_id)
    send_all()
    states = Delivery.objects.filter(notice__user_id=worker.user_id).values_list("state", "reason")
    assert sorted(states) == [(DeliveryState.SENT, ""), (DeliveryState.SUPPRESSED, Reason.JOINED)]
    assert len(messages_for(worker)) == 2


def test_who_hears_for_an_organisation(asked: Asked) -> None:
    """The one who asked; once they have left, the owners."""
    owner = member(asked.org, owner=True)
    tell(requests.BRIEF_ACCEPTED, asked.opportunity.id)
    assert [len(messages_for(a)) for a in (asked.requester, owner)] == [1, 0]
    Opportunity.objects.filter(id=asked.opportunity.id).update(raised_by="program:p1")
    tell(requests.BRIEF_ACCEPTED, asked.opportunity.id)
    assert [len(messages_for(a)) for a in (asked.requester, owner)] == [2, 1]


def test_coordinators_who_work_with_the_person_hear_and_all_where_nobody_does(asked: Asked) -> None:
    own, other = coordinator(asked.person), coordinator()
    tell(requests.INVITATION_ANSWERED, asked.invitation.id)
    assert [len(messages_for(c)) for c in (own, other)] == [1, 0]
    Opportunity.objects.filter(id=asked.opportunity.id).update(state="submitted")
    tell(requests.BRIEF_SUBMITTED, asked.opportunity.id)
    assert [len(messages_for(c)) for c in (own, other)] == [2, 1]


def test_an_invitation_to_join_goes_to_somebody_who_is_not_here_yet() -> None:
    worker = people.make_coordinator()
    invited = people_usecases.invite_person(known_as="Robin", email="robin@example.net", actor=worker, at=AT)
    tell("person.invited", invited.invitation_id)
    send_all()
    (message,) = mail.outbox
    assert message.to == ["robin@example.net"]
    assert f"/join/{invited.token}/" in message.body
    assert "Robin" not in message.message().as_string()


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_link_leads_its_reader_and_nobody_else(asked: Asked) -> None:
    notice = asked.tell()
    leads = where_it_leads(notice.token, asked.actor)
    assert (leads.about, leads.object_id, leads.topic) == (
        About.INVITATION, asked.invitation.id, requests.INVITATION_SENT,
    )  # fmt: skip
    for stranger in (
        asked.requester, coordinator(asked.person), actor_of(asked.person, ActorKind.LINK), Actor.nobody(),
    ):  # fmt: skip
        for token in (notice.token, "never-was"):
            with pytest.raises(NotFound):
                where_it_leads(token, stranger)
        with pytest.raises(NotFound):
            usecases.mark_read(notice_id=notice.id, actor=stranger, at=AT)
        assert messages_for(stranger) == () or stranger.user_id != asked.person.user_id
    assert Notice.objects.get(id=notice.id).read_at is None


def test_the_log_of_messages_is_ones_own_newest_first(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = asked.tell(AT), asked.tell(AT + timedelta(hours=1))
    assert [m.notice_id for m in messages_for(asked.actor)] == [second.id, first.id]
    assert unread_count(asked.actor) == 2
    usecases.mark_read(notice_id=first.id, actor=asked.actor, at=AT)
    usecases.mark_read(notice_id=first.id, actor=asked.actor, at=AT + timedelta(days=1))
    assert Notice.objects.get(id=first.id).read_at == AT
    assert unread_count(asked.actor) == 1
    assert usecases.mark_all_read(actor=asked.actor, at=AT) == 1
    assert (unread_count(asked.actor), messages_for(asked.requester)) == (0, ())
    monkeypatch.setattr("network.notifications.queries.PAGE", 1)
    page = messages_for(asked.actor)
    assert [m.notice_id for m in messages_for(asked.actor, before=(page[0].at, page[0].notice_id))] == [first.id]


def test_each_side_of_an_agreement_is_asked_only_for_its_own_part(asked: Asked) -> None:
    Invitation.objects.filter(id=asked.invitation.id).update(state="chosen")
    booking_id: UUID = booking.open_booking(invitation_id=asked.invitation.id, actor=asked.requester, at=AT).booking_id
    booking.confirm_booking(booking_id=booking_id, actor=asked.requester, at=AT)
    told = tell(bookings.HALF_CONFIRMED, booking_id)
    assert [(n.person_id, n.user_id) for n in told] == [(asked.person.id, None)]
    booking.confirm_booking(booking_id=booking_id, actor=asked.actor, at=AT)
    send_all()
    assert mail.outbox == []  # both have confirmed by now: nobody has to be asked
