"""Whether a consent still stands: one by one, many at once, and as a signed status list that a newsroom's own system can
check what it has published against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import BaseRenderer, JSONRenderer

from backend.kernel.errors import NotFound
from network.api import answers, shapes
from network.api.base import Api, Call, Reply, operation
from network.consent.states import Status
from network.consent.status import lists

REFERENCE = OpenApiParameter(
    name="reference",
    location=OpenApiParameter.PATH,
    type={"type": "string", "pattern": "^cr_[0-9a-f]{32}$"},
    description="consent_reference of somebody you were shown.",
)
PURPOSE = OpenApiParameter(
    name="purpose",
    location=OpenApiParameter.PATH,
    type={"type": "string", "enum": [purpose.value for purpose in lists.ListPurpose]},
    description="revocation: withdrawn. suspension: stop for now. message: the whole status.",
)
MEANING = {
    Status.VALID: "It stands. Use what you were given for this brief only.",
    Status.NARROWED: "The person shares less now. Read the card or the booking again and use no more than it shows.",
    Status.SUSPENDED: "The person has to look at something again. Do not use it until this says something else.",
    Status.WITHDRAWN: "The person took it back. Stop using what you were given under it.",
    Status.EXPIRED: "It has ended. Do not use what you were given under it again without asking.",
}
UNKNOWN = "unknown"


class Consent(Api):
    @operation(
        "readConsent",
        "Ask whether a consent still stands",
        tag="People who said yes",
        scopes=["consent:read"],
        answer=answers.ConsentStatus,
        refuses=[404],
        path=[REFERENCE],
    )
    def get(self, call: Call, reference: str) -> Reply:
        """Ask before each use. The answer says nothing about the person. `credential_status` is its place in the signed
        lists, as W3C Bitstring Status List 1.0 writes it: keep it with what you publish."""
        status, place = lists.ask_one(reference, actor=call.actor, at=call.at)
        found = {
            "reference": reference,
            "status": status,
            "meaning": MEANING[status],
            "credential_status": lists.as_entries(place),
        }
        return Reply(found)


class Consents(Api):
    @operation(
        "listConsents",
        "Ask about many consents at once",
        tag="People who said yes",
        scopes=["consent:read"],
        answer=answers.ConsentStatuses,
        query=shapes.ConsentsQuery,
    )
    def get(self, call: Call) -> Reply:
        """Up to 100 references. One that you were never given is unknown, as is one that never was."""
        asked = lists.ask(call.query["references"], actor=call.actor, at=call.at)
        return Reply({"items": [_line(one) for one in asked]})


def _line(one: lists.Asked) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "status": one.status or UNKNOWN,
        "meaning": MEANING[one.status] if one.status else "You were never given this reference.",
        "status_list_id": one.place.list_id if one.place else None,
        "status_list_index": one.place.index if one.place else None,
    }


class JwtRenderer(BaseRenderer):
    """The document as it is. A refusal is JSON here too."""

    media_type = lists.MEDIA_TYPE
    format = "vc+jwt"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        found: bytes = JSONRenderer().render(data)
        return found


class StatusList(Api):
    renderer_classes = (JSONRenderer, JwtRenderer)  # type: ignore[assignment]  # a client may say either: it gets the one there is

    @operation(
        "readStatusList",
        "Fetch a status list",
        tag="People who said yes",
        scopes=["consent:read"],
        answer=OpenApiTypes.STR,
        media=lists.MEDIA_TYPE,
        refuses=[404],
        path=[PURPOSE],
    )
    def get(self, call: Call, list_id: UUID, purpose: str) -> HttpResponse:
        """A list of your organisation as a signed credential (W3C Bitstring Status List 1.0, secured as a JWT by
        VC-JOSE-COSE; Ed25519). Its keys are at /api/v1/.well-known/jwks.json. It is made anew for each fetch, and most
        of it is made up: it tells nothing but the status of the references that you hold."""
        try:
            which = lists.ListPurpose(purpose)
        except ValueError:
            raise NotFound from None
        document = lists.credential(list_id, which, actor=call.actor, at=call.at)
        return HttpResponse(document, content_type=lists.MEDIA_TYPE)


@login_not_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys under which status lists are signed (a JWK set, RFC 7517). Anybody may read them."""
    return JsonResponse(lists.public_keys(), content_type="application/jwk-set+json")
