"""Django's own `migrate`, for both databases at once: the data, then the keys. `--database` still means that one alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections

from backend.config.databases import KEYS


class Command(Migrate):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        return super().get_check_kwargs({**options, "database": options["database"] or "default"})

    def handle(self, *args: Any, **options: Any) -> str | None:
        if options["database"] is not None:
            super().handle(*args, **options)
            return None
        super().handle(*args, **{**options, "database": "default"})
        make_database(KEYS)
        passed = {name: options[name] for name in ("verbosity", "interactive", "plan", "check_unapplied")}
        call_command("migrate", database=KEYS, **passed)
        return None


def make_database(alias: str) -> None:
    """Make the PostgreSQL database behind `alias` when the server has none of that name yet. SQLite makes its own."""
    wanted = settings.DATABASES[alias]
    if "postgresql" not in str(wanted["ENGINE"]):
        return
    try:
        connections[alias].ensure_connection()
        return
    except OperationalError as problem:
        if "does not exist" not in str(problem):
            raise
    from psycopg import sql

    with connections["default"].cursor() as cursor:  # outside a transaction, as PostgreSQL asks
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(str(wanted["NAME"]))).as_string(None))
