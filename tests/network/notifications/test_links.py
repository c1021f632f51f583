"""The link of a message: what it does, when it does nothing, and that it says nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.test import Client

from backend.outbox import worker
from network.bookings import usecases as bookings
from network.bookings.models import Booking
from network.bookings.states import BookingState
from network.consent.models import Grant
from network.consent.states import GrantState, Layer
from network.notifications import links
from network.notifications import usecases as notices
from network.notifications.models import LinkUse, Notice
from network.opportunities import events as requests
from network.opportunities.models import Invitation
from network.people import usecases as people
from network.people.data import ContactRule
from network.people.models import Person
from network.people.states import Channel, PersonState
from tests.factories.people import actor_of
from tests.network.web.person.scene import Scene, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return Scene()


def link_about(scene: Scene, topic: str = requests.INVITATION_SENT, object_id: UUID | None = None, **made: bool) -> str:
    notice = Notice.objects.create(
        person_id=scene.wren, audience="person", topic=topic, object_id=object_id or scene.waiting, source=uuid4(),
        token=uuid4().hex[:22], created_at=scene.at,
    )  # fmt: skip
    return links.make_link(notice.token, opens=made.get("opens", False))


def nobody_sees_my_mail(scene: Scene, *, others_can_see: bool = False) -> None:
    rule = ContactRule(
        channel=Channel.EMAIL, allowed=True, from_hour=0, to_hour=24, others_can_see=others_can_see,
        review_on=(scene.at + timedelta(days=30)).date(),
    )  # fmt: skip
    people.set_safe_contact(person_id=scene.wren, contact=[rule], actor=scene.me, at=scene.at)


def state_of(scene: Scene) -> object:
    return (
        list(Person.objects.filter(id=scene.wren).values("state", "quiet_since", "paused_until", "links_since")),
        list(Grant.objects.filter(person_id=scene.wren).order_by("id").values("id", "state")),
        list(Booking.objects.filter(person_id=scene.wren).order_by("id").values("id", "state", "asked_until")),
        list(Invitation.objects.filter(person_id=scene.wren).order_by("id").values("id", "state")),
        LinkUse.objects.count(),
        list(Notice.objects.order_by("id").values("id", "read_at")),
    )


def test_every_mail_to_a_spokesperson_carries_its_link_and_nothing_that_tells(scene: Scene) -> None:
    notices.tell(topic=requests.INVITATION_REMINDER, object_id=scene.waiting, source=uuid4(), at=scene.at)
    while worker.run_due():
        pass
    (message,) = [m for m in mail.outbox if m.to[0].startswith("wren-") and m.subject == "A reminder"]
    link = re.search(r"/m/([\w-]+)/", str(message.body))
    assert link
    assert links.held(link[1], at=scene.at)
    assert len(link[1]) == 44  # twice 128 bits
    headers = {name.lower() for name in message.message()}
    assert headers == {
        "content-type", "mime-version", "content-transfer-encoding", "subject", "from", "to", "date", "message-id",
        "auto-submitted", "x-auto-response-suppress",
    }  # no List-Unsubscribe, whatever it would offer: see the decision record  # fmt: skip
    for word in (str(scene.waiting), str(scene.wren), scene.waiting.hex):
        assert word not in message.message().as_string()


def test_whoever_fetches_a_link_changes_nothing(scene: Scene) -> None:
    """Readers of mail, scanners and previews fetch links by themselves, in every way that is no POST."""
    link, before = link_about(scene, opens=True), state_of(scene)
    client = Client()
    for step in ("", "stop/", "this/", "later/"):
        for method in (client.get, client.head, client.options):
            method(f"/m/{link}/{step}")
    assert state_of(scene) == before
    assert client.post(f"/m/{link}/").status_code == 405


def test_the_page_of_a_link_says_nothing_of_whom_or_what(scene: Scene) -> None:
    nobody_sees_my_mail(scene, others_can_see=True)
    pages = []
    for topic, thing in ((requests.INVITATION_SENT, scene.waiting), ("booking.confirmed", scene.confirmed)):
        link = link_about(scene, topic, thing, opens=True)
        page = Client().get(f"/m/{link}/").content.decode()
        for word in ("wren", "committee", "morning programme", "booking", "Outlet", "/a/"):
            assert word.lower() not in page.replace(link, "").lower(), word
        assert "<title>Messages</title>" in page
        pages.append(page.replace(link, ""))
    assert pages[0] == pages[1]


def test_stopping_what_a_message_is_about(scene: Scene) -> None:
    for topic, thing in (
        (requests.INVITATION_SENT, scene.waiting),
        (requests.INVITATION_CHANGED, scene.answered),
        ("booking.confirmed", scene.confirmed),
        ("checkin.due", scene.check_in),
    ):
        link = link_about(scene, topic, thing)
        answer = Client().post(f"/m/{link}/this/")
        about_done = topic == "checkin.due"  # of something that took place: there is nothing left to stop
        assert answer.status_code == (404 if about_done else 303), topic
    assert Invitation.objects.get(id=scene.waiting).state == "no"
    assert Invitation.objects.get(id=scene.answered).state == "stopped"
    assert Booking.objects.get(id=scene.confirmed).state == BookingState.STOPPED
    assert Booking.objects.get(id=scene.agreeing).state == BookingState.AGREEING  # everything else goes on
    person = Person.objects.get(id=scene.wren)
    assert (person.state, person.quiet_since) == (PersonState.ACTIVE, None)


def test_not_now_by_a_link_pauses_and_ends_nothing(scene: Scene) -> None:
    link = link_about(scene)
    grants = list(Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN).values_list("id", flat=True))
    answer = Client().post(f"/m/{link}/later/")
    assert (answer.status_code, answer["Location"]) == (303, "/a/later/")
    person = Person.objects.get(id=scene.wren)
    assert (person.state, person.paused_until, person.quiet_since) == (PersonState.PAUSED, None, None)
    left = Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN).values_list("id", flat=True)
    assert list(left) == grants


def test_each_purpose_works_once_and_stopping_everything_still_works(scene: Scene) -> None:
    link, client = link_about(scene), Client()
    once = {"once": "k"}
    assert client.post(f"/m/{link}/this/", once).status_code == 303
    assert client.post(f"/m/{link}/this/", once).status_code == 303  # the second of two clicks is the first
    assert Client().post(f"/m/{link}/this/", {"once": "other"}).status_code == 404
    assert client.post(f"/m/{link}/stop/", once).status_code == 303
    assert client.post(f"/m/{link}/stop/", once).status_code == 303
    live = Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN).values_list("layer", flat=True)
    assert list(live) == [Layer.KEEP_RECORD]


def test_every_link_that_does_nothing_has_the_same_page(scene: Scene) -> None:
    good, used, bare = link_about(scene), link_about(scene), link_about(scene)[:22]
    client = Client()
    client.post(f"/m/{used}/this/")
    old = Notice.objects.create(
        person_id=scene.wren, audience="person", topic=requests.INVITATION_SENT, object_id=scene.waiting,
        source=uuid4(), token="o" * 22, created_at=scene.at - timedelta(days=61),
    )  # fmt: skip
    tern = Notice.objects.create(
        person_id=scene.tern, audience="person", topic=requests.INVITATION_SENT, object_id=scene.waiting,
        source=uuid4(), token="t" * 22, created_at=scene.at,
    )  # fmt: skip
    staff = Notice.objects.create(
        user_id=uuid4(), audience="requester", topic=requests.BRIEF_ACCEPTED, object_id=scene.waiting,
        source=uuid4(), token="s" * 22, created_at=scene.at,
    )  # fmt: skip
    bookings.leave(person_id=scene.tern, actor=actor_of(scene.tern), at=scene.at)
    dead = {
        "forged": "x" * 44,
        "one letter off": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "half of another": good[:22] + used[22:],
        "the number with nothing": bare + "=" * 22,
        "a null": "\x00" * 44,
        "not ascii": "é" * 44,
        "old": links.make_link(old.token, opens=False),
        "of somebody who left": links.make_link(tern.token, opens=False),
        "of no spokesperson": links.make_link(staff.token, opens=False),
    }
    answers = {name: client.get(f"/m/{link}/") for name, link in dead.items()}
    answers["used"] = client.get(f"/m/{used}/this/")
    answers["forged answer"] = client.get("/a/forged/")
    answers["forged answer, stop"] = client.get("/a/forged/stop/")
    bookings.stop_everything(person_id=scene.wren, actor=scene.me, at=scene.at)
    answers["of somebody who stopped"] = client.get(f"/m/{good}/")
    answers["of somebody who stopped, stop"] = client.get(f"/m/{good}/stop/")
    people.resume(person_id=scene.wren, actor=scene.me, at=scene.at + timedelta(minutes=1))
    answers["from before they came back"] = client.get(f"/m/{good}/")
    assert {a.status_code for a in answers.values()} == {404}
    different = {name for name, a in answers.items() if a.content != answers["forged"].content}
    assert different == set()


@pytest.mark.parametrize(("private_then", "private_now"), [(True, True), (True, False), (False, True)])
def test_a_request_is_opened_only_in_a_mailbox_that_is_and_was_private(
    scene: Scene, private_then: bool, private_now: bool
) -> None:
    nobody_sees_my_mail(scene, others_can_see=not private_now)
    page = Client().get(f"/m/{link_about(scene, opens=private_then)}/").content.decode()
    found = re.search(r'href="(/a/[^"]+/)"', page)
    assert bool(found) is (private_then and private_now)
    if found:
        assert "To show how it is." in Client().get(found[1]).content.decode()


def test_what_is_sent_says_whether_the_mailbox_is_private(scene: Scene) -> None:
    for others_can_see in (False, True):
        mail.outbox.clear()
        nobody_sees_my_mail(scene, others_can_see=others_can_see)
        notices.tell(topic=requests.INVITATION_REMINDER, object_id=scene.waiting, source=uuid4(), at=scene.at)
        while worker.run_due():
            pass
        (message,) = [m for m in mail.outbox if m.to[0].startswith("wren-") and m.subject == "A reminder"]
        link = re.search(r"/m/([\w-]+)/", str(message.body))
        assert link
        nobody_sees_my_mail(scene)
        held = links.held(link[1], at=scene.at)
        assert held
        assert bool(held.answer_token) is not others_can_see


def test_its_reader_signed_in_goes_on_to_the_thing(scene: Scene) -> None:
    link = link_about(scene)
    wren, tern = client_of(scene.wren, scene.at), client_of(scene.tern, scene.at)
    assert wren.get(f"/m/{link}/")["Location"] == f"/me/requests/{scene.waiting}/"
    assert tern.get(f"/m/{link}/").status_code == 200  # on a shared computer: what anybody who holds it may do
    assert tern.get(f"/m/{link[:22]}/").status_code == 404
    assert Client().get(f"/m/{link[:22]}/")["Location"].startswith("/sign-in/?next=")
