"""What would they see? The very page and the very answer that an organisation gets, for the person's own eyes, now and after
a change they are thinking about. Nobody else learns of it, and it is in no list of who looked: the person looked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.renderers import JSONRenderer

from backend.kernel.errors import Invalid, NotFound
from backend.web.forms import Form
from network.api import bodies
from network.consent import queries
from network.consent.data import GrantView
from network.consent.states import Layer
from network.opportunities.usecases.trying import Seen, seen_after_less, seen_now
from network.web.desk.cards import ShownCard, people_context, shown
from network.web.person.kit import OfPerson, PersonForm, to
from network.web.person.less import LessForm, less_of

PAGE = "network/desk/people.html"  # the recipient's own template


@dataclass(frozen=True, slots=True)
class Exact:
    """The card as on the recipient's page, and the answer that its software gets."""

    cards: tuple[ShownCard, ...]
    answer: str


def answer_of(seen: Seen) -> bytes:
    """The API's answer, by its own serializer."""
    body: bytes = JSONRenderer().render(bodies.cards(seen.cards))
    return body


def exactly(seen: Seen, at: datetime, anchor: str = "seen") -> Exact:
    cards = tuple(
        replace(shown(card, number, seen.opportunity_id), anchor=f"{anchor}-{number}")
        for number, card in enumerate(seen.cards.cards, 1)
    )
    return Exact(cards, json.dumps(json.loads(answer_of(seen)), indent=1, ensure_ascii=False))


def whole_page(request: HttpRequest, seen: Seen, at: datetime) -> HttpResponse:
    """The recipient's page as a whole, with this person alone on it."""
    context = people_context(
        title=seen.title, opportunity_id=seen.opportunity_id, found=seen.cards, answer_by=seen.answer_by, at=at
    )
    # Around it stay the person's own bars, with Stop and Leave in reach, and a title that says nothing.
    return render(request, PAGE, {"title": "Who said yes", "tab": "Messages", **context})


class _Tried(PersonForm):
    """A consent of a request, and less of it."""

    form_class = LessForm

    @property
    def grant(self) -> GrantView:
        found = queries.my_consent(self.kwargs["id"], actor=self.actor)
        if found.layer is not Layer.FOR_REQUEST:
            raise NotFound
        return found

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.back_url = self.cancel_url = to("consent", self.kwargs["id"])
        return LessForm(self.grant, data=data, until=False)

    def tried(self, form: Form) -> Seen:
        """As it would be with the choices of the form. Raises Invalid."""
        less = less_of(self.grant, form.cleaned_data)
        return seen_after_less(
            grant_id=self.kwargs["id"], categories=less.categories, identity=less.identity, reuse=less.reuse,
            actor=self.actor, at=self.at,
        )  # fmt: skip

    def now(self) -> Seen:
        return seen_now(grant_id=self.kwargs["id"], actor=self.actor, at=self.at)


class See(_Tried):
    """Now; and, side by side, after showing less. Nothing is changed or recorded here."""

    template_name = "network/person/see.html"
    title = "What would they see?"
    button = "Show me"

    def context(self) -> Mapping[str, object]:
        seen = self.now()
        return {
            "seen": seen,
            "now": exactly(seen, self.at, "now"),
            "standing": self.grant.standing(self.at),
            "page_url": to("consent-see-page", self.kwargs["id"]),
            "less_url": to("consent-less", self.kwargs["id"]),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.show(form, status=Invalid.status)
        try:
            after = self.tried(form)
        except Invalid as problem:
            form.take_refusal(problem)
            return self.show(form, status=problem.status)
        return self.page(
            form=form, problem=None, button=self.button, back_url=self.back_url, cancel_url=self.cancel_url,
            after=exactly(after, self.at, "after"),
        )  # fmt: skip


class SeePage(_Tried):
    """The recipient's own page: by GET as it is, by POST as it would be."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.make_form()
        return whole_page(request, self.now(), self.at)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            raise Invalid({"": ["Go back and choose again."]})
        return whole_page(request, self.tried(form), self.at)


class SeeAnswer(OfPerson):
    """The answer of the API, byte by byte."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        seen = seen_now(grant_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return HttpResponse(answer_of(seen), content_type="application/json")
