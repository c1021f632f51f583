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


def append_only_until(
    table: str, *, gone_postgresql: str, gone_sqlite: str, blank: str = "", same: str = ""
) -> migrations.RunPython:
    """Replace `append_only`: a row may be deleted once its time is over (a condition on OLD, in each engine's words).

    With `blank`, it may instead have that one column emptied while all of `same` (space-separated) stays.
    """
    function = f"refuse_change_{table}"
    kept = " AND ".join(f"NEW.{column} = OLD.{column}" for column in same.split())
    blanking = f"NEW.{blank} = '' AND {kept} AND " if blank else ""
    verb = "UPDATE" if blank else "DELETE"
    returned = "NEW" if blank else "OLD"
    postgresql = [
        f"DROP TRIGGER {table}_append_only ON {table}",
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = '{verb}' THEN IF {blanking}({gone_postgresql}) THEN RETURN {returned}; END IF; END IF; "
        f"RAISE EXCEPTION '{table} is append-only'; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
    ]
    sqlite = [
        f"DROP TRIGGER {table}_no_{verb.lower()}",
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"WHEN NOT ({blanking}({gone_sqlite})) BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ]
    return _run(postgresql, sqlite)
