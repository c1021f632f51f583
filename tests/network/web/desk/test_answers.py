"""The people who said yes, by the pages: what is shown, choosing, giving reasons, and what ends it at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from backend.audit.models import AccessEvent
from network.consent import usecases as consent
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation, Opportunity, OpportunityHistory
from network.organisations import usecases as organisations
from tests.factories.people import actor_of
from tests.network.web.desk.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(scene: Scene, desk: Client) -> str:
    """The address of the page, after promising."""
    assert desk.post(f"/desk/briefs/{scene.open}/before/", {}).status_code == 303
    return f"/desk/briefs/{scene.open}/people/"


def test_nothing_is_read_before_the_promise(scene: Scene, desk: Client) -> None:
    before = AccessEvent.objects.count()
    url = f"/desk/briefs/{scene.open}/people/"
    answer = desk.get(url)
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/briefs/{scene.open}/before/")
    card = scene.cards()[0].public_id
    seen_by_scene = AccessEvent.objects.count()
    for act in ("choose", "not-this-time"):
        assert desk.get(f"{url}{card}/{act}/").status_code == 303
        assert desk.post(f"{url}{card}/{act}/", {"reason": "No."}).status_code == 303
    assert AccessEvent.objects.count() == seen_by_scene
    assert before < seen_by_scene, "reading a card is written down"
    assert set(Invitation.objects.filter(opportunity=scene.open).values_list("state", flat=True)) == {"yes", "sent"}
    text = desk.get(answer["Location"]).content.decode()
    for point in requests.boundaries():
        assert point.replace("'", "&#x27;") in text
    for _ in range(2):
        assert desk.post(answer["Location"], {})["Location"] == url
    assert OpportunityHistory.objects.filter(opportunity=scene.open, move="promise").count() == 1
    assert desk.get(url).status_code == 200


def test_only_what_each_agreed_to_show(scene: Scene, desk: Client, people: str) -> None:
    text = desk.get(people).content.decode()
    cards = scene.cards()
    assert len(cards) == 2
    (open_card,) = [card for card in cards if card.shown.name]
    assert str(open_card.shown.name) in text
    assert "Does not wish to be named" in text
    assert "They share no address or number." in text
    assert "Not shared" in text
    assert "By first name only" in text
    shy_card = text.split("Does not wish to be named")[1].split("</section>")[0]
    assert "No name" in shy_card, "how to name them follows what they share"
    assert "By first name only" not in shy_card
    shy = Invitation.objects.get(opportunity=scene.open, person_id=scene.yes[0])
    assert shy.person.known_as not in text
    assert str(shy.person_id) not in text
    assert shy.person.reference not in text


def test_each_look_is_written_down_for_the_person(scene: Scene, desk: Client, people: str) -> None:
    before = AccessEvent.objects.filter(person_id=scene.yes[1], released=True).count()
    desk.get(people)
    assert AccessEvent.objects.filter(person_id=scene.yes[1], released=True).count() == before + 1


def test_whoever_takes_it_back_is_gone_from_that_commit(scene: Scene, desk: Client, people: str) -> None:
    (open_card,) = [card for card in scene.cards() if card.shown.name]
    name = str(open_card.shown.name)
    assert name in desk.get(people).content.decode()
    grant = Invitation.objects.get(opportunity=scene.open, person_id=scene.yes[1]).grant_id
    assert grant
    consent.withdraw(grant_id=grant, actor=actor_of(scene.yes[1]), at=scene.at)
    assert name not in desk.get(people).content.decode()
    assert desk.get(f"{people}{open_card.public_id}/choose/").status_code == 404
    assert desk.post(f"{people}{open_card.public_id}/choose/", {"agree": "on"}).status_code == 404
    assert Opportunity.objects.get(pk=scene.open).state == "accepted"


def test_choosing_somebody_who_asks_for_more_means_agreeing_to_it(scene: Scene, desk: Client, people: str) -> None:
    (card,) = [card for card in scene.cards() if card.asks_for_more]
    url = f"{people}{card.public_id}/choose/"
    assert "£250.00" in desk.get(url).content.decode()
    refused = desk.post(url, {})
    assert refused.status_code == 422
    assert Invitation.objects.get(opportunity=scene.open, person_id=scene.yes[1]).state == "yes"
    answer = desk.post(url, {"agree": "on", "once": "k"})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/bookings/")
    row = Invitation.objects.get(opportunity=scene.open, person_id=scene.yes[1])
    assert (row.state, row.agreed_fee_pence) == ("chosen", 25_000)
    assert Opportunity.objects.get(pk=scene.open).state == "chosen"
    assert "Chosen" in desk.get(people).content.decode()


def test_choosing_at_the_offered_fee(scene: Scene, desk: Client, people: str) -> None:
    (card,) = [card for card in scene.cards() if not card.asks_for_more]
    page = desk.get(f"{people}{card.public_id}/choose/").content.decode()
    assert "agree" not in page.split("<form")[-1]
    for _ in range(2):  # a double click
        assert desk.post(f"{people}{card.public_id}/choose/", {"once": "k"}).status_code == 303
    assert Invitation.objects.filter(opportunity=scene.open, state="chosen").count() == 1


def test_nobody_is_passed_over_without_a_reason(scene: Scene, desk: Client, people: str) -> None:
    card = scene.cards()[0].public_id
    url = f"{people}{card}/not-this-time/"
    assert desk.post(url, {"reason": "  "}).status_code == 422
    assert not Invitation.objects.filter(opportunity=scene.open, state="not_chosen").exists()
    closing = desk.post(f"/desk/briefs/{scene.open}/close/", {"reason": "We are done."})
    assert closing.status_code == 409, "somebody is still owed a reason"
    assert desk.post(url, {"reason": "We found somebody nearer."}).status_code == 303
    row = Invitation.objects.get(opportunity=scene.open, state="not_chosen")
    assert row.outcome_reason == "We found somebody nearer."
    assert len(scene.cards()) == 1
    other = scene.cards()[0].public_id
    assert desk.post(f"{people}{other}/not-this-time/", {"reason": "The same."}).status_code == 303
    assert desk.post(f"/desk/briefs/{scene.open}/close/", {"reason": "We are done."}).status_code == 303
    assert Opportunity.objects.get(pk=scene.open).state == "closed"
    assert Invitation.objects.get(opportunity=scene.open, person_id=scene.silent).outcome_reason == "We are done."


def test_an_unknown_person_and_another_organisations_are_one_answer(
    scene: Scene, desk: Client, rival: Client, people: str
) -> None:
    card = scene.cards()[0].public_id
    unknown = desk.get(f"{people}{uuid4()}/choose/")
    theirs = rival.get(f"{people}{card}/choose/")
    assert unknown.status_code == theirs.status_code == 404
    assert rival.post(f"{people}{card}/choose/", {}).status_code == 404
    assert rival.post(f"/desk/briefs/{scene.open}/before/", {}).status_code == 404
    assert Invitation.objects.filter(opportunity=scene.open, state="chosen").count() == 0


def test_a_suspended_organisation_is_shown_nobody(scene: Scene, desk: Client, people: str) -> None:
    organisations.suspend(organisation_id=scene.org, reason="A worry.", actor=scene.coordinator, at=scene.at)
    text = desk.get(people).content.decode()
    assert "Said yes" not in text
    assert "Nobody is shown here" in text
    assert "A worry." in desk.get("/desk/").content.decode()


def test_statements_do_not_grow_with_the_number_of_people(scene: Scene, desk: Client, people: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.factories.requests import invite_one, make_candidate, say_yes

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(people).status_code == 200
        return len(seen)

    first = count()
    sent = scene.at - timedelta(days=3)
    for _ in range(3):
        person = make_candidate(topic="prison-release", at=sent)
        say_yes(invite_one(scene.open, person, scene.coordinator, at=sent), person, at=sent)
    assert len(scene.cards()) == 5
    assert count() == first
