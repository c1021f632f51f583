"""`Idempotency-Key`: one effect and one answer for each key, also when something breaks in between."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from backend.once.models import Answered
from backend.once.store import Claim
from network.api import base
from network.bookings.models import Booking
from network.opportunities.models import Opportunity
from tests.conftest import AT
from tests.factories.people import make_topic
from tests.network.api.world import Program, World, as_json, clock, token_for
from tests.network.racing import arena

KEY = "0193b2d4-0f7e-4c6e-9f0a-2d5c7b1e8a11"


@pytest.mark.django_db
def test_the_same_again_is_one_effect_and_one_answer(world: World) -> None:
    first = world.program.post("/briefs", as_json(), key=KEY)
    again = world.program.post("/briefs", as_json(), key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Opportunity.objects.count() == 1
    assert world.program.post("/briefs", as_json()).json() != first.json(), "without a key it is another brief"
    assert Opportunity.objects.count() == 2


@pytest.mark.django_db
def test_spaces_and_order_make_no_other_body(world: World) -> None:
    first = world.program.post("/briefs", json.dumps(as_json()), key=KEY)
    turned = dict(reversed(as_json().items()))
    again = world.program.post("/briefs", json.dumps(turned, indent=3), key=KEY)
    assert first.json() == again.json()


@pytest.mark.django_db
def test_another_body_is_refused_and_changes_nothing(world: World) -> None:
    world.program.post("/briefs", as_json(), key=KEY)
    answer = world.program.post("/briefs", as_json(title="Another"), key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "key-reused")
    assert list(Opportunity.objects.values_list("title", flat=True)) == [as_json()["title"]]


@pytest.mark.django_db
def test_a_key_is_its_programs_own_and_for_one_address(world: World) -> None:
    world.program.post("/briefs", as_json(), key=KEY)
    assert World().program.post("/briefs", as_json(), key=KEY).status_code == 201
    assert Program(token_for(world.organisation_id)).post("/briefs", as_json(), key=KEY).status_code == 201
    assert Opportunity.objects.count() == 3
    brief_id = world.program.post("/briefs", as_json(draft=True)).json()["id"]
    assert world.program.post(f"/briefs/{brief_id}/submit", {}, key=KEY).json()["state"] == "submitted"


@pytest.mark.django_db
def test_a_refusal_and_a_dry_run_use_no_key_up(world: World) -> None:
    assert world.program.post("/briefs", as_json(fee_pence=1), key=KEY).status_code == 422
    assert world.program.post("/briefs?dry_run=true", as_json(), key=KEY).status_code == 200
    assert not Answered.objects.exists()
    assert world.program.post("/briefs", as_json(), key=KEY).status_code == 201
    assert Opportunity.objects.count() == 1


@pytest.mark.django_db
def test_choosing_twice_is_one_booking(world: World) -> None:
    brief_id = world.open_brief()
    _, public_id = world.yes(brief_id)
    path = f"/briefs/{brief_id}/cards/{public_id}/choose"
    first, again = (world.program.post(path, {}, key=KEY) for _ in range(2))
    assert first.json() == again.json()
    assert Booking.objects.count() == 1
    assert world.program.post(path, {}, key="another-key").status_code == 409


@pytest.mark.django_db
def test_a_patch_can_be_repeated(world: World) -> None:
    brief_id = world.open_brief()
    change = {"fee_pence": 30_000}
    first, again = (world.program.patch(f"/briefs/{brief_id}", change, key=KEY) for _ in range(2))
    assert first.json() == again.json()
    assert Opportunity.objects.get().version == 2


@pytest.mark.django_db
def test_a_crash_after_the_commit_loses_the_answer_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(reply: object) -> None:
        raise RuntimeError("the process died here")

    monkeypatch.setattr(base, "_answer", crash)
    assert world.program.post("/briefs", as_json(), key=KEY).status_code == 500
    assert Opportunity.objects.count() == 1
    monkeypatch.undo()
    again = world.program.post("/briefs", as_json(), key=KEY)
    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert Opportunity.objects.get().reference == again.json()["reference"]


@pytest.mark.django_db
def test_a_crash_before_the_commit_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: Claim, answer: object) -> None:
        raise RuntimeError("the process died here")

    monkeypatch.setattr(Claim, "store", crash)
    assert world.program.post("/briefs", as_json(), key=KEY).status_code == 500
    assert (Opportunity.objects.count(), Answered.objects.count()) == (0, 0)
    monkeypatch.undo()
    assert world.program.post("/briefs", as_json(), key=KEY).status_code == 201
    assert Opportunity.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["a b", "é", "x" * 256, "\t"])
def test_odd_keys(world: World, key: str) -> None:
    answer = world.program.post("/briefs", as_json(), key=key)
    assert answer.status_code in (400, 201)
    if answer.status_code == 201:  # a header of blanks is no header
        assert not key.strip()


@pytest.mark.django_db
def test_what_is_kept_of_an_answer_is_sealed(world: World) -> None:
    answer = world.program.post("/briefs", as_json(), key=KEY)
    kept = Answered.objects.get()
    assert answer.json()["reference"].encode() not in bytes(kept.body_sealed)
    assert KEY not in kept.key


@pytest.mark.django_db(transaction=True)
def test_several_at_once_have_one_effect(settings: Settings, tmp_path: Path) -> None:
    settings.API_PER_MINUTE = 1_000_000
    with clock.frozen(AT):
        world = World()
        make_topic("leaving-prison")
        body = json.dumps(as_json())

    def send() -> Any:
        with clock.frozen(AT):
            return Program(world.program.token).post("/briefs", body, key=KEY)

    with arena(tmp_path) as place:
        answers = place.race([send] * 3)
        assert place.rows("SELECT COUNT(*) FROM network_opportunity") == [(1,)]
    good = [answer for answer in answers if answer.status_code == 201]
    assert good
    assert len({answer.content for answer in good}) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}


@pytest.mark.parametrize("mutant", [False, True], ids=["", "without turns"])
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_acts_and_one_hears_of_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mutant: bool
) -> None:
    """M5. The first is held inside its transaction until the second has been answered, or for some seconds. With the
    turns taken away, and on SQLite with its one writer, the second waits for the first and gets its answer."""
    settings.API_PER_MINUTE = 1_000_000
    with clock.frozen(AT):
        world = World()
        make_topic("leaving-prison")
        body = json.dumps(as_json())
    waits = mutant or connection.vendor == "sqlite"
    if mutant:
        monkeypatch.setattr(base, "in_turn", lambda key: transaction.atomic())
    acting, heard = Event(), Event()
    plain = Claim.store

    def store(claimed: Claim, answer: Any) -> None:
        plain(claimed, answer)
        acting.set()
        heard.wait(3 if waits else 60)

    def send(wait: Event | None = None) -> Any:
        if wait is not None:
            assert wait.wait(60)
        with clock.frozen(AT):
            answer = Program(world.program.token).post("/briefs", body, key=KEY)
        heard.set()
        return answer

    monkeypatch.setattr(Claim, "store", store)
    with arena(tmp_path) as place:
        first, second = place.race([send, lambda: send(acting)])
        (again,) = place.race([send])
        assert place.rows("SELECT COUNT(*) FROM network_opportunity") == [(1,)]
    assert first.status_code == 201
    if waits:
        assert (second.status_code, second["Idempotent-Replayed"]) == (201, "true")
    else:
        assert (second.status_code, second.json()["code"]) == (409, "in-progress")
    assert (again.status_code, again.content) == (201, first.content)
