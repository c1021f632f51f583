from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

GOOD = {"name": "Rowan", "fee": "150"}
SPOKESPERSON: dict[str, Any] = {"headers": {"X-Role": "spokesperson"}}


def test_signed_out_goes_to_sign_in_and_back(site: Client) -> None:
    for url in ("/try/", "/read/"):
        response = site.get(url)
        assert response.status_code == 302
        assert response["Location"] == f"/sign-in/?next={url.replace('/', '%2F')}" or response["Location"] == (
            f"/sign-in/?next={url}"
        )


@pytest.mark.parametrize("role", ["requester", "coordinator", "admin", "none"])
def test_the_wrong_role_gets_what_nobody_gets(site: Client, role: str) -> None:
    wrong = site.get("/try/", headers={"X-Role": role})
    nothing = site.get("/no-such-page/", headers={"X-Role": role})
    assert wrong.status_code == nothing.status_code == 404
    token = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
    assert token.sub(b"", wrong.content) == token.sub(b"", nothing.content)
    assert site.post("/try/", GOOD, headers={"X-Role": role}).status_code == 404


def test_done_is_a_303_and_told_once(site: Client) -> None:
    response = site.post("/try/", GOOD, **SPOKESPERSON)
    assert (response.status_code, response["Location"]) == (303, "/read/")
    assert b"Saved." in site.get("/read/", **SPOKESPERSON).content
    assert b"Saved." not in site.get("/read/", **SPOKESPERSON).content


def test_bad_shape_keeps_what_was_typed(site: Client) -> None:
    response = site.post("/try/", {"name": "Rowan", "fee": "lots", "words": "mine <3"}, **SPOKESPERSON)
    text = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_fee"' in text
    assert 'value="Rowan"' in text
    assert 'value="lots"' in text
    assert "mine &lt;3" in text


def test_a_refusal_by_rule_lands_on_the_fields(site: Client) -> None:
    response = site.post("/try/", {"name": "invalid", "fee": "150", "words": "kept"}, **SPOKESPERSON)
    text = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#id_fee">The floor is £150.00.</a>' in text
    assert "Look at it as a whole." in text
    assert "Odd." in text
    assert "kept" in text


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("conflict", 409, "Somebody else was first."),
        ("not-allowed", 403, "Not yours to do."),
        ("too-many", 429, "Too many tries"),
        ("unavailable", 503, "not answering"),
    ],
)
def test_other_refusals_have_a_panel_and_keep_the_form(site: Client, name: str, status: int, words: str) -> None:
    response = site.post("/try/", {"name": name, "fee": "150", "words": "kept"}, **SPOKESPERSON)
    text = response.content.decode()
    assert response.status_code == status
    assert words in text
    assert 'role="alert"' in text
    assert "kept" in text
    pressed = site.post("/press/", {"name": name}, **SPOKESPERSON)
    assert pressed.status_code == status
    assert words in pressed.content.decode()
    read = site.get(f"/read/{name}/", **SPOKESPERSON)
    assert read.status_code == status


def test_not_found_is_the_404_page(site: Client) -> None:
    for response in (
        site.post("/try/", {"name": "not-found", "fee": "150"}, **SPOKESPERSON),
        site.post("/press/", {"name": "not-found"}, **SPOKESPERSON),
        site.get("/read/not-found/", **SPOKESPERSON),
    ):
        assert response.status_code == 404
        assert b"We could not find that" in response.content


def test_step_up_leads_there_and_back(site: Client) -> None:
    response = site.post("/try/", {"name": "step-up", "fee": "150"}, **SPOKESPERSON)
    assert (response.status_code, response["Location"]) == (303, "/confirm/?next=%2Ftry%2F")


def test_buttons_only_post(site: Client) -> None:
    assert site.get("/press/", **SPOKESPERSON).status_code == 405
    assert site.post("/read/", **SPOKESPERSON).status_code == 405


def test_a_spokespersons_tab_says_nothing(site: Client) -> None:
    text = site.get("/try/", **SPOKESPERSON).content.decode()
    title = text.split("<title>")[1].split("</title>")[0]
    assert title == "Messages"
    assert "Secret subject" in text  # the heading is on the page, not in the tab


def test_a_spokesperson_always_has_stop_and_leave(site: Client) -> None:
    for url in ("/try/", "/read/", "/no-such-page/", "/help/"):
        text = site.get(url, **SPOKESPERSON).content.decode()
        assert 'href="/stop/"' in text, url
        assert 'action="/leave/"' in text, url
        assert "Leave this site" in text, url
    coordinator = site.get("/read/", headers={"X-Role": "coordinator"}).content.decode()
    assert "own-safety" not in coordinator


def test_no_token_no_effect_and_kind_words(site: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/try/", GOOD, **SPOKESPERSON)
    assert response.status_code == 403
    assert b"This page was open too long" in response.content
    assert b"Nothing was changed" in response.content


def test_a_broken_page_says_so_without_details_or_database(site: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = site.get("/broken/")
    assert response.status_code == 500
    assert b"Something went wrong on our side" in response.content
    assert b"secret words" not in response.content
    assert b"Traceback" not in response.content
