"""Bar D2, short tier: no answer that shows a detail finishes after the person was told "withdrawn".

Real transactions on two connections. The mutant takes the lock away and must let exactly that happen; on SQLite the
writing transaction is itself the lock, so there the mutant reads outside one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from network.consent import gate, usecases
from network.consent.data import Category, Disclosed, Purpose, Recipient
from network.consent.rules import Ask
from tests.conftest import AT
from tests.factories.people import (
    actor_of,
    give_for_request,
    make_person,
    make_standing_organisation,
    requester_of,
)
from tests.network.racing import arena

pytestmark = pytest.mark.django_db(transaction=True)


def look(person: UUID, org: UUID, opp: UUID) -> dict[UUID, Disclosed]:
    return gate.disclose(
        person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
        recipient=Recipient.organisation(org), opportunity=opp, actor=requester_of(org), at=AT,
    )  # fmt: skip


def _withdraw(person: UUID, org: UUID, opp: UUID, grant: UUID) -> None:
    usecases.withdraw(grant_id=grant, actor=actor_of(person), at=AT)


def _change(person: UUID, org: UUID, opp: UUID, grant: UUID) -> None:
    with transaction.atomic():
        usecases.suspend_for_change(opportunity_id=opp, actor=requester_of(org), at=AT)


def _pause(person: UUID, org: UUID, opp: UUID, grant: UUID) -> None:
    usecases.pause_everything(person_id=person, actor=actor_of(person), at=AT)


def _protect(person: UUID, org: UUID, opp: UUID, grant: UUID) -> None:
    usecases.keep_anonymous(person_id=person, regime="not_said", actor=actor_of(person), at=AT)


STOPS = (_withdraw, _change, _pause, _protect)


def race(
    folder: Path, ends: Callable[[UUID, UUID, UUID, UUID], None] = _withdraw, *, patience: float = 0.6
) -> list[str]:
    """Start an answer, end what it rests on in the middle of building its body, and note in which order the two were
    done."""
    person, org, opp = make_person(), make_standing_organisation(), uuid4()
    grant = give_for_request(person, org, opp, categories=frozenset({Category.NAME})).grant_id
    done: list[str] = []
    reading, over = threading.Event(), threading.Event()

    def answer() -> bool:
        with gate.window():
            shown = look(person, org, opp)
            reading.set()
            over.wait(patience)  # the body is being built: until the stop is through, or for as long as it may hold on
            done.append("answered")
            return bool(shown[person].name)

    def stop() -> bool:
        assert reading.wait(10)
        ends(person, org, opp, grant)
        done.append("withdrawn")
        over.set()
        with gate.window():
            return look(person, org, opp) == {}

    with arena(folder) as where:
        assert where.race([answer, stop]) == [True, True]
    return done


@pytest.mark.parametrize("ends", STOPS)
def test_the_answer_is_done_before_the_person_is_told(
    tmp_path: Path, ends: Callable[[UUID, UUID, UUID, UUID], None]
) -> None:
    assert race(tmp_path, ends) == ["answered", "withdrawn"]


def test_without_the_lock_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gate._decide

    def unlocked(ids: frozenset[UUID], ask: Ask, *, lock: bool) -> Any:
        decided = real(ids, ask, lock=False)
        if connection.vendor == "sqlite" and not connection.savepoint_ids:
            connection.cursor().execute(
                "COMMIT"
            )  # what ATOMIC_REQUESTS does: the read is over before the body is built
            connection.cursor().execute("BEGIN DEFERRED")
        return decided

    monkeypatch.setattr(gate, "_decide", unlocked)
    monkeypatch.setattr(gate, "_record", lambda *args: None)  # its writing would take the lock again on SQLite
    assert race(tmp_path, patience=30) == ["withdrawn", "answered"]
