"""Bases of every HTML page. A page makes one use-case call, and says in plain words what came of it.

class Answer(FormPage):
    roles = (Role.SPOKESPERSON,)
    form_class = AnswerForm
    title = "Your answer"

    def act(self, data):
        answer_invitation(actor=self.actor, invitation_id=self.kwargs["id"], ..., at=self.at)
        return reverse("person-home")
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import Invalid, NotFound, OwnWordsError, StepUpNeeded
from backend.once.store import Answer, answered, claim
from backend.web import navigation
from backend.web.context import actor_of, layout_for
from backend.web.forms import Form


class SeeOther(HttpResponseRedirect):
    """303: go and look there with GET, so that reloading does not send the form again."""

    status_code = 303


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The `next` address of the request when it is one of our own paths; otherwise `default`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=False)
    return target if own and target.startswith("/") else default


class Page(View):
    """Who may open it, who is acting, when. Not signed in: the sign-in page. The wrong role: 404, as for nothing."""

    roles: ClassVar[tuple[Role, ...]] = ()  # at least one of these; empty: anybody who is signed in
    public: ClassVar[bool] = False
    template_name: ClassVar[str] = ""
    layout: ClassVar[str] = ""  # empty: by the actor's roles
    title: str = ""

    actor: Actor
    at: datetime  # the moment of this request, in UTC; passed to use cases

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        view = super().as_view(**initkwargs)
        view.login_required = not cls.public  # type: ignore[attr-defined]  # LoginRequiredMiddleware reads it
        return view

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.actor = actor_of(request)
        self.at = clock.now()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.public and self.actor.kind is ActorKind.NOBODY:
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
        if self.roles and not self.actor.has(*self.roles):
            raise Http404
        try:
            return super().dispatch(request, *args, **kwargs)
        except OwnWordsError as problem:
            return self.refused(problem)

    def refused(self, problem: OwnWordsError) -> HttpResponseBase:
        """The answer to a refusal that the page did not handle itself."""
        if isinstance(problem, NotFound):
            raise Http404 from problem
        if isinstance(problem, StepUpNeeded):
            return self.step_up()
        return render(
            self.request,
            "pages/problem.html",
            {"problem": problem, "layout": self.layout or layout_for(self.actor)},
            status=problem.status,
        )

    def step_up(self) -> HttpResponse:
        """To the page that asks for a fresh proof, and back here afterwards (by GET: nothing is sent again unseen)."""
        back = self.request.get_full_path() if self.request.method == "GET" else self.step_up_next()
        return SeeOther(f"{navigation.link(navigation.STEP_UP) or '/step-up/'}?{urlencode({'next': back})}")

    def step_up_next(self) -> str:
        """Where a refused POST comes back to; a page that only posts says where its button is."""
        return self.request.get_full_path()

    def context(self) -> Mapping[str, object]:
        """What the template needs beyond the common: frozen page objects, never model instances."""
        return {}

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        common: dict[str, object] = {"title": self.title}
        if self.layout:
            common["layout"] = self.layout
        return render(self.request, self.template_name, {**common, **self.context(), **more}, status=status)

    def tell(self, text: str) -> None:
        """A line at the top of the next page."""
        messages.success(self.request, text)


class ActingPage(Page):
    """A page that does something, once: what arrives twice (a double click, a retry after a crash) is done once.

    The effect and the memory of it commit together. `once = False` is for acts that call something outside the
    database (no such call may sit inside a transaction, and those have keys of their own) and for acts that must
    remember a failed try, such as a wrong code.
    """

    once: ClassVar[bool] = True
    done: str = ""  # told at the top of the next page
    success_url: str = ""

    def perform(self, act: Callable[[], str | HttpResponseBase | None]) -> HttpResponseBase:
        """Run `act` and answer with where it leads; or answer as the first time when it was sent before."""
        key = self._once_key()
        if not key:
            return self._answer(act())
        with transaction.atomic():
            claimed = claim(actor=self.actor, route=self.request.path, key=key, body=self._sent(), at=self.at)
            if isinstance(claimed, Answer):
                return SeeOther(claimed.location or self.success_url or self.request.path)
            response = self._answer(act())
            claimed.store(Answer(response.status_code, response.get("Location", "")))
        return response

    def refused(self, problem: OwnWordsError) -> HttpResponseBase:
        """Many pages look their thing up before they act. Sent again after a crash, it may not be there any more
        because it was done the first time: then that is the answer, and not that it cannot be done."""
        return self.performed() or super().refused(problem)

    def performed(self) -> HttpResponseBase | None:
        """Where this very sending led before, or None. For pages that check what was sent against how things stand
        now: the first of two clicks may have changed it, and the second must not be told that it was wrong."""
        key = self._once_key()
        before = answered(actor=self.actor, route=self.request.path, key=key) if key else None
        return SeeOther(before.location or self.success_url or self.request.path) if before else None

    def _once_key(self) -> str:
        """Empty when there is none. Somebody who goes back, changes a word and sends again means it: other content is
        another request."""
        key = str(self.request.POST.get("once", ""))[:64]
        return f"{key}:{hashlib.sha256(self._sent()).hexdigest()}" if self.once and key else ""

    def _answer(self, result: str | HttpResponseBase | None) -> HttpResponseBase:
        if isinstance(result, HttpResponseBase):
            return result
        if self.done:
            self.tell(self.done)
        return SeeOther(result or self.success_url or self.after())

    def after(self) -> str:
        """Where to go when nothing else says so."""
        return self.request.path

    def _sent(self) -> bytes:
        sent = {name: self.request.POST.getlist(name) for name in self.request.POST if name != "csrfmiddlewaretoken"}
        return json.dumps(sent, sort_keys=True).encode()


class ReadPage(Page):
    """A page to read: `context()` makes the reads."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.page()


class FormPage(ActingPage):
    """A form and what it does. Override `act`; perhaps `initial`, `make_form`, `context`."""

    http_method_names = ("get", "head", "post", "options")
    template_name = "pages/form.html"
    form_class: ClassVar[type[Form]]
    button: str = "Save"
    intro: str = ""
    eyebrow: str = ""
    back_url: str = ""
    cancel_url: str = ""

    def initial(self) -> Mapping[str, Any]:
        """What the form shows first. Raise NotFound here for a thing this actor may not see."""
        return {}

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        return self.form_class(data=data, files=files, initial=dict(self.initial()))

    def act(self, data: dict[str, Any]) -> str | HttpResponseBase | None:
        """One use-case call. Returns where to go next (an address or a response); None goes to `success_url`."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.show(self.make_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = self.make_form(request.POST, request.FILES)
        if not form.is_valid():
            return self.performed() or self.show(form, status=Invalid.status)
        try:
            return self.perform(lambda: self.act(form.cleaned_data))
        except Invalid as problem:
            form.take_refusal(problem)
            return self.show(form, status=problem.status)
        except (NotFound, StepUpNeeded):
            raise
        except OwnWordsError as problem:
            return self.show(form, status=problem.status, problem=problem)

    def show(self, form: Form, status: int = 200, problem: OwnWordsError | None = None) -> HttpResponse:
        return self.page(
            status=status,
            form=form,
            problem=problem,
            button=self.button,
            intro=self.intro,
            eyebrow=self.eyebrow,
            back_url=self.back_url,
            cancel_url=self.cancel_url,
        )


class ActionPage(ActingPage):
    """One button's work: POST only. A refusal is a page of its own, with its words and status."""

    http_method_names = ("post", "options")

    def act(self, data: Mapping[str, Any]) -> str | HttpResponseBase | None:
        """One use-case call. `data` holds the posted values. Returns where to go next."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.perform(lambda: self.act(request.POST))

    def after(self) -> str:
        return "/"

    def step_up_next(self) -> str:
        return self.success_url or "/"
