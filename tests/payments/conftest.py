from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from backend.outbox import registry
from backend.outbox.data import Item
from backend.outbox.models import Work
from backend.outbox.states import WorkState
from payments import public
from payments.gateways.standin.server import StandIn
from payments.handlers import SUBSCRIPTIONS, TOPICS
from payments.payouts.usecases.destinations import record_call_back
from tests.payments import cast as people


@pytest.fixture
def outbox() -> Iterator[None]:
    """The registry with this app's subscriptions only."""
    before = (dict(registry._by_topic), dict(registry._by_name), set(registry._topics))
    registry.connect(SUBSCRIPTIONS, TOPICS)
    yield
    registry._by_topic.clear()
    registry._by_topic.update(before[0])
    registry._by_name.clear()
    registry._by_name.update(before[1])
    registry._topics.clear()
    registry._topics.update(before[2])


def drain(at: datetime) -> int:
    """Do all work that is ready at `at`, as the runner would; returns how much."""
    done = 0
    ready = Work.objects.filter(state=WorkState.READY, not_before__lte=at).order_by("not_before", "id")
    while row := ready.first():
        subscription = registry.subscription(row.subscriber)
        assert subscription is not None
        rows = list(ready.filter(subscriber=row.subscriber)[: subscription.most])
        items = [Item(r.id, r.topic, r.object_id, at, 1) for r in rows]
        if subscription.together is not None and len(items) > 1:
            finished = set(subscription.together(items))
            assert finished == {item.id for item in items}
        else:
            items = items[:1]
            subscription.handler(items[0])
        Work.objects.filter(id__in=[item.id for item in items]).update(state=WorkState.DONE)
        done += len(items)
        assert done < 500
    return done


@pytest.fixture
def cast(db: None, outbox: None) -> people.Cast:
    return people.make_cast()


@pytest.fixture
def standin(settings: Any) -> Iterator[StandIn]:
    server = StandIn(opening=1_000_000).start()
    settings.STRIPE_API_BASE = server.base
    yield server
    server.stop()


def press(url: str) -> None:
    """Press the one button of a hosted page; its redirect is not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any, **kwargs: Any) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(Stay).open(url, data=b"act=go", timeout=10)
    assert answer.value.code == 303


@pytest.fixture
def on_stripe(cast: people.Cast, standin: StandIn) -> people.Cast:
    """The cast's person, onboarded at the stand-in and rung back about it."""
    at = people.START
    people.choose_other(cast, public.Route.STRIPE, at)
    url = public.onboarding_link(
        payee_ref=cast.payee_ref,
        owner=cast.owner,
        refresh_url="http://127.0.0.1:8000/r",
        return_url="http://127.0.0.1:8000/b",
        actor=cast.person,
        at=at,
    )
    press(url)
    choice = public.check_onboarding(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.person, at=at)
    assert choice.held_until is not None
    record_call_back(payee_ref=cast.payee_ref, note=people.IN_PERSON, actor=cast.preparer, at=at)
    return cast
