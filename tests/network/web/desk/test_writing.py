"""Writing a brief by its pages: kept as a draft, checked, sent in, changed, copied, taken back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from backend.kernel.clock import LONDON
from network.opportunities import usecases as requests
from network.opportunities.models import Opportunity, OpportunityChange, ParliamentCall
from network.opportunities.queries import brief_visible_to
from tests.network.web.desk.scene import Scene

pytestmark = pytest.mark.django_db


def moment(name: str, at: datetime) -> dict[str, str]:
    local = at.astimezone(LONDON)
    return {f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M}"}


def answers(at: datetime) -> dict[str, dict[str, Any]]:
    """All steps but the first, filled in."""
    starts = at + timedelta(days=20)
    return {
        "about": {
            "purpose": "An article about the first month.", "why_lived_experience": "Nobody else knows.",
            "audience": "Readers in the county.", "who_decides": "The council.", "extra_publication": "The Courier",
        },
        "topics": {"topics_prison": ["prison-release"], "topics_poverty": ["poverty"]},
        "words": {
            "question_areas": "The first night. Not the offence.", "other_contributors": "", "recording": "recorded",
            "edited": "yes", "editorial_terms": "The editor has the last word.", "quote_check": "see_quotes",
            "first_shown": "In January.", "online_how_long": "No end.", "reuse": "Only after asking.",
        },
        "when": {
            **moment("starts_at", starts), **moment("ends_at", starts + timedelta(hours=1)),
            **moment("answer_by", at + timedelta(days=9)), "remote": "on", "place": "", "access_notes": "",
            "who_is_in_the_room": "", "supporter_welcome": "on",
        },
        "pay": {"fee_pence": "£200", "expenses": "Travel is booked by us.", "preparation_minutes": ""},
        "care": {
            "identity_needed": "none", "welfare_risks": "Comments.", "welfare_support": "Comments are closed.",
            "point_of_no_return": "The evening before print.",
        },
        "after": {"outcome_report": "We send the article.", "outcome_promised_by": ""},
    }  # fmt: skip


def begin(desk: Client) -> UUID:
    answer = desk.post("/desk/briefs/new/", {"kind": "print_interview", "title": "The first month"})
    assert answer.status_code == 303
    found = re.fullmatch(r"/desk/briefs/([0-9a-f-]{36})/write/about/", answer["Location"])
    assert found, answer["Location"]
    return UUID(found[1])


def fill(desk: Client, brief: UUID, at: datetime, *leave_out: str) -> None:
    for step, sent in answers(at).items():
        if step not in leave_out:
            answer = desk.post(f"/desk/briefs/{brief}/write/{step}/", sent)
            assert answer.status_code == 303, (step, answer.content.decode())


def state(brief: UUID) -> str:
    return str(Opportunity.objects.values_list("state", flat=True).get(pk=brief))


def test_a_brief_is_written_in_steps_and_sent_in(scene: Scene, desk: Client) -> None:
    brief = begin(desk)
    fill(desk, brief, scene.at)
    page = desk.get(f"/desk/briefs/{brief}/").content.decode()
    assert "Read it through" in page
    check = desk.get(f"/desk/briefs/{brief}/check/").content.decode()
    for words in ("An article about the first month.", "£200", "The evening before print.", "Comments are closed."):
        assert words in check
    answer = desk.post(f"/desk/briefs/{brief}/check/", {})
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/briefs/{brief}/")
    row = Opportunity.objects.get(pk=brief)
    assert (row.state, row.fee_pence, row.source, row.edited, row.remote) == ("submitted", 20_000, "web", True, True)
    assert sorted(row.topics.values_list("slug", flat=True)) == ["poverty", "prison-release"]
    assert row.extras == {"publication": "The Courier"}
    assert row.preparation_minutes > 0, "the kind's own when nothing was written"


def test_what_is_missing_is_listed_and_nothing_is_sent(scene: Scene, desk: Client) -> None:
    brief = begin(desk)
    fill(desk, brief, scene.at, "pay", "care")
    check = desk.get(f"/desk/briefs/{brief}/check/").content.decode()
    assert f"/desk/briefs/{brief}/write/pay/" in check
    assert f"/desk/briefs/{brief}/write/care/" in check
    assert "2 answers are still needed" in check  # the fee and the expenses
    answer = desk.post(f"/desk/briefs/{brief}/check/", {})
    assert answer.status_code == 422
    assert state(brief) == "draft"


def test_a_fee_below_the_floor_is_told_before_sending(scene: Scene, desk: Client) -> None:
    brief = begin(desk)
    fill(desk, brief, scene.at)
    desk.post(f"/desk/briefs/{brief}/write/pay/", {"fee_pence": "1", "expenses": "None."})
    assert desk.post(f"/desk/briefs/{brief}/check/", {}).status_code == 422
    assert state(brief) == "draft"
    assert "the least is £" in desk.get(f"/desk/briefs/{brief}/write/pay/").content.decode()


def test_bad_input_keeps_what_was_typed(scene: Scene, desk: Client) -> None:
    brief = begin(desk)
    answer = desk.post(f"/desk/briefs/{brief}/write/pay/", {"fee_pence": "lots", "expenses": "Trains & a hotel"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="lots"' in text
    assert "Trains &amp; a hotel" in text
    assert Opportunity.objects.get(pk=brief).expenses == ""
    answer = desk.post("/desk/briefs/new/", {"kind": "", "title": "No kind yet"})
    assert answer.status_code == 422
    assert "No kind yet" in answer.content.decode()


@pytest.mark.parametrize(
    ("step", "sent"),
    [
        ("kind", {"kind": "circus", "title": "x"}),
        ("kind", {"kind": "podcast", "title": "x" * 500}),
        ("topics", {"topics_prison": ["no-such-topic"]}),
        ("words", {"recording": "hologram", "edited": "perhaps"}),
        ("when", {"starts_at_0": "31/02/2027", "starts_at_1": "25:00"}),
        (
            "when",
            {"starts_at_0": "2027-01-10", "starts_at_1": "10:00", "ends_at_0": "2027-01-10", "ends_at_1": "09:00"},
        ),
        ("when", {"starts_at_0": "9999-12-31", "starts_at_1": "23:59"}),
        ("pay", {"fee_pence": "99999999"}),
        ("pay", {"preparation_minutes": "-4"}),
        ("after", {"outcome_promised_by": "soon"}),
    ],
)
def test_what_could_never_be_kept_is_refused(scene: Scene, desk: Client, step: str, sent: dict[str, Any]) -> None:
    brief = begin(desk)
    before = Opportunity.objects.filter(pk=brief).values().get()
    assert desk.post(f"/desk/briefs/{brief}/write/{step}/", sent).status_code == 422
    assert Opportunity.objects.filter(pk=brief).values().get() == before


def test_another_kind_drops_the_questions_of_the_first(scene: Scene, desk: Client) -> None:
    brief = begin(desk)
    fill(desk, brief, scene.at)
    desk.post(f"/desk/briefs/{brief}/write/kind/", {"kind": "podcast", "title": "The first month"})
    row = Opportunity.objects.get(pk=brief)
    assert (row.kind, row.extras) == ("podcast", {})
    assert desk.get(f"/desk/briefs/{brief}/").status_code == 200


def test_words_to_look_at_again_are_explained_and_never_forced(scene: Scene, desk: Client) -> None:
    page = desk.get(f"/desk/briefs/{scene.draft}/check/").content.decode()
    assert "ex-offenders" in page
    assert "Source: " in page
    assert "You have the last word" in page
    answer = desk.post(f"/desk/briefs/{scene.draft}/write/about/", {"purpose": "It stays: ex-offenders."})
    assert answer.status_code == 303
    assert Opportunity.objects.get(pk=scene.draft).purpose == "It stays: ex-offenders."


def test_sent_twice_is_one_draft(scene: Scene, desk: Client) -> None:
    before = Opportunity.objects.count()
    for _ in range(2):
        answer = desk.post("/desk/briefs/new/", {"kind": "podcast", "title": "Once", "once": "k1"})
        assert answer.status_code == 303
    assert Opportunity.objects.count() == before + 1


def test_two_who_write_at_once_do_not_overwrite_each_other_unseen(scene: Scene, desk: Client) -> None:
    brief = begin(desk)
    version = Opportunity.objects.get(pk=brief).version
    first = {"expenses": "From a colleague", "version": str(version)}
    assert desk.post(f"/desk/briefs/{brief}/write/pay/", first).status_code == 303
    mine = {"expenses": "Mine", "version": str(version)}
    answer = desk.post(f"/desk/briefs/{brief}/write/pay/", mine)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Mine" in text
    assert Opportunity.objects.get(pk=brief).expenses == "From a colleague"
    again = re.search(r'name="version" value="(\d+)"', text)
    assert again
    assert desk.post(f"/desk/briefs/{brief}/write/pay/", {**mine, "version": again[1]}).status_code == 303
    assert Opportunity.objects.get(pk=brief).expenses == "Mine"


def test_a_change_after_sending_is_kept_and_shown(scene: Scene, desk: Client) -> None:
    seen = brief_visible_to(scene.owner, scene.open, scene.at).written
    sent = {"fee_pence": "300", "expenses": seen.expenses, "preparation_minutes": str(seen.preparation_minutes)}
    assert desk.post(f"/desk/briefs/{scene.open}/write/pay/", sent).status_code == 303
    change = OpportunityChange.objects.get(opportunity=scene.open)
    assert (change.field, change.before, change.after, change.matters) == ("fee_pence", "£200.00", "£300.00", True)
    page = desk.get(f"/desk/briefs/{scene.open}/").content.decode()
    assert "£300.00" in page
    assert "People who had said yes were asked again" in page
    empty = desk.post(f"/desk/briefs/{scene.open}/write/pay/", {**sent, "fee_pence": ""})
    assert empty.status_code == 422, "what was sent in cannot lose what people need"
    assert OpportunityChange.objects.filter(opportunity=scene.open).count() == 1


def test_copying_leaves_the_times_out(scene: Scene, desk: Client) -> None:
    answer = desk.post(f"/desk/briefs/{scene.open}/copy/", {})
    copied = UUID(answer["Location"].strip("/").split("/")[-1])
    row = Opportunity.objects.get(pk=copied)
    assert (row.state, row.starts_at, row.answer_by) == ("draft", None, None)
    assert row.purpose == Opportunity.objects.get(pk=scene.open).purpose


def test_taking_back_needs_a_reason_once_somebody_could_have_read_it(scene: Scene, desk: Client) -> None:
    assert desk.post(f"/desk/briefs/{scene.open}/withdraw/", {"reason": ""}).status_code == 422
    assert state(scene.open) == "accepted"
    assert desk.post(f"/desk/briefs/{scene.open}/withdraw/", {"reason": "The programme is off."}).status_code == 303
    assert state(scene.open) == "withdrawn"
    assert desk.post(f"/desk/briefs/{scene.draft}/withdraw/", {}).status_code == 303
    assert state(scene.draft) == "withdrawn"


def test_the_page_has_one_shape_for_nobody_and_for_many(scene: Scene, desk: Client) -> None:
    """Control C2: whoever there is to ask, the same words stand on the page of a brief and on the page of answers."""
    alone = scene.accepted_brief(scene.at - timedelta(days=3), "addiction")
    pages = []
    for brief in (alone, scene.open):
        text = re.sub(r"\s+", " ", desk.get(f"/desk/briefs/{brief}/").content.decode())
        text = re.sub(r"<h2>Questions for you</h2>.*?(?=<div class=\"own-split\">)", "", text)
        for found in (str(brief), Opportunity.objects.get(pk=brief).reference):
            text = text.replace(found, "X")
        pages.append(re.sub(r'(csrfmiddlewaretoken|once)" value="[^"]*"', r"\1", text))
    assert pages[0] == pages[1]


def test_a_question_of_somebody_who_said_yes_is_answered(scene: Scene, desk: Client) -> None:
    url = f"/desk/briefs/{scene.open}/questions/{scene.question}/"
    assert "Can I bring my sister?" in desk.get(url).content.decode()
    assert desk.post(url, {"answer": ""}).status_code == 422
    assert desk.post(url, {"answer": "Yes, gladly."}).status_code == 303
    assert "Yes, gladly." in desk.get(f"/desk/briefs/{scene.open}/").content.decode()
    assert desk.post(url, {"answer": "No."}).status_code == 409


def test_a_brief_starts_from_an_open_call(scene: Scene, desk: Client) -> None:
    call = ParliamentCall.objects.create(
        external_id=7, title="Leaving custody", committee="Justice Committee", house="Commons", scope="What helps?",
        url="https://committees.parliament.uk/work/7/", closes_at=scene.at + timedelta(days=30),
        first_seen_at=scene.at, refreshed_at=scene.at,
    )  # fmt: skip
    assert "Leaving custody" in desk.get("/desk/calls/").content.decode()
    answer = desk.post(f"/desk/calls/{call.pk}/start/", {})
    assert answer.status_code == 303
    draft = UUID(answer["Location"].strip("/").split("/")[-1])
    row = Opportunity.objects.get(pk=draft)
    assert (row.source, row.organisation_id, row.fee_pence) == ("parliament", scene.org, None)
    assert requests.still_missing(opportunity_id=draft, actor=scene.owner, at=scene.at)["fee_pence"]
