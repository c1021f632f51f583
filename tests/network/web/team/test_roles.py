"""Who may open what: every page of the team's is there for its roles, and for everybody else there is no such page."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from backend.accounts.models import UserSession
from backend.kernel import clock
from backend.kernel.actor import Actor, Role
from network.bookings import usecases as bookings
from network.concerns.states import ConcernKind
from network.web.team import urls
from tests.factories.people import actor_of
from tests.network.web.team.scene import DAY, Scene, signed_in

C, S, A = Role.COORDINATOR, Role.SAFEGUARDING, Role.ADMIN
BOTH, LEAD, STAFF = {C, S}, {S}, set(Role) - {Role.SPOKESPERSON, Role.SUPPORTER, Role.REQUESTER}
SUPPORT_AND_ADMIN, LEAD_AND_ADMIN = {C, S, A}, {S, A}
ROLES: dict[str, set[Role]] = {
    **dict.fromkeys(("people", "person", "person-invite", "person-again", "person-reveal", "person-assign",
                     "person-end", "person-search", "asked", "asked-answer", "glass-ask", "glass-look", "glass-approve",
                     "glass-refuse", "glass-alone", "glass-close"), BOTH),
    **dict.fromkeys(("safeguarding", "complaints", "complaint", "safe-matches", "safe-match", "alerts", "alert-seen",
                     "person-protect"),
                    LEAD),
    **dict.fromkeys(("glasses", "glass"), SUPPORT_AND_ADMIN),
    **dict.fromkeys(("glass-review", "glass-seal", "glass-seal-agree"), LEAD_AND_ADMIN),
    **dict.fromkeys(("messages", "messages-read"), STAFF),
    "settings": {A},
}  # fmt: skip
PATTERNS = [p for p in urls.urlpatterns if isinstance(p, URLPattern)]
POST_ONLY = {
    "brief-accept", "organisation-restore", "person-again", "person-end", "booking-done", "check-in-done",
    "pairing-end", "call-dismiss", "messages-read", "glass-look", "glass-refuse", "glass-alone", "glass-close",
    "glass-seal", "glass-seal-agree", "alert-seen",
}  # fmt: skip


def address(pattern: URLPattern, id_: UUID) -> str:
    values: dict[str, object] = {"id": id_, "step": "pay"}
    return reverse(f"team:{pattern.name}", kwargs={k: values[k] for k in pattern.pattern.converters})


def plain(content: bytes) -> bytes:
    """A page without its token against forged requests, which is drawn afresh each time."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", content)


def cast(scene: Scene) -> dict[Role, Actor]:
    """One of each role; a requester's account is the organisation's own."""
    return {
        C: scene.rowan, S: scene.safeguarding, A: scene.admin, Role.FINANCE_PREPARER: scene.finance,
        Role.REQUESTER: scene.reporter, Role.SPOKESPERSON: actor_of(scene.wren),
    }  # fmt: skip


def test_each_page_is_refused_to_every_other_role(scene: Scene) -> None:
    """404, the same as for an address that never was; nothing is done by a POST either."""
    assert len(PATTERNS) > 50
    for role, actor in cast(scene).items():
        client = signed_in(actor)
        nothing = client.get("/team/nothing-here/")
        for pattern in PATTERNS:
            if role in ROLES.get(str(pattern.name), {C}):
                continue
            path = address(pattern, uuid4())
            for answer in (client.get(path), client.post(path, {"reason": "x"})):
                assert answer.status_code == 404, (role, path)
                # The menu says which part of the site an address is in, whatever is there.
                part = next((part for part in ("emergencies", "people") if f"/{part}/" in path), "")
                same = client.get(f"/team/{part}/none/") if part else nothing
                assert plain(answer.content) == plain(same.content), path


def test_nobody_signed_in_is_asked_to_sign_in(scene: Scene) -> None:
    for pattern in PATTERNS:
        answer = Client().get(address(pattern, uuid4()))
        assert answer.status_code == 302, pattern.name
        assert answer["Location"].startswith("/sign-in/")


def test_a_thing_that_is_not_there_is_not_found(scene: Scene) -> None:
    """For those who may open the page too, for each address that names a thing, by GET and by POST."""
    clients = {C: signed_in(scene.rowan), S: signed_in(scene.safeguarding), A: signed_in(scene.admin)}
    for pattern in PATTERNS:
        if "id" not in pattern.pattern.converters:
            continue
        roles = ROLES.get(str(pattern.name), {C})
        client = clients[C if C in roles else S]
        path = address(pattern, uuid4())
        if pattern.name not in POST_ONLY:
            assert client.get(path).status_code == 404, path
        assert client.post(path, {"reason": "x"}).status_code in (404, 405), path  # 405: a page that is only read


def test_each_page_opens_for_its_own_role(scene: Scene) -> None:
    """Every page with a form or something to read, on a network in which there is something."""
    brief, question = scene.asked()
    booking = scene.booking(scene.wren, starts=scene.at - 4 * DAY)
    scene.silent(booking)
    pairing, call = scene.pairing(), scene.call()
    done = scene.booking(scene.heron, starts=scene.at - 9 * DAY)
    bookings.mark_done(booking_id=done, actor=scene.rowan, at=scene.at)
    recall = scene.recall(scene.booking(scene.robin, starts=scene.at - 12 * DAY), scene.robin)
    ids = {
        "brief": brief, "match": brief, "question": question, "organisation": scene.applied, "person": scene.wren,
        "booking": booking, "recall": recall, "pairing": pairing, "call": call,
        "brief-hold": (sent := scene.submitted()), "brief-ask": sent, "brief-decline": sent, "brief-edit": sent,
        "brief-write": sent, "brief-close": brief, "organisation-suspend": scene.news, "booking-report": done,
        "asked-answer": scene.concern(scene.wren, ConcernKind.ASK), "complaint": scene.complaint(),
    }  # fmt: skip
    ids["safe-match"] = scene.match(scene.wren)
    ids["glass"] = scene.glass(scene.wren)
    ids["glass-ask"] = scene.wren
    ids["glass-approve"] = scene.glass(scene.wren, asked_by=scene.ash)
    ids["glass-review"] = scene.glass(scene.wren, state="ended")
    ids["booking-cancel"] = scene.booking(scene.lark, starts=scene.at + 5 * DAY)
    clients = {C: signed_in(scene.rowan), S: signed_in(scene.safeguarding), A: signed_in(scene.admin)}
    prove()
    opened = 0
    for pattern in PATTERNS:
        name = str(pattern.name)
        if name in POST_ONLY:
            continue
        roles = ROLES.get(name, {C})
        client = clients[next(r for r in (C, S, A) if r in roles)]
        id_ = ids.get(name) or ids.get(name.split("-", maxsplit=1)[0]) or uuid4()
        answer = client.get(address(pattern, id_))
        assert answer.status_code == 200, name
        assert b"<h1>" in answer.content
        opened += 1
    assert opened == len(PATTERNS) - len(POST_ONLY)


def prove() -> None:
    """Everybody has just shown again that it is them."""
    UserSession.objects.update(stepped_up_at=clock.now())


@pytest.mark.parametrize("role", [C, S, A])
def test_each_role_lands_on_its_own_first_page(scene: Scene, role: Role) -> None:
    client = signed_in(cast(scene)[role])
    landed = client.get("/", follow=True)
    assert landed.status_code == 200
    words = landed.content.decode()
    assert "Nothing is waiting for you" in words or "What needs you" in words or "Nothing needs you" in words
