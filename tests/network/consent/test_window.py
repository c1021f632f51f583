"""Bar D2, short tier: no answer that shows a detail finishes after the person was told "withdrawn".

Real transactions on two connections. The mutant takes the lock away and must let exactly that happen (PostgreSQL; on
SQLite the transaction itself keeps the withdrawal out, so there is no lock to take away).
"""

from __future__ import annotations

import threading
import time
from uuid import UUID, uuid4

import pytest
from django.db import connection

from network.consent import gate, usecases
from network.consent.data import Category, Purpose, Recipient
from tests.conftest import AT
from tests.factories.people import (
    actor_of,
    give_for_request,
    make_person,
    make_standing_organisation,
    requester_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


def race() -> list[str]:
    """Start an answer, withdraw in the middle of building its body, and note in which order the two were done."""
    person, org, opp = make_person(), make_standing_organisation(), uuid4()
    grant = give_for_request(person, org, opp, categories=frozenset({Category.NAME})).grant_id
    done: list[str] = []
    reading = threading.Event()

    def stop() -> None:
        try:
            reading.wait(10)
            usecases.withdraw(grant_id=grant, actor=actor_of(person), at=AT)
            done.append("withdrawn")
        finally:
            connection.close()

    thread = threading.Thread(target=stop)
    thread.start()
    with gate.window():
        shown = _shown(person, org, opp)
        reading.set()
        time.sleep(0.6)  # the body is being built
        assert shown[person].name
        done.append("answered")
    thread.join(20)
    with gate.window():
        assert _shown(person, org, opp) == {}
    return done


def _shown(person: UUID, org: UUID, opp: UUID) -> dict:
    return gate.disclose(
        person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
        recipient=Recipient.organisation(org), opportunity=opp, actor=requester_of(org), at=AT,
    )  # fmt: skip


def test_the_answer_is_done_before_the_person_is_told() -> None:
    assert race() == ["answered", "withdrawn"]


def test_without_the_lock_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        # The engine itself is the lock: there is nothing to take away, and the order holds.
        assert race() == ["answered", "withdrawn"]
        return
    real = gate._decide
    monkeypatch.setattr(gate, "_decide", lambda ids, ask, *, lock: real(ids, ask, lock=False))
    assert race() == ["withdrawn", "answered"]
