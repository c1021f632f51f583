"""A form that arrives twice has one effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from django.http import Http404
from django.test import RequestFactory

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, NotFound
from backend.web.forms import Form
from backend.web.pages import ActingPage, ActionPage, FormPage

pytestmark = pytest.mark.django_db


def _post(page: type[ActingPage], **data: str) -> Any:
    request = RequestFactory().post("/x/", data)
    request.actor = Actor(kind=ActorKind.USER)  # type: ignore[attr-defined]
    return page.as_view()(request)


class _Counting(ActionPage):
    calls: list[str]

    def act(self, data: Mapping[str, Any]) -> str:
        self.calls.append(data["word"])
        if data["word"] == "refused":
            raise Conflict
        return f"/made/{len(self.calls)}/"


def _page(**more: object) -> type[_Counting]:
    return type("Fresh", (_Counting,), {"calls": [], **more})


def test_twice_with_one_key_acts_once_and_answers_alike() -> None:
    page = _page()
    first, second = _post(page, once="k", word="a"), _post(page, once="k", word="a")
    assert page.calls == ["a"]
    assert first["Location"] == second["Location"] == "/made/1/"


def test_changed_words_are_a_new_request() -> None:
    page = _page()
    _post(page, once="k", word="a")
    assert _post(page, once="k", word="b")["Location"] == "/made/2/"


def test_a_refused_act_can_be_tried_again() -> None:
    page = _page()
    assert _post(page, once="k", word="refused").status_code == 409
    assert _post(page, once="k", word="refused").status_code == 409
    assert page.calls == ["refused", "refused"]


class _OnceOnly(FormPage):
    """A page whose thing is gone once it was done: it looks before it acts, as many do."""

    form_class = Form
    here: ClassVar[list[str]]

    def initial(self) -> Mapping[str, Any]:
        if not self.here:
            raise NotFound
        return {}

    def act(self, data: dict[str, Any]) -> str:
        self.here.pop()
        return "/thanks/"


def test_sent_again_after_it_was_done_it_leads_where_the_first_one_led() -> None:
    page = type("Fresh", (_OnceOnly,), {"here": ["it"]})
    assert _post(page, once="k")["Location"] == "/thanks/"
    assert _post(page, once="k")["Location"] == "/thanks/"
    with pytest.raises(Http404):
        _post(page, once="another")
    with pytest.raises(Http404):
        _post(page, once="k", word="changed")


def test_without_the_protection_it_acts_twice() -> None:
    page = _page(once=False)
    _post(page, once="k", word="a")
    _post(page, once="k", word="a")
    assert page.calls == ["a", "a"]
