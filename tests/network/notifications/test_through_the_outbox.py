"""Events, handlers, worker and mail together: a withdrawal that overtakes a queued message silences it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core import mail

from backend.config import subscriptions
from backend.kernel.clock import database_now
from backend.outbox import registry, worker
from backend.outbox.models import Work
from network.bookings import handlers as bookings
from network.bookings import usecases as booking
from network.consent import usecases as consent
from network.notifications import handlers as notifications
from network.notifications.queries import messages_for
from network.organisations.models import Organisation
from network.people.models import Person
from tests.factories import people
from tests.factories.booked import actor_of, coordinator, invitation, member, opportunity

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_listens() -> Iterator[None]:
    registry.connect([*bookings.SUBSCRIPTIONS, *notifications.SUBSCRIPTIONS])
    yield
    subscriptions.connect()


def test_a_booking_is_told_and_a_withdrawal_overtakes_what_waits() -> None:
    at = database_now()
    person = Person.objects.get(id=people.make_person(at=at))
    org = Organisation.objects.get(id=people.make_standing_organisation(at=at))
    requester, worker_of_theirs = member(org), coordinator(person)
    brief = opportunity(org, raised_by=requester.ref, starts=at.replace(year=at.year + 1))
    grant_id = people.give_for_request(person.id, org.id, brief.id, at=at).grant_id
    invited = invitation(brief, person, grant_id=grant_id)
    booking_id = booking.open_booking(invitation_id=invited.id, actor=requester, at=at).booking_id
    worker.run_due()
    assert len(mail.outbox) == 2  # both sides are asked, each in a mail of their own
    assert len({m.to[0] for m in mail.outbox}) == 2
    mail.outbox.clear()

    booking.confirm_booking(booking_id=booking_id, actor=requester, at=at)  # would ask the person
    consent.withdraw(grant_id=grant_id, actor=actor_of(person), at=at)
    while worker.run_due():
        pass
    topics = {m.topic for m in messages_for(actor_of(person))}
    assert {"booking.opened", "booking.stopped"} <= topics
    assert {m.topic for m in messages_for(requester)} >= {"booking.stopped", "consent.withdrawn"}
    assert {m.topic for m in messages_for(worker_of_theirs)} >= {"booking.stopped", "consent.withdrawn"}
    assert {m.subject for m in mail.outbox} == {"You have a message"}  # nobody is asked to confirm what is over
    assert not Work.objects.exclude(state="done").exists()
