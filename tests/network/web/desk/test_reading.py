"""Each page of the desk: as its requester, as another organisation's, as a visitor, as another role."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from network.opportunities import usecases as requests
from network.organisations.models import Member
from network.people.models import Person
from payments import public as payments
from tests.factories.people import make_person
from tests.network.web.desk.scene import Scene, client_of

pytestmark = pytest.mark.django_db

PLAIN = [
    "home",
    "messages",
    "briefs",
    "brief-new",
    "calls",
    "bookings",
    "invoices",
    "organisation",
    "details",
    "member-add",
]


def addresses(scene: Scene) -> list[str]:
    """Every page that is about one thing of the organisation's own."""
    requests.accept_boundaries(opportunity_id=scene.open, actor=scene.owner, at=scene.at)
    card = scene.cards()[0].public_id
    (invoice,) = payments.invoices_for(scene.org)
    named: list[tuple[str, list[object]]] = [
        ("brief", [scene.draft]), ("brief", [scene.open]), ("brief-check", [scene.draft]),
        ("brief-withdraw", [scene.draft]), ("brief-withdraw", [scene.open]), ("brief-close", [scene.open]),
        ("question", [scene.open, scene.question]), ("boundaries", [scene.open]), ("people", [scene.open]),
        ("person-choose", [scene.open, card]), ("person-pass", [scene.open, card]),
        ("booking", [scene.agreeing]), ("booking", [scene.confirmed]), ("booking", [scene.done]),
        ("booking-confirm", [scene.agreeing]), ("booking-cancel", [scene.confirmed]),
        ("booking-last-moment", [scene.agreeing]), ("booking-report", [scene.done]),
        ("booking-calendar", [scene.confirmed]), ("recall", [scene.recall]),
        ("invoice", [invoice.invoice_id]), ("invoice-print", [invoice.invoice_id]), ("invoice-pdf", [invoice.invoice_id]),
    ]  # fmt: skip
    steps = ["kind", "about", "topics", "words", "when", "pay", "care", "after"]
    named += [("brief-write", [scene.draft, step]) for step in steps]
    named += [("brief-write", [scene.open, "pay"])]
    return [reverse(f"desk:{name}", args=args) for name, args in named]


def test_its_requester_can_open_each_page(scene: Scene, desk: Client) -> None:
    for url in [reverse(f"desk:{name}") for name in PLAIN] + addresses(scene):
        answer = desk.get(url)
        assert answer.status_code == 200, url


def test_another_organisation_finds_nothing_at_all(scene: Scene, rival: Client) -> None:
    missing = rival.get(f"/desk/bookings/{uuid4()}/")
    assert missing.status_code == 404
    for url in addresses(scene):
        answer = rival.get(url)
        assert (answer.status_code, len(answer.content)) == (404, len(missing.content)), url


def test_visitors_are_asked_to_sign_in_and_other_roles_find_nothing(scene: Scene) -> None:
    nobody = Client()
    person = Person.objects.get(pk=make_person(at=scene.at))
    speaker = client_of(person.user_id, scene.at)
    staff = client_of(scene.coordinator.user_id, scene.at)
    for url in [reverse(f"desk:{name}") for name in PLAIN] + addresses(scene):
        answer = nobody.get(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith("/sign-in/"), url
        assert speaker.get(url).status_code == 404, url
        assert staff.get(url).status_code == 404, url


def test_nothing_of_somebody_who_has_not_said_yes_is_on_any_page(scene: Scene, desk: Client) -> None:
    silent = Person.objects.get(pk=scene.silent)
    marks = (silent.known_as, silent.reference, str(silent.id))
    for url in [reverse(f"desk:{name}") for name in PLAIN] + addresses(scene):
        text = desk.get(url).content.decode(errors="replace")
        for mark in marks:
            assert mark not in text, url


def test_somebody_who_left_the_organisation_is_out_at_once(scene: Scene, desk: Client) -> None:
    from network.organisations.usecases import add_member, remove_member

    other = add_member(
        organisation_id=scene.org, name="Reed", job="Editor", email="reed@news.example", actor=scene.owner, at=scene.at
    )
    colleague = client_of(Member.objects.get(pk=other).user_id, scene.at)
    assert colleague.get("/desk/").status_code == 200
    remove_member(organisation_id=scene.org, member_id=other, actor=scene.owner, at=scene.at)
    assert colleague.get("/desk/").status_code == 404
    assert desk.get("/desk/").status_code == 200
