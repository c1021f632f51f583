"""The page that people read: it fits a phone, and axe finds nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import WIDTHS, axe_violations, browser_page, screenshot, sideways_scroll


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_docs_for_everybody(live_server: Any) -> None:
    for width in WIDTHS:
        with browser_page(live_server.url, width=width) as page:
            page.goto(f"{live_server.url}/api/v1/docs/")
            assert sideways_scroll(page) == 0
            page.evaluate("document.querySelectorAll('details').forEach((each, n) => { each.open = n < 3 })")
            assert sideways_scroll(page) == 0
            if width == WIDTHS[0]:  # the page is long, and axe takes its time
                assert axe_violations(page) == []
            screenshot(page, "api-docs", width)
