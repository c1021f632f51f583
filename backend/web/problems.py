"""RFC 9457 problem documents: every refusal of the API, in one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from rest_framework import exceptions, status
from rest_framework.response import Response

from backend.kernel.errors import Invalid, OwnWordsError, TooMany
from backend.kernel.ids import new_id

MEDIA_TYPE = "application/problem+json"
PROGRAM_PATHS = ("/api/", "/oauth/", "/webhooks/", "/health/")

# DRF's own codes, in ours
_CODES = {
    status.HTTP_400_BAD_REQUEST: ("bad-request", "That request could not be read"),
    status.HTTP_401_UNAUTHORIZED: ("sign-in-needed", "A valid token is needed"),
    status.HTTP_403_FORBIDDEN: ("not-allowed", "You cannot do that"),
    status.HTTP_404_NOT_FOUND: ("not-found", "We could not find that"),
    status.HTTP_405_METHOD_NOT_ALLOWED: ("method-not-allowed", "That method is not used here"),
    status.HTTP_406_NOT_ACCEPTABLE: ("not-acceptable", "We can only answer in JSON"),
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: ("unsupported-media-type", "Send JSON"),
    status.HTTP_429_TOO_MANY_REQUESTS: ("too-many", "Too many tries for now"),
    status.HTTP_503_SERVICE_UNAVAILABLE: ("closed", "We are putting things back in order; try again later"),
    status.HTTP_500_INTERNAL_SERVER_ERROR: ("broken", "Something went wrong on our side"),
}


def is_for_programs(path: str) -> bool:
    """Whether whoever asks for `path` is a program, which wants a problem document and not a page."""
    return path.startswith(PROGRAM_PATHS)


def request_id_of(request: Any) -> UUID:
    """The opaque id under which the log holds this request."""
    found = getattr(request, "opaque_id", None) or getattr(getattr(request, "_request", None), "opaque_id", None)
    return found if isinstance(found, UUID) else new_id()


def body(
    request: Any,
    *,
    status: int,
    code: str,
    title: str,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """The members of a problem document. `errors` are {"pointer": JSON pointer, "detail": words}."""
    made: dict[str, Any] = {
        "type": f"{settings.BASE_URL}{reverse('help-problems')}#{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "instance": f"urn:uuid:{request_id_of(request)}",
        "code": code,
    }
    if errors is not None:
        made["errors"] = errors
    return made


def problem_response(request: HttpRequest, *, status: int, code: str, title: str, detail: str = "") -> HttpResponse:
    """A problem document from outside DRF."""
    made = body(request, status=status, code=code, title=title, detail=detail)
    return JsonResponse(made, status=status, content_type=MEDIA_TYPE)


def for_status(request: HttpRequest, status_code: int) -> HttpResponse:
    """The document for a bare status, when something below answered a program with a page."""
    code, title = _CODES.get(status_code, ("problem", "Something was not right"))
    return problem_response(request, status=status_code, code=code, title=title)


def _escape(part: object) -> str:
    """RFC 6901: "~" and "/" inside a member's name."""
    return str(part).replace("~", "~0").replace("/", "~1")


def pointers(detail: Any, at: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested validation detail as JSON pointers. Errors of a whole object point at the object."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from pointers(inner, at if name == "non_field_errors" else f"{at}/{_escape(name)}")
    elif isinstance(detail, list | tuple):
        for number, inner in enumerate(detail):
            # A list of messages belongs to `at`; a list of objects has an index of its own.
            yield from pointers(inner, f"{at}/{number}" if isinstance(inner, Mapping | list | tuple) else at)
    else:
        yield {"pointer": at, "detail": str(detail)}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (so 500, without its message) for what nobody foresaw."""
    from rest_framework.views import set_rollback  # not above: DRF's settings name this module and our authentication

    request = context.get("request")
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, OwnWordsError):
        set_rollback()
        return _own(request, error)
    if isinstance(error, exceptions.APIException):
        set_rollback()
        return _rest(request, error)
    return None


def _own(request: Any, error: OwnWordsError) -> Response:
    errors = None
    if isinstance(error, Invalid):
        errors = [
            {"pointer": "".join(f"/{_escape(part)}" for part in name.split(".")) if name else "", "detail": message}
            for name, messages in error.fields.items()
            for message in messages
        ]
    detail = f"{error.detail} {error.next_step}".strip()
    made = body(request, status=error.status, code=error.code, title=error.title, detail=detail, errors=errors)
    headers = {"Retry-After": "60"} if isinstance(error, TooMany) else {}
    return Response(made, status=error.status, headers=headers, content_type=MEDIA_TYPE)


def _rest(request: Any, error: exceptions.APIException) -> Response:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if isinstance(error, exceptions.ValidationError):
        # 422, as for a use case's refusal: the document was read, its values were not right.
        code, title, number = Invalid.code, Invalid.title, Invalid.status
        made = body(request, status=number, code=code, title=title, errors=list(pointers(error.detail)))
        return Response(made, status=number, headers=headers, content_type=MEDIA_TYPE)
    code, title = _CODES.get(error.status_code, ("problem", "Something was not right"))
    detail = str(error.detail) if isinstance(error.detail, str) else title
    made = body(request, status=error.status_code, code=code, title=title, detail=detail)
    return Response(made, status=error.status_code, headers=headers, content_type=MEDIA_TYPE)
