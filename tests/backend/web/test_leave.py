from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

pytestmark = pytest.mark.django_db


def _with_session(client: Client) -> None:
    session = client.session
    session["something"] = "here"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)


def test_leaving_ends_the_session_and_goes_elsewhere() -> None:
    client = Client(enforce_csrf_checks=True)  # no token: an old page must still let its reader go
    _with_session(client)
    assert Session.objects.count() == 1
    response = client.post("/leave/")
    assert response.status_code == 303
    assert response["Location"] == settings.QUICK_EXIT_URL
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert Session.objects.count() == 0
    assert response.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0


def test_leaving_when_signed_out_works_too() -> None:
    assert Client().post("/leave/").status_code == 303


def test_a_link_cannot_sign_anybody_out() -> None:
    client = Client()
    _with_session(client)
    assert client.get("/leave/").status_code == 405
    assert Session.objects.count() == 1


def test_the_place_to_go_may_be_reached_from_a_form() -> None:
    """Browsers apply form-action to where a form's answer redirects."""
    csp = Client().get("/help/leaving/")["Content-Security-Policy"]
    form_action = next(part for part in csp.split("; ") if part.startswith("form-action"))
    assert {"'self'", "https://checkout.stripe.com", "https://www.bbc.co.uk"} <= set(form_action.split())


def test_the_page_about_leaving_says_what_it_does_not_do() -> None:
    assert b"does not erase your history" in Client().get("/help/leaving/").content
