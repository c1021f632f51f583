"""By their pages: a list of whom never to tell, who helps, and who looked, as the person wants it shown."""

from __future__ import annotations

import re

from django.test import Client

from backend.accounts.models import UserSession
from backend.audit.models import AccessEvent
from network.concerns.models import Concern
from network.consent.models import Grant
from network.consent.usecases import withdraw
from network.nevertell.models import NeverTellEntry, NeverTellHit
from network.people.models import Assignment
from tests.factories.people import actor_of
from tests.network.web.person.scene import Scene


def proved(scene: Scene, yes: bool = True) -> None:
    """Every session of the scene has a fresh proof of who holds it, or none has."""
    UserSession.objects.update(stepped_up_at=scene.at if yes else None)


def test_a_list_is_written_read_and_taken_back(scene: Scene, wren: Client, tern: Client) -> None:
    proved(scene)
    assert "Your list is empty" in wren.get("/me/about/never/").content.decode()
    wrong = wren.post("/me/about/never/", {"kind": "email", "value": "not an address"})
    assert wrong.status_code == 422
    assert "not an address" in wrong.content.decode()  # nothing typed is lost
    assert wren.post("/me/about/never/", {"kind": "name", "value": "Kit Marlow"}).status_code == 303
    page = wren.get("/me/about/never/").content.decode()
    assert "Kit Marlow" in page
    assert "Kit Marlow" not in tern.get("/me/about/never/").content.decode()
    entry = NeverTellEntry.objects.get(person_id=scene.wren)
    assert tern.post(f"/me/about/never/{entry.id}/remove/").status_code == 404
    assert wren.post(f"/me/about/never/{entry.id}/remove/").status_code == 303
    assert not NeverTellEntry.objects.exists()


def test_a_phone_in_other_hands_shows_no_list(scene: Scene, wren: Client) -> None:
    """Whoever is on the list may be holding the phone: adding is free, reading and taking out want a fresh proof."""
    proved(scene, yes=False)
    assert wren.post("/me/about/never/", {"kind": "name", "value": "Kit Marlow"}).status_code == 303
    page = wren.get("/me/about/never/").content.decode()
    assert "Kit Marlow" not in page
    assert "/remove/" not in page
    asked = wren.get("/me/about/never/?show=1")
    assert (asked.status_code, "never" in asked["Location"]) == (303, True)
    entry = NeverTellEntry.objects.get(person_id=scene.wren)
    assert wren.post(f"/me/about/never/{entry.id}/remove/").status_code == 303  # to the proof
    assert NeverTellEntry.objects.filter(id=entry.id).exists()
    proved(scene)
    assert "Kit Marlow" in wren.get("/me/about/never/?show=1").content.decode()


def test_a_phone_in_other_hands_shows_no_protection(scene: Scene, wren: Client) -> None:
    from network.people.protection import regimes

    code, name = next((r.code, r.name) for r in regimes())
    proved(scene, yes=False)
    assert wren.post("/me/sharing/protection/", {"regime": code}).status_code == 303
    page = wren.get("/me/sharing/protection/").content.decode()
    assert "What it follows from" not in page
    assert f'value="{code}" checked' not in page
    for path in ("/me/sharing/protection/?show=1", "/me/sharing/protection/somebody/"):
        assert wren.get(path).status_code == 303, path
    proved(scene)
    page = wren.get("/me/sharing/protection/?show=1").content.decode()
    assert "What it follows from" in page
    assert name in page


def test_a_proof_that_runs_out_while_writing_costs_no_words(scene: Scene, wren: Client) -> None:
    path = "/me/sharing/protection/somebody/"
    proved(scene)
    assert wren.post(path, {"somebody": "Uncle Canary"}).status_code == 303
    proved(scene, yes=False)
    late = wren.post(path, {"somebody": "My old landlord"})
    page = late.content.decode()
    assert late.status_code == 403
    assert "My old landlord" in page
    assert "Uncle Canary" not in page, "what is stored stays closed"
    assert re.search(r'href="[^"]*next=[^"]*somebody[^"]*" target="_blank"', page)
    assert "Uncle Canary" not in wren.post(path).content.decode()
    proved(scene)
    assert "Uncle Canary" in wren.get(path).content.decode(), "and nothing was saved without the proof"


def test_the_lead_asks_and_only_the_person_answers(scene: Scene, wren: Client, tern: Client) -> None:
    from network.nevertell.models import NeverTellAsker
    from network.opportunities.models import Invitation

    proved(scene)
    wren.post("/me/about/never/", {"kind": "name", "value": "Kit Marlow"})
    asked = Invitation.objects.select_related("opportunity").get(id=scene.waiting)
    asker, _ = NeverTellAsker.objects.get_or_create(
        organisation_id=asked.opportunity.organisation_id, opportunity_id=asked.opportunity_id,
        defaults={"changed_at": scene.at},
    )  # fmt: skip
    hit = NeverTellHit.objects.create(
        person_id=scene.wren, entry=NeverTellEntry.objects.get(), asker=asker, how="similar", against="x",
        found_at=scene.at, state="asked",
    )  # fmt: skip
    path = f"/me/about/never/asked/{hit.id}/"
    assert path in wren.get("/me/about/never/").content.decode()
    assert tern.get(path).status_code == 404
    page = wren.get(path).content.decode()
    assert "Kit Marlow" in page
    assert asked.opportunity.title in page
    assert wren.post(path, {"answer": "out"}).status_code == 303
    asked.refresh_from_db()
    assert asked.state == "no"
    assert wren.get(path).status_code == 404  # it is answered


def test_who_helps_and_what_still_works_without(scene: Scene, wren: Client) -> None:
    assert "These people help you" in wren.get("/me/sharing/helpers/").content.decode()
    grant = Grant.objects.get(person_id=scene.wren, layer="coordination")
    withdraw(grant_id=grant.id, actor=actor_of(scene.wren), at=scene.at)
    page = wren.get("/me/sharing/helpers/").content.decode()
    assert "a working name that is not your own" in page
    assert "you are still paid" in page
    live = Assignment.objects.filter(person_id=scene.wren, ends_at__isnull=True)
    for row in list(live):
        ended = wren.post("/me/sharing/helpers/end/", {"coordinator_id": str(row.coordinator_id)})
        assert ended.status_code == 303
    assert "Nobody works with you at present" in wren.get("/me/sharing/helpers/").content.decode()
    assert wren.post("/me/sharing/helpers/end/", {"coordinator_id": "x"}).status_code == 404


def test_who_looked_says_an_hour_and_never_a_minute(scene: Scene, wren: Client) -> None:
    page = wren.get("/me/sharing/looked/").content.decode()
    assert re.search(r"\d{4}, between \d{0,2}\w+ and \d{0,2}\w+", page)
    assert not re.search(r"\d{1,2}[:.]\d{2}(am|pm)", page)
    assert "This worries me" in page
    worry = re.search(r"/me/ask/look/([0-9a-f-]{36})/\?kind=worry", page)
    assert worry is not None
    assert re.search(r'value="worry"[^>]*checked', wren.get(worry[0]).content.decode())


def test_every_look_shows_and_nobody_else_does(scene: Scene, wren: Client, tern: Client) -> None:
    """I2: each entry of the log that may be shown stands on the page, and each on the page is of this person."""
    from backend.audit.queries import NOT_FOR_THE_PERSON
    from network.people.queries import payee_ref_of

    page = wren.get("/me/sharing/looked/").content.decode()
    shown = set(re.findall(r"/me/ask/look/([0-9a-f-]{36})/", page))
    mine = AccessEvent.objects.filter(person_id__in=[scene.wren, payee_ref_of(scene.wren)])
    assert shown == {str(i) for i in mine.exclude(purpose__in=NOT_FOR_THE_PERSON).values_list("id", flat=True)}
    hidden = {"at": scene.at, "actor_ref": "user:x", "actor_role": "coordinator", "categories": ["topics"]}
    for purpose in NOT_FOR_THE_PERSON:
        AccessEvent.objects.create(person_id=scene.wren, purpose=purpose, released=False, **hidden)
    assert set(re.findall(r"/me/ask/look/([0-9a-f-]{36})/", wren.get("/me/sharing/looked/").content.decode())) == shown
    secret = AccessEvent.objects.filter(purpose="never_tell").get()
    asked = wren.post(f"/me/ask/look/{secret.id}/", {"kind": "ask", "words": "What was this?"})
    assert asked.status_code == 404  # what one cannot see, one cannot ask about
    theirs = next(iter(shown))
    assert tern.post(f"/me/ask/look/{theirs}/", {"kind": "ask", "words": "What was this?"}).status_code == 404
    assert not [c for c in Concern.objects.all() if c.words == "What was this?"]


def test_the_list_can_ask_again_and_can_be_hidden(scene: Scene, wren: Client) -> None:
    proved(scene)
    assert wren.post("/me/sharing/looked/settings/", {"shown": "step_up"}).status_code == 303
    assert wren.get("/me/sharing/looked/").status_code == 200
    proved(scene, yes=False)
    assert wren.get("/me/sharing/looked/").status_code == 303  # to the proof, and back here
    assert wren.get("/me/sharing/looked/settings/").status_code == 303
    proved(scene)
    assert wren.post("/me/sharing/looked/settings/", {"shown": "hidden", "watch": "on"}).status_code == 303
    assert wren.get("/me/sharing/looked/").status_code == 404
    for path in ("/me/", "/me/sharing/", "/me/yours/"):
        assert '/me/sharing/looked/"' not in wren.get(path).content.decode(), path
    proved(scene, yes=False)
    assert wren.post("/me/sharing/looked/settings/", {"shown": "open"}).status_code == 303
    assert wren.get("/me/sharing/looked/").status_code == 404  # nothing changed without the proof
    proved(scene)
    wren.post("/me/sharing/looked/settings/", {"shown": "open"})
    assert wren.get("/me/sharing/looked/").status_code == 200
