from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from backend.kernel.clock import now
from backend.outbox.models import Work
from backend.web import health


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


def test_live_asks_nothing() -> None:
    assert Client().get("/health/live").json() == {"status": "live"}


@pytest.mark.django_db
def test_ready_tells_how_the_queue_is() -> None:
    at = now()
    Work.objects.create(
        topic="t", subscriber="s", object_id="00000000-0000-4000-8000-000000000001", key="k", queue="default",
        created_at=at, not_before=at - timedelta(seconds=90),
    )  # fmt: skip
    response = Client().get("/health/ready")
    found = response.json()
    assert response.status_code == 200, found
    assert found["status"] == "ready"
    assert found["outbox_ready"] == 1
    assert 89 < found["outbox_oldest_seconds"] < 600
    assert found["outbox_dead"] == 0


@pytest.mark.django_db
def test_not_ready_while_a_migration_waits() -> None:
    MigrationRecorder(connection).migration_qs.filter(app="backend", name="0001_initial").delete()
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["migrations"] == "waiting"


@pytest.mark.django_db
def test_not_ready_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any) -> None:
        raise DatabaseError("password of the database")

    monkeypatch.setattr(health, "_all_migrated", gone)
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "database": "not answering"}
