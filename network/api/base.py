"""What every operation of the API shares: who may, what was sent, once only, how much, and how it is answered.

A view's method says what it is by `@operation(...)`; it gets a `Call` and makes one use-case call. From the same
words the schema is written, so that the two cannot drift apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, ClassVar, NoReturn

from django.conf import settings
from django.core import signing
from django.http import HttpResponseBase, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from backend.accounts.api import actor_of
from backend.accounts.data import Scope
from backend.accounts.throttle import Budget, spend
from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Invalid
from backend.once.store import Answer, claim, name_of
from backend.once.turns import in_turn
from backend.web.problems import MEDIA_TYPE
from backend.web.serializers import Serializer
from network.api.answers import Problem

MOST_BYTES = 256_000  # a whole brief at its longest is a fifth of this
MINUTE = timedelta(minutes=1)
KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a view sees it."""

    actor: Actor
    at: datetime
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a view answers: plain values, and where a new thing can be read."""

    data: Mapping[str, Any]
    status: int = 200
    location: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one address is."""

    scopes: frozenset[str]
    query: type[Serializer]
    body: type[Serializer] | None


class Nothing(Serializer):
    """No parameters, or an empty body."""


# --- reading what was sent ------------------------------------------------------------------------------------------


class Parser(JSONParser):
    """JSON in UTF-8, of a sane size and depth, that can be written down again."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise exceptions.ParseError(f"Send at most {MOST_BYTES:,} bytes.")
        try:
            found: dict[str, Any] = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
            json.dumps(found, ensure_ascii=False).encode()  # lone surrogates could not be stored or answered
        except (ValueError, RecursionError):
            raise exceptions.ParseError("The body is not JSON in UTF-8.") from None
        return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def checked(shape: type[Serializer], data: Any) -> dict[str, Any]:
    """The values of `data` by its shape. Raises ValidationError with a pointer for each that is not right."""
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _query(shape: type[Serializer], params: QueryDict) -> dict[str, Any]:
    twice = [name for name, values in params.lists() if len(values) > 1]
    if twice:
        raise exceptions.ValidationError({name: ["Give this once."] for name in twice})
    return checked(shape, params.dict())


def _idempotency_key(request: Request) -> str:
    """The client's key, or "" when there is none."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not KEY.fullmatch(key):
        raise exceptions.ParseError("An idempotency key has 1 to 255 visible ASCII characters, such as a UUID.")
    return key


# --- who may, and how much ------------------------------------------------------------------------------------------


class Scoped(BasePermission):
    """A program whose token carries the scopes of the operation. A method that is no operation lets nobody in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        actor = actor_of(request)
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        handler = getattr(view, method, None)
        if actor.kind is not ActorKind.PROGRAM:
            return False
        if handler is None or method not in view.http_method_names:
            return True  # 405 comes next
        found = getattr(handler, "operation", None)
        return isinstance(found, Operation) and found.scopes <= actor.scopes


class PerProgram(BaseThrottle):
    """So many requests a minute for each program, whatever they are."""

    budget: Budget | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.budget = spend(
            bucket="api",
            key=actor_of(request).program_id,
            limit=settings.API_PER_MINUTE,
            window=MINUTE,
            at=clock.now(),
        )
        if isinstance(view, Api):
            view.budget = self.budget
        return self.budget.allowed

    def wait(self) -> float | None:
        return float(self.budget.resets_in) if self.budget else None


# --- the base of every view -----------------------------------------------------------------------------------------


class Api(APIView):
    """Programs only, JSON only, refusals as RFC 9457 problem documents."""

    permission_classes = (Scoped,)
    throttle_classes = (PerProgram,)
    parser_classes = (Parser,)
    renderer_classes = (JSONRenderer,)
    metadata_class = None
    http_method_names: ClassVar[list[str]] = ["get", "head", "post", "patch"]  # type: ignore[misc]
    budget: Budget | None = None

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        """401 without a good token; 403 that names the scopes which are missing (RFC 6750 3.1)."""
        if not request.successful_authenticator:
            raise exceptions.NotAuthenticated
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        needed = " ".join(sorted(getattr(getattr(self, method, None), "operation", Nowhere).scopes))
        error = exceptions.PermissionDenied(f"This needs the scope {needed}.")
        error.auth_header = f'Bearer realm="api", error="insufficient_scope", scope="{needed}"'  # type: ignore[attr-defined]
        raise error

    def perform(self, request: Request, call: Call, act: Callable[[], Reply | HttpResponseBase]) -> HttpResponseBase:
        """Run `act`; with an idempotency key once only, the effect and its answer committed together.

        A repeated request gets the stored answer; one that comes while the first is under way, a conflict. A refusal is
        not stored: it had no effect, and may be tried again.
        """
        key = _idempotency_key(request)
        if request.method in ("GET", "HEAD") or not key or call.query.get("dry_run"):
            return _answer(act())
        sent = json.dumps(request.data, sort_keys=True).encode()
        route = f"{request.method} {request.path}"
        with in_turn(name_of(actor=call.actor, route=route, key=key)):
            claimed = claim(actor=call.actor, route=route, key=key, body=sent, at=call.at)
            if isinstance(claimed, Answer):
                again = _answer(Reply(json.loads(claimed.body), claimed.status, claimed.location))
                again["Idempotent-Replayed"] = "true"
                return again
            reply = act()
            if not isinstance(reply, Reply):
                raise TypeError("what has an effect answers with plain values, which can be stored")
            body = JSONRenderer().render(reply.data).decode()
            claimed.store(Answer(reply.status, reply.location, body))
        return _answer(reply)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self.budget is not None:
            final["RateLimit-Policy"] = f'"program";q={settings.API_PER_MINUTE};w=60'
            final["RateLimit"] = f'"program";r={self.budget.left};t={self.budget.resets_in}'
        return final


class Nowhere:
    scopes: frozenset[str] = frozenset()


def _answer(reply: Reply | HttpResponseBase) -> HttpResponseBase:
    if not isinstance(reply, Reply):
        return reply
    headers = {"Location": reply.location} if reply.location else {}
    return Response(reply.data, status=reply.status, headers=headers)


# --- saying what a method is ----------------------------------------------------------------------------------------

ALWAYS = {
    400: "The request cannot be read.",
    401: "There is no token, or it does not work.",
    406: "We answer in JSON only.",
    429: "Too many requests for now.",
}
SOMETIMES = {
    403: "The token lacks the scope, or the organisation may not do this now.",
    404: "No such thing, or none that you may see.",
    409: "It has moved on, or the idempotency key is in use. Nothing was changed.",
    415: "Send JSON.",
    422: "Some values are not right. Each is named by its pointer.",
    503: "A part we need is not answering. Nothing was changed.",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=False,
    type={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    description="A fresh random value for each new request, the same one when you repeat it: the effect happens once, "
    "and a repeated request gets the first answer. Kept for a day.",
)


def operation(
    name: str,
    summary: str,
    *,
    answer: type[serializers.Serializer[Any]] | OpenApiTypes,
    tag: str,
    scopes: Iterable[str] = (),
    status: int = 200,
    also: Mapping[int, type[serializers.Serializer[Any]]] | None = None,
    query: type[Serializer] = Nothing,
    body: type[Serializer] | None = None,
    refuses: Iterable[int] = (),
    path: Iterable[OpenApiParameter] = (),
    about: str = "",
    once: bool = True,
    media: str = "",
) -> Callable[[Callable[..., Reply | HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Make a view's method an operation.

    `also` are other good answers by their status; `refuses` are the statuses beyond those that every operation may
    answer. `once=False` is for what calls something outside the database and is once by itself. `media` is
    the type of an answer that is not JSON.
    """
    spec = Operation(frozenset(Scope(scope) for scope in scopes), query, body)

    def make(act: Callable[..., Reply | HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        def handler(view: Api, request: Request, **ids: Any) -> HttpResponseBase:
            reads = request.method in ("GET", "HEAD")
            call = Call(
                actor=actor_of(request),
                at=clock.now(),
                query=_query(spec.query, request.query_params),
                body={} if reads else checked(spec.body or Nothing, request.data),
            )
            if once:
                return view.perform(request, call, lambda: act(view, call, **ids))
            return _answer(act(view, call, **ids))

        writes = act.__name__ != "get"
        statuses = dict(ALWAYS)
        for number in {*refuses, 422, *((403,) if spec.scopes else ()), *((409, 415) if writes else ())}:
            statuses[number] = SOMETIMES[number]
        good: Any = (status, media) if media else status
        answers: dict[Any, Any] = {good: OpenApiResponse(answer, description="Done." if writes else "Found.")}
        for number, shape in (also or {}).items():
            answers[number] = OpenApiResponse(shape, description="Done.")
        for number, words in sorted(statuses.items()):
            answers[(number, MEDIA_TYPE)] = OpenApiResponse(Problem, description=words)
        security: Any = [{"oauth2": sorted(spec.scopes)}]
        handler.operation = spec  # type: ignore[attr-defined]
        handler.__name__ = act.__name__
        handler.__doc__ = act.__doc__
        documented: Callable[..., HttpResponseBase] = extend_schema(
            operation_id=name,
            summary=summary,
            description=about or act.__doc__ or summary,
            tags=[tag],
            parameters=[*path, *([spec.query] if query is not Nothing else []), *([IDEMPOTENCY_KEY] if writes else [])],
            request=body,
            responses=answers,
            auth=security,
        )(handler)
        return documented

    return make


# --- pages of a list ------------------------------------------------------------------------------------------------


def cursor(kind: str, *parts: str) -> str:
    """An opaque place in a list. It holds ids and times of the program's own things, signed."""
    return signing.dumps(list(parts), salt=f"api-cursor:{kind}")


def place(kind: str, text: str, length: int) -> list[str] | None:
    """The parts of a cursor; None for the start. Raises Invalid for anything that we did not give."""
    if not text:
        return None
    try:
        parts = signing.loads(text, salt=f"api-cursor:{kind}")
    except signing.BadSignature:
        parts = None
    if not isinstance(parts, list) or len(parts) != length:
        raise Invalid({"cursor": ["This is no place in the list. Start without it."]})
    return [str(part) for part in parts]


def page(items: list[dict[str, Any]], next_cursor: str | None) -> Reply:
    """One page. There is no count of all."""
    return Reply({"items": items, "next_cursor": next_cursor})
