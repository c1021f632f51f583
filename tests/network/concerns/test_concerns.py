"""Questions go to those who work with the person, worries to safeguarding; nobody else reads either."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.models import Work
from network.concerns.models import Concern
from network.concerns.queries import concerns_visible_to, my_concerns, open_concerns
from network.concerns.states import ConcernAbout, ConcernKind
from network.concerns.usecases import answer_concern, raise_concern
from network.notifications.audience import recipients
from tests.factories.people import a_user, actor_of, link_of, make_coordinator, make_person

pytestmark = pytest.mark.django_db

Raise = Callable[[ConcernKind, str], UUID]


@pytest.fixture
def theirs(at: datetime) -> Actor:
    return make_coordinator(at=at)


@pytest.fixture
def wren(theirs: Actor) -> UUID:
    return make_person(tag="wren", coordinator=theirs)


@pytest.fixture
def said(wren: UUID, at: datetime) -> Raise:
    def say(kind: ConcernKind, words: str) -> UUID:
        return raise_concern(
            kind=kind, about=ConcernAbout.OTHER, about_id=None, words=words, actor=actor_of(wren), at=at
        )

    return say


def test_who_reads_what(wren: UUID, theirs: Actor, said: Raise, at: datetime) -> None:
    ask, worry = said(ConcernKind.ASK, "  Who pays? "), said(ConcernKind.WORRY, "It is about somebody.")
    other, lead = make_coordinator(at=at), a_user(Role.SAFEGUARDING, at=at)
    seen = {
        name: {c.concern_id for c in concerns_visible_to(actor=actor, at=at)}
        for name, actor in (("theirs", theirs), ("other", other), ("lead", lead), ("wren", actor_of(wren)))
    }
    assert seen == {"theirs": {ask}, "other": set(), "lead": {ask, worry}, "wren": set()}
    assert (open_concerns(actor=theirs, at=at), open_concerns(actor=lead, at=at)) == (1, 2)
    assert open_concerns(actor=other, at=at) == 0
    assert [c.words for c in my_concerns(actor_of(wren)) if c.concern_id == ask] == ["  Who pays? "]


def test_reading_is_seen(wren: UUID, theirs: Actor, said: Raise, at: datetime) -> None:
    said(ConcernKind.ASK, "Who pays?")
    before = AccessEvent.objects.filter(person_id=wren).count()
    concerns_visible_to(actor=theirs, at=at)
    assert AccessEvent.objects.filter(person_id=wren).count() == before + 1


def test_only_the_person_raises_it(wren: UUID, theirs: Actor, at: datetime) -> None:
    for actor in (theirs, link_of(wren), Actor.system("x"), Actor.nobody()):
        with pytest.raises(NotFound):
            raise_concern(kind=ConcernKind.ASK, about=ConcernAbout.OTHER, about_id=None, words="?", actor=actor, at=at)
    assert not Concern.objects.exists()


@pytest.mark.parametrize("words", ["", " \n", "a" * 4001])
def test_words_that_cannot_be(said: Raise, words: str) -> None:
    with pytest.raises(Invalid):
        said(ConcernKind.ASK, words)
    assert not Concern.objects.exists()


def test_answering_once(wren: UUID, theirs: Actor, said: Raise, at: datetime) -> None:
    ask, worry = said(ConcernKind.ASK, "Who pays?"), said(ConcernKind.WORRY, "About you.")
    for actor, concern in ((make_coordinator(at=at), ask), (theirs, worry), (actor_of(wren), ask)):
        with pytest.raises(NotFound):
            answer_concern(concern_id=concern, answer="We do.", actor=actor, at=at)
    assert not any(Concern.objects.values_list("answer", flat=True))
    answer_concern(concern_id=ask, answer="We do.", actor=theirs, at=at)
    with pytest.raises(Conflict):
        answer_concern(concern_id=ask, answer="Somebody else.", actor=theirs, at=at)
    assert [c.answer for c in my_concerns(actor_of(wren)) if c.concern_id == ask] == ["We do."]


def test_who_is_told(wren: UUID, theirs: Actor, said: Raise, at: datetime) -> None:
    lead = a_user(Role.SAFEGUARDING, at=at)
    ask, worry = said(ConcernKind.ASK, "Who pays?"), said(ConcernKind.WORRY, "About you.")
    assert [to.user_id for _, to in recipients("concern.asked", ask, at)] == [theirs.user_id]
    assert [to.user_id for _, to in recipients("concern.worry", worry, at)] == [lead.user_id]
    assert [to.person_id for _, to in recipients("concern.answered", ask, at)] == [wren]
    assert Work.objects.filter(object_id__in=(ask, worry)).count() == 2


def test_statements_do_not_grow(theirs: Actor, said: Raise, at: datetime) -> None:
    said(ConcernKind.ASK, "One")
    with CaptureQueriesContext(
        connection,
    ) as one:
        concerns_visible_to(actor=theirs, at=at)
    for _ in range(3):
        said(ConcernKind.ASK, "More")
    with CaptureQueriesContext(connection) as more:
        assert len(concerns_visible_to(actor=theirs, at=at)) == 4
    assert len(one) == len(more)
