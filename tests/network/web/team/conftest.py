from __future__ import annotations

import pytest

from tests.network.web.team.scene import Scene


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene()
