"""Every operation once, with its good answer held against the schema; then the schema tried with whatever fits it."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.test import Client

from backend.kernel import clock
from network.api.openapi import schema
from network.people.usecases import load_topics
from payments.gateways.standin.server import StandIn
from tests.factories.requests import ends_of
from tests.network.api.world import World, as_json

pytestmark = pytest.mark.django_db


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """operationId -> method, path, what the schema says."""
    return {
        found["operationId"]: (method.upper(), path, found)
        for path, methods in schema()["paths"].items()
        for method, found in methods.items()
    }


def fits(answer: Any, name: str) -> Any:
    """The answer's body, checked against what the schema says of this operation and status."""
    found = operations()[name][2]["responses"]
    assert str(answer.status_code) in found, (name, answer.status_code, answer.content)
    ((media, content),) = found[str(answer.status_code)]["content"].items()
    assert answer["Content-Type"] == media
    whole = {**content["schema"], "components": schema()["components"]}
    body = answer.json() if "json" in media else answer.content.decode()
    checker = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    checker.validate(body)
    return body


class Walk:
    """Calls by operation; remembers which were reached."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reached: set[str] = set()

    def __call__(self, name: str, body: Any = None, *, query: str = "", **ids: object) -> Any:
        method, path, _ = operations()[name]
        address = (
            path.format(**{name: ids.get(name, ids.get("id")) for name in re.findall(r"{(\w+)}", path)}).removeprefix(
                "/api/v1"
            )
            + query
        )
        answer = self.world.program.call(method, address, body)
        assert 200 <= answer.status_code < 300, (name, answer.status_code, answer.content)
        found = fits(answer, name)
        self.reached.add(name)
        return found


def test_every_operation_answers_as_its_schema_says(world: World, standin: StandIn) -> None:
    go = Walk(world)
    go("listKinds")
    kind = go("readKind", code="print_interview")
    assert {f["name"] for f in kind["fields"] if f["required"]} >= {"fee_pence", "answer_by", "audience", "recording"}
    go("listTopics")
    assert go("readOrganisation")["may_be_shown_names"] is True
    tried = go("createBrief", as_json(), query="?dry_run=true")
    assert any(part["text"] == "£200.00" for section in tried["plain"] for part in section["paragraphs"])
    assert go("listBriefs")["items"] == []

    draft = go("createBrief", {"kind": "print_interview", "draft": True})["id"]
    page = go("readBrief", id=draft)
    assert page["state"] == "draft"
    go("changeBrief", {**as_json(), "version": page["version"]}, id=draft)
    assert go("submitBrief", {}, id=draft)["state"] == "submitted"
    assert go("withdrawBrief", {"reason": "Not needed."}, id=draft)["state"] == "withdrawn"
    assert [line["id"] for line in go("listBriefs")["items"]] == [draft]

    brief_id = world.open_brief()
    person_id, public_id = world.yes(brief_id)
    _, other = world.yes(brief_id)
    question = world.asks(brief_id, person_id)
    assert go("listQuestions", id=brief_id)["items"][0]["id"] == str(question)
    go("answerQuestion", {"answer": "Yes, to every floor."}, id=brief_id, question_id=question)
    assert len(go("readBoundaries")["points"]) > 2
    go("acceptBoundaries", {"accept": "all"}, id=brief_id)
    seen = go("listCards", id=brief_id)["items"]
    assert {card["person"]["public_id"] for card in seen} == {str(public_id), str(other)}
    reference = seen[0]["person"]["consent_reference"]
    entries = go("readConsent", reference=reference)
    assert entries["status"] == "valid"
    (line,) = go("listConsents", query=f"?references={reference}")["items"]
    assert line["status_list_index"] == int(entries["credential_status"][0]["statusListIndex"])
    assert go("readStatusList", list_id=line["status_list_id"], purpose="message").count(".") == 2
    booking = go("choosePerson", {}, id=brief_id, public_id=public_id)["booking_id"]
    go("passOverPerson", {"reason": "We look for somebody from the north."}, id=brief_id, public_id=other)
    assert go("closeBrief", {"reason": "Done."}, id=brief_id)["state"] == "closed"

    assert go("listBookings")["items"][0]["id"] == booking
    assert go("readBooking", id=booking)["person"]["name"].startswith("First")
    assert go("confirmBooking", id=booking)["state"] == "agreeing"
    off, _ = world.booking()
    assert go("cancelBooking", {"reason": "The programme was dropped."}, id=off)["state"] == "cancelled"
    held, _ = world.booking("confirmed")
    with clock.frozen(ends_of()):
        assert go("markBookingDone", id=held)["state"] == "done"
        go("reportBack", {"published": "The article.", "url": "https://news.example/1"}, id=held)
    assert go("readBooking", id=held)["report"]["published"] == "The article."

    invoice = go("listInvoices")["items"][0]
    assert go("readInvoice", id=invoice["id"])["total_pence"] == 20_000
    recall = world.recalled()
    assert go("listRecalls")["items"][0]["id"] == str(recall)
    assert go("answerRecall", {"move": "remove"}, id=recall)["state"] == "removed"
    first = go("payLink", id=invoice["id"])["url"]
    assert go("payLink", id=invoice["id"])["url"] == first
    assert go.reached == set(operations())


def test_the_schema_is_open_and_says_31() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert json.loads(answer.content)["openapi"].startswith("3.1")
    assert json.loads(answer.content) == schema()


def test_the_docs_name_every_operation() -> None:
    answer = Client().get("/api/v1/docs/")
    assert answer.status_code == 200
    text = answer.content.decode()
    for name, (method, path, _) in operations().items():
        assert f'id="{name}"' in text
        assert f"{method} {path}" in text


def test_the_example_of_the_docs_is_taken_as_it_is(world: World) -> None:
    from django.template.loader import get_template

    load_topics()
    example = get_template("network/api/brief.json").render({})
    answer = world.program.post("/briefs", example)
    assert answer.status_code == 201, answer.content
    assert UUID(answer.json()["id"])
