"""The instrument: what is counted, and what the table says. No figure of time is asserted."""

from __future__ import annotations

import json

import pytest

from tests.bench.report import Measured, growing, growth, table, yardsticks
from tests.bench.targets import Target
from tests.bench.wsgi import Browser, hidden_fields


def _row(name: str, people: int, cpu: list[float], statements: list[int]) -> Measured:
    return Measured.of(name, "page", people, cpu, statements, 100)


def test_medians_growth_and_ratio_to_the_bare_framework() -> None:
    rows = [
        _row("bare Django page", 30, [1.0, 1.0, 9.0], [0, 0, 0]),
        _row("bare Django page", 1000, [1.1, 1.1, 1.1], [0, 0, 0]),
        _row("home", 30, [4.0, 3.0, 5.0], [7, 7, 8]),
        _row("home", 1000, [8.0, 8.0, 8.0], [7, 7, 7]),
    ]
    assert yardsticks(rows) == {"page": 1.0}
    assert growth(rows, "home") == 2.0
    assert growing(rows) == []
    assert growing([*rows, _row("home", 10_000, [8.0], [8])]) == ["home"]
    assert rows[2].most_statements == 8
    assert table(rows).rows == [
        ["bare Django page", "1.00 (0)", "1.10 (0)", "1.0", "1.10"],
        ["home", "4.00 (7)", "8.00 (7)", "4.0", "2.00"],
    ]


def _application(environ: dict[str, object], start_response: object) -> list[bytes]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SELECT 2")
    assert callable(start_response)
    start_response("200 OK", [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "gone=; Max-Age=0")])
    return [json.dumps([environ["PATH_INFO"], environ["QUERY_STRING"], environ.get("HTTP_COOKIE")]).encode()]


@pytest.mark.django_db
def test_a_request_is_one_call_with_its_statements_and_keeps_cookies() -> None:
    browser = Browser(_application)
    browser.cookies = {"gone": "x"}
    first = Target("t", "page", browser, "GET", "/a/?b=1").once()
    assert (first.status, first.text) == (200, '["/a/", "b=1", "gone=x"]')
    assert first.statements == ("SELECT 1", "SELECT 2")
    assert first.cpu_ms > 0
    assert browser.get("/").text == '["/", "", "a=1"]'


def test_hidden_fields_of_a_form() -> None:
    html = '<input type="hidden" name="csrf" value="x"><input value="2" name="once" type="hidden" /><input name="y">'
    assert hidden_fields(html) == {"csrf": "x", "once": "2"}
