"""How programs of requesters prove who they are: a bearer token from /oauth/token. Cookies are not looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from allauth.idp.oidc.models import Client
from allauth.idp.oidc.views import TokenView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backend.accounts.data import Scope
from backend.accounts.queries import program_of_token
from backend.accounts.usecases import note_program_use
from backend.kernel import clock
from backend.kernel.actor import Actor

if TYPE_CHECKING:  # DRF's views import this module through its settings
    from rest_framework.views import APIView

NOTE_USE_EVERY = timedelta(minutes=1)


class ProgramAuthentication(BaseAuthentication):
    """Bearer token -> Actor of kind PROGRAM, as `request.auth` and `request.actor`.

    Nothing is cached: a program switched off, a scope taken away or a token run out counts at the next request.
    """

    def authenticate(self, request: Request) -> tuple[Actor, Actor] | None:
        request._request.actor = Actor.nobody()  # type: ignore[attr-defined]
        kind, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not kind:
            return None
        token = token.strip()
        at = clock.now()
        found = program_of_token(token) if kind.lower() == "bearer" and token else None
        if found is None:
            raise AuthenticationFailed("That token does not work. Get a new one from /oauth/token.")
        actor, last_used_at = found
        if last_used_at is None or at - last_used_at > NOTE_USE_EVERY:
            note_program_use(program_id=actor.program_id, at=at)
        request._request.actor = actor  # type: ignore[attr-defined]
        return actor, actor

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class Denied(BasePermission):
    """The default: an API view that names no permission lets nobody in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


def actor_of(request: Request) -> Actor:
    """The acting program, or nobody."""
    actor = request.auth
    return actor if isinstance(actor, Actor) else Actor.nobody()


def needs_scope(*scopes: str) -> type[BasePermission]:
    """A permission class: the token must carry all of `scopes`. Raises ValueError for a scope that does not exist.

    `permission_classes = [needs_scope("briefs:write")]`
    """
    wanted = frozenset(Scope(scope) for scope in scopes)

    class NeedsScope(BasePermission):
        message = f"This needs the scope {' '.join(sorted(wanted))}."
        required_scopes = wanted

        def has_permission(self, request: Request, view: APIView) -> bool:
            return wanted <= actor_of(request).scopes

    return NeedsScope


NeedsScope = needs_scope


@method_decorator(csrf_exempt, name="dispatch")
class ProgramTokenView(TokenView):  # type: ignore[misc]
    """POST /oauth/token (RFC 6749 4.4): client credentials only, by HTTP Basic or in the form."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            fields = request.POST
        except Exception:  # a body that is no form: whatever is wrong with it, the answer is the same
            return self._refuse("invalid_request", "The body must be a form.")
        if any("\x00" in value for _, values in fields.lists() for value in values):
            return self._refuse("invalid_request", "The form holds a character that is not allowed.")
        if len(set(fields)) != sum(len(values) for _, values in fields.lists()):
            return self._refuse("invalid_request", "A field is there twice.")
        grant = fields.get("grant_type")
        if not grant:
            return self._refuse("invalid_request", "grant_type is missing.")
        if grant != Client.GrantType.CLIENT_CREDENTIALS:
            return self._refuse("unsupported_grant_type", "Use client_credentials.")
        response: HttpResponse = super().post(request)
        if response.status_code == 401:  # RFC 6749 5.2: the scheme that a client authenticates with here
            response["WWW-Authenticate"] = 'Basic realm="oauth"'
        response["Cache-Control"] = "no-store"
        return response

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = self._refuse("invalid_request", "Use POST.", status=405)
        response["Allow"] = "POST, OPTIONS"
        return response

    def _refuse(self, error: str, description: str, status: int = 400) -> JsonResponse:
        return JsonResponse(
            {"error": error, "error_description": description}, status=status, headers={"Cache-Control": "no-store"}
        )


token = ProgramTokenView.as_view()
