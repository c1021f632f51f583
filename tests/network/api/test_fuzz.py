"""The schema tried with whatever fits it and whatever does not: never a 500, never an answer that is not described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode

from network.bookings.models import Booking
from network.opportunities.models import Question
from payments.gateways.standin.server import StandIn
from payments.public import invoices_for
from tests.factories.people import make_topic
from tests.network.api.test_operations import operations
from tests.network.api.world import World

pytestmark = pytest.mark.django_db
# A brief that fits the schema may still break a rule: that is a 422 and right. Tokens are tried elsewhere.
LEFT_OUT = {"positive_data_acceptance", "ignored_auth", "use_after_free", "ensure_resource_availability"}


@pytest.fixture
def seeded(world: World, standin: StandIn) -> dict[str, list[str]]:
    """Real ids for the path, by the operation's own names, so that most tries get past the front door."""
    make_topic("leaving-prison")
    briefs = [world.open_brief() for _ in range(3)]
    people = [world.yes(brief_id) for brief_id in briefs]
    questions = [world.asks(briefs[0], people[0][0]) for _ in range(3)]
    world.accept_boundaries(briefs[0])
    for upto in ("agreeing", "confirmed", "done"):
        world.booking(upto)
    recalls = [world.recalled()]
    cards = world.program.get(f"/briefs/{briefs[0]}/cards").json()["items"]
    assert Question.objects.count() == 3
    references = [card["person"]["consent_reference"] for card in cards]
    asked = world.program.get(f"/consents?references={','.join(references)}").json()["items"]
    return {
        "briefs": [str(one) for one in briefs],
        "bookings": [str(one) for one in Booking.objects.values_list("id", flat=True)],
        "invoices": [str(one.invoice_id) for one in invoices_for(world.organisation_id)],
        "recalls": [str(one) for one in recalls],
        "public_id": [str(public_id) for _, public_id in people],
        "question_id": [str(one) for one in questions],
        "reference": references,
        "list_id": [line["status_list_id"] for line in asked],
        "code": ["print_interview", "live_broadcast"],
    }


@pytest.fixture
def _one_connection(seeded: dict[str, list[str]]) -> Iterator[None]:
    """A bare WSGI call gives old connections back, and with them the transaction of the test.
    After the seeding, whose own client connects these receivers again.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _ids(case: Any, seeded: dict[str, list[str]], draw: Any) -> None:
    """Put real ids into the path, in most tries."""
    for name in case.path_parameters or {}:
        pool = seeded.get(name) or seeded.get(case.operation.path.split("/")[3], [])
        if pool and draw(st.integers(0, 4)):
            case.path_parameters[name] = draw(st.sampled_from(pool))


def _try_all(world: World, seeded: dict[str, list[str]], examples: int) -> set[tuple[str, int]]:
    load_all_checks()
    checks = [check for name, check in schemathesis.checks.CHECKS._items.items() if name not in LEFT_OUT]
    api = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    seen: set[tuple[str, int]] = set()
    headers = {"Authorization": f"Bearer {world.program.token}"}
    for operation in _operations(api):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            takes_nothing = not (operation.query or operation.headers or operation.path_parameters or operation.body)
            if mode is GenerationMode.NEGATIVE and takes_nothing:
                continue  # nothing can be wrong with it
            strategy = operation.as_strategy(generation_mode=mode)

            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy, data=st.data())
            def tried(case: Any, data: Any) -> None:
                if mode is GenerationMode.POSITIVE:  # noqa: B023 - called in this turn of the loop
                    _ids(case, seeded, data.draw)
                answer = case.call(headers=headers)
                case.validate_response(answer, checks=checks)
                seen.add((case.operation.label, answer.status_code))

            tried()
    return seen


def _operations(api: Any) -> Iterator[Any]:
    for result in api.get_all_operations():
        yield result.ok()


@pytest.mark.usefixtures("_one_connection")
def test_nothing_that_is_sent_breaks_it(world: World, seeded: dict[str, list[str]]) -> None:
    seen = _try_all(world, seeded, 8)
    assert not {label for label, status in seen if status >= 500}
    assert len({label for label, _ in seen}) == len(operations())
    assert len({label for label, status in seen if status < 300}) > 15, "most tries get past the front door"


@pytest.mark.slow
@pytest.mark.usefixtures("_one_connection")
def test_nothing_that_is_sent_breaks_it_at_length(world: World, seeded: dict[str, list[str]]) -> None:
    seen = _try_all(world, seeded, 150)
    assert not {label for label, status in seen if status >= 500}
