"""Every finance page in a real browser, as each of the two finance people: what axe finds, what fits on a small phone."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.browser import WIDTHS, axe_violations, browser_page, sideways_scroll
from tests.payments.web.scene import Scene, client_of, prove

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("who", ["preparer", "approver", "bookkeeper", "trustee"])
def test_every_page_is_clean_and_fits(live_server: LiveServer, who: str) -> None:
    scene = Scene()
    user_id = getattr(scene, who)
    client = client_of(user_id)
    with browser_page(live_server.url, cookies=client.cookies) as page:
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        prove(client, user_id)
        own = ["/money/runs/new/"] if who == "preparer" else []
        paths = [*scene.pages, *scene.forms, *own]
        if who == "bookkeeper":
            paths = [*scene.books_pages, *scene.workers_pages, *scene.bookkeepers_forms, "/money/books/"]
        elif who == "trustee":
            paths = [*scene.books_pages, "/money/books/"]
        for path in paths:
            answer = page.goto(live_server.url + path)
            assert answer is not None
            assert answer.status == 200, path
            assert page.url == live_server.url + path, "no proof was asked for"
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                assert sideways_scroll(page) == 0, (path, width)
                assert axe_violations(page) == [], (path, width)
        assert troubles == []
