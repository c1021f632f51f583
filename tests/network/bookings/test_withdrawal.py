"""A consent taken back ends the booking, shows nothing more, and is followed up with whoever was given something."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id, pairwise_id
from backend.outbox.data import Item
from network.bookings import events, handlers, usecases
from network.bookings.models import Booking, Recall
from network.bookings.queries import booking_visible_to, recalls_visible_to
from network.bookings.states import BookingState, RecallMove, RecallState
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Recipient
from network.consent.models import Grant, Release
from network.consent.states import Category, Format, GrantState, Purpose
from network.opportunities.models import Invitation
from network.organisations.models import Check, Organisation
from network.people.models import Person
from tests.factories import people
from tests.factories.booked import AT, actor_of, coordinator, invitation, member, opportunity
from tests.network.bookings.conftest import state_of, topics_of

pytestmark = pytest.mark.django_db


class Agreed:
    """A person who shows their name and contact to one organisation for one request, and a booking of it."""

    def __init__(self) -> None:
        self.person_id = people.make_person(tag="heron")
        self.person = Person.objects.get(id=self.person_id)
        self.org = Organisation.objects.get(id=people.make_standing_organisation())
        self.requester = member(self.org)
        self.opportunity = opportunity(self.org, raised_by=self.requester.ref)
        given = people.give_for_request(
            self.person_id,
            self.org.id,
            self.opportunity.id,
            categories=frozenset({Category.NAME, Category.CONTACT}),
            formats=frozenset({Format.LIVE}),
        )
        self.grant_id = given.grant_id
        invited = invitation(self.opportunity, self.person, grant_id=self.grant_id)
        self.booking_id = usecases.open_booking(invitation_id=invited.id, actor=self.requester, at=AT).booking_id
        self.actor = actor_of(self.person)

    def looked_at(self) -> str:
        """What the requester's page holds."""
        with gate.window():
            return repr(booking_visible_to(self.requester, self.booking_id, AT))

    def told(self) -> None:
        """The withdrawal's event reaches bookings."""
        handlers.on_withdrawn(Item(id=new_id(), topic="consent.withdrawn", object_id=self.grant_id, at=AT, attempt=1))


@pytest.fixture
def agreed(db: None) -> Agreed:
    return Agreed()


def test_the_page_shows_what_was_agreed_and_nothing_else(agreed: Agreed) -> None:
    page = agreed.looked_at()
    assert "First heron" in page
    for withheld in ("Full heron", "Story heron", "Town heron", "Region heron", "Access heron", agreed.person.known_as):
        assert withheld not in page


def test_a_stop_ends_the_consent_in_the_same_commit(agreed: Agreed) -> None:
    usecases.stop_booking(booking_id=agreed.booking_id, actor=agreed.actor, at=AT)
    assert Grant.objects.get(id=agreed.grant_id).state == GrantState.WITHDRAWN
    assert "heron" not in agreed.looked_at()
    with gate.window():
        assert not gate.disclose(
            person_ids=[agreed.person_id], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(agreed.org.id), opportunity=agreed.opportunity.id,
            actor=agreed.requester, at=AT,
        )  # fmt: skip


def test_a_stop_works_when_the_consent_has_ended_already(agreed: Agreed) -> None:
    consent.withdraw(grant_id=agreed.grant_id, actor=agreed.actor, at=AT)
    usecases.stop_booking(booking_id=agreed.booking_id, actor=agreed.actor, at=AT)
    assert state_of(agreed.booking_id) == BookingState.STOPPED


def test_a_withdrawn_consent_shows_nothing_at_once_and_stops_the_booking_once(agreed: Agreed) -> None:
    consent.withdraw(grant_id=agreed.grant_id, actor=agreed.actor, at=AT)
    assert "heron" not in agreed.looked_at()  # before any handler ran
    agreed.told()
    agreed.told()
    assert state_of(agreed.booking_id) == BookingState.STOPPED
    assert topics_of(agreed.booking_id).count(events.STOPPED) == 1


def test_only_those_who_were_given_something_are_asked_to_stop_using_it(agreed: Agreed) -> None:
    consent.withdraw(grant_id=agreed.grant_id, actor=agreed.actor, at=AT)
    agreed.told()
    assert not Recall.objects.exists()  # nobody had looked


@pytest.fixture
def recall_id(agreed: Agreed) -> UUID:
    agreed.looked_at()
    consent.withdraw(grant_id=agreed.grant_id, actor=agreed.actor, at=AT)
    agreed.told()
    agreed.told()
    return Recall.objects.get().id


def test_a_recall_is_tracked_to_an_answer(agreed: Agreed, recall_id: UUID) -> None:
    assert topics_of(recall_id) == [events.RECALL_ASKED]
    say = partial(usecases.answer_recall, recall_id=recall_id, actor=agreed.requester, at=AT + timedelta(days=1))
    assert say(move=RecallMove.ACKNOWLEDGE, answer="") is RecallState.ACKNOWLEDGED
    with pytest.raises(Invalid):
        say(move=RecallMove.REFUSE, answer=" ")
    say(move=RecallMove.REFUSE, answer="It was broadcast live.")
    say(move=RecallMove.REMOVE, answer="Taken off the site.")
    with pytest.raises(Conflict):
        say(move=RecallMove.REFUSE, answer="x")
    line = recalls_visible_to(agreed.actor)[0]
    assert (line.state, line.answer, line.organisation) == (RecallState.REMOVED, "Taken off the site.", agreed.org.name)


def test_who_sees_and_answers_a_recall(agreed: Agreed, recall_id: UUID) -> None:
    rival = member(Organisation.objects.get(id=people.make_standing_organisation()))
    for stranger in (rival, agreed.actor, Actor.nobody()):
        with pytest.raises(NotFound):
            usecases.answer_recall(recall_id=recall_id, move=RecallMove.REMOVE, answer="x", actor=stranger, at=AT)
    assert recalls_visible_to(rival) == recalls_visible_to(Actor.nobody()) == ()
    assert [line.recall_id for line in recalls_visible_to(coordinator())] == [recall_id]
    theirs = recalls_visible_to(agreed.requester)[0]
    assert (theirs.recall_id, theirs.organisation) == (recall_id, "")
    assert theirs.public_id == pairwise_id(agreed.org.id, agreed.person_id)
    assert theirs.consent_ref == Release.objects.get().ref
    assert str(agreed.person_id) not in repr(theirs)
    assert Recall.objects.get().state == RecallState.ASKED


def test_somebody_forgotten_before_the_event_was_heard_is_still_asked_for(agreed: Agreed) -> None:
    """Erasure destroys the grant and the invitation; what left the network is recalled all the same."""
    agreed.looked_at()
    consent.withdraw(grant_id=agreed.grant_id, actor=agreed.actor, at=AT)
    Grant.objects.all().delete()
    Invitation.objects.all().delete()
    agreed.told()
    assert state_of(agreed.booking_id) == BookingState.STOPPED
    assert Recall.objects.get().organisation_id == agreed.org.id
    Recall.objects.all().delete()
    Booking.objects.update(grant_id=None)
    agreed.told()
    assert Recall.objects.get().person_id is None
    assert [line.public_id for line in recalls_visible_to(agreed.requester)] == [None]


def test_a_choice_is_booked_when_it_is_heard_of(agreed: Agreed) -> None:
    other = invitation(opportunity(agreed.org, starts=AT + timedelta(days=30)), agreed.person)
    item = Item(id=new_id(), topic="opportunity.chosen", object_id=other.id, at=AT, attempt=1)
    handlers.on_chosen(item)
    handlers.on_chosen(item)
    assert Booking.objects.filter(invitation_id=other.id).count() == 1


def test_a_choice_of_a_taken_time_is_told_and_not_tried_again(agreed: Agreed) -> None:
    other = invitation(opportunity(agreed.org), agreed.person)
    handlers.on_chosen(Item(id=new_id(), topic="opportunity.chosen", object_id=other.id, at=AT, attempt=1))
    assert topics_of(other.id) == [events.CLASHED]
    assert not Booking.objects.filter(invitation_id=other.id).exists()


def test_an_organisation_whose_check_ran_out_sees_no_name(agreed: Agreed) -> None:
    Check.objects.update(valid_until=(AT - timedelta(days=1)).date())
    assert "heron" not in agreed.looked_at()
