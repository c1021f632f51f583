from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from backend.accounts.models import RoleGrant, User
from backend.kernel.actor import Role

pytestmark = pytest.mark.django_db


def roles() -> list[str]:
    return sorted(RoleGrant.objects.filter(ends_at__isnull=True).values_list("role", flat=True))


def test_the_first_admin_gets_an_account_and_the_role_once() -> None:
    for _ in range(2):
        call_command("add_staff", "first@office.example", "admin", known_as="Robin Testbury")
    assert roles() == [Role.ADMIN]
    assert User.objects.get().known_as == "Robin Testbury"


@pytest.mark.parametrize("role", [Role.SPOKESPERSON, Role.REQUESTER, Role.SUPPORTER, "king"])
def test_nobody_becomes_anything_else_this_way(role: str) -> None:
    with pytest.raises(CommandError):
        call_command("add_staff", "first@office.example", str(role))
    assert not User.objects.exists()
    assert roles() == []


def test_what_is_no_address_is_refused_in_words() -> None:
    with pytest.raises(CommandError, match="@"):
        call_command("add_staff", "nobody", "admin")
    assert not User.objects.exists()


def test_one_person_never_prepares_and_approves() -> None:
    call_command("add_staff", "one@office.example", "finance_preparer")
    with pytest.raises(CommandError, match="two people"):
        call_command("add_staff", "one@office.example", "finance_approver")
    assert roles() == [Role.FINANCE_PREPARER]
