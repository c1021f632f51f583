"""Each page as it is seen: what axe finds, and what fits on a small phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from playwright.sync_api import Error
from pytest_django.live_server_helper import LiveServer

from network.notifications.links import make_link
from network.notifications.models import Notice
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
    message = make_link(Notice.objects.get(person_id=scene.wren).token, opens=False)
    return {
        "join": f"/join/{invited.token}/", "by-link": f"/a/{link}/", "by-link-yes": f"/a/{link}/yes/",
        "message": f"/m/{message}/", "message-stop": f"/m/{message}/stop/", "message-this": f"/m/{message}/this/",
        "message-later": f"/m/{message}/later/", "message-done": "/a/done/", "message-paused": "/a/later/",
        "message-stopped": "/a/stopped/",
    }  # fmt: skip


def test_what_is_kept_for_now_and_a_link_that_is_over(live_server: LiveServer) -> None:
    scene = Scene()
    client = client_of(scene.wren, scene.at)
    message = make_link(Notice.objects.get(person_id=scene.wren).token, opens=False)
    with browser_page(live_server.url, width=320, cookies=client.cookies, scripts=False) as page:
        page.goto(f"{live_server.url}/me/stop/")
        page.check("input[name=arranged][value=keep]")
        page.click("text=Stop everything now")
        assert "What you kept for now" in page.inner_text("main")
    pages = {
        "kept-stopped": "/me/stopped/", "kept-booking": f"/me/bookings/{scene.agreeing}/",
        "kept-go-on": f"/me/bookings/{scene.agreeing}/go-on/", "link-over": f"/m/{message}/",
    }  # fmt: skip
    for name, path in pages.items():
        cookies = SimpleCookie() if name == "link-over" else client.cookies
        with browser_page(live_server.url, width=320, cookies=cookies) as page:
            page.goto(live_server.url + path)
            assert axe_violations(page) == [], name
            assert sideways_scroll(page) == 0, name
            if os.environ.get("SHOTS_DIR"):
                screenshot(page, name, 390)
                screenshot(page, name, 1280)


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


def test_saying_yes_without_a_script_and_what_goes_wrong(live_server: LiveServer) -> None:
    """The whole way to a yes, as a browser without JavaScript walks it; and the same pages as axe sees them."""
    scene = Scene()
    client = client_of(scene.wren, scene.at)
    path = f"{live_server.url}/me/requests/{scene.waiting}/"
    with browser_page(live_server.url, width=320, cookies=client.cookies) as page:
        page.goto(f"{path}yes/")
        page.click("text=Next: what would they see?")
        assert page.locator(".govuk-error-summary").count() == 1
        assert axe_violations(page) == []
        page.check("input[name=shares][value=story]")
        page.check("input[name=shares][value=name]")
        page.check("input[name=name_mode][value=first]")
        page.click("text=Next: what would they see?")
        assert "First wren" in page.inner_text("main")
        assert axe_violations(page) == []
        assert sideways_scroll(page) == 0
        if os.environ.get("SHOTS_DIR"):
            screenshot(page, "request-check", 390)
    with browser_page(live_server.url, width=320, cookies=client.cookies, scripts=False) as page:
        page.goto(path)
        page.click("text=Say yes >> nth=0")
        page.check("input[name=shares][value=story]")
        page.click("text=Next: what would they see?")
        page.click("text=Change something")
        assert page.is_checked("input[name=shares][value=story]")
        page.click("text=Next: what would they see?")
        page.click("button:has-text('Say yes')")
        assert page.url == path
        assert "You said yes" in page.inner_text("main")
        page.goto(f"{live_server.url}/me/stop/")
        page.click("text=Stop everything now")
        assert page.url == f"{live_server.url}/me/stopped/"
        page.goto(f"{live_server.url}/me/")
        assert "Everything is stopped" in page.inner_text("h1")
    with browser_page(live_server.url, width=320, cookies=client.cookies) as page:
        for name in ("stopped", "yours", "sharing", ""):
            page.goto(f"{live_server.url}/me/{name}{'/' if name else ''}")
            assert axe_violations(page) == [], name
            if os.environ.get("SHOTS_DIR"):
                screenshot(page, f"after-stop-{name or 'home'}", 390)
