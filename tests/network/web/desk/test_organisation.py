"""The organisation's own page, its people, and the requester's start page and messages."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from network.bookings import events as bookings
from network.notifications import queries
from network.notifications import usecases as notices
from network.opportunities import events
from network.organisations.models import Member, Organisation
from tests.factories.requests import apply
from tests.network.web.desk.scene import Scene, client_of

pytestmark = pytest.mark.django_db

DETAILS = {
    "about": "We listen.", "billing_name": "Courier Accounts", "billing_address": "2 Example Street",
    "billing_email": "pay@news.example", "purchase_reference": "PO-7",
}  # fmt: skip
COLLEAGUE = {"name": "Reed Grass", "job": "Editor", "email": "reed@news.example", "owner": "no"}


def test_the_page_says_how_we_know_them_and_until_when(scene: Scene, desk: Client) -> None:
    page = desk.get("/desk/organisation/").content.decode()
    assert "In good standing" in page
    assert "by ringing a number that we found ourselves" in page
    assert "Call-back note" not in page, "where the evidence lies is for staff"


def test_an_owner_adds_and_removes_a_colleague(scene: Scene, desk: Client) -> None:
    assert desk.post("/desk/organisation/people/add/", {**COLLEAGUE, "email": "reed"}).status_code == 422
    assert Member.objects.filter(organisation_id=scene.org).count() == 1
    assert desk.post("/desk/organisation/people/add/", COLLEAGUE).status_code == 303
    member = Member.objects.get(organisation_id=scene.org, name="Reed Grass")
    colleague = client_of(member.user_id, scene.at)
    assert colleague.get("/desk/").status_code == 200
    assert "Add a colleague" not in colleague.get("/desk/organisation/").content.decode()
    assert colleague.post("/desk/organisation/people/add/", {**COLLEAGUE, "email": "x@news.example"}).status_code == 403
    assert colleague.post("/desk/organisation/details/", DETAILS).status_code == 403
    assert Organisation.objects.get(pk=scene.org).purchase_reference == ""
    url = f"/desk/organisation/people/{member.pk}/remove/"
    assert "Remove Reed Grass" in desk.get(url).content.decode()
    assert desk.post(url, {}).status_code == 303
    assert colleague.get("/desk/").status_code == 404
    assert desk.get(url).status_code == 404


def test_the_last_owner_stays(scene: Scene, desk: Client) -> None:
    mine = Member.objects.get(organisation_id=scene.org)
    assert desk.post(f"/desk/organisation/people/{mine.pk}/remove/", {}).status_code == 409
    assert desk.get("/desk/").status_code == 200


def test_another_organisations_colleague_is_nobody_here(scene: Scene, desk: Client) -> None:
    theirs = Member.objects.get(organisation_id=scene.other_org)
    assert desk.post(f"/desk/organisation/people/{theirs.pk}/remove/", {}).status_code == 404
    assert Member.objects.get(pk=theirs.pk).left_at is None


def test_details_are_changed_and_bad_ones_refused(scene: Scene, desk: Client) -> None:
    assert desk.post("/desk/organisation/details/", {**DETAILS, "billing_email": "nowhere"}).status_code == 422
    assert desk.post("/desk/organisation/details/", DETAILS).status_code == 303
    row = Organisation.objects.get(pk=scene.org)
    assert (row.about, row.billing_name, row.purchase_reference) == ("We listen.", "Courier Accounts", "PO-7")


def test_one_that_is_not_checked_yet_can_write_and_send(scene: Scene) -> None:
    _, owner = apply(at=scene.at)
    client = client_of(owner.user_id, scene.at)
    home = client.get("/desk/").content.decode()
    assert "We are checking your organisation" in home
    assert "Nothing is waiting for you" in home
    assert client.post("/desk/briefs/new/", {"kind": "podcast", "title": "A first one"}).status_code == 303
    assert "Finish a draft" in client.get("/desk/").content.decode()


def test_the_start_page_is_where_signing_in_leads(scene: Scene, desk: Client) -> None:
    assert desk.get("/")["Location"] == "/desk/"
    assert "Your next task" in desk.get("/desk/").content.decode()


def test_messages_are_read_here(scene: Scene, desk: Client) -> None:
    assert "No messages yet" in desk.get("/desk/messages/").content.decode()
    notices.tell(topic=events.BRIEF_ACCEPTED, object_id=scene.open, source=uuid4(), at=scene.at)
    page = desk.get("/desk/messages/").content.decode()
    assert "We have taken your request on." in page
    link = re.search(r'href="(/m/[^"]+)"', page)
    assert link
    assert desk.get(link[1])["Location"] == f"/desk/briefs/{scene.open}/"


@pytest.mark.parametrize(
    ("topic", "thing", "leads_to"),
    [
        (events.QUESTION_ASKED, "question", "/desk/"),
        (bookings.OPENED, "agreeing", "/desk/bookings/{}/"),
        (bookings.RECALL_ASKED, "recall", "/desk/take-back/{}/"),
    ],
)
def test_a_message_leads_to_its_page(scene: Scene, desk: Client, topic: str, thing: str, leads_to: str) -> None:
    notices.tell(topic=topic, object_id=getattr(scene, thing), source=uuid4(), at=scene.at)
    (message,) = queries.messages_for(scene.owner)
    assert desk.get(f"/m/{message.token}/")["Location"] == leads_to.format(getattr(scene, thing))
