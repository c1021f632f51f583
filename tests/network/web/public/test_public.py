"""What anybody may open: the front door, applying, complaining, and the notices."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from backend.kernel import clock
from backend.kernel.actor import Role
from backend.outbox import worker
from network.organisations.models import Member, Organisation
from network.privacy.models import Complaint
from network.privacy.usecases import complaints_visible_to
from tests.factories.people import a_user
from tests.network.web.desk.scene import client_of

pytestmark = pytest.mark.django_db

APPLY = {
    "name": "The Exampleton Courier", "kind": "newsroom", "website": "news.example", "about": "Local news.",
    "member_name": "Morgan Tester", "member_job": "Reporter", "member_email": "morgan@news.example",
    "billing_name": "The Exampleton Courier", "billing_address": "1 Example Street\nExampleton",
    "billing_email": "accounts@news.example", "purchase_reference": "",
}  # fmt: skip


def test_the_front_door_has_two_doors_and_an_even_title(client: Client) -> None:
    text = client.get("/").content.decode()
    assert 'href="/ask/"' in text
    assert 'href="/sign-in/"' in text
    assert "<title>Welcome – Messages</title>" in text


@pytest.mark.parametrize(
    "path", ["/ask/", "/ask/registered/", "/complaints/", "/complaints/sent/", "/help/privacy/", "/help/accessibility/"]
)
def test_anybody_may_read_it(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_short_addresses_lead_to_the_notices(client: Client) -> None:
    assert client.get("/privacy/")["Location"] == "/help/privacy/"
    assert client.get("/accessibility/")["Location"] == "/help/accessibility/"
    assert "privacy@example.org" in client.get("/help/privacy/").content.decode()


def test_an_organisation_applies_and_its_first_person_signs_in(client: Client) -> None:
    for _ in range(2):  # a double click
        answer = client.post("/ask/", {**APPLY, "once": "k1"})
        assert (answer.status_code, answer["Location"]) == (303, "/ask/registered/")
    row = Organisation.objects.get()
    assert (row.state, row.website) == ("applied", "https://news.example")
    assert client.post("/sign-in/", {"email": "morgan@news.example"}).status_code == 303
    worker.run_due()
    assert mail.outbox[-1].to == ["morgan@news.example"]
    member = Member.objects.get(organisation=row)
    desk = client_of(member.user_id, clock.now())
    assert desk.get("/")["Location"] == "/desk/"
    assert "We are checking your organisation" in desk.get("/desk/").content.decode()


def test_what_is_wrong_is_told_by_its_field_and_nothing_is_kept(client: Client) -> None:
    answer = client.post("/ask/", {**APPLY, "member_email": "morgan", "kind": "", "billing_address": ""})
    text = answer.content.decode()
    assert answer.status_code == 422
    for field in ("member_email", "kind_0", "billing_address"):
        assert f'href="#id_{field}"' in text
    assert "The Exampleton Courier" in text
    assert not Organisation.objects.exists()


def test_a_name_that_is_taken_is_refused(client: Client) -> None:
    client.post("/ask/", APPLY)
    answer = client.post("/ask/", {**APPLY, "name": "the exampleton courier", "member_email": "other@news.example"})
    assert answer.status_code == 422
    assert "is here already" in answer.content.decode()
    assert Organisation.objects.count() == 1


def test_a_complaint_needs_no_account_and_gets_a_reference(client: Client) -> None:
    sent = {"about": "data", "words": "You wrote to an old address.", "contact": "", "once": "k"}
    for _ in range(2):
        answer = client.post("/complaints/", sent)
        assert answer.status_code == 303
    row = Complaint.objects.get()
    assert answer["Location"] == f"/complaints/sent/?reference={row.reference}"
    page = client.get(answer["Location"]).content.decode()
    assert row.reference in page
    assert "30 days" in page
    (line,) = complaints_visible_to(a_user(Role.SAFEGUARDING))
    assert line.words == "You wrote to an old address."


def test_an_empty_complaint_is_asked_for_again(client: Client) -> None:
    answer = client.post("/complaints/", {"about": "site", "words": " ", "contact": "nobody"})
    assert answer.status_code == 422
    assert 'value="nobody"' in answer.content.decode()
    assert not Complaint.objects.exists()


def test_a_made_up_reference_is_not_repeated(client: Client) -> None:
    text = client.get("/complaints/sent/?reference=" + "x" * 40).content.decode()
    assert "xxxx" not in text
    assert "<script>" not in client.get("/complaints/sent/?reference=<script>").content.decode()
