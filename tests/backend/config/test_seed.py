"""The made-up network: every state is there, the books agree, and the same seed tells the same story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from backend.config.seeding import bulk, story
from network.bookings.models import Booking
from network.bookings.states import BookingState
from network.consent.models import Grant
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import BriefState, InvitationState
from network.organisations.models import Organisation
from network.people.models import Person, Topic
from payments.payouts.models import Payout

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _tell(seed: int = 1) -> list[object]:
    story.tell(people_count=12, organisation_count=8, seed=seed, end=END)
    return [
        sorted(Opportunity.objects.values_list("title", "state", "fee_pence")),
        sorted(Invitation.objects.values_list("person__known_as", "opportunity__title", "state")),
        sorted(Booking.objects.values_list("person__known_as", "state", "starts_at")),
        sorted(Payout.objects.values_list("amount_pence", "state", "pay_by")),
    ]


def test_the_story_has_something_of_everything() -> None:
    _tell()
    briefs = set(Opportunity.objects.values_list("state", flat=True))
    assert briefs == set(BriefState)
    answers = set(Invitation.objects.values_list("state", flat=True))
    assert {InvitationState.SENT, InvitationState.YES, InvitationState.QUESTION, InvitationState.CHOSEN} <= answers
    assert set(Booking.objects.values_list("state", flat=True)) == set(BookingState)
    assert {"due", "paid"} <= set(Payout.objects.values_list("state", flat=True))
    assert {"given", "withdrawn"} <= set(Grant.objects.values_list("state", flat=True))
    assert {"applied", "in_standing", "suspended"} == set(Organisation.objects.values_list("state", flat=True))
    call_command("verify")


def test_one_seed_tells_one_story() -> None:
    with transaction.atomic():
        first = _tell(seed=5)
        transaction.set_rollback(True)
    assert not Person.objects.exists()
    assert _tell(seed=5) == first


def test_many_people_at_once_keep_the_chain_and_open_for_their_owners_only() -> None:
    from network.people.usecases import load_topics

    load_topics()
    bulk.add(people_from=0, people_to=40, organisations_from=0, organisations_to=3, seed=3, at=END)
    assert Person.objects.count() == 40
    assert Topic.objects.exists()
    call_command("verify")
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM network_vault_item")
        assert cursor.fetchone()[0] >= 40 * 10


def test_never_over_somebody() -> None:
    _tell()
    before = Person.objects.count()
    with pytest.raises(CommandError):
        call_command("seed", people=30, organisations=8, seed=1)
    assert Person.objects.count() == before
