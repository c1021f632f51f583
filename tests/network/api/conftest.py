from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from backend.kernel import clock
from tests.conftest import AT
from tests.network.api.world import World


@pytest.fixture(autouse=True)
def _a_still_clock() -> Iterator[None]:
    with clock.frozen(AT):
        yield


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    settings.API_PER_MINUTE = 1_000_000
    return World()
