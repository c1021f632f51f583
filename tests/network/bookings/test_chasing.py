"""A recall is asked for until it is answered: each week, four times; then a person follows it up."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.ids import new_id
from network.bookings import events, queries, usecases
from network.bookings.models import Recall
from network.bookings.states import OPEN_RECALLS, RecallMove, RecallState
from network.bookings.usecases import reporting
from network.organisations.models import Organisation
from network.people.models import Person
from tests.factories import people
from tests.factories.booked import AT, coordinator, member
from tests.network.bookings.conftest import topics_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Organisation:
    return Organisation.objects.get(id=people.make_standing_organisation())


@pytest.fixture
def recall_id(org: Organisation) -> UUID:
    person = Person.objects.get(id=people.make_person())
    return Recall.objects.create(organisation=org, person=person, grant_id=new_id(), asked_at=AT).id


def month(recall_id: UUID) -> list[str]:
    """Everything that the hourly job publishes about it in six weeks."""
    for hour in range(0, 24 * 42, 6):
        usecases.chase_recalls(at=AT + timedelta(hours=hour))
    return topics_of(recall_id)


def test_it_is_asked_for_each_week_and_then_followed_up_by_a_person(recall_id: UUID) -> None:
    assert month(recall_id) == [events.RECALL_DUE] * 4 + [events.RECALL_UNANSWERED]


def test_seen_is_no_final_answer(recall_id: UUID) -> None:
    Recall.objects.update(state=RecallState.ACKNOWLEDGED)
    assert month(recall_id).count(events.RECALL_DUE) == 4


@pytest.mark.parametrize("state", [s for s in RecallState if s not in OPEN_RECALLS])
def test_an_answer_ends_it(recall_id: UUID, state: RecallState) -> None:
    Recall.objects.update(state=state)
    assert month(recall_id) == []


def test_a_chase_that_never_ends_is_found(recall_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: a machine that nags for ever."""
    monkeypatch.setattr(reporting, "REMINDERS", 1000)
    assert month(recall_id).count(events.RECALL_DUE) > 4


def test_changed_needs_to_say_what_and_can_still_become_removed(org: Organisation, recall_id: UUID) -> None:
    say = partial(usecases.answer_recall, recall_id=recall_id, actor=member(org), at=AT)
    with pytest.raises(Invalid):
        say(move=RecallMove.CHANGE, answer=" ")
    assert say(move=RecallMove.CHANGE, answer="The name is gone.") is RecallState.CHANGED
    assert say(move=RecallMove.REMOVE, answer="") is RecallState.REMOVED
    with pytest.raises(Invalid):  # only the person can make it unnecessary
        say(move=RecallMove.LET_STAND, answer="x")
    with pytest.raises(Conflict):
        reporting.let_stand(recall_id=recall_id, actor=Actor.system("test"), at=AT)


def test_the_one_that_is_asked_for_is_found_behind_a_full_page(org: Organisation, recall_id: UUID) -> None:
    for minutes in range(queries.PAGE + 1):
        Recall.objects.create(
            organisation=org, grant_id=new_id(), asked_at=AT + timedelta(minutes=minutes + 1)
        )  # fmt: skip
    assert recall_id not in {line.recall_id for line in queries.recalls_visible_to(coordinator())}
    (line,) = queries.recalls_visible_to(coordinator(), only=recall_id)
    assert line.recall_id == recall_id
