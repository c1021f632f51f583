"""Who may, and what is refused: each refusal is a problem document, and nothing has changed after it."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from backend.accounts.data import Scope
from backend.audit.models import AccessEvent
from backend.kernel.errors import Conflict
from network.api import cards
from network.bookings.models import Booking
from network.consent import usecases as consent
from network.opportunities.models import Invitation, Opportunity, OpportunityHistory
from tests.conftest import AT
from tests.factories.people import actor_of
from tests.network.api.test_operations import fits, operations
from tests.network.api.world import Program, World, as_json, token_for

pytestmark = pytest.mark.django_db


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert (found["status"], found["code"]) == (status, code)
    return found


def pointers(answer: Any) -> set[str]:
    return {error["pointer"] for error in problem(answer, 422, "invalid")["errors"]}


def everything() -> dict[str, Any]:
    """What could have changed."""
    return {
        "briefs": sorted(Opportunity.objects.values_list("id", "state", "version")),
        "invitations": sorted(Invitation.objects.values_list("id", "state", "version")),
        "bookings": sorted(Booking.objects.values_list("id", "state", "version")),
        "history": OpportunityHistory.objects.count(),
        "looks": AccessEvent.objects.filter(released=True).count(),
    }


def address(path: str, ids: dict[str, object]) -> str:
    return re.sub(r"{(\w+)}", lambda m: str(ids[m[1]]), path).removeprefix("/api/v1")


NEVER = {"brief_id": uuid4(), "booking_id": uuid4(), "invoice_id": uuid4(), "recall_id": uuid4(),
         "question_id": uuid4(), "public_id": uuid4(), "reference": "cr_" + "0" * 32, "code": "podcast",
         "list_id": uuid4(), "purpose": "message"}  # fmt: skip
BODIES: dict[str, Any] = {
    "changeBrief": {"title": "Other"},
    "submitBrief": {},
    "withdrawBrief": {"reason": "x"},
    "closeBrief": {"reason": "x"},
    "answerQuestion": {"answer": "x"},
    "acceptBoundaries": {"accept": "all"},
    "choosePerson": {},
    "passOverPerson": {"reason": "x"},
    "cancelBooking": {"reason": "x"},
    "reportBack": {"published": "x"},
    "answerRecall": {"move": "remove"},
}


def test_without_a_good_token_nothing_is_answered(world: World) -> None:
    before = everything()
    for name, (method, path, _) in operations().items():
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
            answer = Client().generic(method, "/api/v1" + address(path, NEVER), headers=headers)
            problem(answer, 401, "sign-in-needed")
            assert answer["WWW-Authenticate"].startswith("Bearer"), name
    assert everything() == before


def test_a_token_without_the_scope_is_told_which_one(world: World) -> None:
    before = everything()
    for name, (method, path, found) in operations().items():
        needed = set(found["security"][0]["oauth2"])
        if not needed:
            continue
        program = Program(token_for(world.organisation_id, set(Scope) - {min(needed)}))
        answer = program.call(method, address(path, NEVER), BODIES.get(name))
        problem(answer, 403, "not-allowed")
        assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
        assert min(needed) in answer["WWW-Authenticate"]
    assert everything() == before


def test_what_is_somebody_elses_is_what_never_was(world: World) -> None:
    brief_id = world.open_brief()
    person_id, public_id = world.yes(brief_id)
    booking_id, _ = world.booking("done")
    theirs = NEVER | {
        "brief_id": brief_id,
        "booking_id": booking_id,
        "invoice_id": world.program.get("/invoices").json()["items"][0]["id"],
        "recall_id": world.recalled(),
        "question_id": world.asks(brief_id, person_id),
        "public_id": public_id,
    }
    world.accept_boundaries(brief_id)
    theirs["reference"] = world.program.get(f"/briefs/{brief_id}/cards").json()["items"][0]["person"][
        "consent_reference"
    ]
    asked = world.program.get(f"/consents?references={theirs['reference']}").json()["items"][0]
    theirs["list_id"] = asked["status_list_id"]
    rival = World().program
    before = everything()
    tried = 0
    for name, (method, path, _) in operations().items():
        if "{" not in path or name == "readKind":
            continue
        bodies = []
        for ids in (theirs, NEVER):
            answer = rival.call(method, address(path, ids), BODIES.get(name))
            found = problem(answer, 404, "not-found")
            fits(answer, name)
            found.pop("instance")
            bodies.append(found)
        assert bodies[0] == bodies[1], name
        tried += 1
    assert tried >= 18
    assert everything() == before


def test_a_brief_without_its_terms_is_refused_field_by_field(world: World) -> None:
    missing = ("fee_pence", "answer_by", "recording", "audience", "editorial_terms", "topics")
    left_out: dict[str, Any] = dict.fromkeys(missing, ...)
    answer = world.program.post("/briefs", as_json(**left_out))
    assert pointers(answer) == {f"/{name}" for name in missing}
    fits(answer, "createBrief")
    for wrong, pointer in (({"fee_pence": 100}, "/fee_pence"), ({"extras": {}}, "/extras/publication")):
        assert pointers(world.program.post("/briefs", as_json(**wrong))) == {pointer}
    assert not Opportunity.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"fee_pence": "20000"}, "/fee_pence"),
        ({"fee_pence": 20000.0}, "/fee_pence"),
        ({"edited": "yes"}, "/edited"),
        ({"remote": 1}, "/remote"),
        ({"title": 5}, "/title"),
        ({"title": "a\x00b"}, "/title"),
        ({"title": "x" * 161}, "/title"),
        ({"kind": "circus"}, "/kind"),
        ({"recording": "hologram"}, "/recording"),
        ({"starts_at": "2026-11-23T10:00:00"}, "/starts_at"),
        ({"outcome_promised_by": "2026-W50-1"}, "/outcome_promised_by"),
        ({"topics": "leaving-prison"}, "/topics"),
        ({"topics": ["no-such-topic"]}, "/topics"),
        ({"topics": [5]}, "/topics/0"),
        ({"extras": {"publication": 5}}, "/extras/publication"),
        ({"extras": {"secret": "x", "publication": "y"}}, "/extras/secret"),
        ({"fee": 20000}, "/fee"),
        ({"state": "accepted"}, "/state"),
        ({"organisation_id": str(uuid4())}, "/organisation_id"),
    ],
)
def test_strict_types_and_no_unknown_fields(world: World, change: dict[str, Any], pointer: str) -> None:
    assert pointers(world.program.post("/briefs", as_json(**change))) == {pointer}
    assert not Opportunity.objects.exists()


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=51", "?limit=1.0", "?limit=x", "?limit=1&limit=2", "?cursor=x", "?page=2",
              "?state=lost", "?cursor=", "?limit=%00"],
)  # fmt: skip
def test_odd_parameters(world: World, query: str) -> None:
    name = query[1:].partition("=")[0]
    assert pointers(world.program.get(f"/briefs{query}")) == {f"/{name}"}


def test_a_cursor_of_another_list_or_organisation_is_no_place(world: World) -> None:
    for _ in range(2):
        world.open_brief()
    cursor = world.program.get("/briefs?limit=1").json()["next_cursor"]
    assert pointers(world.program.get(f"/invoices?cursor={cursor}")) == {"/cursor"}
    assert pointers(World().program.get(f"/briefs?cursor={cursor}")) == {"/cursor"}


@pytest.mark.parametrize(
    "body",
    ["{", "NaN", '{"fee_pence": NaN}', b'{"title": "\xff"}', "[" * 100_000, '{"title": "' + "x" * 300_000 + '"}',
     '{"\\ud800": 1}', '{"title": "\\ud800"}'],
)  # fmt: skip
def test_what_cannot_be_read(world: World, body: str | bytes) -> None:
    problem(world.program.post("/briefs", body), 400, "bad-request")


def test_the_wrong_shape_kind_or_method(world: World) -> None:
    for body in ("[]", '"x"', "5", "null"):
        problem(world.program.post("/briefs", body), 422, "invalid")
    form = Client().post("/api/v1/briefs", {"a": "b"}, headers={"Authorization": f"Bearer {world.program.token}"})
    problem(form, 415, "unsupported-media-type")
    problem(world.program.call("GET", "/briefs", Accept="text/html"), 406, "not-acceptable")
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        answer = world.program.call(method, "/briefs")
        problem(answer, 405, "method-not-allowed")
        assert set(answer["Allow"].split(", ")) == {"GET", "POST", "HEAD"}
    problem(world.program.get("/briefs/"), 404, "not-found")
    problem(world.program.post(f"/bookings/{uuid4()}/confirm", {"sure": True}), 422, "invalid")


def test_so_many_requests_a_minute(world: World, settings: Settings) -> None:
    settings.API_PER_MINUTE = 3
    other = Program(token_for(world.organisation_id))
    left = [world.program.get("/kinds")["RateLimit"] for _ in range(3)]
    assert left == [f'"program";r={n};t=60' for n in (2, 1, 0)]
    answer = world.program.get("/kinds")
    problem(answer, 429, "too-many")
    assert answer["Retry-After"] == "60"
    assert answer["RateLimit-Policy"] == '"program";q=3;w=60'
    assert other.get("/kinds").status_code == 200


def test_nobody_is_shown_before_the_boundaries_are_accepted(world: World) -> None:
    brief_id = world.open_brief()
    world.yes(brief_id)
    answer = world.program.get(f"/briefs/{brief_id}/cards")
    problem(answer, 403, "boundaries")
    assert not AccessEvent.objects.filter(released=True).exists()
    world.accept_boundaries(brief_id)
    assert len(world.program.get(f"/briefs/{brief_id}/cards").json()["items"]) == 1
    assert AccessEvent.objects.filter(released=True).count() == 1
    another = Program(token_for(world.organisation_id))
    problem(another.get(f"/briefs/{brief_id}/cards"), 403, "boundaries")


def test_what_was_taken_back_is_shown_nowhere(world: World) -> None:
    brief_id = world.open_brief()
    person_id, public_id = world.yes(brief_id)
    world.accept_boundaries(brief_id)
    reference = world.program.get(f"/briefs/{brief_id}/cards").json()["items"][0]["person"]["consent_reference"]
    booking = world.program.post(f"/briefs/{brief_id}/cards/{public_id}/choose", {}).json()["booking_id"]
    assert world.program.get(f"/bookings/{booking}").json()["person"]["name"]
    grant_id = Invitation.objects.get().grant_id
    assert grant_id is not None
    consent.withdraw(grant_id=grant_id, actor=actor_of(person_id), at=AT)
    assert world.program.get(f"/briefs/{brief_id}/cards").json()["items"] == []
    assert world.program.get(f"/bookings/{booking}").json()["person"] is None
    assert world.program.get(f"/consents/{reference}").json()["status"] == "withdrawn"


def test_the_answer_is_one_shape_for_nobody_and_for_two(world: World) -> None:
    empty, full = world.open_brief(), world.open_brief()
    for _ in range(2):
        world.yes(full)
    found = []
    for brief_id in (empty, full):
        world.accept_boundaries(brief_id)
        body = world.program.get(f"/briefs/{brief_id}/cards").json()
        for name in ("id", "reference", "items"):
            body.pop(name)
        found.append(body)
    assert found[0] == found[1]


def test_choosing_and_booking_are_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    brief_id = world.open_brief()
    _, public_id = world.yes(brief_id)

    def taken(**values: object) -> None:
        raise Conflict("This person has another booking at that time.", code="time-taken")

    monkeypatch.setattr(cards, "open_booking", taken)
    before = everything()
    problem(world.program.post(f"/briefs/{brief_id}/cards/{public_id}/choose", {}), 409, "time-taken")
    assert everything() == before
    monkeypatch.undo()
    answer = world.program.post(f"/briefs/{brief_id}/cards/{public_id}/choose", {})
    assert answer["Location"] == f"/api/v1/bookings/{answer.json()['booking_id']}"
    assert Booking.objects.get().id == UUID(answer.json()["booking_id"])


def test_two_briefs_cannot_book_a_person_for_one_time(world: World) -> None:
    from tests.factories.requests import invite_one, say_yes

    first, second = world.open_brief(), world.open_brief()
    person_id, public_id = world.yes(first)
    say_yes(invite_one(second, person_id, world.coordinator), person_id)
    assert world.program.post(f"/briefs/{first}/cards/{public_id}/choose", {}).status_code == 201
    before = everything()
    assert world.program.post(f"/briefs/{second}/cards/{public_id}/choose", {}).status_code == 409
    assert everything() == before


def test_a_change_over_somebody_elses_is_refused(world: World) -> None:
    brief_id = world.open_brief()
    version = world.program.get(f"/briefs/{brief_id}").json()["version"]
    assert world.program.patch(f"/briefs/{brief_id}", {"title": "One", "version": version}).status_code == 200
    problem(world.program.patch(f"/briefs/{brief_id}", {"title": "Two", "version": version}), 409, "conflict")
    assert Opportunity.objects.get().title == "One"


def test_only_a_disclosure_of_the_gate_can_be_shown() -> None:
    from network.api import bodies

    class Looks:
        public_id, name = uuid4(), "Somebody"

    with pytest.raises(TypeError):
        bodies.person(Looks())  # type: ignore[arg-type]


def test_no_answer_carries_an_id_of_a_person(world: World) -> None:
    booking_id, person_id = world.booking("done")
    brief_id = UUID(world.program.get(f"/bookings/{booking_id}").json()["brief_id"])
    world.accept_boundaries(brief_id)
    text = ""
    for path in (
        f"/briefs/{brief_id}/cards",
        f"/bookings/{booking_id}",
        "/bookings",
        f"/briefs/{brief_id}",
        "/invoices",
    ):
        text += json.dumps(world.program.get(path).json())
    assert str(booking_id) in text
    assert str(person_id) not in text
    assert str(Invitation.objects.get().id) not in text
