"""The whole journey with real processes: once as a small office runs it, once as a deployment does."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.journeys.walk import declare, walk
from tests.processes import Engine, Site

pytestmark = pytest.mark.processes


def http() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy between a test and its own machine
    return session


@pytest.mark.parametrize(
    ("engine", "redis"),
    [
        pytest.param("sqlite", False, id="sqlite-embedded-worker"),
        pytest.param("postgresql", True, id="postgresql-redis-celery-beat"),
    ],
)
def test_from_an_invitation_to_money_in_the_bank(tmp_path: Path, engine: Engine, redis: bool) -> None:
    with Site(tmp_path, engine=engine, redis=redis) as site:
        declare(site)
        site.start_all()
        walk(site, http)
        ours = {"web", "celery", "beat"} if redis else {"web", "worker"}
        assert ours <= set(site.processes)
        assert all(site[name].alive for name in ours)
