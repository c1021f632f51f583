"""A text column that the database holds only sealed: a dump or a stolen backup shows nothing of it (threat model 1.3).

For words of class S3 that are read and written with their row, such as a care plan. Names, contact and stories are in
the vault instead, each under its person's own key. The key comes from the keyring, which is not in the database; a
value opens in its own table and column only. Rows cannot be found by such a column: the same words never look the same.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from backend.kernel import crypto


class SealedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Text in Python, ciphertext in the database. The empty text is kept as nothing."""

    def get_internal_type(self) -> str:
        return "BinaryField"

    def _place(self) -> tuple[str, str]:
        return self.model._meta.db_table, self.attname

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        table, column = self._place()
        key = crypto.keyring().derived(f"column:{table}.{column}")
        text = str(value)
        return connection.Database.Binary(crypto.seal(text, key, table=table, column=column, row="") if text else b"")

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        if value is None:
            return None
        table, column = self._place()
        key = crypto.keyring().derived(f"column:{table}.{column}")
        return crypto.unseal(value, key, table=table, column=column, row="") if len(value) else ""

    def get_lookup(self, lookup_name: str) -> Any:
        """Only "is there one": for any other question Django raises FieldError."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
