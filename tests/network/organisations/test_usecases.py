from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.accounts.models import RoleGrant, User
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from network.organisations import queries, usecases
from network.organisations.data import Standing
from network.organisations.models import Check, Member, Organisation
from network.organisations.states import CheckLevel
from payments import public as payments
from payments.invoicing import usecases as invoicing
from payments.money import Pence
from payments.public import has_customer
from tests.conftest import AT
from tests.factories.people import make_coordinator
from tests.factories.requests import apply, make_organisation, member_actor, program_actor

pytestmark = pytest.mark.django_db
TODAY = AT.date()


def check(organisation_id: UUID, actor: Actor, **changes: Any) -> Standing:
    values: dict[str, Any] = {
        "level": "J2", "method": "switchboard", "evidence": "Note 7", "valid_until": TODAY + timedelta(days=90),
    } | changes  # fmt: skip
    return usecases.check_organisation(organisation_id=organisation_id, actor=actor, at=AT, **values)


def test_applying_makes_an_owner_who_can_sign_in_and_waits_for_a_check() -> None:
    organisation_id, owner = apply()
    standing = queries.standing(organisation_id, TODAY)
    assert standing.may_ask
    assert not standing.in_standing
    assert standing.level == CheckLevel.J0
    assert owner.user_id is not None
    grant = RoleGrant.objects.get(user_id=owner.user_id)
    assert (grant.role, grant.scope_id) == (Role.REQUESTER, organisation_id)
    assert not has_customer(organisation_id)


def test_every_wrong_answer_of_an_application_is_told_at_once_and_nothing_is_kept() -> None:
    before = User.objects.count()
    with pytest.raises(Invalid) as error:
        apply(name="", kind="spaceship", website="ftp://x", billing_email="nobody", member_email="no", member_job="")
    assert set(error.value.fields) == {"name", "kind", "website", "billing_email", "member_email", "member_job"}
    assert Organisation.objects.count() == 0
    assert User.objects.count() == before


def test_a_name_is_taken_once() -> None:
    apply(name="The Daily Example")
    with pytest.raises(Invalid) as error:
        apply(name="the daily EXAMPLE")
    assert set(error.value.fields) == {"name"}
    assert Organisation.objects.count() == 1


def test_a_program_cannot_apply() -> None:
    organisation_id, _ = apply()
    with pytest.raises(NotAllowed):
        usecases.register_organisation(
            name="X", kind="newsroom", website="https://x.example", about="", billing_name="x", billing_address="x",
            billing_email="x@x.example", member_name="x", member_job="x", member_email="x@x.example",
            actor=program_actor(organisation_id), at=AT,
        )  # fmt: skip
    assert Organisation.objects.count() == 1


def test_a_check_gives_standing_until_its_day_and_opens_the_customers_account() -> None:
    organisation_id, _ = apply()
    standing = check(organisation_id, make_coordinator())
    assert standing.in_standing
    assert standing.may_receive_identity
    assert has_customer(organisation_id)
    last = TODAY + timedelta(days=90)
    assert queries.standing(organisation_id, last).may_receive_identity
    after = queries.standing(organisation_id, last + timedelta(days=1))
    assert after.level == CheckLevel.J0
    assert not after.may_receive_identity


def test_a_mailbox_alone_is_no_j2() -> None:
    organisation_id, _ = apply()
    with pytest.raises(Invalid) as error:
        check(organisation_id, make_coordinator(), method="outlet_mailbox")
    assert set(error.value.fields) == {"method"}
    assert Check.objects.count() == 0
    assert not queries.standing(organisation_id, TODAY).in_standing
    assert check(organisation_id, make_coordinator(), method="outlet_mailbox", level="J1").level == CheckLevel.J1


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_check_ends_and_not_too_far_away(days: Any) -> None:
    organisation_id, _ = apply()
    with pytest.raises(Invalid):
        check(organisation_id, make_coordinator(), valid_until=TODAY + timedelta(days=days))
    assert Check.objects.count() == 0


def test_nobody_but_a_coordinator_checks_refuses_or_suspends() -> None:
    organisation_id, owner = apply()
    stranger = Actor(kind=ActorKind.USER, roles=frozenset({Role.ADMIN, Role.FINANCE_APPROVER}))
    for actor in (owner, stranger, program_actor(organisation_id), Actor.nobody(), Actor.system("x")):
        with pytest.raises(NotFound):
            check(organisation_id, actor)
        with pytest.raises(NotFound):
            usecases.refuse(organisation_id=organisation_id, reason="no", actor=actor, at=AT)
        with pytest.raises(NotFound):
            usecases.suspend(organisation_id=organisation_id, reason="no", actor=actor, at=AT)
    assert Organisation.objects.get().state == "applied"
    assert Check.objects.count() == 0


def test_suspended_at_once_and_restored() -> None:
    organisation_id, _ = make_organisation()
    coordinator = make_coordinator()
    usecases.suspend(organisation_id=organisation_id, reason="Broke a promise.", actor=coordinator, at=AT)
    standing = queries.standing(organisation_id, TODAY)
    assert (standing.may_ask, standing.in_standing, standing.may_receive_identity) == (False, False, False)
    usecases.restore(organisation_id=organisation_id, actor=coordinator, at=AT)
    assert queries.standing(organisation_id, TODAY).may_receive_identity


def test_refusing_needs_a_reason_and_cannot_follow_a_check() -> None:
    organisation_id, _ = apply()
    coordinator = make_coordinator()
    with pytest.raises(Invalid):
        usecases.refuse(organisation_id=organisation_id, reason=" ", actor=coordinator, at=AT)
    check(organisation_id, coordinator)
    with pytest.raises(Conflict):
        usecases.refuse(organisation_id=organisation_id, reason="Too late", actor=coordinator, at=AT)
    assert Organisation.objects.get().state == "in_standing"


def test_the_owner_adds_and_removes_colleagues_and_a_member_does_not() -> None:
    organisation_id, owner = make_organisation()
    values: dict[str, Any] = {"name": "Sam Tester", "job": "Producer", "email": "sam@news.example"}
    member_id = usecases.add_member(organisation_id=organisation_id, actor=owner, at=AT, **values)
    member = Member.objects.get(pk=member_id)
    colleague = member_actor(organisation_id, member.user_id)
    with pytest.raises(NotAllowed):
        usecases.add_member(
            organisation_id=organisation_id, actor=colleague, at=AT, name="A", job="B", email="a@news.example"
        )
    with pytest.raises(Conflict):
        usecases.add_member(organisation_id=organisation_id, actor=owner, at=AT, **values)
    _, stranger = make_organisation()
    with pytest.raises(NotFound):
        usecases.remove_member(organisation_id=organisation_id, member_id=member_id, actor=stranger, at=AT)
    assert Member.objects.filter(organisation_id=organisation_id, left_at__isnull=True).count() == 2
    usecases.remove_member(organisation_id=organisation_id, member_id=member_id, actor=owner, at=AT)
    assert RoleGrant.objects.get(user_id=member.user_id).ends_at == AT
    mine = Member.objects.get(organisation_id=organisation_id, left_at__isnull=True)
    with pytest.raises(Conflict):
        usecases.remove_member(organisation_id=organisation_id, member_id=mine.id, actor=owner, at=AT)


def test_who_sees_which_organisation() -> None:
    first, owner = make_organisation()
    second, other = make_organisation()
    assert [o.organisation_id for o in queries.organisations_visible_to(owner)] == [first]
    assert {o.organisation_id for o in queries.organisations_visible_to(make_coordinator())} == {first, second}
    assert queries.organisations_visible_to(Actor.nobody()) == []
    with pytest.raises(NotFound):
        queries.organisation_visible_to(other, first)
    page = queries.my_organisation(owner)
    assert page is not None
    assert [m.is_owner for m in page.members] == [True]
    assert page.moves == ()


def test_the_list_takes_as_many_statements_for_one_as_for_four(django_assert_num_queries: Any) -> None:
    coordinator = make_coordinator()
    make_organisation()
    with django_assert_num_queries(1):
        queries.organisations_visible_to(coordinator)
    for _ in range(3):
        make_organisation()
    with django_assert_num_queries(1):
        assert len(queries.organisations_visible_to(coordinator)) == 4


DETAILS = {
    "about": "We listen.", "billing_name": "Accounts", "billing_address": "2 Example Street\nExampleton",
    "billing_email": "pay@news.example", "purchase_reference": "PO-7",
}  # fmt: skip


def test_the_owner_changes_where_the_next_invoice_goes() -> None:
    organisation_id, owner = make_organisation()
    usecases.change_details(organisation_id=organisation_id, **DETAILS, actor=owner, at=AT)
    row = Organisation.objects.get(pk=organisation_id)
    assert (row.about, row.billing_name, row.purchase_reference) == ("We listen.", "Accounts", "PO-7")
    issued = invoicing.issue_invoice(
        key="test:1", customer_ref=organisation_id, reference="BK-TEST", lines=[("Interview", Pence(20_000))],
        actor=Actor.system("test"), at=AT,
    )  # fmt: skip
    page = payments.invoice_page(invoice_id=issued, customer_ref=organisation_id)
    assert "2 Example Street" in page
    assert "PO-7" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"billing_email": "nowhere"}, "billing_email"),
        ({"billing_name": ""}, "billing_name"),
        ({"billing_address": " "}, "billing_address"),
        ({"purchase_reference": "x" * 61}, "purchase_reference"),
        ({"about": "x" * 2001}, "about"),
    ],
)
def test_bad_details_are_refused_and_nothing_changes(changes: dict[str, str], field: str) -> None:
    organisation_id, owner = make_organisation()
    before = Organisation.objects.filter(pk=organisation_id).values().get()
    with pytest.raises(Invalid) as error:
        usecases.change_details(organisation_id=organisation_id, **{**DETAILS, **changes}, actor=owner, at=AT)
    assert set(error.value.fields) == {field}
    assert Organisation.objects.filter(pk=organisation_id).values().get() == before


def test_only_an_owner_or_a_coordinator_changes_details() -> None:
    organisation_id, _ = make_organisation()
    _, rival = make_organisation()
    before = Organisation.objects.filter(pk=organisation_id).values().get()
    with pytest.raises(NotFound):
        usecases.change_details(organisation_id=organisation_id, **DETAILS, actor=rival, at=AT)
    with pytest.raises(NotAllowed):
        usecases.change_details(organisation_id=organisation_id, **DETAILS, actor=member_actor(organisation_id), at=AT)
    assert Organisation.objects.filter(pk=organisation_id).values().get() == before
    usecases.change_details(organisation_id=organisation_id, **DETAILS, actor=make_coordinator(), at=AT)
    assert Organisation.objects.get(pk=organisation_id).billing_name == "Accounts"
