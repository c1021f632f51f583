from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from backend.kernel import clock
from payments.gateways.standin.server import StandIn
from tests.conftest import AT
from tests.network.api.world import World


@pytest.fixture(autouse=True)
def _a_still_clock() -> Iterator[None]:
    with clock.frozen(AT):
        yield


@pytest.fixture
def standin(settings: Settings) -> Iterator[StandIn]:
    """The card provider's stand-in."""
    server = StandIn(opening=0).start()
    settings.STRIPE_API_BASE = server.base
    yield server
    server.stop()


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    settings.API_PER_MINUTE = 1_000_000
    return World()
