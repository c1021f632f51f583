"""What somebody who was forgotten can still look at: a page that names nobody, at an address that was sent to nobody."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from network.bookings.models import Recall
from network.consent import gate
from network.consent.data import Category, Purpose, Recipient
from network.privacy.models import Erasure
from network.privacy.usecases import ask_to_be_erased, carry_out, certificate_by_secret, certificate_secret
from tests.conftest import AT
from tests.factories.people import (
    actor_of,
    give_for_request,
    make_person,
    make_standing_organisation,
    requester_of,
)

pytestmark = pytest.mark.django_db


def test_the_certificate_says_what_went_and_what_stays_and_names_nobody(client: Client) -> None:
    person = make_person(tag="larkspur")
    organisation, request = make_standing_organisation(), uuid4()
    give_for_request(person, organisation, request)
    with gate.window():
        gate.disclose(
            person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(organisation), opportunity=request, actor=requester_of(organisation), at=AT,
        )  # fmt: skip
    me = actor_of(person)
    erasure = ask_to_be_erased(person_id=person, actor=me, at=AT)
    secret = certificate_secret(erasure_id=erasure, actor=me)
    begun = client.get(f"/ended/{secret}/").content.decode()
    assert "We have begun" in begun
    done = carry_out(erasure_id=erasure, at=AT)
    assert done.asked_others == 1 == Recall.objects.count(), "whoever was shown something is asked to stop (Article 19)"
    page = client.get(f"/ended/{secret}/").content.decode()
    assert "It is done" in page
    assert "tax law" in page
    assert "larkspur" not in page and str(person) not in page
    assert mail.outbox == []
    assert client.get("/ended/another/").status_code == 404
    assert secret not in str(Erasure.objects.values().get())


def test_only_whoever_asked_gets_the_address_and_once() -> None:
    person, other = make_person(), make_person()
    me = actor_of(person)
    erasure = ask_to_be_erased(person_id=person, actor=me, at=AT)
    for stranger in (actor_of(other), Actor.system("x"), Actor.nobody()):
        with pytest.raises(NotFound):
            certificate_secret(erasure_id=erasure, actor=stranger)
    secret = certificate_secret(erasure_id=erasure, actor=me)
    with pytest.raises(NotFound):
        certificate_secret(erasure_id=erasure, actor=me)
    assert certificate_by_secret(secret).erasure_id == erasure
    with pytest.raises(NotFound):
        certificate_by_secret("")
