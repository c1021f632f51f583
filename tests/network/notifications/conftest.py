from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest

from backend.config import subscriptions
from backend.kernel.ids import new_id
from backend.outbox import registry
from backend.outbox.models import Work
from network.notifications import usecases
from network.notifications.events import DELIVERY_QUEUED
from network.notifications.handlers import SUBSCRIPTIONS
from network.notifications.models import Delivery, Notice
from tests.factories.booked import AT


@pytest.fixture(autouse=True)
def _wired() -> Iterator[None]:
    registry.connect(SUBSCRIPTIONS)
    yield
    subscriptions.connect()


def tell(topic: str, object_id: UUID, at: datetime = AT) -> list[Notice]:
    """An event reaches notifications; the notices that came of it."""
    source = new_id()
    usecases.tell(topic=topic, object_id=object_id, source=source, at=at)
    return list(Notice.objects.filter(source=source))


def send_all(at: datetime = AT) -> None:
    """Do what waits in the mail queue at `at`, as the worker would."""
    for work in Work.objects.filter(topic=DELIVERY_QUEUED, state="ready", not_before__lte=at):
        usecases.send(delivery_id=work.object_id, attempt=1, at=at)
        Work.objects.filter(id=work.id).update(state="done")


def delivery_of(notice: Notice) -> Delivery:
    found: Delivery = Delivery.objects.get(notice=notice)
    return found
