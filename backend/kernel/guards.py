"""Migration operations that make the database itself refuse what must not happen, on both engines."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def _run(postgresql: list[str], sqlite: list[str]) -> migrations.RunPython:
    def forwards(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in postgresql if editor.connection.vendor == "postgresql" else sqlite:
            editor.execute(statement)

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def append_only(table: str) -> migrations.RunPython:
    """No UPDATE, no DELETE (and on PostgreSQL no TRUNCATE) on `table`, whoever asks."""
    function = f"refuse_change_{table}"
    postgresql = [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $$ "
        f"BEGIN RAISE EXCEPTION '{table} is append-only'; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    ]
    sqlite = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]
    return _run(postgresql, sqlite)


def sql(*, postgresql: list[str], sqlite: list[str]) -> migrations.RunPython:
    """Other triggers and constraints, spelled out for each engine."""
    return _run(postgresql, sqlite)
