"""API clients: tokens by client credentials, scopes, and their end."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from allauth.idp.oidc.models import Token
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.accounts import queries, usecases
from backend.accounts.api import actor_of, needs_scope
from backend.accounts.data import ProgramSecret
from backend.accounts.models import Program
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import Invalid, NotFound, StepUpNeeded
from backend.kernel.ids import new_id

pytestmark = pytest.mark.django_db
ORGANISATION = new_id()


@pytest.fixture
def program(actor_system: Actor, at: datetime) -> ProgramSecret:
    return usecases.create_program(
        organisation_id=ORGANISATION,
        name="Planning desk",
        scopes=["briefs:read", "briefs:write"],
        actor=actor_system,
        at=at,
    )


def ask_token(program: ProgramSecret, **fields: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_id": program.client_id,
        "client_secret": program.secret,
        **fields,
    }
    return Client().post("/oauth/token", form)


class Who(APIView):
    permission_classes = (needs_scope("briefs:write"),)

    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        return Response(
            {"organisation": str(actor.organisation_id), "kind": actor.kind, "scopes": sorted(actor.scopes)}
        )


def call(token: str | None, kind: str = "Bearer") -> Response:
    headers = {"HTTP_AUTHORIZATION": f"{kind} {token}"} if token is not None else {}
    response = Who.as_view()(RequestFactory().get("/api/v1/who/", **headers))  # type: ignore[arg-type]
    assert isinstance(response, Response)
    return response


def test_token_by_form_and_by_basic(program: ProgramSecret) -> None:
    answer = ask_token(program)
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert set(body["scope"].split()) == {"briefs:read", "briefs:write"}
    assert call(body["access_token"]).data == {
        "organisation": str(ORGANISATION),
        "kind": "program",
        "scopes": ["briefs:read", "briefs:write"],
    }
    basic = base64.b64encode(f"{program.client_id}:{program.secret}".encode()).decode()
    answer = Client().post(
        "/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert call(answer.json()["access_token"]).status_code == 200


def test_neither_secret_nor_token_is_stored(program: ProgramSecret) -> None:
    token = ask_token(program).json()["access_token"]
    with connection.cursor() as cursor:
        stored = ""
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own table names
            stored += repr(cursor.fetchall())
    assert program.client_id in stored
    assert program.secret not in stored
    assert token not in stored


def test_a_narrower_token_may_do_less(program: ProgramSecret) -> None:
    token = ask_token(program, scope="briefs:read").json()["access_token"]
    assert call(token).status_code == 403


REFUSALS = [
    ({"grant_type": ""}, 400, "invalid_request"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
    ({"client_secret": "wrong"}, 401, "invalid_client"),
    ({"client_secret": ""}, 401, "invalid_client"),
    ({"client_id": "nobody"}, 401, "invalid_client"),
    ({"client_id": "a\x00b"}, 400, "invalid_request"),
    ({"scope": "bookings:write"}, 400, "invalid_scope"),
    ({"scope": "nonsense"}, 400, "invalid_scope"),
]


@pytest.mark.parametrize(("fields", "status", "error"), REFUSALS)
def test_refusals_follow_the_rfc(program: ProgramSecret, fields: dict[str, str], status: int, error: str) -> None:
    answer = ask_token(program, **fields)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer["Cache-Control"] == "no-store"
    if status == 401:
        assert answer["WWW-Authenticate"].startswith("Basic")
    assert not Token.objects.exists()


def test_other_bodies_and_methods(program: ProgramSecret) -> None:
    client = Client()
    assert client.get("/oauth/token").status_code == 405
    for content_type in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        answer = client.post("/oauth/token", b'{"grant_type": "client_credentials"}', content_type=content_type)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    twice = f"grant_type=client_credentials&grant_type=x&client_id={program.client_id}&client_secret={program.secret}"
    answer = client.post("/oauth/token", twice, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("token", "kind"), [(None, ""), ("nonsense", "Bearer"), ("", "Bearer"), ("x", "Basic"), ("\x00", "Bearer")]
)
def test_no_good_token_is_401_with_a_challenge(program: ProgramSecret, token: str | None, kind: str) -> None:
    answer = call(token, kind)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_cookie_opens_no_api(actor_system: Actor, at: datetime) -> None:
    request = RequestFactory().get("/api/v1/who/")
    request.actor = Actor(kind=ActorKind.USER, user_id=new_id(), organisation_id=ORGANISATION)  # type: ignore[attr-defined]
    assert Who.as_view()(request).status_code == 401


def test_an_old_token_ends(program: ProgramSecret) -> None:
    token = ask_token(program).json()["access_token"]
    Token.objects.update(expires_at=Token.objects.get().expires_at - timedelta(hours=1))
    assert call(token).status_code == 401


def test_switching_off_counts_at_once(program: ProgramSecret, actor_system: Actor, at: datetime) -> None:
    token = ask_token(program).json()["access_token"]
    usecases.revoke_program(program_id=program.id, actor=actor_system, at=at)
    assert call(token).status_code == 401
    assert ask_token(program).status_code in (400, 401)
    assert not Token.objects.exists()


def test_a_new_secret_ends_the_old_one_and_its_tokens(
    program: ProgramSecret, actor_system: Actor, at: datetime
) -> None:
    token = ask_token(program).json()["access_token"]
    renewed = usecases.rotate_program(program_id=program.id, actor=actor_system, at=at)
    assert call(token).status_code == 401
    assert ask_token(program).status_code == 401
    assert call(ask_token(renewed).json()["access_token"]).status_code == 200


def test_an_organisation_without_standing_loses_all_its_programs(
    program: ProgramSecret, actor_system: Actor, at: datetime
) -> None:
    token = ask_token(program).json()["access_token"]
    assert usecases.revoke_programs_of(organisation_id=ORGANISATION, actor=actor_system, at=at) == 1
    assert call(token).status_code == 401


def requester(organisation_id: UUID, at: datetime | None) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        user_id=new_id(),
        roles=frozenset({Role.REQUESTER}),
        organisation_id=organisation_id,
        stepped_up_at=at,
    )


def test_only_ones_own_organisation_and_only_after_step_up(program: ProgramSecret, at: datetime) -> None:
    fields = {"organisation_id": ORGANISATION, "name": "Mine", "scopes": ["briefs:read"], "at": at}
    with pytest.raises(StepUpNeeded):
        usecases.create_program(actor=requester(ORGANISATION, None), **fields)  # type: ignore[arg-type]
    for stranger in (requester(new_id(), at), Actor.nobody()):
        with pytest.raises(NotFound):
            usecases.create_program(actor=stranger, **fields)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            usecases.revoke_program(program_id=program.id, actor=stranger, at=at)
        with pytest.raises(NotFound):
            queries.programs_visible_to(stranger, ORGANISATION)
    assert Program.objects.filter(revoked_at__isnull=True).count() == 1
    usecases.create_program(actor=requester(ORGANISATION, at), **fields)  # type: ignore[arg-type]
    assert len(queries.programs_visible_to(requester(ORGANISATION, None), ORGANISATION)) == 2


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["briefs:read"]), ("x", []), ("x", ["root"]), ("x" * 81, ["briefs:read"])]
)
def test_bad_programs_are_refused(name: str, scopes: list[str], actor_system: Actor, at: datetime) -> None:
    with pytest.raises(Invalid):
        usecases.create_program(organisation_id=ORGANISATION, name=name, scopes=scopes, actor=actor_system, at=at)
    assert not Program.objects.exists()


def test_proving_a_token_takes_one_statement_once_noted(program: ProgramSecret) -> None:
    token = ask_token(program).json()["access_token"]
    call(token)
    with CaptureQueriesContext(connection) as captured:
        call(token)
    assert len(captured) == 1
