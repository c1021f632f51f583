"""Which table is in which database: data keys in `keys`, everything else in `default`."""

from __future__ import annotations

from typing import Any

KEYS = "keys"
_APART = ("backend", "datakey")


class KeysApart:
    """Data keys live apart from what they open, with a backup cycle of their own (threat model 5.4)."""

    @staticmethod
    def _is_apart(model: Any) -> bool:
        return (model._meta.app_label, model._meta.model_name) == _APART

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return KEYS if self._is_apart(model) else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return KEYS if self._is_apart(model) else None

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if db == KEYS:
            return (app_label, model_name) == _APART
        return False if (app_label, model_name) == _APART else None
