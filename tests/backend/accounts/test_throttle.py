"""Limits in the database: exact under simultaneous tries, and never failing open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection

from backend.accounts import throttle
from backend.accounts.models import Throttle

WINDOW = timedelta(minutes=15)


def tries(at: datetime, key: str = "a") -> Callable[[], bool]:
    return lambda: throttle.allow(bucket="b", key=key, limit=3, window=WINDOW, at=at)


@pytest.mark.django_db
def test_the_limit_is_for_a_key_and_a_window(at: datetime) -> None:
    assert [tries(at)() for _ in range(5)] == [True, True, True, False, False]
    assert tries(at, "other")()
    assert not tries(at + WINDOW - timedelta(seconds=1))()
    assert [tries(at + WINDOW)() for _ in range(4)] == [True, True, True, False]


@pytest.mark.django_db
def test_forgetting_starts_afresh(at: datetime) -> None:
    for _ in range(4):
        tries(at)()
    throttle.forget(bucket="b", key="a")
    assert tries(at)()


@pytest.mark.django_db
def test_keys_are_not_stored(at: datetime) -> None:
    throttle.allow(bucket="b", key="rowan@example.org", limit=3, window=WINDOW, at=at)
    assert "rowan" not in repr(list(Throttle.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_without_its_table_nothing_is_allowed(at: datetime) -> None:
    with connection.schema_editor() as editor:
        editor.alter_db_table(Throttle, "backend_throttle", "backend_throttle_gone")
    try:
        with pytest.raises(DatabaseError):
            tries(at)()
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Throttle, "backend_throttle_gone", "backend_throttle")
