from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def _problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    assert found["code"] == code
    assert found["type"].endswith(f"/help/problems/#{code}")
    assert found["title"]
    assert found["detail"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", found["instance"])
    assert response["Cache-Control"] == "no-store"
    return found


@pytest.mark.parametrize(
    ("name", "status"),
    [("conflict", 409), ("not-allowed", 403), ("too-many", 429), ("unavailable", 503), ("not-found", 404)],
)
def test_kernel_refusals(site: Client, name: str, status: int) -> None:
    response = site.get(f"/api/v1/try/{name}")
    _problem(response, status, name)
    assert ("Retry-After" in response) == (name == "too-many")


def test_rules_point_at_what_they_refuse(site: Client) -> None:
    found = _problem(site.get("/api/v1/try/invalid"), 422, "invalid")
    assert found["errors"] == [
        {"pointer": "/fee", "detail": "The floor is £150.00."},
        {"pointer": "", "detail": "Look at it as a whole."},
        {"pointer": "/elsewhere", "detail": "Odd."},
    ]


def _post(site: Client, body: str, kind: str = "application/json") -> Any:
    return site.post("/api/v1/try", data=body, content_type=kind)


def test_good_values_pass(site: Client) -> None:
    response = _post(
        site,
        '{"text": "a", "count": 3, "flag": false, "kind": "1", "at": "2026-11-03T14:30:00+01:00", "fee_pence": 0}',
    )
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"text": 5}', "/text"),
        ('{"text": true}', "/text"),
        ('{"text": null}', "/text"),
        ('{"text": "a\\u0000b"}', "/text"),
        ('{"text": "a", "count": "3"}', "/count"),
        ('{"text": "a", "count": true}', "/count"),
        ('{"text": "a", "count": 1.0}', "/count"),
        ('{"text": "a", "count": 9007199254740993}', "/count"),
        ('{"text": "a", "flag": "yes"}', "/flag"),
        ('{"text": "a", "flag": 1}', "/flag"),
        ('{"text": "a", "kind": 1}', "/kind"),
        ('{"text": "a", "at": "2026-11-03T14:30:00"}', "/at"),
        ('{"text": "a", "at": 5}', "/at"),
        ('{"text": "a", "fee_pence": -1}', "/fee_pence"),
        ('{"text": "a", "fee_pence": 150.5}', "/fee_pence"),
        ('{"text": "a", "txet": "b"}', "/txet"),
        ('{"text": "a", "a/b~": "b"}', "/a~1b~0"),
        ("{}", "/text"),
    ],
)
def test_wrong_values_are_pointed_at(site: Client, body: str, pointer: str) -> None:
    found = _problem(_post(site, body), 422, "invalid")
    assert [one["pointer"] for one in found["errors"]] == [pointer]


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null"])
def test_a_body_that_is_no_object(site: Client, body: str) -> None:
    assert _problem(_post(site, body), 422, "invalid")["errors"]


def test_what_cannot_be_read(site: Client) -> None:
    _problem(_post(site, "{"), 400, "bad-request")
    _problem(_post(site, "a=b", "application/x-www-form-urlencoded"), 415, "unsupported-media-type")
    _problem(site.get("/api/v1/try/conflict", headers={"Accept": "text/csv"}), 406, "not-acceptable")
    _problem(site.put("/api/v1/try"), 405, "method-not-allowed")
    _problem(site.get("/api/v1/no-such"), 404, "not-found")
    _problem(site.get("/api/"), 404, "not-found")


def test_no_token(site: Client) -> None:
    response = site.get("/api/v1/closed")
    _problem(response, 401, "sign-in-needed")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_what_nobody_foresaw_tells_nothing(site: Client) -> None:
    response = site.get("/api/v1/try/broken")
    _problem(response, 500, "broken")
    assert b"secret words" not in response.content


def test_a_database_that_does_not_answer_is_not_a_fault_of_ours(site: Client) -> None:
    """A program is told to come back, a person what to do; neither is told why."""
    response = site.get("/api/v1/try/busy")
    _problem(response, 503, "unavailable")
    assert int(response["Retry-After"]) > 0
    page = site.get("/busy/")
    assert (page.status_code, "Retry-After" in page) == (503, True)
    assert "send it again" in page.content.decode()
    assert b"secret words" not in response.content + page.content


def test_every_type_leads_to_words(site: Client) -> None:
    text = site.get("/help/problems/").content.decode()
    from backend.kernel import errors
    from backend.web.problems import _CODES

    codes = {code for code, _ in _CODES.values()}
    codes |= {c.code for c in (errors.Conflict, errors.Invalid, errors.NotFound, errors.NotAllowed, errors.TooMany)}
    codes.add(errors.Unavailable.code)
    for code in codes:
        assert f'id="{code}"' in text, code
