from __future__ import annotations

import pytest
from django.test import RequestFactory

from backend.kernel.actor import Actor, ActorKind, Role
from backend.web import navigation
from backend.web.pages import safe_next


@pytest.fixture
def empty_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})


def _actor(*roles: Role) -> Actor:
    return Actor(kind=ActorKind.USER, roles=frozenset(roles))


@pytest.mark.usefixtures("empty_menu")
def test_each_role_has_its_places_in_order() -> None:
    navigation.register(Role.REQUESTER, "Later", "help-privacy", 20, badge=lambda actor: 3)
    navigation.register((Role.REQUESTER, Role.ADMIN), "First", "help", 10)
    shown = navigation.menu(_actor(Role.REQUESTER), "/help/privacy/")
    assert [(item.label, item.badge, item.current) for item in shown] == [("First", 0, False), ("Later", 3, True)]
    assert [item.label for item in navigation.menu(_actor(Role.ADMIN), "/")] == ["First"]
    assert navigation.menu(Actor.nobody(), "/") == []


@pytest.mark.usefixtures("empty_menu")
def test_a_place_that_is_not_built_is_left_out() -> None:
    navigation.register(Role.ADMIN, "Nowhere", "no-such-name")
    assert navigation.menu(_actor(Role.ADMIN), "/") == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a/b/?c=d", "/a/b/?c=d"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_next_stays_here(target: str, expected: str) -> None:
    assert safe_next(RequestFactory().get("/", {"next": target})) == expected
