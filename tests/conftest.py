"""What every test may use. Figures are fixed; nothing depends on the order or the number of processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management.color import no_style
from django.core.management.commands.flush import Command as Flush
from django.db import connection, transaction

from backend.kernel.actor import Actor
from backend.outbox import registry
from backend.outbox.data import Subscription

AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # a Monday, ten o'clock in London


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a test that was skipped is a failure: nothing may be left out quietly."""
    if not os.environ.get("NOTHING_SKIPPED"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    left_out = [*reporter.stats.get("skipped", ()), *reporter.stats.get("xfailed", ())] if reporter else []
    if left_out and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        for report in left_out:
            print(f"left out: {report.nodeid}")


def _without_guards(statements: Callable[[], None]) -> None:
    """Run `statements` with the append-only triggers out of the way: only the emptying of test tables may do this."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            statements()
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        statements()
        for _, sql in triggers:
            cursor.execute(sql)


@pytest.fixture(autouse=True, scope="session")
def _flush_despite_guards() -> Iterator[None]:
    """Transactional tests empty every table at their end, which our append-only tables rightly refuse."""
    plain = Flush.handle

    def handle(self: Flush, **options: Any) -> None:
        if options["database"] != "default":  # the data keys have no guards
            plain(self, **options)
            return
        if connection.vendor == "sqlite":  # a PRAGMA has no effect inside a transaction, so it comes first
            with connection.constraint_checks_disabled():
                _without_guards(lambda: plain(self, **options))
        else:
            _without_guards(lambda: plain(self, **options))

    patch = pytest.MonkeyPatch()
    patch.setattr(Flush, "handle", handle)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file. In memory, all threads of a live server would share one connection, and so each other's
    transactions, which no deployment does."""
    databases: dict[str, Any] = settings.DATABASES
    for alias, database in databases.items():
        if "sqlite3" in database["ENGINE"]:
            database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.getbasetemp() / f"{alias}.sqlite3")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test that has a database has both: the data, and the keys without which it cannot be read."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            cast(dict[str, Any], mark.kwargs).setdefault("databases", ["default", "keys"])
        if {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())) and not item.get_closest_marker(
            "django_db"
        ):
            item.add_marker(
                pytest.mark.django_db(
                    transaction="transactional_db" in getattr(item, "fixturenames", ()), databases=["default", "keys"]
                )
            )


@pytest.fixture(autouse=True)
def _replay_file_of_its_own(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.REPLAY_LIST = tmp_path_factory.getbasetemp() / f"{uuid4().hex}.replay"


@pytest.fixture
def at() -> datetime:
    """The moment at which tests happen."""
    return AT


@pytest.fixture
def actor_system() -> Actor:
    return Actor.system("test")


@pytest.fixture
def subscribed() -> Iterator[Callable[[Iterable[Subscription]], None]]:
    """Replace the registry of subscriptions for one test."""
    from backend.config import subscriptions

    yield lambda items: registry.connect(list(items))
    subscriptions.connect()


@pytest.fixture
def empty_tables() -> Callable[[], None]:
    """For tests with real processes: empty every table of ours in between."""
    from django.core.management.sql import sql_flush

    def empty() -> None:
        def run() -> None:
            connection.ops.execute_sql_flush(sql_flush(no_style(), connection, allow_cascade=False))

        _without_guards(run)

    return empty
