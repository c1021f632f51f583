"""Every page: its person reads it, another gets what anybody gets for nothing, a visitor is asked to sign in."""

from __future__ import annotations

from uuid import uuid4

from django.test import Client

from tests.network.web.person.scene import Scene


def _plain(body: bytes) -> str:
    """A page without what differs each time."""
    import re

    return re.sub(r'(value|name)="[0-9A-Za-z-]{20,}"', "", body.decode())


def test_each_page_opens_for_its_person(scene: Scene, wren: Client) -> None:
    wrong = {}
    for name, path in scene.paths().items():
        answer = wren.get(path)
        if answer.status_code != 200 or b"None<" in answer.content or b"<bound" in answer.content:
            wrong[name] = answer.status_code
    assert wrong == {}


def test_titles_and_addresses_give_nothing_away(scene: Scene, wren: Client) -> None:
    for name, path in scene.paths().items():
        if name == "statement":  # printed and handed over on purpose
            continue
        page = wren.get(path).content.decode()
        assert "<title>Messages</title>" in page, name
        assert 'href="/me/stop/"' in page, name
        assert 'action="/leave/"' in page, name


def test_a_stranger_gets_the_same_as_for_nothing(scene: Scene, tern: Client) -> None:
    for name, path in scene.own_only().items():
        theirs = tern.get(path)
        ids = [part for part in path.split("/") if len(part) == 36]
        nothing = tern.get(path.replace(ids[0], str(uuid4())))
        assert (theirs.status_code, nothing.status_code) == (404, 404), name
        assert _plain(theirs.content) == _plain(nothing.content), name


def test_a_visitor_is_asked_to_sign_in(scene: Scene) -> None:
    for name, path in scene.paths().items():
        answer = Client().get(path)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/sign-in/?next="), name


def test_pages_are_never_stored(scene: Scene, wren: Client) -> None:
    for path in scene.paths().values():
        assert "no-store" in wren.get(path)["Cache-Control"]
