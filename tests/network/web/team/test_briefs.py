"""Briefs by their pages: reading, taking on, holding, declining, asking people, answering questions, writing with them."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from backend.audit.models import AccessEvent
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation, Opportunity, Question
from tests.network.web.team.scene import DAY, Scene, signed_in


def url(name: str, *args: object) -> str:
    return reverse(f"team:{name}", args=args)


def state_of(brief: UUID) -> str:
    state: str = Opportunity.objects.values_list("state", flat=True).get(id=brief)
    return state


def test_the_first_page_names_the_next_task_and_people_come_first(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    assert "One organisation waits to be checked." in client.get(url("home")).content.decode()
    scene.submitted(title="Rents after prison")
    words = client.get(url("home")).content.decode()
    assert words.index("One brief waits to be read.") < words.index("One organisation waits to be checked.")
    scene.asked()
    words = client.get(url("home")).content.decode()
    assert words.index("Somebody asked a question about a brief.") < words.index("One brief waits to be read.")
    scene.silent(scene.booking(scene.wren, starts=scene.at - 4 * DAY))
    words = client.get(url("home")).content.decode()
    assert words.index("People may need you") < words.index("Somebody asked a question about a brief.")


def test_a_brief_is_read_as_the_person_will_read_it_with_words_to_look_at_again(scene: Scene) -> None:
    brief = scene.submitted(why_lived_experience="Ex-offenders know best.")
    words = signed_in(scene.rowan).get(url("brief", brief)).content.decode()
    assert "What the person will read" in words
    assert "Words to look at again" in words
    assert "Ex-offenders" in words
    assert "Take it on" in words


def test_taking_on_leads_to_the_people(scene: Scene) -> None:
    brief = scene.submitted()
    client = signed_in(scene.rowan)
    answer = client.post(url("brief-accept", brief), {"once": "one"})
    assert (answer.status_code, answer["Location"]) == (303, url("match", brief))
    again = client.post(url("brief-accept", brief), {"once": "one"})  # a double click
    assert again.status_code == 303
    assert state_of(brief) == "accepted"
    page = client.get(url("match", brief)).content.decode()
    assert "Wren" in page
    assert "Chose the topic" in page
    assert client.post(url("brief-accept", brief), {"once": "two"}).status_code == 409


def test_a_brief_of_somebody_unchecked_cannot_be_taken_on(scene: Scene) -> None:
    brief = scene.unchecked()
    client = signed_in(scene.rowan)
    words = client.get(url("brief", brief)).content.decode()
    assert "Check the organisation" in words
    assert "Take it on" not in words
    answer = client.post(url("brief-accept", brief), {"once": "one"})
    assert answer.status_code == 409
    assert "Check the organisation first" in answer.content.decode()
    assert state_of(brief) == "submitted"


def test_a_hold_needs_a_reason_and_an_end_that_is_near(scene: Scene) -> None:
    brief = scene.submitted()
    client = signed_in(scene.rowan)
    far = (scene.at + 60 * DAY).date().isoformat()
    answer = client.post(url("brief-hold", brief), {"reason": "Half-term", "until_0": far, "until_1": "12:00"})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "A hold lasts 14 days at most." in words
    assert "Half-term" in words  # nothing that was typed is lost
    assert state_of(brief) == "submitted"
    near = (scene.at + 2 * DAY).date().isoformat()
    answer = client.post(url("brief-hold", brief), {"reason": "Half-term", "until_0": near, "until_1": "12:00"})
    assert answer.status_code == 303
    assert state_of(brief) == "on_hold"
    assert "Half-term" in client.get(url("brief", brief)).content.decode()


def test_a_question_to_the_requester_is_read_by_them(scene: Scene) -> None:
    brief = scene.submitted()
    near = (scene.at + 2 * DAY).date().isoformat()
    data = {"question": "Who else is in the room?", "until_0": near, "until_1": "12:00"}
    assert signed_in(scene.rowan).post(url("brief-ask", brief), data).status_code == 303
    assert Opportunity.objects.get(id=brief).state_reason == "We need to know: Who else is in the room?"


def test_declining_needs_a_reason(scene: Scene) -> None:
    brief = scene.submitted()
    client = signed_in(scene.rowan)
    assert client.post(url("brief-decline", brief), {"reason": "  "}).status_code == 422
    assert state_of(brief) == "submitted"
    assert client.post(url("brief-decline", brief), {"reason": "It mocks people."}).status_code == 303
    assert (state_of(brief), Opportunity.objects.get(id=brief).state_reason) == ("declined", "It mocks people.")
    assert client.get(url("brief-decline", brief)).status_code == 404  # there is nothing to decline any more


def test_asking_people_asks_those_chosen_and_nobody_else(scene: Scene) -> None:
    brief = scene.accepted()
    client = signed_in(scene.rowan)
    empty = client.post(url("match", brief), {"once": "one"})
    assert empty.status_code == 422
    assert Invitation.objects.count() == 0
    answer = client.post(url("match", brief), {"person_ids": [str(scene.wren), str(scene.lark)], "once": "two"})
    assert (answer.status_code, answer["Location"]) == (303, url("brief", brief))
    client.post(url("match", brief), {"person_ids": [str(scene.wren), str(scene.lark)], "once": "two"})
    assert set(Invitation.objects.values_list("person_id", flat=True)) == {scene.wren, scene.lark}
    page = client.get(url("match", brief)).content.decode()
    assert "Heron" in page
    assert "Wren" not in page  # asked already
    forged = client.post(url("match", brief), {"person_ids": [str(scene.wren)], "once": "three"})
    assert forged.status_code == 422
    assert Invitation.objects.count() == 2


def test_whoever_is_matched_sees_that_they_were_looked_at(scene: Scene) -> None:
    brief = scene.accepted()
    assert not AccessEvent.objects.filter(purpose="matching").exists()
    signed_in(scene.rowan).get(url("match", brief))
    assert set(AccessEvent.objects.filter(purpose="matching").values_list("person_id", flat=True)) >= {scene.wren}


def test_who_was_asked_is_shown_and_recorded(scene: Scene) -> None:
    brief, _ = scene.asked()
    words = signed_in(scene.rowan).get(url("brief", brief)).content.decode()
    for said in ("Wren", "Yes", "Heron", "No", "Robin", "Waiting for an answer", "Will the offence be mentioned?"):
        assert said in words
    seen = AccessEvent.objects.filter(context=f"opportunity:{brief}", categories=["answers"])
    assert set(seen.values_list("person_id", flat=True)) == {scene.wren, scene.heron, scene.lark, scene.robin}
    assert scene.stranger not in set(seen.values_list("person_id", flat=True))


def test_a_question_is_answered_once(scene: Scene) -> None:
    brief, question = scene.asked()
    client = signed_in(scene.rowan)
    assert client.post(url("question", question), {"answer": " "}).status_code == 422
    answer = client.post(url("question", question), {"answer": "It will not.", "once": "one"})
    assert (answer.status_code, answer["Location"]) == (303, url("brief", brief) + "#questions")
    second = client.post(url("question", question), {"answer": "It will.", "once": "two"})
    assert second.status_code == 409
    assert "It will." in second.content.decode()
    assert Question.objects.get().answer == "It will not."


def test_closing_tells_everybody_why(scene: Scene) -> None:
    brief, _ = scene.asked()
    client = signed_in(scene.rowan)
    assert client.post(url("brief-close", brief), {"reason": "The paper changed its plans."}).status_code == 303
    assert state_of(brief) == "closed"
    states = dict(Invitation.objects.values_list("person_id", "state"))
    assert (states[scene.wren], states[scene.robin], states[scene.heron]) == ("not_chosen", "lapsed", "no")
    reason = Invitation.objects.get(person_id=scene.wren).outcome_reason
    assert reason == "The paper changed its plans."


# --- Parliament, and writing a brief with its requester -------------------------------------------------------------


def test_a_call_becomes_a_draft_that_cannot_be_sent_before_it_is_whole(scene: Scene) -> None:
    call = scene.call()
    client = signed_in(scene.rowan)
    assert "Support on leaving prison" in client.get(url("calls")).content.decode()
    assert client.post(url("call", call), {}).status_code == 422
    answer = client.post(url("call", call), {"organisation_id": str(scene.committee)})
    brief = Opportunity.objects.get(parliament_call_id=call)
    assert (answer.status_code, answer["Location"]) == (303, url("brief-edit", brief.id))
    assert (brief.state, brief.source, brief.organisation_id) == ("draft", "parliament", scene.committee)
    page = client.get(url("brief-edit", brief.id)).content.decode()
    assert "Still open" in page
    refused = client.post(url("brief-edit", brief.id), {})
    assert refused.status_code == 422
    assert "Some answers are still missing." in refused.content.decode()
    assert state_of(brief.id) == "draft"
    step = client.post(url("brief-write", brief.id, "pay"), {"fee_pence": "250", "expenses": "None", "version": ""})
    assert step.status_code == 303
    assert Opportunity.objects.get(id=brief.id).fee_pence == 25_000


def test_a_closing_date_that_moved_is_said(scene: Scene) -> None:
    call = scene.call(deadline_moved_from=scene.at + 3 * DAY)
    client = signed_in(scene.rowan)
    assert "The deadline moved" in client.get(url("calls")).content.decode()
    assert "The deadline moved" in client.get(url("call", call)).content.decode()


def test_a_call_nobody_wants_is_taken_off(scene: Scene) -> None:
    call = scene.call()
    client = signed_in(scene.rowan)
    assert client.post(url("call-dismiss", call)).status_code == 303
    assert client.get(url("call", call)).status_code == 404


def test_a_change_made_for_the_requester_is_kept_with_what_was_there_before(scene: Scene) -> None:
    brief = scene.submitted()
    client = signed_in(scene.rowan)
    version = Opportunity.objects.get(id=brief).version
    low = {"fee_pence": "1", "expenses": "Travel", "preparation_minutes": "30", "version": str(version)}
    refused = client.post(url("brief-write", brief, "pay"), low)
    assert refused.status_code == 422
    assert "The least fee" in refused.content.decode()
    assert Opportunity.objects.get(id=brief).fee_pence == 20_000
    assert client.post(url("brief-write", brief, "pay"), {**low, "fee_pence": "300"}).status_code == 303
    words = client.get(url("brief", brief)).content.decode()
    assert "What changed since it was sent in" in words
    stale = client.post(url("brief-write", brief, "pay"), {**low, "fee_pence": "400"})
    assert stale.status_code == 409
    assert 'value="400"' in stale.content.decode()
    assert Opportunity.objects.get(id=brief).fee_pence == 30_000
    assert client.get(url("brief-write", brief, "nothing")).status_code == 404


def test_a_brief_that_is_over_is_not_changed(scene: Scene) -> None:
    brief = scene.submitted()
    requests.decline(opportunity_id=brief, reason="No.", actor=scene.rowan, at=scene.at)
    client = signed_in(scene.rowan)
    assert client.get(url("brief-edit", brief)).status_code == 409
    assert client.post(url("brief-write", brief, "pay"), {"fee_pence": "300"}).status_code == 409
