"""People, organisations and chosen invitations for tests of bookings, mentoring and messages: bare rows, no journey."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from backend.accounts.usecases import ensure_user
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.ids import new_id, reference
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import BriefState, InvitationState
from network.organisations.models import Member, Organisation
from network.people.models import Assignment, Person
from network.people.states import PersonState
from payments import public as payments

AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
STARTS = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)
_number = count(1)


def person(known_as: str = "Wren", *, state: str = PersonState.ACTIVE) -> Person:
    made: Person = Person.objects.create(
        reference=reference("PE"), known_as=known_as, state=state, created_at=AT, joined_at=AT, user_id=new_id()
    )
    payments.register_payee(payee_ref=made.payee_ref, owner_user_id=made.user_id, at=AT)
    return made


def actor_of(someone: Person, kind: ActorKind = ActorKind.USER) -> Actor:
    return Actor(
        kind=kind, user_id=someone.user_id, person_id=someone.id, roles=frozenset({Role.SPOKESPERSON}), session_ref="s"
    )


def organisation(name: str = "", state: str = "in_standing") -> Organisation:
    name = name or f"Organisation {next(_number)}"
    made: Organisation = Organisation.objects.create(
        name=name, kind="newsroom", website="https://news.example.org", state=state, billing_name=name,
        billing_address="1 Press Row\nLondon", billing_email="bills@example.org", created_at=AT,
    )  # fmt: skip
    payments.register_customer(
        customer_ref=made.id,
        billing=payments.Billing(name=name, address_lines=("1 Press Row", "London"), email="bills@example.org"),
        actor=Actor.system("test"),
        at=AT,
    )
    return made


def member(of: Organisation, *, owner: bool = True) -> Actor:
    """A member with a real account, so that a mail can find an address."""
    user_id = ensure_user(email=f"member{next(_number)}@example.org", known_as="Ash", at=AT)
    Member.objects.create(
        organisation=of, user_id=user_id, name="Ash Grove", job="Producer", is_owner=owner, joined_at=AT
    )
    return Actor(
        kind=ActorKind.USER, user_id=user_id, organisation_id=of.id, roles=frozenset({Role.REQUESTER}), session_ref="m"
    )


def program(of: Organisation, *scopes: str) -> Actor:
    return Actor(
        kind=ActorKind.PROGRAM, organisation_id=of.id, program_id="p1", scopes=frozenset(scopes),
        roles=frozenset({Role.REQUESTER}),
    )  # fmt: skip


def coordinator(*of: Person) -> Actor:
    """A coordinator with an account and the role, assigned to the people given."""
    from backend.accounts.usecases import grant_role

    user_id = ensure_user(email=f"staff{next(_number)}@example.org", known_as="Rowan", at=AT)
    grant_role(user_id=user_id, role=Role.COORDINATOR, scope_id=None, actor=Actor.system("test"), at=AT)
    for someone in of:
        Assignment.objects.create(person=someone, coordinator_id=user_id, starts_at=AT)
    return Actor(kind=ActorKind.USER, user_id=user_id, roles=frozenset({Role.COORDINATOR}), session_ref="c")


def opportunity(
    of: Organisation, *, raised_by: str = "user:none", starts: datetime = STARTS, **more: Any
) -> Opportunity:
    values: dict[str, Any] = {
        "reference": reference("RQ"), "organisation": of, "raised_by": raised_by, "source": "web",
        "state": BriefState.CHOSEN, "kind": "live_broadcast", "title": "A morning programme", "audience": "Listeners",
        "recording": "live", "editorial_terms": "None", "fee_pence": 15000, "starts_at": starts,
        "ends_at": starts + timedelta(hours=1), "answer_by": AT + timedelta(days=3), "created_at": AT,
        "updated_at": AT, "place": "Studio 4", "point_of_no_return": "It is live.",
    }  # fmt: skip
    made: Opportunity = Opportunity.objects.create(**{**values, **more})
    return made


def invitation(
    of: Opportunity, to: Person, *, state: str = InvitationState.CHOSEN, grant_id: UUID | None = None, fee: int = 15000
) -> Invitation:
    made: Invitation = Invitation.objects.create(
        opportunity=of, person=to, state=state, invited_by="user:none", sent_at=AT, answered_at=AT,
        agreed_fee_pence=fee, grant_id=grant_id,
    )  # fmt: skip
    return made


class Cast:
    """One who speaks, one who asks, one who helps, and a stranger of each kind."""

    def __init__(self) -> None:
        self.wren, self.stranger = person("Wren"), person("Tern")
        self.org, self.other_org = organisation(), organisation()
        self.requester, self.rival = member(self.org), member(self.other_org)
        self.coordinator, self.other_coordinator = coordinator(self.wren), coordinator()
        self.opportunity = opportunity(self.org, raised_by=self.requester.ref)
        self.invitation = invitation(self.opportunity, self.wren)

    @property
    def speaker(self) -> Actor:
        return actor_of(self.wren)
