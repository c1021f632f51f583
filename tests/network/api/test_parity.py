"""The page and the API are two doors to one use case: the same rows, the same refusals."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from backend.kernel.clock import LONDON
from backend.outbox.models import Work
from network.opportunities.models import Opportunity, OpportunityHistory
from network.people.usecases import load_topics
from network.web.desk.brief_form import step_of
from tests.conftest import AT
from tests.network.api.world import World
from tests.network.web.desk.scene import client_of

pytestmark = pytest.mark.django_db

STARTS = AT + timedelta(days=20)
WORDS: dict[str, Any] = {
    "title": "The first month", "purpose": "An article about the first month.",
    "why_lived_experience": "Nobody else knows.", "audience": "Readers in the county.", "who_decides": "The council.",
    "question_areas": "The first night.", "recording": "recorded", "editorial_terms": "The editor decides.",
    "quote_check": "see_quotes", "first_shown": "In January.", "online_how_long": "No end.", "reuse": "Ask first.",
    "expenses": "Booked by us.", "identity_needed": "none", "welfare_risks": "Comments.",
    "welfare_support": "Comments are closed.", "point_of_no_return": "The evening before print.",
    "outcome_report": "We send the article.",
}  # fmt: skip
STEPS = {
    "about": ("purpose", "why_lived_experience", "audience", "who_decides"),
    "words": ("question_areas", "recording", "editorial_terms", "quote_check", "first_shown", "online_how_long", "reuse"),
    "care": ("identity_needed", "welfare_risks", "welfare_support", "point_of_no_return"),
    "after": ("outcome_report",),
}  # fmt: skip


def _moment(name: str, at: datetime) -> dict[str, str]:
    local = at.astimezone(LONDON)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M}"}


def by_page(world: World, words: dict[str, Any], fee: str, topics: bool) -> tuple[UUID, set[str]]:
    """Write and send a brief by its pages; its id and the steps which the page sends one back to."""
    load_topics()
    desk = client_of(world.owner.user_id, AT)
    answer = desk.post("/desk/briefs/new/", {"kind": "print_interview", "title": words.get("title", "")})
    brief_id = UUID(re.findall(r"[0-9a-f-]{36}", answer["Location"])[0])
    sent: dict[str, dict[str, Any]] = {
        step: {name: words[name] for name in names if name in words} for step, names in STEPS.items()
    }
    sent["about"]["extra_publication"] = "The Courier"
    sent["words"]["edited"] = "yes"
    sent["topics"] = {"topics_prison": ["prison-release"]} if topics else {}
    sent["when"] = {
        **_moment("starts_at", STARTS), **_moment("ends_at", STARTS + timedelta(hours=1)),
        **_moment("answer_by", AT + timedelta(days=9)), "remote": "on", "supporter_welcome": "on",
    }  # fmt: skip
    sent["pay"] = {"fee_pence": fee, "expenses": words.get("expenses", "")}
    for step, values in sent.items():
        answer = desk.post(f"/desk/briefs/{brief_id}/write/{step}/", values)
        assert answer.status_code == 303, (step, answer.content.decode())
    return brief_id, _send(desk, brief_id)


def _send(desk: Client, brief_id: UUID) -> set[str]:
    answer = desk.post(f"/desk/briefs/{brief_id}/check/", {})
    if answer.status_code == 303:
        return set()
    assert answer.status_code == 422
    return set(re.findall(rf"/desk/briefs/{brief_id}/write/([a-z]+)/", answer.content.decode()))


def by_api(world: World, words: dict[str, Any], fee: int | None, topics: bool) -> tuple[UUID, set[str]]:
    """The same by program; its id and the steps on which the page asks what was refused."""
    load_topics()
    body = {
        "kind": "print_interview", **words, "edited": True, "remote": True, "fee_pence": fee,
        "topics": ["prison-release"] if topics else [], "extras": {"publication": "The Courier"},
        "starts_at": STARTS.isoformat(), "ends_at": (STARTS + timedelta(hours=1)).isoformat(),
        "answer_by": (AT + timedelta(days=9)).isoformat(), "draft": True,
    }  # fmt: skip
    answer = world.program.post("/briefs", body)
    assert answer.status_code == 201, answer.content
    brief_id = UUID(answer.json()["id"])
    answer = world.program.post(f"/briefs/{brief_id}/submit", {})
    if answer.status_code == 200:
        return brief_id, set()
    assert answer.status_code == 422
    once = world.program.post("/briefs", body | {"draft": False})
    assert once.json()["errors"] == answer.json()["errors"], "sending at once is refused as sending a draft is"
    names = [error["pointer"][1:].replace("/", ".") for error in answer.json()["errors"]]
    return brief_id, {step_of(name) for name in names}


def row_of(brief_id: UUID) -> dict[str, Any]:
    row: dict[str, Any] = dict(Opportunity.objects.values().get(pk=brief_id))
    for own in ("id", "reference", "source", "raised_by", "version", "version_that_matters"):
        row.pop(own)
    row["topics"] = sorted(Opportunity.objects.get(pk=brief_id).topics.values_list("slug", flat=True))
    row["moves"] = list(OpportunityHistory.objects.filter(opportunity_id=brief_id).values_list("move", "to_state"))
    row["work"] = sorted(Work.objects.filter(object_id=brief_id).values_list("topic", "subscriber"))
    return row


def test_a_brief_that_is_sent_leaves_the_same_rows(world: World) -> None:
    page, missing = by_page(world, WORDS, "£200", topics=True)
    program, refused = by_api(world, WORDS, 20_000, topics=True)
    assert (missing, refused) == (set(), set())
    first, second = row_of(page), row_of(program)
    assert first == second
    assert first["work"], "somebody is told"


@pytest.mark.parametrize(
    ("left_out", "fee", "topics"),
    [(("audience", "editorial_terms", "recording"), 20_000, True), ((), 1_00, True), (("welfare_risks",), None, False)],
)
def test_a_brief_that_is_refused_is_refused_for_the_same_reasons(
    world: World, left_out: tuple[str, ...], fee: int | None, topics: bool
) -> None:
    words = {name: value for name, value in WORDS.items() if name not in left_out}
    page, listed = by_page(world, words, f"{fee // 100}" if fee else "", topics)
    program, refused = by_api(world, words, fee, topics)
    assert refused
    assert listed == refused
    assert row_of(page) == row_of(program)
    assert set(Opportunity.objects.values_list("state", flat=True)) == {"draft"}
