"""The main menu of each role. Edges register their items when Django starts (in `AppConfig.ready` or their urls)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from backend.kernel.actor import Actor, Role

Badge = Callable[[Actor], int]

STOP = "stop"  # the URL name of the page that stops everything; the consent pages publish it
SIGN_IN = "sign-in"
SIGN_OUT = "sign-out"
STEP_UP = "step-up"


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place of the menu. `badge` counts what waits there for this actor."""

    label: str
    url_name: str
    order: int = 50
    badge: Badge | None = None


@dataclass(frozen=True, slots=True)
class ShownItem:
    label: str
    url: str
    current: bool
    badge: int


_items: dict[Role, dict[str, NavItem]] = {}


def register(
    role: Role | Iterable[Role], label: str, url_name: str, order: int = 50, badge: Badge | None = None
) -> None:
    """Put a place on the menu of `role` (or of each of several). Registering again replaces."""
    for one in [role] if isinstance(role, Role) else role:
        _items.setdefault(one, {})[url_name] = NavItem(label, url_name, order, badge)


def link(url_name: str) -> str:
    """The address of a named page, or "" while there is none."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def menu(actor: Actor, path: str) -> list[ShownItem]:
    """What `actor` may go to; the longest address that `path` starts with is the current one."""
    found: dict[str, NavItem] = {}
    for role in actor.roles:
        found.update(_items.get(role, {}))
    places = [
        (item, url) for item in sorted(found.values(), key=lambda i: (i.order, i.label)) if (url := link(item.url_name))
    ]
    here = max((url for _, url in places if path.startswith(url)), key=len, default="")
    return [ShownItem(item.label, url, url == here, item.badge(actor) if item.badge else 0) for item, url in places]
