"""Organisations by their pages: checking, refusing, suspending, restoring, and what is written down."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from backend.kernel.errors import Invalid, NotFound
from network.organisations import usecases
from network.organisations.models import Check, Note, Organisation
from network.organisations.queries import notes_about
from tests.network.web.team.scene import Scene, signed_in


def url(name: str, *args: object) -> str:
    return reverse(f"team:{name}", args=args)


def state_of(organisation_id: UUID) -> str:
    state: str = Organisation.objects.values_list("state", flat=True).get(id=organisation_id)
    return state


def check(scene: Scene, **changes: str) -> dict[str, str]:
    until = (scene.at + timedelta(days=200)).date().isoformat()
    return {"method": "switchboard", "level": "J2", "evidence": "Call log 3", "valid_until": until, **changes}


def test_those_who_wait_come_first(scene: Scene) -> None:
    words = signed_in(scene.rowan).get(url("organisations")).content.decode()
    assert words.index("Applied Productions") < words.index("The Exampleton Echo")


def test_a_check_gives_standing(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    answer = client.post(url("organisation-check", scene.applied), check(scene))
    assert (answer.status_code, answer["Location"]) == (303, url("organisation", scene.applied))
    assert state_of(scene.applied) == "in_standing"
    words = client.get(url("organisation", scene.applied)).content.decode()
    assert "We rang a number that we found ourselves" in words
    assert "Call log 3" in words


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"method": "outlet_mailbox"}, "A mailbox alone shows no more than J1."),
        ({"valid_until": "2020-01-01"}, "Choose a day after today."),
        ({"valid_until": "2199-01-01"}, "A check stands for a year at most."),
        ({"evidence": ""}, "needs an answer"),
        ({"level": "J9"}, "Choose one of these"),
    ],
)
def test_a_check_that_shows_too_little_is_refused(scene: Scene, changes: dict[str, str], says: str) -> None:
    before = Check.objects.count()
    answer = signed_in(scene.rowan).post(url("organisation-check", scene.applied), check(scene, **changes))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert (Check.objects.count(), state_of(scene.applied)) == (before, "applied")


def test_refusing_suspending_restoring(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    assert client.post(url("organisation-refuse", scene.applied), {"reason": " "}).status_code == 422
    assert state_of(scene.applied) == "applied"
    assert client.post(url("organisation-refuse", scene.applied), {"reason": "Not a newsroom."}).status_code == 303
    assert state_of(scene.applied) == "refused"
    assert client.get(url("organisation-suspend", scene.applied)).status_code == 404
    assert client.post(url("organisation-suspend", scene.news), {"reason": "They broke a promise."}).status_code == 303
    assert state_of(scene.news) == "suspended"
    assert client.post(url("organisation-restore", scene.news), {"once": "one"}).status_code == 303
    assert state_of(scene.news) == "in_standing"
    assert client.post(url("organisation-restore", scene.news), {"once": "two"}).status_code == 409


def test_notes_are_for_coordinators_and_stay_as_written(scene: Scene) -> None:
    client = signed_in(scene.rowan)
    assert client.post(url("organisation-note", scene.news), {"text": ""}).status_code == 422
    assert client.post(url("organisation-note", scene.news), {"text": "Sent the quotes early."}).status_code == 303
    assert "Sent the quotes early." in client.get(url("organisation", scene.news)).content.decode()
    assert Note.objects.count() == 1
    for stranger in (scene.reporter, scene.admin, scene.safeguarding, scene.finance):
        with pytest.raises(NotFound):
            notes_about(stranger, scene.news)
        with pytest.raises(NotFound):
            usecases.write_note(organisation_id=scene.news, text="x", actor=stranger, at=scene.at)
    with pytest.raises(Invalid):
        usecases.write_note(organisation_id=scene.news, text="x" * 1001, actor=scene.rowan, at=scene.at)
    assert Note.objects.count() == 1
