"""What a brief still lacks, and the promise before reading about people."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from backend.kernel.ids import pairwise_id
from network.consent.queries import my_consents
from network.consent.usecases import withdraw_everything
from network.opportunities import usecases
from network.opportunities.models import Opportunity, OpportunityHistory
from network.opportunities.queries import open_questions_for, questions_visible_to
from network.opportunities.states import Source
from network.opportunities.usecases import checking
from tests.conftest import AT
from tests.factories.people import actor_of, make_coordinator
from tests.factories.requests import (
    brief_input,
    invite_one,
    make_brief,
    make_candidate,
    make_organisation,
    member_actor,
    program_actor,
    say_yes,
)

pytestmark = pytest.mark.django_db


def test_it_says_what_sending_in_would_refuse_and_changes_nothing() -> None:
    organisation, owner = make_organisation()
    draft = usecases.save_draft(
        brief=replace(brief_input(), fee_pence=1, audience=""), organisation_id=organisation, source=Source.WEB,
        actor=owner, at=AT,
    ).opportunity_id  # fmt: skip
    before = Opportunity.objects.filter(pk=draft).values().get()
    assert set(usecases.still_missing(opportunity_id=draft, actor=owner, at=AT)) == {"fee_pence", "audience"}
    assert Opportunity.objects.filter(pk=draft).values().get() == before
    full = make_brief(organisation, owner)
    assert usecases.still_missing(opportunity_id=full, actor=owner, at=AT) == {}


def test_strangers_learn_nothing_of_a_draft() -> None:
    organisation, owner = make_organisation()
    draft = usecases.save_draft(
        brief=brief_input(), organisation_id=organisation, source=Source.WEB, actor=owner, at=AT
    ).opportunity_id
    _, rival = make_organisation()
    for stranger in (rival, make_coordinator(), Actor.nobody()):
        with pytest.raises(NotFound):
            usecases.still_missing(opportunity_id=draft, actor=stranger, at=AT)


def test_the_promise_is_each_actors_own_and_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    organisation, owner = make_organisation()
    brief, other = make_brief(organisation, owner), make_brief(organisation, owner)
    colleague = member_actor(organisation)
    for _ in range(2):
        usecases.accept_boundaries(opportunity_id=brief, actor=owner, at=AT)
    assert OpportunityHistory.objects.filter(opportunity_id=brief, move="promise").count() == 1
    assert usecases.boundaries_accepted(opportunity_id=brief, actor=owner)
    assert not usecases.boundaries_accepted(opportunity_id=brief, actor=colleague)
    assert not usecases.boundaries_accepted(opportunity_id=other, actor=owner)
    monkeypatch.setattr(checking, "_boundaries", lambda: (2, ("Another wording",)))
    assert not usecases.boundaries_accepted(opportunity_id=brief, actor=owner), "a new wording is promised anew"


def test_only_those_who_may_see_cards_can_promise() -> None:
    organisation, owner = make_organisation()
    brief = make_brief(organisation, owner)
    _, rival = make_organisation()
    for stranger in (rival, make_coordinator(), Actor.nobody(), program_actor(organisation, "briefs:read")):
        with pytest.raises(NotFound):
            usecases.accept_boundaries(opportunity_id=brief, actor=stranger, at=AT)
    with pytest.raises(NotFound):
        usecases.accept_boundaries(opportunity_id=uuid4(), actor=owner, at=AT)
    assert not OpportunityHistory.objects.filter(move="promise").exists()


def test_a_question_is_gone_with_the_consent_before_any_worker_comes_by() -> None:
    organisation, owner = make_organisation()
    coordinator = make_coordinator()
    brief = make_brief(organisation, owner, accepted_by=coordinator)
    person = make_candidate()
    invitation = invite_one(brief, person, coordinator)
    say_yes(invitation, person)
    usecases.ask_question(invitation_id=invitation, text="What is it like?", actor=actor_of(person), at=AT)
    assert len(questions_visible_to(owner, brief)) == 1
    withdraw_everything(person_id=person, actor=actor_of(person), at=AT)
    assert questions_visible_to(owner, brief) == []
    assert open_questions_for(owner) == {}
    assert len(questions_visible_to(coordinator, brief)) == 1


def test_questions_wait_only_of_people_who_said_yes() -> None:
    organisation, owner = make_organisation()
    coordinator = make_coordinator()
    brief = make_brief(organisation, owner, accepted_by=coordinator)
    people = [make_candidate(), make_candidate()]
    invitations = [invite_one(brief, person, coordinator) for person in people]
    for person, invitation in zip(people, invitations, strict=True):
        usecases.ask_question(invitation_id=invitation, text="What is it like?", actor=actor_of(person), at=AT)
    assert open_questions_for(owner) == {}, "a question from anybody else would tell that there is somebody"
    say_yes(invitations[0], people[0])
    assert open_questions_for(owner) == {brief: 1}
    assert len(questions_visible_to(owner, brief)) == 1
    assert open_questions_for(make_organisation()[1]) == {}
    assert open_questions_for(coordinator) == {}


def test_what_was_agreed_for_a_request_ends_with_being_passed_over() -> None:
    organisation, owner = make_organisation()
    coordinator = make_coordinator()
    brief = make_brief(organisation, owner, accepted_by=coordinator)
    people = [make_candidate(), make_candidate()]
    for person in people:
        say_yes(invite_one(brief, person, coordinator), person)

    def live(person: UUID) -> int:
        mine = my_consents(actor=actor_of(person), at=AT)
        return sum(grant.opportunity_id == brief and grant.live(AT) for grant in mine)

    assert [live(person) for person in people] == [1, 1]
    usecases.pass_over(
        opportunity_id=brief,
        public_id=pairwise_id(organisation, people[0]),
        reason="We had room for one.",
        actor=owner,
        at=AT,
    )
    assert [live(person) for person in people] == [0, 1]
    usecases.withdraw_brief(opportunity_id=brief, reason="The programme was dropped.", actor=owner, at=AT)
    assert [live(person) for person in people] == [0, 0]
