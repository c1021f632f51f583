"""Each page as it is seen: what axe finds, and what fits on a small phone."""

from __future__ import annotations

import os

import pytest
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from tests.browser import axe_violations, browser_page, screenshot, sideways_scroll
from tests.network.web.desk.scene import Scene
from tests.network.web.desk.test_reading import PLAIN, addresses

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FILES = (".ics", "/pdf/")


def test_no_violations_and_nothing_sticks_out(live_server: LiveServer) -> None:
    scene = Scene()
    paths = [reverse(f"desk:{name}") for name in PLAIN] + addresses(scene)
    found: dict[str, list[str]] = {}
    wide: dict[str, int] = {}
    with browser_page(live_server.url, width=390, cookies=scene.client().cookies) as page:
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
        for path in paths:
            if path.endswith(FILES):
                continue
            page.set_viewport_size({"width": 320, "height": 800})
            answer = page.goto(live_server.url + path)
            assert answer is not None
            assert answer.status == 200, path
            if violations := axe_violations(page):
                found[path] = violations
            if beyond := sideways_scroll(page):
                wide[path] = beyond
            if os.environ.get("SHOTS_DIR"):
                name = scene.called(path)
                screenshot(page, name, 390)
                screenshot(page, name, 1280)
        assert troubles == []
    assert (found, wide) == ({}, {})
