"""Where a person's data is, worked out from the tables' own declarations: no list to forget a table in.

A table is about a person when it has `person_id`, a foreign key to Person, or a foreign key to a table that is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet

from backend.kernel.privacy import Declares, Personal, our_models
from backend.kernel.sealed import open_rows
from network.people.models import Person

# Their own ways of being forgotten and exported: the vault by its keys, the ledger and the access log by staying
# pseudonymous, the erasure itself by being the proof.
APART = frozenset(
    {
        "network_vault_key", "network_vault_item", "network_consent_event", "backend_access_event", "network_person",
        "network_erasure", "network_erasure_step", "network_do_not_invite",
    }
)  # fmt: skip
OURS = ("network", "backend")
_FAR = 3


@dataclass(frozen=True)
class Table:
    """One table about people: how to find a person's rows, and what its columns declare."""

    model: type[models.Model]
    paths: tuple[str, ...]
    personal: dict[str, Personal]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def rows(self, person_id: UUID) -> QuerySet[Any]:
        wanted = Q()
        for path in self.paths:
            wanted |= Q(**{path: person_id})
        return self.model._default_manager.filter(wanted)

    def columns(self, *erasure: str) -> list[str]:
        """The person's own columns whose declared erasure is one of these words."""
        return [c for c, p in self.personal.items() if p.erasure in erasure]

    @property
    def shared(self) -> bool:
        """Its rows are about two people, such as a pairing: what is written there may be about the other."""
        return len(self.paths) > 1

    @property
    def whole_rows_go(self) -> bool:
        return all(p.erasure in ("deleted", "key destroyed") for p in self.personal.values())


def _paths(model: type[models.Model], far: int = 0) -> tuple[str, ...]:
    if far > _FAR or model is Person:
        return ()
    found: list[str] = []
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            target = field.remote_field.model
            if target is Person:
                found.append(field.attname)
            elif target._meta.app_label == "network" and target is not model:
                found += [f"{field.name}__{path}" for path in _paths(target, far + 1)]
        elif field.attname == "person_id":
            found.append("person_id")
    direct = [path for path in found if "__" not in path]
    return tuple(direct or found)


@cache
def tables() -> tuple[Table, ...]:
    """Every table about people but those APART, the most dependent first, so that they can be emptied in this order."""
    found = []
    for model in our_models():
        meta = model._meta
        declared = getattr(model, "PRIVACY", None)
        if meta.app_label not in OURS or meta.db_table in APART or not isinstance(declared, Declares):
            continue
        mine = {column: p for column, p in declared.personal.items() if p.owner == "person"}
        paths = _paths(model)
        if paths and mine:
            found.append(Table(model, paths, mine))
    return tuple(sorted(found, key=lambda t: (-max(p.count("__") for p in t.paths), t.name)))


def unreachable() -> list[str]:
    """Tables that say they hold a person's data but from which no way leads to the person. Must be empty."""
    known = {table.name for table in tables()} | APART
    return [
        model._meta.db_table
        for model in our_models()
        if model._meta.app_label in OURS
        and model._meta.db_table not in known
        and any(p.owner == "person" for p in model.PRIVACY.personal.values())
    ]


def blanked(field: models.Field[Any, Any]) -> Any:
    """What stands in a column after its value was removed, without breaking its type."""
    if field.null:
        return None
    if isinstance(field, models.JSONField):
        return []
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, models.CharField | models.TextField):
        return ""
    if isinstance(field, models.BooleanField):
        return False
    raise TypeError(f"{field.model._meta.db_table}.{field.attname} cannot be emptied: declare another erasure")


def each_row(table: Table, person_id: UUID, without: Collection[UUID] = ()) -> Iterator[dict[str, Any]]:
    """The person's own columns of their rows, as stored; sealed columns and other people's references left out, and
    the rows `without`."""
    theirs = {"person", "person_id", *(p for p in table.paths if "__" not in p)}
    columns = [
        field.attname
        for field in table.model._meta.concrete_fields
        if field.name in table.personal
        and field.attname not in theirs
        and not isinstance(field, models.BinaryField)
        and not _names_somebody_else(field.attname)
        and not (table.shared and isinstance(field, models.CharField | models.TextField) and field.attname != "state")
    ]
    if not columns:
        return
    for row in open_rows(table.rows(person_id).exclude(id__in=without).order_by("id")):
        yield {column: getattr(row, column) for column in columns}


def _names_somebody_else(column: str) -> bool:
    return column.endswith(("_by", "_ref", "user_id", "coordinator_id", "mentor_id", "mentee_id"))
