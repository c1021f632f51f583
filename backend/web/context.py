"""What every page knows: the product's neutral name, the menu, the layout for this actor."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from backend.kernel.actor import Actor, ActorKind, Role
from backend.web import navigation

# Titles, the favicon and the header say only this (threat model 1.6): the tab of a shared phone tells nothing.
PRODUCT_NAME = "Messages"


@dataclass(frozen=True, slots=True)
class FootLink:
    label: str
    url: str


_FOOT = (
    ("Help", "help"),
    ("Leaving this site", "help-leaving"),
    ("Privacy", "help-privacy"),
    ("Accessibility", "help-accessibility"),
    ("Complain", "complain"),
)


def actor_of(request: HttpRequest) -> Actor:
    """The actor that the middleware put there; nobody when an error page is made before it ran."""
    actor = getattr(request, "actor", None)
    return actor if isinstance(actor, Actor) else Actor.nobody()


def layout_for(actor: Actor) -> str:
    """The base template: a spokesperson always has Stop and Leave in view, whatever else they are."""
    if actor.has(Role.SPOKESPERSON):
        return "base_person.html"
    if actor.is_staff:
        return "base_staff.html"
    if actor.has(Role.REQUESTER):
        return "base_requester.html"
    return "base_public.html"


def page(request: HttpRequest) -> dict[str, object]:
    actor = actor_of(request)
    return {
        "product_name": PRODUCT_NAME,
        "actor": actor,
        "signed_in": actor.kind is ActorKind.USER,
        "layout": layout_for(actor),
        "nav": navigation.menu(actor, request.path),
        "foot": [FootLink(label, url) for label, name in _FOOT if (url := navigation.link(name))],
        "sign_in_url": navigation.link(navigation.SIGN_IN),
        "sign_out_url": navigation.link(navigation.SIGN_OUT),
    }
