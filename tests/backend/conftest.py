from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings


@pytest.fixture
def site(settings: Settings) -> Client:
    """A client of the small site in site.py; `X-Role` says who is asking. Server errors come back as answers."""
    settings.ROOT_URLCONF = "tests.backend.web.site"
    settings.MIDDLEWARE = [
        "tests.backend.web.site.ActorFromHeader" if name.endswith("ActorMiddleware") else name
        for name in settings.MIDDLEWARE
    ]
    return Client(raise_request_exception=False)
