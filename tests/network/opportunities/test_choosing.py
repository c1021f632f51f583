from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.ids import pairwise_id
from backend.outbox import registry
from backend.outbox.data import Subscription
from backend.outbox.models import Work
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Category
from network.consent.models import Grant
from network.opportunities import events, queries, usecases
from network.opportunities.data import Cards, Chosen
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import InvitationMove
from network.organisations import usecases as organisations
from tests.conftest import AT
from tests.factories.people import actor_of, make_coordinator
from tests.factories.requests import (
    answer_by_of,
    brief_input,
    invite_one,
    make_brief,
    make_candidate,
    make_organisation,
    program_actor,
    say_yes,
    starts_of,
)

pytestmark = pytest.mark.django_db
Heard = Callable[[str], list[UUID]]


class Desk:
    """An organisation, its accepted brief, and a coordinator."""

    def __init__(self) -> None:
        self.organisation_id, self.owner = make_organisation()
        self.coordinator = make_coordinator()
        self.opportunity_id = make_brief(self.organisation_id, self.owner, accepted_by=self.coordinator)

    def yes(self, **values: Any) -> UUID:
        """Somebody who said yes; their invitation's id."""
        person_id = make_candidate()
        invitation_id = invite_one(self.opportunity_id, person_id, self.coordinator)
        say_yes(invitation_id, person_id, **values)
        return invitation_id

    def cards(self, actor: Actor | None = None, at: datetime = AT) -> Cards:
        with gate.window():
            return usecases.cards_for(opportunity_id=self.opportunity_id, actor=actor or self.owner, at=at)

    def public_id(self, invitation_id: UUID) -> UUID:
        return pairwise_id(self.organisation_id, Invitation.objects.get(pk=invitation_id).person_id)

    def choose(self, public_id: UUID, actor: Actor | None = None, at: datetime = AT, **values: Any) -> Chosen:
        return usecases.choose(
            opportunity_id=self.opportunity_id, public_id=public_id, actor=actor or self.owner, at=at, **values
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def heard() -> Iterator[Heard]:
    before = [s for t in registry.known_topics() for s in registry.subscribers_of(t)]
    topics = [value for name, value in vars(events).items() if name.isupper()]
    registry.connect([Subscription(topic, f"test.{topic}", lambda item: None) for topic in topics])
    yield lambda topic: list(Work.objects.filter(topic=topic).values_list("object_id", flat=True))
    registry.connect(before)


def test_the_requester_sees_only_those_who_said_yes_and_only_what_they_agreed_to(desk: Desk) -> None:
    for answer in ("no", "not_now", None):
        person_id = make_candidate()
        invitation_id = invite_one(desk.opportunity_id, person_id, desk.coordinator)
        if answer:
            usecases.answer_invitation(
                invitation_id=invitation_id, move=InvitationMove(answer), actor=actor_of(person_id), at=AT
            )
    yes = desk.yes(shares=frozenset({Category.STORY}))
    (card,) = desk.cards().cards
    assert card.public_id == desk.public_id(yes)
    assert card.shown.story
    assert (card.shown.name or None, card.shown.contact or None, card.shown.place or None) == (None, None, None)
    event = AccessEvent.objects.get(released=True)
    assert event.categories == ["story"]
    assert event.organisation_id == desk.organisation_id


def test_the_answer_has_one_shape_and_the_same_words_for_nobody_and_for_three(desk: Desk) -> None:
    empty = asdict(desk.cards())
    for _ in range(3):
        desk.yes()
    full = asdict(desk.cards())
    assert len(full.pop("cards")) == 3
    assert empty.pop("cards") == ()
    assert full == empty


def test_the_statements_are_the_same_for_one_three_and_eight(desk: Desk) -> None:
    counts = set()
    for more in (1, 2, 5):
        for _ in range(more):
            desk.yes()
        with CaptureQueriesContext(
            connection,
        ) as found:
            desk.cards()
        counts.add(len(found))
    assert len(counts) == 1
    assert counts.pop() <= 20


def test_another_organisation_knows_the_same_person_by_another_id(desk: Desk) -> None:
    other = Desk()
    person_id = make_candidate()
    for each in (desk, other):
        say_yes(invite_one(each.opportunity_id, person_id, each.coordinator), person_id)
    assert desk.cards().cards[0].public_id != other.cards().cards[0].public_id
    with pytest.raises(NotFound):
        desk.choose(other.cards().cards[0].public_id)


def test_cards_are_for_the_organisation_alone(desk: Desk) -> None:
    desk.yes()
    _, rival = make_organisation()
    before = AccessEvent.objects.filter(released=True).count()
    for actor in (rival, desk.coordinator, Actor.nobody(), program_actor(desk.organisation_id, "briefs:read")):
        with pytest.raises(NotFound):
            desk.cards(actor)
    assert AccessEvent.objects.filter(released=True).count() == before
    assert len(desk.cards(program_actor(desk.organisation_id, "cards:read")).cards) == 1


def test_outside_the_gates_window_there_are_no_cards(desk: Desk) -> None:
    desk.yes()
    with pytest.raises(RuntimeError):
        usecases.cards_for(opportunity_id=desk.opportunity_id, actor=desk.owner, at=AT)


def test_a_suspended_organisation_is_shown_nobody_from_that_moment(desk: Desk) -> None:
    yes = desk.yes()
    organisations.suspend(organisation_id=desk.organisation_id, reason="x", actor=desk.coordinator, at=AT)
    assert desk.cards().cards == ()
    with pytest.raises(NotAllowed):
        desk.choose(desk.public_id(yes))
    assert Invitation.objects.get().state == "yes"


def test_when_the_check_runs_out_names_are_not_shown_any_more(desk: Desk) -> None:
    desk.yes(shares=frozenset({Category.NAME, Category.TOPICS}))
    assert desk.cards().cards[0].shown.name
    Opportunity.objects.update(starts_at=AT + timedelta(days=300), ends_at=AT + timedelta(days=301))
    Grant.objects.filter(opportunity_id=desk.opportunity_id).update(ends_at=AT + timedelta(days=300))
    (card,) = desk.cards(at=AT + timedelta(days=181)).cards
    assert not card.shown.name
    assert card.shown.topics


def test_choosing_publishes_once_and_says_who_by_the_invitation(desk: Desk, heard: Heard) -> None:
    yes = desk.yes()
    chosen = desk.choose(desk.public_id(yes))
    assert chosen.invitation_id == yes
    assert heard(events.OPPORTUNITY_CHOSEN) == [yes]
    book = queries.to_book(yes)
    assert (book.chosen, book.fee_pence, book.starts_at) == (True, 20_000, starts_of())
    with pytest.raises(Conflict):
        desk.choose(desk.public_id(yes))
    assert heard(events.OPPORTUNITY_CHOSEN) == [yes]
    assert Opportunity.objects.get().state == "chosen"


def test_strangers_and_unknown_ids_are_one_answer_and_nothing_changes(desk: Desk) -> None:
    yes = desk.yes()
    person_id = make_candidate()
    invite_one(desk.opportunity_id, person_id, desk.coordinator)
    _, rival = make_organisation()
    for public_id, actor in (
        (uuid4(), desk.owner),
        (pairwise_id(desk.organisation_id, person_id), desk.owner),  # asked, has not answered
        (desk.public_id(yes), rival),
        (desk.public_id(yes), desk.coordinator),
        (desk.public_id(yes), program_actor(desk.organisation_id, "briefs:read")),
    ):
        with pytest.raises(NotFound):
            desk.choose(public_id, actor)
        with pytest.raises(NotFound):
            usecases.pass_over(opportunity_id=desk.opportunity_id, public_id=public_id, reason="x", actor=actor, at=AT)
    assert set(Invitation.objects.values_list("state", flat=True)) == {"yes", "sent"}
    assert Opportunity.objects.get().state == "accepted"


def test_who_asks_for_more_is_chosen_only_at_that_fee(desk: Desk) -> None:
    yes = desk.yes(fee_pence=25_000)
    (card,) = desk.cards().cards
    assert (card.fee_pence, card.asks_for_more) == (25_000, True)
    for fee in (None, 20_000):
        with pytest.raises(Invalid):
            desk.choose(card.public_id, fee_pence=fee)
    assert Invitation.objects.get().state == "yes"
    desk.choose(card.public_id, fee_pence=25_000)
    assert queries.to_book(yes).fee_pence == 25_000


def test_nobody_is_chosen_on_a_consent_that_is_gone(desk: Desk, heard: Heard) -> None:
    yes = desk.yes()
    row = Invitation.objects.get(pk=yes)
    assert row.grant_id is not None
    consent.withdraw(grant_id=row.grant_id, actor=actor_of(row.person_id), at=AT)
    with pytest.raises(Conflict):
        desk.choose(desk.public_id(yes))
    assert Invitation.objects.get().state == "yes"
    assert heard(events.OPPORTUNITY_CHOSEN) == []


def test_nobody_is_chosen_twice_for_one_time_until_it_is_called_off(desk: Desk) -> None:
    other = Desk()
    person_id = make_candidate()
    for each in (desk, other):
        say_yes(invite_one(each.opportunity_id, person_id, each.coordinator), person_id)
    desk.choose(desk.cards().cards[0].public_id)
    with pytest.raises(Conflict):
        other.choose(other.cards().cards[0].public_id)
    assert sorted(Invitation.objects.values_list("state", flat=True)) == ["chosen", "yes"]
    first = Invitation.objects.get(state="chosen").id
    with pytest.raises(NotFound):
        usecases.stopped(invitation_id=first, actor=desk.owner, at=AT)
    usecases.called_off(invitation_id=first, reason="The programme was dropped.", actor=desk.owner, at=AT)
    other.choose(other.cards().cards[0].public_id)
    assert sorted(Invitation.objects.values_list("state", flat=True)) == ["called_off", "chosen"]


def test_a_brief_cannot_close_while_somebody_is_owed_a_reason(desk: Desk, heard: Heard) -> None:
    chosen, passed, told = desk.yes(), desk.yes(), make_candidate()
    waiting = invite_one(desk.opportunity_id, told, desk.coordinator)
    desk.choose(desk.public_id(chosen))
    with pytest.raises(Conflict):
        usecases.close_brief(opportunity_id=desk.opportunity_id, reason="Done.", actor=desk.owner, at=AT)
    assert Opportunity.objects.get().state == "chosen"
    with pytest.raises(Invalid):
        usecases.pass_over(
            opportunity_id=desk.opportunity_id, public_id=desk.public_id(passed), reason="  ", actor=desk.owner, at=AT
        )
    usecases.pass_over(
        opportunity_id=desk.opportunity_id, public_id=desk.public_id(passed), reason="We looked for the north.",
        actor=desk.owner, at=AT,
    )  # fmt: skip
    usecases.close_brief(opportunity_id=desk.opportunity_id, reason="Done.", actor=desk.owner, at=AT)
    states = dict(Invitation.objects.values_list("id", "state"))
    assert states == {chosen: "chosen", passed: "not_chosen", waiting: "lapsed"}
    assert set(heard(events.INVITATION_OUTCOME)) == {passed, waiting}
    person = actor_of(Invitation.objects.get(pk=passed).person_id)
    assert queries.invitations_for(person, AT)[0].outcome_reason == "We looked for the north."


def test_taking_a_brief_back_tells_everybody_why(desk: Desk, heard: Heard) -> None:
    yes, person_id = desk.yes(), make_candidate()
    no = invite_one(desk.opportunity_id, person_id, desk.coordinator)
    usecases.answer_invitation(invitation_id=no, move=InvitationMove.NO, actor=actor_of(person_id), at=AT)
    with pytest.raises(Invalid):
        usecases.withdraw_brief(opportunity_id=desk.opportunity_id, reason="", actor=desk.owner, at=AT)
    usecases.withdraw_brief(opportunity_id=desk.opportunity_id, reason="Not printed.", actor=desk.owner, at=AT)
    assert dict(Invitation.objects.values_list("id", "state")) == {yes: "not_chosen", no: "no"}
    assert set(Invitation.objects.values_list("outcome_reason", flat=True)) == {"Not printed."}
    assert set(heard(events.INVITATION_OUTCOME)) == {yes, no}


def test_a_yes_that_rests_gets_the_reason_of_the_end(desk: Desk) -> None:
    desk.yes()
    usecases.change_brief(
        opportunity_id=desk.opportunity_id, brief=brief_input(recording="live"), actor=desk.owner, at=AT
    )
    usecases.close_brief(opportunity_id=desk.opportunity_id, reason="Not needed.", actor=desk.owner, at=AT)
    row = Invitation.objects.get()
    assert (row.state, row.outcome_reason) == ("not_chosen", "Not needed.")


def test_the_promised_word_comes_whoever_said_yes(desk: Desk, heard: Heard) -> None:
    nobody = desk.opportunity_id
    other = Desk()
    other.yes()
    due = answer_by_of()
    assert usecases.send_cards(due - timedelta(seconds=1)) == 0
    assert usecases.send_cards(due) == 2
    usecases.send_cards(due + timedelta(hours=1))
    assert sorted(heard(events.CARDS_READY), key=str) == sorted([nobody, other.opportunity_id], key=str)
