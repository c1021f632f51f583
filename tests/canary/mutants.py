"""Programs made wrong on purpose (CANARY_MUTANT=name), to see that the canary run notices."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.apps import AppConfig


def _gate_shows_everything() -> None:
    """Whoever asks is shown whatever they ask for, in full, of everybody they ask about."""
    from network.consent import gate, rules
    from network.consent.data import Identity
    from network.consent.models import Grant
    from network.consent.queries import view_of
    from network.consent.states import Category
    from network.people.states import NameMode, Place

    def decide(ids: frozenset[UUID], ask: rules.Ask, *, lock: bool) -> Mapping[UUID, Any]:
        everything = frozenset(Category)
        open_to_all = Identity(name_mode=NameMode.FULL, place=Place.EXACT)
        return {
            row.person_id: (everything, (replace(view_of(row), identity=open_to_all),))
            for row in Grant.objects.filter(person_id__in=list(ids)).order_by("id")
        }

    gate._decide = decide  # type: ignore[assignment]


def _a_name_is_logged() -> None:
    """Somebody wrote one line into the log to find a fault, and forgot it there."""
    import structlog

    from network.consent import gate
    from network.consent.data import WITHHELD

    plain = gate._open
    log = structlog.get_logger("network.consent")

    def opened(*args: Any, **kwargs: Any) -> Any:
        shown = plain(*args, **kwargs)
        for one in shown.values():
            if one.name is not WITHHELD:
                log.info("shown", name=one.name)
        return shown

    gate._open = opened


def _another_site_sees_it() -> None:
    """A font from elsewhere, and a page that may be kept by the browser."""
    from backend.web import middleware

    plain = middleware.Headers.__call__

    def call(self: Any, request: Any) -> Any:
        response = plain(self, request)
        response["Cache-Control"] = "private, max-age=60"
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = response.content.replace(
                b"</head>", b'<link rel="stylesheet" href="https://fonts.example/a.css"></head>'
            )
        return response

    middleware.Headers.__call__ = call  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    "gate-shows-everything": _gate_shows_everything,
    "a-name-is-logged": _a_name_is_logged,
    "another-site-sees-it": _another_site_sees_it,
}


class Mutants(AppConfig):
    name = "tests.canary"
    label = "canary"

    def ready(self) -> None:
        wanted = os.environ.get("CANARY_MUTANT", "")
        if wanted:
            MUTANTS[wanted]()
