from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict
from backend.once.models import Answered
from backend.once.store import Answer, Claim, claim

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _claim(key: str = "k", body: bytes = b"x", who: str = "a") -> Claim | Answer:
    return claim(actor=Actor.system(who), route="r", key=key, body=body, at=AT)


def test_second_request_gets_the_first_answer() -> None:
    with transaction.atomic():
        first = _claim()
        assert isinstance(first, Claim)
        first.store(Answer(201, "/there/", '{"id": 1}'))
    with transaction.atomic():
        assert _claim() == Answer(201, "/there/", '{"id": 1}')
    assert Answered.objects.count() == 1


def test_other_body_is_refused_and_the_first_stays() -> None:
    with transaction.atomic():
        first = _claim()
        assert isinstance(first, Claim)
        first.store(Answer(201))
    with pytest.raises(Conflict), transaction.atomic():
        _claim(body=b"y")
    assert Answered.objects.count() == 1


def test_a_failed_effect_frees_the_key() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _claim()
        raise ZeroDivisionError
    with transaction.atomic():
        assert isinstance(_claim(), Claim)


def test_keys_of_two_actors_do_not_meet() -> None:
    with transaction.atomic():
        assert isinstance(_claim(who="a"), Claim)
        assert isinstance(_claim(who="b"), Claim)


def test_stored_bodies_are_not_readable_in_the_table() -> None:
    with transaction.atomic():
        first = _claim()
        assert isinstance(first, Claim)
        first.store(Answer(200, "", "a name in clear"))
    assert b"a name" not in bytes(Answered.objects.get().body_sealed)


def test_needs_a_transaction(django_db_blocker: pytest.FixtureRequest) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction.get_connection(), "in_atomic_block", False)
        with pytest.raises(RuntimeError):
            _claim()
