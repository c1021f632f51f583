"""Programs made wrong on purpose (OWN_WORDS_MUTANT=name), to see that the chaos run notices.

Loaded like the kill points, into processes under test only; standard library only.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any
from uuid import uuid4


def _once_forgets(module: ModuleType) -> None:
    """The hidden key of a form and the Idempotency-Key no longer mean anything: each request acts."""
    plain = module.claim

    def claim(*, key: str, **rest: Any) -> Any:
        return plain(key=f"{key}:{uuid4()}", **rest)

    module.claim = claim  # type: ignore[attr-defined]


def _fresh_keys(module: ModuleType) -> None:
    """Every try of a call outside has a new Idempotency-Key, as if it were drawn at random inside the task."""
    connection = module.HTTPConnection
    plain = connection.putheader

    def putheader(self: Any, header: Any, *values: Any) -> None:
        name = header.decode("ascii") if isinstance(header, bytes) else str(header)
        plain(self, header, *([str(uuid4())] if name.lower() == "idempotency-key" else values))

    connection.putheader = putheader


MUTANTS = {
    "fresh-keys": ("http.client", _fresh_keys),
    "once-forgets": ("backend.once.store", _once_forgets),
}


def install() -> None:
    name = os.environ.get("OWN_WORDS_MUTANT", "")
    if name:
        target, patch = MUTANTS[name]
        sys.modules["own_words_killpoints"].install({target: patch})
