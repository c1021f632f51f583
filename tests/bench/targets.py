"""What is measured of ours: the five busiest pages and API operations, found in the seeded data."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.bench.wsgi import Answer, Browser, hidden_fields

DRY_RUN = "API: try a brief (dry run)"


@dataclass(frozen=True, slots=True)
class Target:
    """One request that can be made again and again without changing anything that counts."""

    name: str
    kind: str  # page or api
    browser: Browser
    method: str
    path: str
    body: Callable[[], bytes] | None = None
    headers: Callable[[], Mapping[str, str]] | None = None

    def once(self) -> Answer:
        body = self.body() if self.body else b""
        kind = "application/json" if self.kind == "api" and body else ""
        return self.browser.call(self.method, self.path, body, kind, self.headers() if self.headers else None)


@dataclass(frozen=True, slots=True)
class Scene:
    """A brief of the seeded story on which people have said yes and somebody has not answered, and who is at it."""

    opportunity_id: UUID
    organisation_id: UUID
    member: UUID  # accounts
    coordinator: UUID
    person: UUID
    invitation_id: UUID


def as_json(value: Any) -> Callable[[], bytes]:
    body = json.dumps(value, default=str).encode()
    return lambda: body


def scene() -> Scene:
    """The busiest such brief. LookupError when the database was not seeded."""
    from django.db.models import Count, Q

    from backend.accounts.models import RoleGrant
    from backend.accounts.queries import first_with_role
    from backend.kernel import clock
    from backend.kernel.actor import Role
    from network.opportunities.models import Invitation, Opportunity
    from network.opportunities.states import BriefState, InvitationState

    yes = Count("invitations", filter=Q(invitations__state=InvitationState.YES))
    sent = Count("invitations", filter=Q(invitations__state=InvitationState.SENT))
    briefs = Opportunity.objects.filter(state=BriefState.ACCEPTED).annotate(yes=yes, sent=sent)
    brief = briefs.filter(yes__gt=0, sent__gt=0).order_by("-yes", "id").first()
    if brief is None:
        raise LookupError("nobody said yes to anything: is this database seeded?")
    invitation = (
        Invitation.objects.filter(opportunity=brief, state=InvitationState.SENT)
        .select_related("person")
        .order_by("person__joined_at", "id")
        .first()
    )
    member = RoleGrant.objects.filter(role=Role.REQUESTER, scope_id=brief.organisation_id).order_by("id").first()
    coordinator = first_with_role(Role.COORDINATOR, at=clock.now())
    assert invitation is not None
    assert invitation.person.user_id is not None
    assert member is not None
    assert coordinator is not None
    return Scene(
        brief.id, brief.organisation_id, member.user_id, coordinator, invitation.person.user_id, invitation.id
    )  # fmt: skip


def signed_in(application: Callable[..., Any], user_id: UUID) -> Browser:
    """A browser that came through the demo's door, as a person would in `make demo`."""
    from backend.accounts import usecases
    from backend.kernel import clock

    browser = Browser(application)
    token = usecases.make_demo_link(user_id=user_id, at=clock.now())
    answer = browser.get(f"/demo/sign-in/{token}/")
    if answer.status != 303:
        raise LookupError(f"signing in answered {answer.status}")
    return browser


def program(application: Callable[..., Any], organisation_id: UUID) -> Browser:
    """A program of the organisation, with a token from /oauth/token."""
    from backend.accounts import usecases
    from backend.accounts.data import Scope
    from backend.kernel import clock
    from backend.kernel.actor import Actor

    made = usecases.create_program(
        organisation_id=organisation_id, name="Bench", scopes=list(Scope), actor=Actor.system("bench"), at=clock.now()
    )
    browser = Browser(application)
    secret = b64encode(f"{made.client_id}:{made.secret}".encode()).decode()
    scopes = "+".join(str(scope).replace(":", "%3A") for scope in Scope)
    answer = browser.call(
        "POST",
        "/oauth/token",
        f"grant_type=client_credentials&scope={scopes}".encode(),
        "application/x-www-form-urlencoded",
        {"Authorization": f"Basic {secret}"},
    )
    if answer.status != 200:
        raise LookupError(f"/oauth/token answered {answer.status}: {answer.text}")
    browser.headers = {"Authorization": f"Bearer {json.loads(answer.text)['access_token']}"}
    return browser


def a_brief() -> dict[str, Any]:
    """A whole brief as a program sends it."""
    from backend.config.seeding import requests
    from backend.kernel import clock

    at = clock.now()
    written = requests.brief(
        "pre_recorded", "Measured", ("prison-release",), requests.at_hour(at + timedelta(days=20), 14),
        answer_by=at + timedelta(days=5),
    )  # fmt: skip
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(written).items()
        if value is not None
    }


def ours() -> list[Target]:
    """Ten targets on the seeded database that the settings name."""
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    found = scene()
    person, member = signed_in(application, found.person), signed_in(application, found.member)
    coordinator, client = signed_in(application, found.coordinator), program(application, found.organisation_id)
    brief = f"/desk/briefs/{found.opportunity_id}"
    before = member.get(f"{brief}/before/")  # what a requester promises once, before they read about anybody
    member.post(f"{brief}/before/", hidden_fields(before.text))
    api = f"/api/v1/briefs/{found.opportunity_id}"
    client.call("POST", f"{api}/boundaries", b'{"accept": "all"}', "application/json")
    return [
        Target("page: /me/ (the person's own)", "page", person, "GET", "/me/"),
        Target("page: one invitation", "page", person, "GET", f"/me/requests/{found.invitation_id}/"),
        Target("page: /desk/ (the requester's)", "page", member, "GET", "/desk/"),
        Target("page: who said yes to a brief", "page", member, "GET", f"{brief}/people/"),
        Target("page: whom a brief fits", "page", coordinator, "GET", f"/team/briefs/{found.opportunity_id}/match/"),
        Target("API: list briefs", "api", client, "GET", "/api/v1/briefs"),
        Target("API: read a brief", "api", client, "GET", api),
        Target("API: who said yes to a brief", "api", client, "GET", f"{api}/cards"),
        Target("API: list bookings", "api", client, "GET", "/api/v1/bookings"),
        Target(DRY_RUN, "api", client, "POST", "/api/v1/briefs?dry_run=true", as_json(a_brief())),
    ]
