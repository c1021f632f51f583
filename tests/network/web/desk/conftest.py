from __future__ import annotations

import pytest
from django.test import Client

from tests.network.web.desk.scene import Scene


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()


@pytest.fixture
def desk(scene: Scene) -> Client:
    """The requester's browser."""
    return scene.client()


@pytest.fixture
def rival(scene: Scene) -> Client:
    """The browser of a requester of another organisation."""
    return scene.rival_client()
