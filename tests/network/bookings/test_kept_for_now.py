"""At STOP a person may keep what is arranged: nothing of them is shown for it, and without a new yes it stops."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from backend.kernel.errors import Conflict, NotFound
from backend.outbox import worker
from network.bookings import usecases
from network.bookings.models import Booking, Recall
from network.bookings.states import BookingState, RecallState
from network.consent import gate
from network.consent.data import Category, Purpose, Recipient
from network.consent.models import Grant
from network.consent.states import GrantState, Layer
from network.opportunities.models import Invitation
from network.opportunities.queries import formats_of
from tests.factories.people import actor_of, link_of
from tests.network.web.person.scene import Scene, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def shown(scene: Scene, booking: Booking) -> bool:
    """Does the organisation see anything of her for this?"""
    with gate.window():
        return bool(
            gate.disclose(
                person_ids=[scene.wren], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
                recipient=Recipient.organisation(scene.organisation), opportunity=booking.opportunity_id,
                formats=formats_of(booking.opportunity), actor=scene.requester, at=scene.at + timedelta(hours=1),
            )
        )  # fmt: skip


def kept(scene: Scene) -> Booking:
    usecases.stop_everything(person_id=scene.wren, keep_bookings=True, actor=scene.me, at=scene.at)
    return Booking.objects.get(id=scene.confirmed)


def grant_of(booking: Booking) -> UUID:
    assert booking.grant_id
    return booking.grant_id


def test_it_stays_and_shows_nothing_and_the_queue_leaves_it_alone(scene: Scene) -> None:
    before = Booking.objects.get(id=scene.confirmed)
    assert shown(scene, before)
    booking = kept(scene)
    assert (booking.state, booking.asked_until) == (BookingState.CONFIRMED, scene.at + timedelta(days=7))
    assert not shown(scene, booking)
    assert not Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN, layer=Layer.FOR_REQUEST).exists()
    while worker.run_due():  # the event of the withdrawn consent does not stop it behind her back
        pass
    assert Booking.objects.get(id=scene.confirmed).state == BookingState.CONFIRMED
    assert Recall.objects.filter(grant_id=grant_of(before), state=RecallState.ASKED).count() == 1


def test_a_new_yes_is_a_new_consent_and_takes_back_the_asking(scene: Scene) -> None:
    assert shown(scene, Booking.objects.get(id=scene.confirmed))
    booking = kept(scene)
    old = Grant.objects.get(id=grant_of(booking))
    for stranger in (actor_of(scene.tern), link_of(scene.wren), scene.requester, scene.coordinator):
        with pytest.raises(NotFound):
            usecases.go_on(booking_id=booking.id, actor=stranger, at=scene.at)
    usecases.go_on(booking_id=booking.id, actor=scene.me, at=scene.at + timedelta(minutes=5))
    again = Booking.objects.get(id=booking.id)
    new = Grant.objects.get(id=grant_of(again))
    assert (again.state, again.asked_until) == (BookingState.CONFIRMED, None)
    assert new.id != old.id
    assert (new.categories, new.name_mode, new.place) == (old.categories, old.name_mode, old.place)
    assert Invitation.objects.get(id=booking.invitation_id).grant_id == new.id
    assert Recall.objects.get(grant_id=old.id).state == RecallState.NOT_NEEDED
    assert shown(scene, again)
    assert Grant.objects.get(id=old.id).state == GrantState.WITHDRAWN
    with pytest.raises(Conflict):
        usecases.go_on(booking_id=booking.id, actor=scene.me, at=scene.at + timedelta(minutes=6))


def test_without_a_word_it_stops_by_itself(scene: Scene) -> None:
    booking = kept(scene)
    assert booking.asked_until
    usecases.stop_unanswered(at=booking.asked_until - timedelta(minutes=1))
    assert Booking.objects.get(id=booking.id).state == BookingState.CONFIRMED
    assert usecases.stop_unanswered(at=booking.asked_until) == 2  # this one, and the one that was being agreed
    assert Booking.objects.get(id=booking.id).state == BookingState.STOPPED
    assert usecases.stop_unanswered(at=booking.asked_until) == 0
    with pytest.raises(Conflict):
        usecases.go_on(booking_id=booking.id, actor=scene.me, at=booking.asked_until)


def test_it_never_runs_past_its_point_of_no_return(scene: Scene) -> None:
    soon = scene.at + timedelta(hours=3)
    Booking.objects.filter(id=scene.confirmed).update(point_of_no_return_at=soon)
    Booking.objects.filter(id=scene.agreeing).update(point_of_no_return_at=scene.at)
    assert kept(scene).asked_until == soon
    assert Booking.objects.get(id=scene.agreeing).state == BookingState.STOPPED  # there was no time left to ask


def test_the_pages_say_what_is_kept_what_is_out_and_who_answers(scene: Scene) -> None:
    assert shown(scene, Booking.objects.get(id=scene.done))
    Booking.objects.filter(id=scene.agreeing).update(point_of_no_return_at=scene.at - timedelta(hours=1))
    client = client_of(scene.wren, scene.at)
    page = client.get("/me/stop/").content.decode()
    assert "Keep it for now" in page
    assert client.post("/me/stop/", {"arranged": "keep"})["Location"] == "/me/stopped/"
    page = client.get("/me/stopped/").content.decode()
    assert "What you kept for now" in page
    assert "A committee" in page  # kept
    assert "A newspaper interview" in page  # took place
    assert "It took place before you stopped" in page
    assert "after its point of no return" in page  # stopped too late
    assert "Asked to stop using it" in page
    recall = Recall.objects.get(grant_id=grant_of(Booking.objects.get(id=scene.done)))
    from network.bookings.states import RecallMove

    usecases.answer_recall(
        recall_id=recall.id, move=RecallMove.REFUSE, answer="The page stays: it is a matter of record.",
        actor=scene.requester, at=scene.at,
    )  # fmt: skip
    page = client.get("/me/stopped/").content.decode()
    assert "They will not take it down" in page
    assert "The page stays: it is a matter of record." in page
    assert client.post(f"/me/bookings/{scene.confirmed}/go-on/").status_code == 303
    assert Client().get("/a/stopped/").content.decode().count("committee") == 0


def test_starting_again_gives_nothing_by_itself(scene: Scene) -> None:
    usecases.stop_everything(person_id=scene.wren, actor=scene.me, at=scene.at)
    client = client_of(scene.wren, scene.at)
    assert client.post("/me/back/").status_code == 303
    live = Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN).values_list("layer", flat=True)
    assert list(live) == [Layer.KEEP_RECORD]
    assert client.post("/me/sharing/give/be_asked/").status_code == 303  # a new act of hers
    assert Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN, layer=Layer.BE_ASKED).exists()
