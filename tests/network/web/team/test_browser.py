"""Every page of the team's in a real browser, each by its links: what axe finds, and what fits on a small phone."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.browser import axe_violations, browser_page, sideways_scroll
from tests.network.web.team.scene import everything, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ID = re.compile(r"[0-9a-f-]{36}")


@pytest.mark.parametrize(
    ("role", "start", "least"),
    [("rowan", "/team/", 40), ("safeguarding", "/team/safe/", 9), ("admin", "/team/settings/", 2)],
)
def test_no_violations_and_nothing_sticks_out(live_server: LiveServer, role: str, start: str, least: int) -> None:
    """Every kind of page that can be reached by links; of each kind two."""
    scene = everything()
    client = signed_in(getattr(scene, role))
    with browser_page(live_server.url, cookies=client.cookies, width=320) as page:
        todo, done, kinds = [start], set(), Counter[str]()
        while todo:
            path = todo.pop(0).partition("#")[0]
            kind = ID.sub("ID", path.partition("?")[0])
            if path in done or kinds[kind] == 2:
                continue
            done.add(path)
            kinds[kind] += 1
            answer = page.goto(live_server.url + path)
            assert answer is not None
            assert answer.status == 200, path
            assert axe_violations(page) == [], path
            assert sideways_scroll(page) == 0, path
            links = page.eval_on_selector_all("a[href^='/team/']", "all => all.map(a => a.getAttribute('href'))")
            todo += [str(link) for link in links]
        assert len(kinds) >= least, sorted(kinds)
