"""The open pages as they are seen, and a form that is sent without scripts."""

from __future__ import annotations

import os

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.browser import WIDTHS, axe_violations, browser_page, screenshot, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATHS = ["/", "/ask/", "/ask/registered/", "/complaints/", "/complaints/sent/?reference=CP-2345678", "/help/privacy/",
         "/help/accessibility/", "/help/", "/sign-in/"]  # fmt: skip


def test_no_violations_and_nothing_sticks_out(live_server: LiveServer) -> None:
    found: dict[str, list[str]] = {}
    with browser_page(live_server.url) as page:
        for path in PATHS:
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(live_server.url + path)
                assert sideways_scroll(page) == 0, (path, width)
            if violations := axe_violations(page):
                found[path] = violations
            if os.environ.get("SHOTS_DIR"):
                name = "public-" + (path.strip("/").split("?")[0].replace("/", "-") or "home")
                screenshot(page, name, 390)
                screenshot(page, name, 1280)
    assert found == {}


def test_a_complaint_goes_through_without_scripts(live_server: LiveServer) -> None:
    with browser_page(live_server.url, scripts=False, width=320) as page:
        page.goto(f"{live_server.url}/complaints/")
        page.check("#id_about_1")
        page.fill("#id_words", "Nobody rang back.")
        page.click("form.own-form .own-actions button")
        page.wait_for_url("**/complaints/sent/**")
        assert "We have it" in page.content()
