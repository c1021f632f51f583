"""People by their pages: inviting, terms without a name, one detail for one task, who works with whom."""

from __future__ import annotations

import re
from uuid import UUID

from django.urls import reverse

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor
from network.consent.models import Grant
from network.consent.usecases import withdraw
from network.people.models import Assignment, JoinInvitation, Person
from network.people.queries import join_token
from network.people.usecases import try_invitation
from tests.factories.people import actor_of
from tests.network.web.team.scene import Scene, signed_in


def url(name: str, *args: object) -> str:
    return reverse(f"team:{name}", args=args)


def secrets(tag: str) -> list[str]:
    return [f"Full {tag}", f"First {tag}", f"Story {tag}", f"Town {tag}", f"Limits {tag}", "07700"]


def test_a_list_shows_working_names_of_ones_own_people_only(scene: Scene) -> None:
    words = signed_in(scene.rowan).get(url("people")).content.decode()
    assert "Wren" in words
    assert "Tern" not in words  # works with somebody else
    for secret in secrets("wren"):
        assert secret not in words
    lead = signed_in(scene.safeguarding).get(url("people")).content.decode()
    assert "Tern" in lead
    assert "Leaving prison" not in lead  # working names, and nothing else


def test_an_invitation_shows_its_code_once(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    data = {"known_as": "Amber", "email": "amber@home.example", "once": "one"}
    answer = client.post(url("person-invite"), data)
    words = answer.content.decode()
    assert answer.status_code == 200
    person = Person.objects.get(known_as="Amber")
    code = re.search(r'own-card__heading">([A-Z0-9-]+)</h2>', words)
    assert code, words
    invitation = JoinInvitation.objects.get(person=person)
    assert try_invitation(token=join_token(invitation.id), code=code.group(1), at=scene.at) == invitation.id
    assert "amber@home.example" not in words
    again = client.post(url("person-invite"), data)  # a double click invites nobody twice and shows nothing again
    assert again.status_code == 303
    assert code.group(1) not in client.get(again["Location"]).content.decode()
    assert JoinInvitation.objects.count() == 1


def test_an_address_that_is_here_already_gets_a_neutral_answer(scene: Scene) -> None:
    scene.invited()
    answer = signed_in(scene.rowan).post(url("person-invite"), {"known_as": "Other", "email": "amber@home.example"})
    assert answer.status_code == 422
    assert "We cannot send an invitation to this address." in answer.content.decode()
    assert not Person.objects.filter(known_as="Other").exists()


def test_a_second_code_ends_the_first(scene: Scene) -> None:
    person_id = scene.invited()
    first = JoinInvitation.objects.get(person_id=person_id)
    client = signed_in(scene.rowan)
    assert "The invitation works until" in client.get(url("person", person_id)).content.decode()
    answer = client.post(url("person-again", person_id), {"once": "one"})
    assert answer.status_code == 200
    assert "Say this code to them" in answer.content.decode()
    first.refresh_from_db()
    assert first.expires_at <= JoinInvitation.objects.exclude(id=first.id).get().created_at
    assert client.post(url("person-again", scene.wren), {"once": "two"}).status_code == 409  # they are here


def test_another_coordinator_cannot_make_a_code(scene: Scene) -> None:
    person_id = scene.invited()
    assert signed_in(scene.ash).post(url("person-again", person_id)).status_code == 404
    assert JoinInvitation.objects.filter(person_id=person_id).count() == 1


def test_terms_are_shown_without_a_name_and_the_person_sees_that(scene: Scene) -> None:
    words = signed_in(scene.rowan).get(url("person", scene.wren)).content.decode()
    assert "£150.00" in words
    assert "Leaving prison" not in words  # topics are opened one by one, like a name (control C20)
    for secret in secrets("wren"):
        assert secret not in words
    seen = AccessEvent.objects.get(person_id=scene.wren, purpose="coordination")
    assert (seen.categories, seen.released) == (["terms", "safe_contact"], False)


def test_a_person_one_does_not_work_with(scene: Scene) -> None:
    """A coordinator: no such person. The safeguarding lead: a working name, and nothing is recorded or shown."""
    assert signed_in(scene.rowan).get(url("person", scene.stranger)).status_code == 404
    lead = signed_in(scene.safeguarding)
    words = lead.get(url("person", scene.stranger)).content.decode()
    assert "Tern" in words
    assert "£150.00" not in words
    assert lead.get(url("person-reveal", scene.stranger)).status_code == 404
    assert (
        lead.post(
            url("person-reveal", scene.stranger), {"category": "name", "task": "other", "note": "a call"}
        ).status_code
        == 404
    )
    assert not AccessEvent.objects.filter(person_id=scene.stranger).exists()


def test_one_detail_is_shown_once_with_a_purpose_and_recorded(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    path = url("person-reveal", scene.wren)
    without = client.post(path, {"category": "name", "task": "other", "note": "  "})
    assert without.status_code == 422
    assert not AccessEvent.objects.filter(person_id=scene.wren).exists()
    data = {"category": "name", "task": "other", "note": "book the train", "once": "one"}
    answer = client.post(path, data)
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "Full wren" in words
    assert "Story wren" not in words
    assert "Town wren" not in words
    seen = AccessEvent.objects.get(person_id=scene.wren)
    assert (seen.categories, seen.context) == (["name"], "task:book the train")
    again = client.post(path, data)  # reloading shows nothing a second time
    assert again.status_code == 303
    assert "Full wren" not in client.get(again["Location"]).content.decode()
    assert AccessEvent.objects.filter(person_id=scene.wren, categories=["name"]).count() == 1


def test_every_kind_of_detail(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    for category, shown in (
        ("contact", "07700"), ("topics", "Leaving prison"), ("place", "Town wren"), ("access_needs", "Access wren"),
        ("story", "Story wren"),
    ):  # fmt: skip
        words = client.post(
            url("person-reveal", scene.wren), {"category": category, "task": "other", "note": "a call"}
        ).content.decode()
        assert shown in words, category


def test_without_their_consent_there_is_nothing_to_show(scene: Scene) -> None:
    grant = Grant.objects.get(person_id=scene.wren, layer="coordination")
    withdraw(grant_id=grant.id, actor=actor_of(scene.wren), at=scene.at)
    answer = signed_in(scene.rowan).post(
        url("person-reveal", scene.wren), {"category": "name", "task": "other", "note": "a call"}
    )
    words = answer.content.decode()
    assert "They do not share this" in words
    assert "Full wren" not in words


def test_sharing_the_work_and_ending_it(scene: Scene) -> None:
    rowan, ash = signed_in(scene.rowan), signed_in(scene.ash)
    assert ash.get(url("person", scene.wren)).status_code == 404
    assert rowan.post(url("person-assign", scene.wren), {"coordinator_id": "x"}).status_code == 422
    shared = rowan.post(url("person-assign", scene.wren), {"coordinator_id": str(scene.ash.user_id)})
    assert shared.status_code == 303
    assert ash.get(url("person", scene.wren)).status_code == 200
    ended = rowan.post(url("person-end", scene.wren), {"coordinator_id": str(scene.ash.user_id)})
    assert ended.status_code == 303
    assert ash.get(url("person", scene.wren)).status_code == 404
    assert rowan.post(url("person-end", scene.wren), {"coordinator_id": "nonsense"}).status_code == 404


def works_with(person_id: UUID, coordinator: Actor) -> bool:
    assert coordinator.user_id is not None
    rows = Assignment.objects.filter(person_id=person_id, coordinator_id=coordinator.user_id, ends_at__isnull=True)
    return bool(rows.exists())


def test_the_safeguarding_lead_decides_who_works_with_whom(scene: Scene) -> None:
    client = signed_in(scene.safeguarding)
    answer = client.post(url("person-assign", scene.stranger), {"coordinator_id": str(scene.rowan.user_id)})
    assert answer.status_code == 303
    assert works_with(scene.stranger, scene.rowan)


def test_a_stranger_cannot_give_themselves_somebody(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    path = url("person-assign", scene.stranger)
    assert client.post(path, {"coordinator_id": str(scene.rowan.user_id)}).status_code == 404
    assert not works_with(scene.stranger, scene.rowan)
