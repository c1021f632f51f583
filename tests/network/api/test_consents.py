"""Consent status as an organisation's program meets it; and the example of docs/api.md, run as it is written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from network.consent import gate, usecases
from network.consent.data import Category, Purpose, Recipient
from network.consent.status import lists
from tests.conftest import AT
from tests.factories.people import EVERYTHING, actor_of, give_for_request, make_person, make_standing_organisation
from tests.factories.requests import program_actor
from tests.network.api.test_refusals import pointers, problem
from tests.network.api.world import World, token_for

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def released(org: UUID) -> tuple[UUID, UUID, str]:
    person, opp = make_person(), uuid4()
    grant = give_for_request(person, org, opp).grant_id
    with gate.window():
        shown = gate.disclose(
            person_ids=[person], wanted=EVERYTHING, purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org), opportunity=opp, actor=program_actor(org), at=AT,
        )  # fmt: skip
    return person, grant, shown[person].consent_ref


def test_many_at_once_in_their_order(world: World) -> None:
    people = [released(world.organisation_id) for _ in range(3)]
    theirs = released(make_standing_organisation())[2]
    never = "cr_" + "0" * 32
    usecases.withdraw(grant_id=people[1][1], actor=actor_of(people[1][0]), at=AT)
    refs = [people[0][2], theirs, people[1][2], never, people[2][2]]
    items = world.program.get(f"/consents?references={','.join(refs)}").json()["items"]
    assert [line["reference"] for line in items] == refs
    assert [line["status"] for line in items] == ["valid", "unknown", "withdrawn", "unknown", "valid"]
    assert {k: v for k, v in items[1].items() if k != "reference"} == {
        k: v for k, v in items[3].items() if k != "reference"
    }, "somebody else's is what never was"
    one = world.program.get(f"/consents/{refs[2]}").json()
    assert one["status"] == "withdrawn"
    assert {int(entry["statusListIndex"]) for entry in one["credential_status"]} == {items[2]["status_list_index"]}


def test_what_does_not_fit_is_refused(world: World) -> None:
    good = "cr_" + "0" * 32
    for odd in ("", "cr_1", f"{good},", f",{good}", ",".join([good] * 101), good.upper()):
        assert pointers(world.program.get(f"/consents?references={odd}")) == {"/references"}, odd
    assert pointers(world.program.get("/consents")) == {"/references"}
    problem(world.program.get(f"/status-lists/{uuid4()}/message"), 404, "not-found")
    problem(world.program.get(f"/status-lists/{uuid4()}/else"), 404, "not-found")


def test_the_list_is_fresh_and_is_not_kept(world: World) -> None:
    person, grant, ref = released(world.organisation_id)
    url = "/status-lists/{status_list_id}/revocation".format(
        **world.program.get(f"/consents?references={ref}").json()["items"][0]
    )
    first = world.program.get(url)
    assert first["Content-Type"] == "application/vc+jwt"
    assert first["Cache-Control"] == "no-store"
    assert "ETag" not in first
    usecases.withdraw(grant_id=grant, actor=actor_of(person), at=AT)
    assert world.program.get(url).content != first.content
    for accept in ("application/vc+jwt", "application/json", "*/*"):
        answer = world.program.call("GET", url, Accept=accept)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/vc+jwt")
    refused = Client().get(f"/api/v1{url}", headers={"accept": "application/vc+jwt"})
    problem(refused, 401, "sign-in-needed")


def test_anybody_may_read_the_public_keys_and_nothing_else_is_there() -> None:
    answer = Client().get("/api/v1/.well-known/jwks.json")
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert answer.json() == lists.public_keys()
    assert "d" not in answer.json()["keys"][0]


@pytest.mark.django_db(transaction=True)
def test_the_newsrooms_example_does_what_the_page_says(live_server: Any, tmp_path: Path) -> None:
    """The Python and the curl lines of docs/api.md, as they are written, against a server."""
    world = World()
    people = [released(world.organisation_id) for _ in range(3)]
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").split("## Before you publish")[1]
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    token = token_for(world.organisation_id, ["consent:read"])
    cms: dict[str, Any] = {"BASE": live_server.url, "TOKEN": token}
    exec(compile(code, "docs/api.md", "exec"), cms)  # noqa: S102
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.BASE_URL", live_server.url)
        articles = {f"article {n}": cms["place_of"](ref) for n, (_, _, ref) in enumerate(people)}
        assert cms["to_take_down"](articles) == {}
        usecases.withdraw(grant_id=people[0][1], actor=actor_of(people[0][0]), at=AT)
        usecases.narrow(
            grant_id=people[2][1], categories=frozenset({Category.STORY}), actor=actor_of(people[2][0]), at=AT
        )
        assert cms["to_take_down"](articles) == {"article 0": "withdrawn", "article 2": "narrowed"}
    lines = [line.strip() for line in text.splitlines() if line.startswith("    curl")]
    assert len(lines) == 3
    env = {"PATH": "/usr/bin:/bin", "BASE": live_server.url, "TOKEN": token, "REFERENCE": people[0][2]}
    said = [
        subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        for line in lines
    ]
    assert '"withdrawn"' in said[0] and '"withdrawn"' in said[1] and '"Ed25519"' in said[2]
