"""Headless Chromium for tests: what a person would see, and what axe-core says about it.

from tests.browser import axe_violations, browser_page, screenshot

@pytest.mark.browser
def test_home(live_server, client):
    with browser_page(live_server.url, cookies=client.cookies) as page:
        page.goto(f"{live_server.url}/")
        assert axe_violations(page) == []
        screenshot(page, "home", 320)
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
SHOTS = Path(os.environ.get("SHOTS_DIR", "var/shots"))
WIDTHS = (320, 390, 1280)
# WCAG 2.2 A and AA, and axe's own best practices.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


def chromium() -> str:
    """The system's Chromium. Raises RuntimeError when there is none: these tests are not skipped in silence."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("browser tests need Chromium: apt-get install chromium")


@contextmanager
def browser_page(
    base_url: str = "", *, width: int = 1280, cookies: SimpleCookie | None = None, scripts: bool = True, **context: Any
) -> Iterator[Page]:
    """A page in a fresh browser profile. `cookies` of a Django test client sign it in. Other sites are not reachable.

    `scripts=False` is a browser without JavaScript (axe cannot run there).
    """
    # Playwright's loop makes Django believe that it is in asynchronous code; it is not.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            made = browser.new_context(
                viewport={"width": width, "height": 800},
                java_script_enabled=scripts,
                locale="en-GB",
                timezone_id="Europe/London",
                bypass_csp=False,
                **context,
            )
            if cookies and base_url:
                made.add_cookies([{"name": m.key, "value": m.value, "url": base_url} for m in cookies.values()])
            yield made.new_page()
            browser.close()
    finally:
        if before is None:
            os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def axe_violations(page: Page, *, leave_out: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds on the page as it is, one line each: rule, element, why. An empty list is the bar."""
    # Evaluated by the debugger, not by a script tag: the page's content security policy stays on.
    page.evaluate(AXE)
    result = page.evaluate(
        "async tags => { const r = await axe.run(document, {preload: false, runOnly: {type: 'tag', values: tags}});"
        " if (!r.passes.length) throw new Error('axe ran no rule');"
        " const about = n => [n.target.join(' '), n.failureSummary];"
        " return r.violations.map(v => ({id: v.id, nodes: v.nodes.map(about)})) }",
        TAGS,
    )
    return [
        f"{found['id']}: {target}: {' '.join(why.split())}"
        for found in result
        if found["id"] not in leave_out
        for target, why in found["nodes"]
    ]


def sideways_scroll(page: Page) -> int:
    """By how many pixels the page is wider than the window; 0 is the bar at 320 px."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def screenshot(page: Page, name: str, width: int = 1280, *, full: bool = True) -> Path:
    """A picture of the page at `width` pixels in var/shots (or SHOTS_DIR): look at it."""
    page.set_viewport_size({"width": width, "height": 800})
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = SHOTS / f"{name}-{width}.png"
    page.screenshot(path=path, full_page=full)
    return path
