"""Codes by email: nobody learns who has an account, and nobody gets in without one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts import usecases
from backend.accounts.models import SignInCode, User
from backend.accounts.states import CodePurpose
from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.kernel.errors import Invalid
from backend.kernel.ids import new_id
from backend.outbox import worker
from backend.outbox.models import Work

pytestmark = pytest.mark.django_db
ADDRESS = "rowan@example.org"


@pytest.fixture
def user(at: datetime) -> UUID:
    return usecases.ensure_user(email=ADDRESS, at=at)


def mailed_code(at: datetime) -> str:
    with clock.frozen(at):
        worker.run_due()
    found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
    assert found
    return found.group()


def try_code(attempt: UUID, code: str, at: datetime, **more: str) -> UUID | None:
    return usecases.try_code(attempt_id=attempt, code=code, purpose=CodePurpose.SIGN_IN, at=at, **more)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_mailed_code_signs_in_once(user: UUID, at: datetime) -> None:
    attempt = usecases.ask_for_code(email=" Rowan@Example.org ", at=at)
    code = mailed_code(at)
    assert mail.outbox[0].to == [ADDRESS]
    assert mail.outbox[0].subject == "Your code"
    assert try_code(attempt, code, at) == user
    assert try_code(attempt, code, at) is None


def test_the_code_is_nowhere_in_plain_text(user: UUID, at: datetime) -> None:
    attempt = usecases.ask_for_code(email=ADDRESS, at=at)
    assert SignInCode.objects.get(id=attempt).code_sealed
    code = mailed_code(at)
    row = SignInCode.objects.get(id=attempt)
    assert bytes(row.code_sealed) == b"", "forgotten once mailed"
    stored = repr(list(SignInCode.objects.values())) + repr(list(Work.objects.values()))
    assert code not in stored
    assert ADDRESS not in stored + repr(list(User.objects.values()))


def test_an_unknown_address_gets_the_same_work_and_no_mail(user: UUID, at: datetime) -> None:
    statements: list[list[str]] = []
    for address in (ADDRESS, "nobody@example.org"):
        with CaptureQueriesContext(connection) as captured:
            usecases.ask_for_code(email=address, at=at)
        statements.append([re.sub(r"'[^']*'|x?'[0-9a-f]*'|\d+", "?", q["sql"])[:60] for q in captured.captured_queries])
    assert statements[0] == statements[1]
    assert SignInCode.objects.count() == Work.objects.count() == 2
    with clock.frozen(at):
        assert worker.run_due() == 2
    assert [m.to for m in mail.outbox] == [[ADDRESS]]


def test_a_closed_account_is_like_an_unknown_one(user: UUID, actor_system: Actor, at: datetime) -> None:
    attempt = usecases.ask_for_code(email=ADDRESS, at=at)
    code = mailed_code(at)
    usecases.disable_user(user_id=user, actor=actor_system, at=at)
    assert try_code(attempt, code, at) is None
    usecases.ask_for_code(email=ADDRESS, at=at)
    with clock.frozen(at):
        worker.run_due()
    assert len(mail.outbox) == 1


def test_a_code_ends_after_ten_minutes(user: UUID, at: datetime) -> None:
    attempt = usecases.ask_for_code(email=ADDRESS, at=at)
    code = mailed_code(at)
    assert try_code(attempt, code, at + timedelta(minutes=10)) is None
    assert try_code(attempt, code, at + timedelta(minutes=10) - timedelta(seconds=1)) == user


def test_a_code_mailed_too_late_is_not_mailed(user: UUID, at: datetime) -> None:
    usecases.ask_for_code(email=ADDRESS, at=at)
    with clock.frozen(at + timedelta(minutes=11)):
        worker.run_due()
    assert mail.outbox == []


def test_five_wrong_tries_end_a_code(user: UUID, at: datetime) -> None:
    attempt = usecases.ask_for_code(email=ADDRESS, at=at)
    code = mailed_code(at)
    for _ in range(5):
        assert try_code(attempt, other(code), at) is None
    assert try_code(attempt, code, at) is None


def test_tries_are_counted_for_the_address_over_several_codes(user: UUID, at: datetime) -> None:
    wrong = usecases.ask_for_code(email=ADDRESS, at=at)
    code = mailed_code(at)
    for _ in range(5):
        try_code(wrong, other(code), at)
    fresh = usecases.ask_for_code(email=ADDRESS, at=at)
    assert try_code(fresh, mailed_code(at), at) is None
    later = at + timedelta(minutes=16)
    again = usecases.ask_for_code(email=ADDRESS, at=later)
    assert try_code(again, mailed_code(later), later) == user


def test_a_stranger_cannot_lock_the_owner_out_of_their_own_browser(user: UUID, at: datetime) -> None:
    mark = usecases.known_device(user, "d" * 22)
    for _ in range(6):
        stranger = usecases.ask_for_code(email=ADDRESS, at=at)
        try_code(stranger, "000000", at)
    with clock.frozen(at):
        worker.run_due()
    attempt = usecases.ask_for_code(email=ADDRESS, at=at, device_mark=mark)
    assert try_code(attempt, mailed_code(at), at, device_mark=mark) == user


def test_a_mark_of_another_account_gives_no_extra_tries(user: UUID, at: datetime) -> None:
    mark = usecases.known_device(new_id(), "d" * 22)
    for _ in range(5):
        usecases.ask_for_code(email=ADDRESS, at=at)
    usecases.ask_for_code(email=ADDRESS, at=at, device_mark=mark)
    with clock.frozen(at):
        worker.run_due()
    assert len(mail.outbox) == 5


def test_one_address_does_not_use_up_anothers_tries(user: UUID, at: datetime) -> None:
    for n in range(30):
        usecases.ask_for_code(email=f"someone{n % 3}@example.org", at=at)
    attempt = usecases.ask_for_code(email=ADDRESS, at=at)
    assert try_code(attempt, mailed_code(at), at) == user


def test_a_code_to_confirm_does_not_sign_in_nor_the_other_way_round(user: UUID, at: datetime) -> None:
    actor = Actor(kind=Actor.system("x").kind, user_id=user)
    attempt = usecases.ask_to_confirm(actor=actor, at=at)
    code = mailed_code(at)
    assert try_code(attempt, code, at) is None
    assert usecases.try_code(attempt_id=attempt, code=code, purpose=CodePurpose.CONFIRM, at=at) == user


@pytest.mark.parametrize(
    "bad", ["", "nobody", "a@b", "a b@example.org", f"{'a' * 250}@example.org", "a\x00b@example.org"]
)
def test_what_is_no_address_is_said_to_be_none(bad: str, at: datetime) -> None:
    with pytest.raises(Invalid):
        usecases.ask_for_code(email=bad, at=at)
    assert not SignInCode.objects.exists()
