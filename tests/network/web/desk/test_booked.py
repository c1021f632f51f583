"""Bookings, recalls and invoices by their pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from backend.kernel.clock import LONDON
from network.bookings.models import Booking, Recall, ReportBack
from payments import public as payments
from payments.gateways.standin.server import StandIn
from tests.network.web.desk.scene import Scene

pytestmark = pytest.mark.django_db


def state(booking: UUID) -> str:
    return str(Booking.objects.values_list("state", flat=True).get(pk=booking))


def test_confirming_for_ones_own_side_only(scene: Scene, desk: Client) -> None:
    url = f"/desk/bookings/{scene.agreeing}/"
    assert "Read the agreement and confirm" in desk.get(url).content.decode()
    page = desk.get(f"{url}confirm/").content.decode()
    assert "£200.00" in page
    assert "If you cancel late" in page
    assert "whether or not you have paid us" in page
    assert desk.post(f"{url}confirm/", {}).status_code == 303
    assert Booking.objects.get(pk=scene.agreeing).person_confirmed_at is None
    assert state(scene.agreeing) == "agreeing"
    assert "The person confirms next." in desk.get(url).content.decode()
    assert desk.get(f"{url}confirm/").status_code == 409


def test_what_they_share_is_shown_and_ends_when_it_ends(scene: Scene, desk: Client) -> None:
    live = desk.get(f"/desk/bookings/{scene.confirmed}/").content.decode()
    assert "By first name only" in live
    assert "07700 900123" in live
    gone = desk.get(f"/desk/bookings/{scene.done}/").content.decode()
    assert "07700 900123" not in gone
    assert "They share nothing with you at present" in gone


def test_the_calendar_file_gives_nobody_away(scene: Scene, desk: Client) -> None:
    answer = desk.get(f"/desk/bookings/{scene.confirmed}/calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    row = Booking.objects.get(pk=scene.confirmed)
    text = answer.content.decode()
    assert f"SUMMARY:Booking {row.reference}" in text
    assert row.opportunity.title not in text
    assert desk.get(f"/desk/bookings/{scene.done}/calendar.ics").status_code == 409


def test_cancelling_needs_a_reason_and_says_what_it_costs(scene: Scene, desk: Client) -> None:
    url = f"/desk/bookings/{scene.confirmed}/cancel/"
    assert "Nothing is owed if you cancel now" in desk.get(url).content.decode()
    assert desk.post(url, {"reason": ""}).status_code == 422
    assert state(scene.confirmed) == "confirmed"
    Booking.objects.filter(pk=scene.confirmed).update(
        starts_at=scene.at + timedelta(hours=3), ends_at=scene.at + timedelta(hours=4)
    )
    late = desk.get(url).content.decode()
    assert "It is late: £" in late
    before = len(payments.invoices_for(scene.org))
    assert desk.post(url, {"reason": "The programme is off.", "once": "k"}).status_code == 303
    assert desk.post(url, {"reason": "The programme is off.", "once": "k"}).status_code == 303
    assert state(scene.confirmed) == "cancelled"
    assert len(payments.invoices_for(scene.org)) == before + 1


def test_saying_that_it_took_place_makes_the_invoice_once(scene: Scene, desk: Client) -> None:
    url = f"/desk/bookings/{scene.confirmed}/done/"
    assert desk.get(url).status_code == 409
    assert desk.post(url, {}).status_code == 409
    assert state(scene.confirmed) == "confirmed"
    Booking.objects.filter(pk=scene.confirmed).update(
        starts_at=scene.at - timedelta(hours=3), ends_at=scene.at - timedelta(hours=2)
    )
    before = len(payments.invoices_for(scene.org))
    assert desk.post(url, {}).status_code == 303
    assert desk.post(url, {}).status_code == 409
    assert state(scene.confirmed) == "done"
    assert len(payments.invoices_for(scene.org)) == before + 1


def test_the_last_moment_is_stated_before_they_confirm(scene: Scene, desk: Client) -> None:
    url = f"/desk/bookings/{scene.agreeing}/last-moment/"
    past = (scene.at - timedelta(days=1)).astimezone(LONDON)
    sent = {"moment_0": f"{past:%Y-%m-%d}", "moment_1": "10:00", "words": "It goes to print."}
    assert desk.post(url, sent).status_code == 422
    soon = (scene.at + timedelta(days=14)).astimezone(LONDON)
    assert desk.post(url, {**sent, "moment_0": f"{soon:%Y-%m-%d}"}).status_code == 303
    assert "It goes to print." in desk.get(f"/desk/bookings/{scene.agreeing}/").content.decode()
    assert desk.get(f"/desk/bookings/{scene.confirmed}/last-moment/").status_code == 409


def test_telling_them_what_came_of_it(scene: Scene, desk: Client) -> None:
    url = f"/desk/bookings/{scene.done}/report/"
    assert desk.post(url, {"published": "", "url": "ftp://x", "what_changed": ""}).status_code == 422
    assert not ReportBack.objects.exists()
    sent = {"published": "An article on page 3.", "url": "https://news.example/1", "what_changed": "A reply."}
    assert desk.post(url, sent).status_code == 303
    assert "An article on page 3." in desk.get(f"/desk/bookings/{scene.done}/").content.decode()
    assert desk.post(f"/desk/bookings/{scene.confirmed}/report/", sent).status_code == 409


def test_a_recall_is_the_first_task_until_it_is_answered(scene: Scene, desk: Client) -> None:
    home = desk.get("/desk/").content.decode()
    assert home.index("Stop using something") < home.index("Also waiting for you")
    url = f"/desk/take-back/{scene.recall}/"
    assert desk.post(url, {"move": "refuse", "answer": ""}).status_code == 422
    assert Recall.objects.get().state == "asked"
    assert desk.post(url, {"move": "acknowledge", "answer": ""}).status_code == 303
    assert desk.post(url, {"move": "remove", "answer": "Taken down."}).status_code == 303
    assert Recall.objects.get().state == "removed"
    assert "Stop using something" not in desk.get("/desk/").content.decode()
    assert desk.get(url).status_code == 409


def test_another_organisation_can_do_nothing_to_any_of_it(scene: Scene, rival: Client) -> None:
    (invoice,) = payments.invoices_for(scene.org)
    for path in (
        f"bookings/{scene.agreeing}/confirm/", f"bookings/{scene.confirmed}/cancel/", f"bookings/{scene.confirmed}/done/",
        f"bookings/{scene.done}/report/", f"bookings/{scene.agreeing}/last-moment/", f"take-back/{scene.recall}/",
        f"invoices/{invoice.invoice_id}/pay/", f"briefs/{scene.open}/close/", f"briefs/{scene.open}/withdraw/",
        f"briefs/{scene.open}/copy/", f"briefs/{scene.draft}/check/", f"briefs/{scene.draft}/write/pay/",
    ):  # fmt: skip
        answer = rival.post(f"/desk/{path}", {"reason": "x", "published": "x", "move": "remove", "words": "x"})
        assert answer.status_code == 404, path
    assert (state(scene.agreeing), state(scene.confirmed)) == ("agreeing", "confirmed")
    assert Recall.objects.get().state == "asked"


# --- invoices -------------------------------------------------------------------------------------------------------


@pytest.fixture
def standin(settings: Any) -> Iterator[StandIn]:
    server = StandIn(opening=1_000_000).start()
    settings.STRIPE_API_BASE = server.base
    yield server
    server.stop()


def test_an_invoice_says_how_to_pay(scene: Scene, desk: Client) -> None:
    (invoice,) = payments.invoices_for(scene.org)
    page = desk.get(f"/desk/invoices/{invoice.invoice_id}/").content.decode()
    account = payments.our_account()
    assert account is not None
    for words in (invoice.number, "£200.00", account.sort_code, "Pay by card"):
        assert words in page
    printed = desk.get(f"/desk/invoices/{invoice.invoice_id}/print/")
    assert invoice.number in printed.content.decode()
    assert account.account_number in printed.content.decode()
    policy = printed["Content-Security-Policy"]
    assert "style-src 'self'" in policy
    assert "<style" not in printed.content.decode(), "an inline style would not be applied"
    file = desk.get(f"/desk/invoices/{invoice.invoice_id}/pdf/")
    assert (file["Content-Type"], file.content[:5]) == ("application/pdf", b"%PDF-")


def test_paying_by_card_leads_to_the_hosted_page_and_back(scene: Scene, desk: Client, standin: StandIn) -> None:
    (invoice,) = payments.invoices_for(scene.org)
    url = f"/desk/invoices/{invoice.invoice_id}/"
    answer = desk.post(f"{url}pay/", {})
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{standin.base}/pay/")
    again = desk.post(f"{url}pay/", {})
    assert again["Location"] == answer["Location"], "one open page at a time"
    assert "Your payment is being confirmed" in desk.get(f"{url}?card=done").content.decode()


def test_without_the_provider_nothing_is_lost(scene: Scene, desk: Client, settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    (invoice,) = payments.invoices_for(scene.org)
    answer = desk.post(f"/desk/invoices/{invoice.invoice_id}/pay/", {})
    assert answer.status_code == 503
    assert desk.get(f"/desk/invoices/{invoice.invoice_id}/").status_code == 200
