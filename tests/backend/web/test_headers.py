from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

PATHS = [
    "/read/",
    "/try/",
    "/help/",
    "/no-such-page/",
    "/broken/",
    "/health/live",
    "/api/v1/closed",
    "/api/v1/no-such",
    "/read/conflict/",
    "/press/",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", ["", "spokesperson", "coordinator"])
def test_headers_on_every_answer(site: Client, path: str, role: str) -> None:
    response = site.get(path, headers={"X-Role": role})
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    csp = response["Content-Security-Policy"]
    assert "default-src 'none'" in csp
    assert "frame-ancestors 'none'" in csp
    assert "unsafe" not in csp
    for name in ("ETag", "Last-Modified", "Server", "X-Powered-By"):
        assert name not in response


def test_every_page_lets_a_form_say_where_it_comes_from(site: Client) -> None:
    """Under no-referrer alone browsers send `Origin: null` with a form, and every POST would be refused."""
    for path in ("/help/", "/demo/components/sheet/", "/no-such-page/"):
        assert b'<meta name="referrer" content="same-origin">' in site.get(path).content


def test_no_inline_script_or_style_in_the_kit(site: Client) -> None:
    for path in ("/demo/components/", "/demo/components/person/", "/demo/components/sheet/", "/help/leaving/"):
        text = site.get(path).content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count("<script src=")


def test_nothing_is_asked_of_another_site(site: Client) -> None:
    for path in ("/demo/components/", "/demo/components/person/", "/help/"):
        text = site.get(path).content.decode()
        for attribute in ('src="http', 'src="//', '<link rel="stylesheet" href="http'):
            assert attribute not in text
