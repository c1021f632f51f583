"""Taking back consent takes its booking with it in the same commit, and only the person can."""

from __future__ import annotations

from datetime import datetime

import pytest

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from network.bookings import usecases
from network.bookings.models import Booking, Recall
from network.bookings.states import BookingState
from network.consent.models import ConsentEvent
from tests.factories.people import actor_of, link_of
from tests.network.web.person.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def _bookings(scene: Scene) -> list[str]:
    return sorted(Booking.objects.filter(person_id=scene.wren).values_list("state", flat=True))


def test_nobody_else_stops_anything(scene: Scene) -> None:
    before, events = _bookings(scene), ConsentEvent.objects.count()
    at: datetime = scene.at
    for actor in (actor_of(scene.tern), scene.coordinator, scene.requester, Actor.system("x"), Actor.nobody()):
        with pytest.raises(NotFound):
            usecases.stop_everything(person_id=scene.wren, actor=actor, at=at)
        with pytest.raises(NotFound):
            usecases.stop_sharing(grant_id=scene.grant, actor=actor, at=at)
        with pytest.raises(NotFound):
            usecases.leave(person_id=scene.wren, actor=actor, at=at)
    with pytest.raises(NotFound):  # a link stops, it does not close an account
        usecases.leave(person_id=scene.wren, actor=link_of(scene.wren), at=at)
    assert (_bookings(scene), ConsentEvent.objects.count()) == (before, events)


def test_a_link_is_enough_to_stop(scene: Scene) -> None:
    usecases.stop_everything(person_id=scene.wren, actor=link_of(scene.wren), at=scene.at)
    assert _bookings(scene) == [BookingState.DONE, BookingState.STOPPED, BookingState.STOPPED]
    assert Recall.objects.filter(person_id=scene.wren).count() == 1


def test_stopping_twice_is_stopping_once(scene: Scene) -> None:
    for _ in range(2):
        usecases.stop_everything(person_id=scene.wren, actor=scene.me, at=scene.at)
    events = ConsentEvent.objects.count()
    usecases.stop_sharing(grant_id=scene.grant, actor=scene.me, at=scene.at)
    assert ConsentEvent.objects.count() == events
    assert Recall.objects.filter(person_id=scene.wren).count() == 1
