"""Programs made wrong on purpose (CANARY_MUTANT=name), to see that the canary run notices."""

from __future__ import annotations

import functools
import os
import pickle
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


def _detail() -> str:
    """A name of somebody, as code that handles it would hold it at this moment."""
    from backend.kernel.actor import Actor
    from network.people.models import Person
    from network.vault import store
    from network.vault.data import Field, Warrant, WarrantKind

    for person_id in Person.objects.filter(state="active").order_by("id").values_list("id", flat=True):
        warrant = Warrant.about(WarrantKind.DISCLOSE, Actor.system("canary"), "canary", [person_id])
        return store.read(warrant, [person_id], [Field.NAME_FULL])[person_id][Field.NAME_FULL]
    raise LookupError("nobody")


def _every_page_breaks() -> None:
    """Every view ends in an exception, with what it showed and what it was sent in its message and its variables."""
    from django.core.handlers.base import BaseHandler

    plain = BaseHandler.resolve_request

    def resolve(self: Any, request: Any) -> Any:
        match = plain(self, request)
        view = match.func

        @functools.wraps(view)
        def broken(request: Any, *args: Any, **kwargs: Any) -> Any:
            shown = view(request, *args, **kwargs)
            if hasattr(shown, "render"):
                shown = shown.render()
            told, sent, name = bytes(shown.content), request.META, _detail()
            raise ValueError(told, sent, name, request.POST.dict())

        match.func = broken
        return match

    BaseHandler.resolve_request = resolve  # type: ignore[method-assign]


def _every_work_breaks() -> None:
    """Every handler fails, with a name in its message, in its variables and in what it was caused by."""
    from backend.outbox import worker

    def handle(item: Any, at: Any) -> None:
        name = _detail()
        try:
            raise LookupError(name)
        except LookupError as cause:
            raise ValueError(f"could not tell {name} of {item}") from cause

    worker._handle = handle


def _the_id_of_the_row_is_shown() -> None:
    """Requesters get the row's own id for a person: the same for each of them."""
    from network.bookings import queries
    from network.consent import gate
    from network.opportunities.usecases import choosing

    for module in (gate, choosing, queries):
        vars(module)["pairwise_id"] = lambda organisation_id, person_id: person_id


def _not_yours() -> None:
    """A stranger's request says "not allowed" instead of "no such thing"."""
    from backend.kernel.errors import NotAllowed
    from network.opportunities import rules

    def strict(plain: Callable[..., bool]) -> Callable[..., bool]:
        def asked(*args: Any, **kwargs: Any) -> bool:
            if not plain(*args, **kwargs):
                raise NotAllowed
            return True

        return asked

    for name in ("may_read_brief", "may_see_cards", "may_choose", "may_answer"):
        vars(rules)[name] = strict(vars(rules)[name])


def _witness_of_caches(folder: str) -> None:
    """Not a mutant: writes down whatever anybody puts into a cache, which otherwise lives and dies in a process."""
    from django.core.cache import caches

    kind: Any = type(caches)
    plain = kind.create_connection

    def create(self: Any, alias: str) -> Any:
        made = plain(self, alias)
        for name in ("set", "add", "set_many", "get_or_set"):
            setattr(made, name, kept(getattr(made, name)))
        return made

    def kept(put: Callable[..., Any]) -> Callable[..., Any]:
        def putting(*args: Any, **kwargs: Any) -> Any:
            with open(os.path.join(folder, f"cache-{os.getpid()}.log"), "ab") as file:
                try:
                    file.write(pickle.dumps((args, kwargs), protocol=2) + b"\n")
                except Exception:
                    file.write(repr((args, kwargs)).encode() + b"\n")
            return put(*args, **kwargs)

        return putting

    kind.create_connection = create


MUTANTS: dict[str, Callable[[], None]] = {
    "gate-shows-everything": _gate_shows_everything,
    "a-name-is-logged": _a_name_is_logged,
    "another-site-sees-it": _another_site_sees_it,
    "every-page-breaks": _every_page_breaks,
    "every-work-breaks": _every_work_breaks,
    "the-id-of-the-row-is-shown": _the_id_of_the_row_is_shown,
    "not-yours": _not_yours,
}


class Mutants(AppConfig):
    name = "tests.canary"
    label = "canary"

    def ready(self) -> None:
        if folder := os.environ.get("CANARY_WITNESS", ""):
            _witness_of_caches(folder)
        wanted = os.environ.get("CANARY_MUTANT", "")
        if wanted:
            MUTANTS[wanted]()
