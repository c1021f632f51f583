"""People in a site's database who are about to stop, made in a process of the site itself. Imported there, not here."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from backend.accounts import usecases as accounts
from backend.kernel import clock
from network.bookings import usecases as bookings
from network.consent import gate
from network.consent.data import Category, Purpose, Recipient
from network.consent.models import Grant
from network.notifications.links import make_link
from network.notifications.models import Notice
from network.organisations.models import Organisation
from network.people.models import Person
from tests.factories import booked, people


def gather(count: int) -> list[dict[str, str]]:
    """Each with a mail's link, a way to sign in, three consents of the network, one to an organisation that has looked,
    and a booking to come."""
    at = clock.now()
    organisation = Organisation.objects.get(id=people.make_standing_organisation(at=at))
    requester = booked.member(organisation)
    found = []
    for number in range(count):
        person_id = people.make_person(at=at, safe_email=True)
        person = Person.objects.get(id=person_id)
        opportunity = booked.opportunity(
            organisation, raised_by=requester.ref, starts=at + timedelta(days=20, hours=2 * number)
        )  # fmt: skip
        grant_id = people.give_for_request(person_id, organisation.id, opportunity.id, at=at).grant_id
        invited = booked.invitation(opportunity, person, grant_id=grant_id)
        booking_id = bookings.open_booking(invitation_id=invited.id, actor=requester, at=at).booking_id
        with gate.window():
            gate.disclose(
                person_ids=[person_id], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
                recipient=Recipient.organisation(organisation.id), opportunity=opportunity.id, actor=requester, at=at,
            )  # fmt: skip
        notice = Notice.objects.create(
            person_id=person_id, audience="person", topic="booking.opened", object_id=booking_id, source=uuid4(),
            token=uuid4().hex[:22], created_at=at,
        )  # fmt: skip
        user_id = people.user_of(person_id)
        found.append(
            {
                "person": str(person_id),
                "booking": str(booking_id),
                "link": make_link(notice.token, opens=False),
                "sign_in": accounts.make_demo_link(user_id=user_id, at=at),
                "grants": str(Grant.objects.filter(person_id=person_id).count()),
            }
        )
    return found
