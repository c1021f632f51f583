from __future__ import annotations

import pytest
from django.test import Client

from tests.network.web.person.scene import Scene, client_of
from tests.payments.conftest import standin

__all__ = ["scene", "standin", "tern", "wren"]


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()


@pytest.fixture
def wren(scene: Scene) -> Client:
    """The person's browser."""
    return client_of(scene.wren, scene.at)


@pytest.fixture
def tern(scene: Scene) -> Client:
    """Another spokesperson's browser."""
    return client_of(scene.tern, scene.at)
