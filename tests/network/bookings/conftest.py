from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from backend.config import subscriptions
from backend.outbox import registry
from backend.outbox.data import Subscription
from backend.outbox.models import Work
from network.bookings import events, usecases
from network.bookings.models import Booking
from tests.factories.booked import AT, Cast


@pytest.fixture(autouse=True)
def _somebody_listens() -> Iterator[None]:
    """One listener for each topic, so that each event leaves one row of work."""
    registry.connect([Subscription(topic, f"test.{topic}", lambda item: None) for topic in sorted(events.TOPICS)])
    yield
    subscriptions.connect()


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


@pytest.fixture
def booking_id(cast: Cast) -> UUID:
    """A booking that is being agreed."""
    return usecases.open_booking(invitation_id=cast.invitation.id, actor=cast.requester, at=AT).booking_id


@pytest.fixture
def confirmed(cast: Cast, booking_id: UUID) -> UUID:
    usecases.confirm_booking(booking_id=booking_id, actor=cast.speaker, at=AT)
    usecases.confirm_booking(booking_id=booking_id, actor=cast.requester, at=AT)
    return booking_id


def state_of(booking_id: UUID) -> str:
    state: str = Booking.objects.values_list("state", flat=True).get(id=booking_id)
    return state


def topics_of(object_id: UUID) -> list[str]:
    """What was published about something."""
    return sorted(Work.objects.filter(object_id=object_id).values_list("topic", flat=True))
