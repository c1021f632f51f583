"""Each page as it is seen: what axe finds, and what fits on a small phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from playwright.sync_api import Error
from pytest_django.live_server_helper import LiveServer

from network.opportunities.links import answer_link
from network.people import usecases as people
from tests.browser import axe_violations, browser_page, screenshot, sideways_scroll
from tests.network.web.person.scene import Scene, client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _keep(troubles: list[str]) -> Callable[[Error], None]:
    return lambda error: troubles.append(str(error))


def _extra(scene: Scene) -> dict[str, str]:
    """Pages that need no session."""
    link = answer_link(scene.waiting, at=scene.at)
    invited = people.invite_person(known_as="Robin", email="robin@example.org", actor=scene.coordinator, at=scene.at)
    return {"join": f"/join/{invited.token}/", "by-link": f"/a/{link}/", "by-link-yes": f"/a/{link}/yes/"}


def test_no_violations_and_nothing_sticks_out(live_server: LiveServer) -> None:
    scene = Scene()
    client = client_of(scene.wren, scene.at)
    found: dict[str, list[str]] = {}
    wide: dict[str, int] = {}
    only = os.environ.get("ONLY", "")
    for pages, cookies in ((scene.paths(), client.cookies), (_extra(scene), SimpleCookie())):
        with browser_page(live_server.url, width=390, cookies=cookies) as page:
            troubles: list[str] = []
            page.on("pageerror", _keep(troubles))
            for name, path in pages.items():
                if only and name not in only.split(","):
                    continue
                page.set_viewport_size({"width": 320, "height": 800})
                answer = page.goto(live_server.url + path)
                assert answer is not None
                assert answer.status == 200, name
                if violations := axe_violations(page):
                    found[name] = violations
                if beyond := sideways_scroll(page):
                    wide[name] = beyond
                if os.environ.get("SHOTS_DIR"):
                    screenshot(page, name, 390)
                    screenshot(page, name, 1280)
            assert troubles == []
    assert (found, wide) == ({}, {})
