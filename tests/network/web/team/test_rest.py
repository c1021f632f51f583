"""Mentoring, messages, questions and worries, complaints, settings, by their pages."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from backend.audit.models import AccessEvent
from backend.outbox import worker
from network.concerns.models import Concern
from network.concerns.states import ConcernKind
from network.mentoring.models import MentoringSession, Pairing
from network.notifications.models import Notice
from network.privacy.models import Complaint
from tests.network.web.team.scene import DAY, Scene, signed_in


def url(name: str, *args: object) -> str:
    return reverse(f"team:{name}", args=args)


# --- mentoring ------------------------------------------------------------------------------------------------------


def test_two_people_are_suggested_and_answer_for_themselves(scene: Scene) -> None:
    scene.pairing(active=False)  # Heron offers to mentor, and has been suggested to Lark
    client = signed_in(scene.rowan)
    data = {"mentor_id": str(scene.heron), "mentee_id": str(scene.wren), "why": ""}
    refused = client.post(url("pairing-new"), data)
    assert refused.status_code == 422
    assert Pairing.objects.count() == 1
    answer = client.post(url("pairing-new"), {**data, "why": "Both know housing.", "once": "one"})
    client.post(url("pairing-new"), {**data, "why": "Both know housing.", "once": "one"})
    made = Pairing.objects.get(mentee_id=scene.wren)
    assert (answer.status_code, answer["Location"]) == (303, url("pairing", made.id))
    assert (Pairing.objects.count(), made.state) == (2, "proposed")
    assert "has not said yes" in client.get(url("pairing", made.id)).content.decode()
    twice = client.post(url("pairing-new"), {**data, "why": "Both know housing.", "once": "two"})
    assert twice.status_code == 409
    assert "Both know housing." in twice.content.decode()


def test_nobody_outside_ones_own_people_is_offered_or_taken(scene: Scene) -> None:
    scene.pairing(active=False)
    client = signed_in(scene.rowan)
    assert "Tern" not in client.get(url("pairing-new")).content.decode()
    data = {"mentor_id": str(scene.heron), "mentee_id": str(scene.stranger), "why": "x"}
    assert client.post(url("pairing-new"), data).status_code == 422
    assert not Pairing.objects.filter(mentee_id=scene.stranger).exists()


def test_a_session_is_written_down_once_a_day(scene: Scene) -> None:
    pairing = scene.pairing()
    client = signed_in(scene.rowan)
    day = (scene.at - 2 * DAY).date()
    early = client.post(url("pairing-session", pairing), {"held_on": "2020-01-01", "minutes": "60"})
    assert early.status_code == 422
    assert not MentoringSession.objects.exists()
    data = {"held_on": day.isoformat(), "minutes": "60"}
    assert client.post(url("pairing-session", pairing), {**data, "once": "one"}).status_code == 303
    assert client.post(url("pairing-session", pairing), {**data, "once": "two"}).status_code == 409
    assert MentoringSession.objects.get().minutes == 60
    assert "60 minutes" in client.get(url("pairing", pairing)).content.decode()
    assert client.post(url("pairing-end", pairing), {"once": "three"}).status_code == 303
    assert Pairing.objects.get().state == "ended"


# --- messages -------------------------------------------------------------------------------------------------------


def test_messages_lead_to_the_thing_and_are_ones_own(scene: Scene) -> None:
    brief = scene.submitted()
    worker.run_due()
    client = signed_in(scene.rowan)
    words = client.get(url("messages")).content.decode()
    assert "A new request is waiting to be looked at." in words
    notice = Notice.objects.filter(user_id=scene.rowan.user_id, object_id=brief).get()
    link = reverse("message-link", args=[notice.token])
    assert link in words
    assert client.get(link)["Location"] == url("brief", brief)
    assert signed_in(scene.ash).get(link).status_code == 404
    assert client.post(url("messages-read"), {"once": "one"}).status_code == 303
    assert not Notice.objects.filter(user_id=scene.rowan.user_id, read_at__isnull=True).exists()
    assert Notice.objects.filter(user_id=scene.ash.user_id, read_at__isnull=True).exists()


def test_every_message_to_staff_leads_somewhere(scene: Scene) -> None:
    """No kind of thing that coordinators or the safeguarding lead are told about lacks a page."""
    from backend.kernel.actor import Role
    from network.notifications.catalogue import CATALOGUE
    from network.notifications.data import Audience
    from network.web import message_links

    roles = {Audience.COORDINATORS: Role.COORDINATOR, Audience.SAFEGUARDING: Role.SAFEGUARDING}
    missing = {
        (role.value, entry.about.value)
        for entry in CATALOGUE.values()
        for line in entry.lines
        if (role := roles.get(line.audience)) and (role, entry.about) not in message_links._targets
    }
    assert missing == set()


# --- questions, worries, complaints ---------------------------------------------------------------------------------


def test_a_worry_comes_to_the_safeguarding_lead_alone(scene: Scene) -> None:
    asked = scene.concern(scene.wren, ConcernKind.ASK)
    worry = scene.concern(scene.wren, ConcernKind.WORRY)
    other = scene.concern(scene.stranger, ConcernKind.ASK)
    rowan, lead = signed_in(scene.rowan), signed_in(scene.safeguarding)
    words = rowan.get(url("asked")).content.decode()
    assert "My own words: ask" in words
    assert "My own words: worry" not in words
    for hidden in (worry, other):
        assert rowan.get(url("asked-answer", hidden)).status_code == 404
        assert rowan.post(url("asked-answer", hidden), {"answer": "x"}).status_code == 404
    assert "My own words: worry" in lead.get(url("asked")).content.decode()
    assert "3 questions and worries have no answer." in lead.get(url("safeguarding")).content.decode()
    assert lead.post(url("asked-answer", worry), {"answer": "I will ring you."}).status_code == 303
    assert rowan.post(url("asked-answer", asked), {"answer": ""}).status_code == 422
    assert rowan.post(url("asked-answer", asked), {"answer": "It is on Monday."}).status_code == 303
    answers = {row.id: row.answer for row in Concern.objects.all()}
    assert answers == {worry: "I will ring you.", asked: "It is on Monday.", other: ""}
    assert rowan.post(url("asked-answer", asked), {"answer": "No, Tuesday.", "once": "x"}).status_code == 409


def test_whose_words_are_read_sees_it(scene: Scene) -> None:
    scene.concern(scene.wren, ConcernKind.ASK)
    signed_in(scene.rowan).get(url("home"))
    assert not AccessEvent.objects.filter(categories=["concern"]).exists()  # a number has nobody's words in it
    signed_in(scene.rowan).get(url("asked"))
    assert AccessEvent.objects.filter(person_id=scene.wren, categories=["concern"]).exists()


def test_a_complaint_is_read_and_closed_with_what_was_done(scene: Scene) -> None:
    complaint: UUID = scene.complaint()
    client = signed_in(scene.safeguarding)
    assert "One complaint is open." in client.get(url("safeguarding")).content.decode()
    assert "Nobody rang me back." in client.get(url("complaints")).content.decode()
    assert "somebody@home.example" in client.get(url("complaint", complaint)).content.decode()
    assert client.post(url("complaint", complaint), {"answer": " "}).status_code == 422
    assert Complaint.objects.get().state == "open"
    assert client.post(url("complaint", complaint), {"answer": "Rang, and said sorry."}).status_code == 303
    assert Complaint.objects.get().state == "answered"
    assert "Rang, and said sorry." in client.get(url("complaint", complaint)).content.decode()


def test_nothing_waits_when_nothing_waits(scene: Scene) -> None:
    assert "Nothing is waiting for you" in signed_in(scene.safeguarding).get(url("safeguarding")).content.decode()


# --- settings -------------------------------------------------------------------------------------------------------


def test_the_settings_say_what_is_in_force_and_name_nobody(scene: Scene) -> None:
    scene.asked()
    words = signed_in(scene.admin).get(url("settings")).content.decode()
    for said in ("A brief may be on hold for at most", "14 days", "Keep my record", "every 5 minutes"):
        assert said in words
    for name in ("Wren", "Exampleton", "Rowan"):
        assert name not in words
