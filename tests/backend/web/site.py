"""A small site made of the kit, so that its promises can be tried without the product's pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    StepUpNeeded,
    TooMany,
    Unavailable,
)
from backend.web.fields import MoneyField, TextField, WordsField
from backend.web.forms import Form
from backend.web.pages import ActionPage, FormPage, ReadPage
from backend.web.serializers import (
    PenceField,
    Serializer,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
)

REFUSALS = {
    "invalid": Invalid({"fee": ["The floor is £150.00."], "": ["Look at it as a whole."], "elsewhere": ["Odd."]}),
    "conflict": Conflict("Somebody else was first."),
    "not-allowed": NotAllowed("Not yours to do."),
    "too-many": TooMany(),
    "unavailable": Unavailable(),
    "not-found": NotFound(),
    "step-up": StepUpNeeded(),
}


class _User:
    """As much of a user as Django's LoginRequiredMiddleware asks for."""

    is_authenticated = True
    is_active = True
    pk = id = UUID(int=7)


class ActorFromHeader:
    """In place of ActorMiddleware: the role is what the test says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        role = request.headers.get("X-Role", "")
        request.user = _User() if role else AnonymousUser()  # type: ignore[assignment]
        request.actor = (  # type: ignore[attr-defined]
            Actor(
                kind=ActorKind.USER, user_id=_User.id, roles=frozenset({Role(role)}) if role != "none" else frozenset()
            )
            if role
            else Actor.nobody()
        )
        return self.get_response(request)


class TryForm(Form):
    name = TextField(label="Your name")
    fee = MoneyField(label="Your fee", minimum=100)
    words = WordsField(label="In your words", required=False)
    who_sees: ClassVar = {"name": "Only you."}


class Try(FormPage):
    roles = (Role.SPOKESPERSON,)
    form_class = TryForm
    title = "Secret subject"
    done = "Saved."
    once = False

    def act(self, data: dict[str, Any]) -> str:
        if problem := REFUSALS.get(data["name"]):
            raise problem
        return "/read/"


class Press(ActionPage):
    once = False

    def act(self, data: Mapping[str, Any]) -> str:
        if problem := REFUSALS.get(str(data.get("name"))):
            raise problem
        return "/read/"


class Read(ReadPage):
    roles = (Role.SPOKESPERSON, Role.COORDINATOR)
    template_name = "pages/problem.html"
    title = "Read"

    def context(self) -> Mapping[str, object]:
        return {"problem": Conflict("Just to read")}


class ReadRefused(Read):
    def context(self) -> Mapping[str, object]:
        raise REFUSALS[self.kwargs["name"]]


class Body(Serializer):
    text = StrictCharField()
    count = StrictIntegerField(required=False)
    flag = StrictBooleanField(required=False)
    kind = StrictChoiceField(choices=["1", "b"], required=False)
    at = StrictDateTimeField(required=False)
    fee_pence = PenceField(required=False)


class Api(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request, name: str = "") -> Response:
        if name == "broken":
            raise ValueError("secret words of a person")
        if name == "busy":
            raise OperationalError("database is locked: secret words of a person")
        raise REFUSALS[name]

    def post(self, request: Request) -> Response:
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"ok": True})


class Closed(APIView):
    """Names no permission: nobody may."""

    def get(self, request: Request) -> Response:
        raise AssertionError("never reached")


class Plain(forms.Form):
    name = forms.CharField()


class Broken(ReadPage):
    public = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise ValueError("secret words of a person")


class Busy(ReadPage):
    public = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise OperationalError("database is locked: secret words of a person")


urlpatterns = [
    path("busy/", Busy.as_view(), name="busy"),
    path("try/", Try.as_view(), name="try"),
    path("press/", Press.as_view(), name="press"),
    path("read/", Read.as_view(), name="read"),
    path("read/<str:name>/", ReadRefused.as_view(), name="read-refused"),
    path("broken/", Broken.as_view(), name="broken"),
    path("stop/", Read.as_view(), name="stop"),
    path("sign-in/", Read.as_view(), name="sign-in"),
    path("sign-out/", Press.as_view(), name="sign-out"),
    path("confirm/", Read.as_view(), name="step-up"),
    path("api/v1/try", Api.as_view()),
    path("api/v1/closed", Closed.as_view()),
    path("api/v1/try/<str:name>", Api.as_view()),
    path("", include("backend.web.urls")),
]
handler400 = "backend.web.errors.bad_request"
handler403 = "backend.web.errors.forbidden"
handler404 = "backend.web.errors.not_found"
handler500 = "backend.web.errors.broken"
