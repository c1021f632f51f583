"""`/m/<token>/`: the link of every message. It means nothing by itself; once signed in it leads to the right page.

Each edge says, when its addresses are loaded, which of its pages a kind of thing leads to for which roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse

from backend.accounts import landing
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import NotFound
from backend.web.pages import Page
from network.notifications import queries, usecases
from network.notifications.data import About, Leads


@dataclass(frozen=True, slots=True)
class _Target:
    url_name: str
    takes_id: bool


_targets: dict[tuple[Role, About], _Target] = {}


def register(roles: Role | Iterable[Role], about: About, url_name: str, *, takes_id: bool = True) -> None:
    """For these roles a message about `about` leads to `url_name`, with the thing's id unless `takes_id` is False."""
    for role in [roles] if isinstance(roles, Role) else roles:
        _targets[(role, about)] = _Target(url_name, takes_id)


def address(token: str) -> str:
    """The path of a message's link."""
    return reverse("message-link", args=[token])


def leads_to(leads: Leads, actor: Actor) -> str:
    """The page for this reader; their first page when no edge has one for the thing."""
    for role in sorted(actor.roles):
        target = _targets.get((role, leads.about)) if leads.about is not None else None
        if target is None:
            continue
        try:
            return reverse(target.url_name, args=[leads.object_id] if target.takes_id else [])
        except NoReverseMatch:
            continue
    return landing.page_for(actor)


class MessageLink(Page):
    """Marks the message as read and goes on. Somebody else's link, or none that ever was: not found, both alike."""

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        if "\x00" in token:  # no database keeps that, and PostgreSQL will not even look for it
            raise NotFound
        leads = queries.where_it_leads(token, self.actor)
        usecases.mark_read(notice_id=leads.notice_id, actor=self.actor, at=self.at)
        return HttpResponseRedirect(leads_to(leads, self.actor))
