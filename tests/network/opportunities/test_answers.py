from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.data import Item
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Category
from network.consent.models import Grant
from network.consent.queries import view_of
from network.opportunities import handlers, queries, usecases
from network.opportunities.data import Answered, Card
from network.opportunities.links import answer_link, open_answer_link
from network.opportunities.models import Invitation, Question
from network.opportunities.states import InvitationMove
from tests.conftest import AT
from tests.factories.people import actor_of, link_of, make_coordinator
from tests.factories.requests import (
    SHARES,
    answer_by_of,
    brief_input,
    ends_of,
    invite_one,
    make_brief,
    make_candidate,
    make_organisation,
    program_actor,
    say_yes,
    starts_of,
)

pytestmark = pytest.mark.django_db


class Asked:
    """One person asked about one accepted brief."""

    def __init__(self, *, level: str = "J2") -> None:
        self.organisation_id, self.owner = make_organisation(level=level)
        self.coordinator = make_coordinator()
        self.opportunity_id = make_brief(self.organisation_id, self.owner, accepted_by=self.coordinator)
        self.person_id = make_candidate()
        self.me = actor_of(self.person_id)
        self.invitation_id = invite_one(self.opportunity_id, self.person_id, self.coordinator)

    def answer(self, move: str, *, actor: Actor | None = None, at: datetime = AT, **values: Any) -> Answered:
        return usecases.answer_invitation(
            invitation_id=self.invitation_id, move=InvitationMove(move), actor=actor or self.me, at=at, **values
        )

    @property
    def row(self) -> Invitation:
        return Invitation.objects.get(pk=self.invitation_id)

    def cards(self, at: datetime = AT) -> tuple[Card, ...]:
        with gate.window():
            return usecases.cards_for(opportunity_id=self.opportunity_id, actor=self.owner, at=at).cards


def grant_of(answered: Answered) -> Grant:
    assert answered.grant_id is not None
    return Grant.objects.get(pk=answered.grant_id)


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_a_yes_gives_exactly_the_consent_that_was_chosen_in_the_same_act(asked: Asked) -> None:
    answered = say_yes(asked.invitation_id, asked.person_id)
    grant = view_of(grant_of(answered))
    assert grant.categories == SHARES
    assert grant.recipient.id == asked.organisation_id
    assert grant.opportunity_id == asked.opportunity_id
    assert grant.ends_at == ends_of() + timedelta(days=30)
    row = asked.row
    assert (row.state, row.agreed_fee_pence, row.grant_id) == ("yes", 20_000, answered.grant_id)
    assert len(asked.cards()) == 1


def test_only_the_person_answers_and_for_anybody_else_it_does_not_exist(asked: Asked) -> None:
    before = Invitation.objects.values().get(pk=asked.invitation_id)
    others = [
        asked.coordinator, asked.owner, program_actor(asked.organisation_id), actor_of(make_candidate()), Actor.nobody(),
        Actor.system("sweeper"), link_of(asked.person_id),
        Actor(kind=ActorKind.USER, roles=frozenset(Role)), Actor(kind=ActorKind.PROGRAM, person_id=asked.person_id),
    ]  # fmt: skip
    for actor in others:
        for move in ("yes", "no", "not_now"):
            with pytest.raises(NotFound):
                asked.answer(move, actor=actor, shares=SHARES)
        with pytest.raises(NotFound):
            usecases.ask_question(invitation_id=asked.invitation_id, text="?", actor=actor, at=AT)
        with pytest.raises(NotFound):
            queries.invitation_visible_to(actor, asked.invitation_id, AT)
    assert Invitation.objects.values().get(pk=asked.invitation_id) == before
    assert Question.objects.count() == 0
    assert not Grant.objects.filter(opportunity_id=asked.opportunity_id).exists()


def test_a_yes_that_shares_nothing_is_no_yes(asked: Asked) -> None:
    with pytest.raises(Invalid) as error:
        asked.answer("yes", shares=frozenset())
    assert set(error.value.fields) == {"shares"}
    assert asked.row.state == "sent"
    assert not Grant.objects.filter(opportunity_id=asked.opportunity_id).exists()


def test_a_yes_that_could_never_be_shown_is_told_before_and_not_after() -> None:
    asked = Asked(level="J1")
    with pytest.raises(Invalid):
        asked.answer("yes", shares=frozenset({Category.NAME, Category.CONTACT}))
    assert asked.row.state == "sent"
    asked.answer("yes", shares=frozenset({Category.NAME, Category.STORY}))
    (card,) = asked.cards()
    assert card.shown.story
    assert not card.shown.name


def test_a_person_may_ask_for_more_and_never_for_less(asked: Asked) -> None:
    with pytest.raises(Invalid):
        asked.answer("yes", shares=SHARES, fee_pence=19_999)
    assert asked.row.state == "sent"
    asked.answer("yes", shares=SHARES, fee_pence=25_000, terms_note="  A break after 20 minutes.\n")
    assert asked.row.agreed_fee_pence == 25_000
    assert asked.row.terms_note == "  A break after 20 minutes.\n"


def test_a_yes_can_be_taken_back_and_the_consent_goes_with_it(asked: Asked) -> None:
    answered = say_yes(asked.invitation_id, asked.person_id)
    asked.answer("no")
    assert grant_of(answered).state == "withdrawn"
    assert asked.row.state == "no"
    assert asked.row.grant_id is None
    assert asked.cards() == ()
    again = say_yes(asked.invitation_id, asked.person_id)
    assert again.grant_id != answered.grant_id
    assert len(asked.cards()) == 1


def test_saying_yes_again_with_less_shows_less(asked: Asked) -> None:
    say_yes(asked.invitation_id, asked.person_id)
    say_yes(asked.invitation_id, asked.person_id, shares=frozenset({Category.TOPICS}))
    (card,) = asked.cards()
    assert not card.shown.name
    assert not card.shown.story
    assert card.shown.topics


def test_a_yes_to_an_older_version_is_refused(asked: Asked) -> None:
    usecases.change_brief(
        opportunity_id=asked.opportunity_id, brief=brief_input(place="Elsewhere"), actor=asked.owner, at=AT
    )
    with pytest.raises(Conflict):
        asked.answer("yes", shares=SHARES, version_read=1)
    assert asked.row.state == "sent"
    asked.answer("yes", shares=SHARES, version_read=2)
    assert asked.row.version_seen == 2


def test_after_a_change_that_matters_the_card_is_gone_until_the_yes_is_said_again(asked: Asked) -> None:
    say_yes(asked.invitation_id, asked.person_id)
    (card,) = asked.cards()
    usecases.change_brief(
        opportunity_id=asked.opportunity_id, brief=brief_input(recording="live"), actor=asked.owner, at=AT
    )
    assert asked.cards() == ()
    with pytest.raises(NotFound):
        usecases.choose(opportunity_id=asked.opportunity_id, public_id=card.public_id, actor=asked.owner, at=AT)
    assert asked.row.state == "yes"
    say_yes(asked.invitation_id, asked.person_id)
    assert len(asked.cards()) == 1


@pytest.mark.parametrize("first", ["no", "not_now"])
def test_no_and_not_now_need_no_reason_and_may_become_a_yes(asked: Asked, first: Any) -> None:
    asked.answer(first)
    assert asked.row.state == first
    assert not Grant.objects.filter(opportunity_id=asked.opportunity_id, state="given").exists()
    say_yes(asked.invitation_id, asked.person_id)
    assert asked.row.state == "yes"


def test_nobody_answers_once_the_work_has_begun_or_the_brief_has_ended(asked: Asked) -> None:
    with pytest.raises(Conflict):
        asked.answer("yes", shares=SHARES, at=starts_of())
    usecases.close_brief(opportunity_id=asked.opportunity_id, reason="Found somebody.", actor=asked.owner, at=AT)
    with pytest.raises(Conflict):
        asked.answer("yes", shares=SHARES)
    assert asked.row.state == "lapsed"
    assert asked.row.outcome_reason == "Found somebody."


def test_a_withdrawn_consent_stops_the_yes_and_shows_nothing_even_before_the_handler_runs(asked: Asked) -> None:
    answered = say_yes(asked.invitation_id, asked.person_id)
    assert answered.grant_id is not None
    consent.withdraw(grant_id=answered.grant_id, actor=asked.me, at=AT)
    assert asked.cards() == ()
    assert asked.row.state == "yes"
    item = Item(id=asked.invitation_id, topic="consent.withdrawn", object_id=answered.grant_id, at=AT, attempt=1)
    handlers.stop_what_rested_on_it(item)
    handlers.stop_what_rested_on_it(item)
    assert asked.row.state == "stopped"


def test_the_person_reads_the_whole_brief_and_who_asks(asked: Asked, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        page = queries.invitation_visible_to(asked.me, asked.invitation_id, AT)
    assert page.asked_by == ("Morgan Tester, Reporter",)
    assert "good standing" in page.organisation_standing
    assert {"yes", "no", "question", "not_now"} == set(page.moves)
    assert page.consequences
    assert "Not the offence." in str(page.plain)


# --- questions ------------------------------------------------------------------------------------------------------


def test_a_question_before_a_yes_is_for_coordinators_only(asked: Asked) -> None:
    question_id = usecases.ask_question(
        invitation_id=asked.invitation_id, text=" Who else is there?\n", actor=asked.me, at=AT
    )
    assert asked.row.state == "question"
    assert queries.questions_visible_to(asked.owner, asked.opportunity_id) == []
    with pytest.raises(NotFound):
        usecases.answer_question(question_id=question_id, answer="Me", actor=asked.owner, at=AT)
    assert [q.text for q in queries.questions_visible_to(asked.coordinator, asked.opportunity_id)] == [
        " Who else is there?\n"
    ]
    usecases.answer_question(question_id=question_id, answer="A housing officer.", actor=asked.coordinator, at=AT)
    page = queries.invitation_visible_to(asked.me, asked.invitation_id, AT)
    assert page.questions[0].answer == "A housing officer."
    with pytest.raises(Conflict):
        usecases.answer_question(question_id=question_id, answer="Other", actor=asked.coordinator, at=AT)
    assert Question.objects.get().answer == "A housing officer."


def test_after_a_yes_the_requester_may_answer(asked: Asked) -> None:
    say_yes(asked.invitation_id, asked.person_id)
    question_id = usecases.ask_question(invitation_id=asked.invitation_id, text="When?", actor=asked.me, at=AT)
    assert asked.row.state == "yes"
    _, rival = make_organisation()
    with pytest.raises(NotFound):
        usecases.answer_question(question_id=question_id, answer="x", actor=rival, at=AT)
    usecases.answer_question(question_id=question_id, answer="At ten.", actor=asked.owner, at=AT)
    assert Question.objects.get().answer == "At ten."


# --- the link -------------------------------------------------------------------------------------------------------


def test_a_link_opens_one_invitation_and_answers_it(asked: Asked) -> None:
    actor, invitation_id = open_answer_link(answer_link(asked.invitation_id, at=AT), at=AT + timedelta(days=13))
    assert invitation_id == asked.invitation_id
    assert queries.invitation_visible_to(actor, invitation_id, AT).line.state == "sent"
    answered = asked.answer("yes", actor=actor, shares=SHARES)
    assert grant_of(answered).state == "given"
    asked.answer("no", actor=actor)
    assert asked.row.state == "no"


def test_a_link_is_for_nothing_else(asked: Asked) -> None:
    other = Asked()
    Invitation.objects.filter(pk=other.invitation_id).update(person_id=asked.person_id)
    actor, _ = open_answer_link(answer_link(asked.invitation_id, at=AT), at=AT)
    with pytest.raises(NotFound):
        queries.invitation_visible_to(actor, other.invitation_id, AT)
    with pytest.raises(NotFound):
        usecases.answer_invitation(
            invitation_id=other.invitation_id, move=InvitationMove.NO, actor=actor, at=AT
        )  # fmt: skip
    with pytest.raises(NotFound):
        gate.own_details(actor=actor, at=AT)
    assert Invitation.objects.get(pk=other.invitation_id).state == "sent"


def test_old_forged_and_dead_links_are_all_the_same(asked: Asked) -> None:
    token = answer_link(asked.invitation_id, at=AT)
    for bad, at in ((token, AT + timedelta(days=14)), (token[:-2] + "xx", AT), ("", AT), ("a:b:c", AT)):
        with pytest.raises(NotFound):
            open_answer_link(bad, at=at)
    Invitation.objects.filter(pk=asked.invitation_id).update(state="stopped")
    with pytest.raises(NotFound):
        open_answer_link(token, at=AT)


def test_a_link_says_nothing_about_anybody(asked: Asked) -> None:
    token = answer_link(asked.invitation_id, at=AT)
    assert str(asked.person_id) not in token
    assert asked.person_id.hex not in token


# --- the database ---------------------------------------------------------------------------------------------------


def test_the_database_refuses_to_pass_somebody_over_without_a_reason(asked: Asked) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=asked.invitation_id).update(state="not_chosen")


def test_the_database_refuses_to_ask_twice(asked: Asked) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            opportunity_id=asked.opportunity_id, person_id=asked.person_id, invited_by="x", sent_at=AT
        )


def test_reminders_go_once_and_not_to_those_who_answered(asked: Asked) -> None:
    soon = answer_by_of() - timedelta(hours=3)
    assert usecases.remind_unanswered(AT) == 0
    assert usecases.remind_unanswered(soon) == 1
    asked.answer("not_now")
    assert usecases.remind_unanswered(soon) == 0
