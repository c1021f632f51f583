"""`/m/<token>/`: the link of every message. It means nothing by itself; once signed in it leads to the right page, and
without signing in a spokesperson's leads to a page that says nothing and stops things.

Each edge says, when its addresses are loaded, which of its pages a kind of thing leads to for which roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from backend.accounts import landing
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import NotFound, OwnWordsError
from backend.web.pages import Page
from network.notifications import links, queries, usecases
from network.notifications.data import About, Held, Leads


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


def link_is_over(request: HttpRequest) -> HttpResponse:
    """One page for every link that does nothing: forged, old, used, of somebody who stopped, left or was forgotten. It
    says nothing of any, and how to stop all the same."""
    context = {"layout": "base_person.html", "title": "This link has ended", "stop_here": ""}
    return render(request, "network/person/link_over.html", context, status=404)


class ByLink(Page):
    """A page for whoever holds the link of a message: no session, and nothing that says whose it is or what it is about."""

    public = True
    layout = "base_person.html"

    def held(self) -> Held:
        """What the link of this page's address may do now. Raises NotFound."""
        found = links.held(self.kwargs["token"], at=self.at)
        if found is None:
            raise NotFound
        return found

    def step(self, name: str) -> str:
        return reverse(f"message-{name}", args=[self.kwargs["token"]])

    def refused(self, problem: OwnWordsError) -> HttpResponseBase:
        done = super().refused(problem) if not isinstance(problem, NotFound) else self._sent_before()
        return done or link_is_over(self.request)

    def _sent_before(self) -> HttpResponseBase | None:
        """The second of two clicks finds that the link has ended: it is answered as the first was."""
        return None

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, **{"stop_here": self.step("stop"), **more})


class MessageLink(ByLink):
    """Its reader, signed in: marks the message as read and goes on. Anybody else who holds a spokesperson's link: what
    can be done without signing in. The bare number of a message leads nowhere without its reader; for anybody else who
    is signed in there is no such page."""

    template_name = "network/person/message_link.html"
    title = "Messages"

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        if "\x00" in token:  # no database keeps that, and PostgreSQL will not even look for it
            return link_is_over(request)
        if self.actor.kind is ActorKind.USER:
            try:
                leads = queries.where_it_leads(token[: links.HALF], self.actor)
            except NotFound:
                if not links.is_signed(token):
                    return super(ByLink, self).refused(NotFound())
            else:
                usecases.mark_read(notice_id=leads.notice_id, actor=self.actor, at=self.at)
                return HttpResponseRedirect(leads_to(leads, self.actor))
        sign_in = f"{settings.LOGIN_URL}?{urlencode({'next': request.path})}"
        if not links.is_signed(token):
            return HttpResponseRedirect(sign_in)
        held = self.held()
        return self.page(
            sign_in=sign_in,
            read_url=reverse("answer", args=[held.answer_token]) if held.answer_token else "",
            this_url=self.step("this") if held.can_stop_this else "",
            later_url=self.step("later") if held.can_pause else "",
            everything_url=self.step("stop"),
        )
