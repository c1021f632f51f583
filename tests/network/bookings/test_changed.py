"""A request that changes after somebody was chosen: what they agreed to rests, the coordinator is told, and what the booking
took over from the request stays as it was agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.data import Subscription
from backend.outbox.models import Work
from network.bookings import usecases as bookings
from network.bookings.models import Booking
from network.bookings.queries import booking_visible_to
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Status
from network.consent.events import CONSENT_SUSPENDED
from network.consent.models import Grant, Release
from network.notifications.audience import recipients
from network.notifications.data import Audience
from network.opportunities import usecases as requests
from network.opportunities.events import INVITATION_CHANGED
from network.opportunities.models import Invitation
from network.people.models import Assignment
from tests.conftest import AT
from tests.factories.people import account_of, actor_of, make_coordinator
from tests.factories.requests import brief_input, invite_one, make_brief, make_candidate, make_organisation, say_yes

pytestmark = pytest.mark.django_db
Subscribed = Callable[[Iterable[Subscription]], None]


class Chosen:
    """Somebody who was chosen, and their booking."""

    def __init__(self) -> None:
        self.org, self.owner = make_organisation()
        self.coordinator = make_coordinator()
        self.brief = make_brief(self.org, self.owner, accepted_by=self.coordinator)
        self.person = make_candidate()
        Assignment.objects.create(person_id=self.person, coordinator_id=account_of(self.coordinator), starts_at=AT)
        self.invitation = invite_one(self.brief, self.person, self.coordinator)
        say_yes(self.invitation, self.person)
        with gate.window():
            (card,) = requests.cards_for(opportunity_id=self.brief, actor=self.owner, at=AT).cards
        requests.choose(opportunity_id=self.brief, public_id=card.public_id, actor=self.owner, at=AT)
        self.booking = bookings.open_booking(invitation_id=self.invitation, actor=self.owner, at=AT).booking_id

    @property
    def grant(self) -> UUID:
        found = Invitation.objects.get(id=self.invitation).grant_id
        assert found is not None
        return found

    def change(self, actor: Actor | None = None, **what: Any) -> int:
        return requests.change_brief(
            opportunity_id=self.brief, brief=brief_input(**what), actor=actor or self.owner, at=AT
        ).version

    def shown(self) -> bool:
        with gate.window():
            return booking_visible_to(self.owner, self.booking, AT).shown is not None


@pytest.fixture
def chosen(db: None) -> Chosen:
    return Chosen()


def test_the_person_is_asked_and_the_coordinator_is_told(chosen: Chosen, subscribed: Subscribed) -> None:
    subscribed([Subscription(t, f"test.{t}", lambda item: None) for t in (CONSENT_SUSPENDED, INVITATION_CHANGED)])
    assert chosen.shown()
    chosen.change(other_contributors="A minister.")
    assert not chosen.shown()
    assert Work.objects.filter(topic=CONSENT_SUSPENDED, object_id=chosen.grant).count() == 1
    assert Work.objects.filter(topic=INVITATION_CHANGED, object_id=chosen.invitation).count() == 1
    told = recipients(CONSENT_SUSPENDED, chosen.grant, AT)
    assert [(audience, to.user_id) for audience, to in told] == [(Audience.COORDINATORS, chosen.coordinator.user_id)]
    assert [a for a, _ in recipients(INVITATION_CHANGED, chosen.invitation, AT)] == [Audience.PERSON]
    ref = Release.objects.get(grant_id=chosen.grant).ref
    assert gate.status(ref, actor=chosen.owner, at=AT) is Status.SUSPENDED
    assert consent.verify(actor=Actor.system("test"), at=AT) == ()


def test_yes_again_shows_again_and_no_stops_the_booking(chosen: Chosen) -> None:
    version = chosen.change(audience="Everybody.")
    for stranger in (actor_of(make_candidate()), chosen.owner, chosen.coordinator):
        with pytest.raises(NotFound):
            requests.answer_change(invitation_id=chosen.invitation, version_read=version, actor=stranger, at=AT)
    requests.answer_change(invitation_id=chosen.invitation, version_read=version, actor=actor_of(chosen.person), at=AT)
    assert chosen.shown()
    with pytest.raises(Conflict):  # there is nothing to answer any more
        requests.answer_change(
            invitation_id=chosen.invitation, version_read=version, actor=actor_of(chosen.person), at=AT
        )
    chosen.change(audience="Everybody, and for ever.")
    grant = chosen.grant
    bookings.stop_sharing(grant_id=grant, actor=actor_of(chosen.person), at=AT)
    assert (Grant.objects.get(id=grant).state, Grant.objects.get(id=grant).suspended_at) == ("withdrawn", None)
    assert Booking.objects.get(id=chosen.booking).state == "stopped"


@pytest.mark.parametrize(
    "what", [{"fee_pence": 30_000}, {"starts_at": AT + timedelta(days=20)}, {"point_of_no_return": "At once."}]
)
def test_what_was_agreed_in_the_booking_is_not_changed_behind_it(chosen: Chosen, what: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        chosen.change(**what)
    assert set(refused.value.fields) == set(what)
    assert chosen.shown()
    assert not Grant.objects.filter(suspended_at__isnull=False).exists()


@pytest.mark.parametrize(
    "what",
    [
        {"recording": "live"}, {"first_shown": "On television."}, {"audience": "All."}, {"other_contributors": "Others."},
        {"starts_at": AT + timedelta(days=20)}, {"welfare_risks": "More."},
    ],
)  # fmt: skip
def test_each_change_that_matters_suspends_a_yes(what: dict[str, Any]) -> None:
    org, owner = make_organisation()
    coordinator = make_coordinator()
    brief = make_brief(org, owner, accepted_by=coordinator)
    person = make_candidate()
    say_yes(invite_one(brief, person, coordinator), person)
    requests.change_brief(opportunity_id=brief, brief=brief_input(title="Another title"), actor=owner, at=AT)
    assert not Grant.objects.filter(suspended_at__isnull=False).exists()
    requests.change_brief(opportunity_id=brief, brief=brief_input(title="Another title", **what), actor=owner, at=AT)
    assert Grant.objects.filter(suspended_at__isnull=False).count() == 1


def test_without_the_suspension_a_changed_request_would_still_be_shown(
    chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: a change that only writes the brief."""
    from network.opportunities.usecases import briefs

    monkeypatch.setattr(briefs, "suspend_for_change", lambda **_: ())
    chosen.change(audience="Everybody.")
    assert chosen.shown()
