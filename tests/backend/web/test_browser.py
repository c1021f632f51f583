"""The kit in a real browser: what axe finds, what fits on a small phone, what leaving does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from tests.browser import WIDTHS, axe_violations, browser_page, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATHS = ["/demo/components/", "/demo/components/person/", "/demo/components/sheet/", "/help/leaving/", "/nothing/"]
WEATHER = "https://www.bbc.co.uk/weather"


def _stand_in(page: Page) -> list[str]:
    """Answer for the site that Leave goes to; nothing leaves this machine."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body="<title>Weather</title><h1>Weather</h1>", content_type="text/html")

    page.context.route(f"{WEATHER}*", answer)
    return asked


@pytest.mark.parametrize("path", PATHS)
def test_no_violations_and_nothing_sticks_out(live_server: LiveServer, path: str) -> None:
    with browser_page(live_server.url) as page:
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(live_server.url + path)
            assert axe_violations(page) == []
            assert sideways_scroll(page) == 0, width
        assert troubles == []


def test_axe_would_say_so(live_server: LiveServer) -> None:
    """The check itself can fail: an image without words, and text too pale to read."""
    with browser_page(live_server.url) as page:
        page.goto(f"{live_server.url}/help/")
        page.evaluate(
            "() => { const i = document.createElement('img'); i.src = '/static/own/icon.svg';"
            " document.querySelector('main').append(i) }"
        )
        assert any(found.startswith("image-alt") for found in axe_violations(page))


def test_a_form_sent_wrong_comes_back_whole(live_server: LiveServer) -> None:
    with browser_page(live_server.url, width=320) as page:
        page.goto(f"{live_server.url}/demo/components/person/")
        page.fill("#id_called", "Rowan")
        page.fill("#id_fee", "lots")
        page.click("form.own-form > .own-actions button")
        page.wait_for_selector(".govuk-error-summary")
        assert page.title() == "Messages"
        assert page.input_value("#id_called") == "Rowan"
        assert page.input_value("#id_fee") == "lots"
        assert axe_violations(page) == []
        page.click(".govuk-error-summary a[href='#id_fee']")
        assert page.evaluate("document.activeElement.id") == "id_fee"


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [320, 1280])
def test_leave_is_in_view_at_every_scroll_position(live_server: LiveServer, width: int, scripts: bool) -> None:
    with browser_page(live_server.url, width=width, scripts=scripts) as page:
        page.goto(f"{live_server.url}/demo/components/person/")
        leave = page.get_by_role("button", name="Leave this site")
        for _ in range(12):
            box = leave.bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 800
            assert box["height"] >= 44
            # Not only inside the window but on top: a click in its middle would reach it.
            leave.click(trial=True, timeout=2000)
            page.mouse.wheel(0, 900)
            page.wait_for_timeout(40)


@pytest.mark.parametrize("way", ["button", "shift"])
def test_leaving_goes_away_and_back_shows_nothing(live_server: LiveServer, way: str) -> None:
    with browser_page(live_server.url) as page:
        asked = _stand_in(page)
        told: list[str] = []
        page.on("request", lambda request: told.append(f"{request.method} {request.url}"))
        page.goto(f"{live_server.url}/help/")
        page.goto(f"{live_server.url}/demo/components/person/")
        if way == "button":
            page.get_by_role("button", name="Leave this site").click()
        else:
            for _ in range(3):
                page.keyboard.press("Shift")
        page.wait_for_url(f"{WEATHER}*")
        assert asked
        assert f"POST {live_server.url}/leave/" in told
        page.go_back()
        # The page left is not in the history any more: Back leads to the one before it.
        assert page.url == f"{live_server.url}/help/"


def test_the_page_is_blank_before_anything_else(live_server: LiveServer) -> None:
    """Measured when the browser starts to go elsewhere, so that a slow site cannot leave the page standing there."""
    with browser_page(live_server.url) as page:
        _stand_in(page)
        page.add_init_script(
            "addEventListener('beforeunload', () => console.log('left', document.title,"
            " [...document.body.children].filter(e => e.getClientRects().length).length))"
        )
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{live_server.url}/demo/components/person/")
        page.get_by_role("button", name="Leave this site").click()
        page.wait_for_url(f"{WEATHER}*")
        assert "left Loading 0" in said


@pytest.mark.parametrize("keys", [["Escape", "Escape", "Escape"], ["Shift", "a", "Shift", "Shift"], ["Shift+A"] * 4])
def test_other_keys_do_not_leave(live_server: LiveServer, keys: list[str]) -> None:
    with browser_page(live_server.url) as page:
        asked = _stand_in(page)
        page.goto(f"{live_server.url}/demo/components/person/")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert asked == []
        assert page.get_by_text("Every component, once").is_visible()


def test_leaving_without_scripts(live_server: LiveServer) -> None:
    with browser_page(live_server.url, scripts=False) as page:
        _stand_in(page)
        page.goto(f"{live_server.url}/demo/components/person/")
        page.get_by_role("button", name="Leave this site").click()
        page.wait_for_url(f"{WEATHER}*")


def test_keyboard_reaches_the_page_first(live_server: LiveServer) -> None:
    with browser_page(live_server.url) as page:
        page.goto(f"{live_server.url}/help/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
