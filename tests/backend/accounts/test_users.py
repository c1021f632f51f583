"""Accounts, roles, sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from backend.accounts import addresses, queries, usecases
from backend.accounts.data import AddressUse, Grant
from backend.accounts.models import RoleGrant, User
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.crypto import CannotOpen
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from backend.kernel.ids import new_id

pytestmark = pytest.mark.django_db


def staff(role: Role, at: datetime | None = None) -> Actor:
    return Actor(kind=ActorKind.USER, user_id=new_id(), roles=frozenset({role}), stepped_up_at=at)


@pytest.fixture
def user(at: datetime) -> UUID:
    return usecases.ensure_user(email="Sam@Example.org", known_as="Sam", at=at)


def test_one_address_is_one_account_however_it_is_written(user: UUID, at: datetime) -> None:
    assert usecases.ensure_user(email="  sam@example.ORG", known_as="Other", at=at) == user
    assert User.objects.get().known_as == "Sam"


def test_an_address_opens_for_a_named_use_only(user: UUID) -> None:
    assert addresses.address_of(user, AddressUse.SIGN_IN_CODE) == "sam@example.org"
    with pytest.raises(TypeError):
        addresses.address_of(user, "curiosity")  # type: ignore[arg-type]


def test_a_sealed_address_does_not_open_for_another_account(user: UUID, at: datetime) -> None:
    other = usecases.ensure_user(email="other@example.org", at=at)
    User.objects.filter(id=other).update(email_sealed=User.objects.get(id=user).email_sealed)
    with pytest.raises(CannotOpen):
        addresses.address_of(other, AddressUse.SIGN_IN_CODE)


GRANTERS = {
    Role.COORDINATOR: {Role.SPOKESPERSON, Role.SUPPORTER, Role.REQUESTER},
    Role.ADMIN: set(Role) - {Role.SPOKESPERSON, Role.SUPPORTER, Role.REQUESTER},
}


@pytest.mark.parametrize("granter", list(Role))
@pytest.mark.parametrize("role", list(Role))
def test_who_may_give_which_role(user: UUID, at: datetime, granter: Role, role: Role) -> None:
    scope = new_id() if role in GRANTERS[Role.COORDINATOR] else None
    actor = staff(granter, at)
    if role in GRANTERS.get(granter, set()):
        usecases.grant_role(user_id=user, role=role, scope_id=scope, actor=actor, at=at)
        assert RoleGrant.objects.get().granted_by == actor.ref
    else:
        with pytest.raises(NotAllowed):
            usecases.grant_role(user_id=user, role=role, scope_id=scope, actor=actor, at=at)
        assert not RoleGrant.objects.exists()


def test_nobody_gives_themselves_a_role(user: UUID, at: datetime) -> None:
    me = Actor(kind=ActorKind.USER, user_id=user, roles=frozenset({Role.ADMIN}), stepped_up_at=at)
    with pytest.raises(NotAllowed):
        usecases.grant_role(user_id=user, role=Role.FINANCE_APPROVER, actor=me, at=at)


def test_staff_roles_need_a_fresh_proof(user: UUID, at: datetime) -> None:
    stale = staff(Role.ADMIN, at - timedelta(minutes=5, seconds=1))
    with pytest.raises(StepUpNeeded):
        usecases.grant_role(user_id=user, role=Role.COORDINATOR, actor=stale, at=at)
    assert not RoleGrant.objects.exists()


def test_preparer_and_approver_are_two_people(user: UUID, actor_system: Actor, at: datetime) -> None:
    usecases.grant_role(user_id=user, role=Role.FINANCE_PREPARER, actor=actor_system, at=at)
    with pytest.raises(Conflict):
        usecases.grant_role(user_id=user, role=Role.FINANCE_APPROVER, actor=actor_system, at=at)
    assert RoleGrant.objects.count() == 1


def test_a_scoped_role_needs_its_scope(user: UUID, actor_system: Actor, at: datetime) -> None:
    with pytest.raises(Invalid):
        usecases.grant_role(user_id=user, role=Role.SPOKESPERSON, actor=actor_system, at=at)
    with pytest.raises(Invalid):
        usecases.grant_role(user_id=user, role=Role.ADMIN, scope_id=new_id(), actor=actor_system, at=at)


def test_a_session_knows_only_live_roles(user: UUID, actor_system: Actor, at: datetime) -> None:
    organisation = new_id()
    usecases.grant_role(user_id=user, role=Role.REQUESTER, scope_id=organisation, actor=actor_system, at=at)
    usecases.grant_role(user_id=user, role=Role.COORDINATOR, actor=actor_system, at=at)
    session = usecases.open_session(user_id=user, device="Firefox", at=at)

    def grants(moment: datetime) -> set[Grant]:
        live = queries.live_session(session_id=session, user_id=user, at=moment)
        assert live
        return set(live.grants)

    assert grants(at) == {Grant(Role.REQUESTER, organisation), Grant(Role.COORDINATOR, None)}
    later = at + timedelta(minutes=1)
    usecases.end_role(user_id=user, role=Role.COORDINATOR, actor=actor_system, at=later)
    assert grants(later) == {Grant(Role.REQUESTER, organisation)}
    assert queries.users_with_role(Role.COORDINATOR, at=later) == []
    assert queries.users_with_role(Role.REQUESTER, at=later, scope_id=organisation) == [user]


def test_sessions_end_in_every_way(user: UUID, actor_system: Actor, at: datetime) -> None:
    def opened() -> UUID:
        return usecases.open_session(user_id=user, device="", at=at)

    def is_live(session: UUID, user_id: UUID = user) -> bool:
        return queries.live_session(session_id=session, user_id=user_id, at=at) is not None

    first, second, third = opened(), opened(), opened()
    assert is_live(first)
    assert not is_live(first, new_id()), "nobody else's"
    usecases.end_session(session_id=first, at=at)
    assert not is_live(first)
    me = Actor(kind=ActorKind.USER, user_id=user)
    assert usecases.end_other_sessions(actor=me, keep=second, at=at) == 1
    assert is_live(second)
    assert not is_live(third)
    usecases.end_all_sessions(user_id=user, at=at)
    assert not is_live(second)
    fourth = opened()
    usecases.disable_user(user_id=user, actor=actor_system, at=at)
    assert not is_live(fourth)
    with pytest.raises(NotFound):
        opened()


def test_only_the_admin_closes_accounts(user: UUID, at: datetime) -> None:
    for role in set(Role) - {Role.ADMIN}:
        with pytest.raises(NotFound):
            usecases.disable_user(user_id=user, actor=staff(role), at=at)
    assert User.objects.get().is_active


def test_step_up_belongs_to_one_session_of_ones_own(user: UUID, at: datetime) -> None:
    session = usecases.open_session(user_id=user, device="", at=at)
    with pytest.raises(NotFound):
        usecases.step_up(actor=staff(Role.ADMIN), session_id=session, at=at)
    usecases.step_up(actor=Actor(kind=ActorKind.USER, user_id=user), session_id=session, at=at)
    live = queries.live_session(session_id=session, user_id=user, at=at)
    assert live
    assert live.stepped_up_at == at


def test_change_of_address_needs_a_fresh_proof_and_ends_sessions(user: UUID, at: datetime) -> None:
    session = usecases.open_session(user_id=user, device="", at=at)
    with pytest.raises(StepUpNeeded):
        usecases.change_email(email="new@example.org", actor=Actor(kind=ActorKind.USER, user_id=user), at=at)
    assert addresses.address_of(user, AddressUse.SIGN_IN_CODE) == "sam@example.org"
    me = Actor(kind=ActorKind.USER, user_id=user, stepped_up_at=at)
    usecases.change_email(email="New@example.org", actor=me, at=at)
    assert addresses.address_of(user, AddressUse.SIGN_IN_CODE) == "new@example.org"
    assert queries.live_session(session_id=session, user_id=user, at=at) is None
    usecases.ensure_user(email="taken@example.org", at=at)
    with pytest.raises(Invalid):
        usecases.change_email(email="taken@example.org", actor=me, at=at)
    assert addresses.address_of(user, AddressUse.SIGN_IN_CODE) == "new@example.org"
