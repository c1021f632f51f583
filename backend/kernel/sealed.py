"""A text column that the database holds only sealed, for exactly its row: a dump or a stolen backup shows nothing of it
(threat model 1.3), and a value copied to another row or column does not open (bar E2).

For words of class S3 that are read and written with their row, such as a care plan. `about` names the way from the row to
the person whose words they are ("person_id", "booking.person_id"): they lie under that person's own key, and nobody
can read them once it is destroyed. Words about nobody lie under a key of the network.

A value is opened when it is looked at, not when its row is fetched. `open_rows` fetches the keys of many people in one
statement. Rows cannot be found by such a column: the same words never look the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from backend.kernel import crypto

_VERSIONED = b"\x02"  # then two bytes of key version, then a sealed value
_KEYS = "_sealed_keys"  # on an instance: keys that were fetched for it beforehand

Key = tuple[bytes, int]
Row = TypeVar("Row", bound=models.Model)


def _nobody(*_: object) -> Any:
    raise RuntimeError("nobody said where people's keys are (backend.config.apps does)")


_read: Callable[[Iterable[UUID]], dict[UUID, Key]] = _nobody
_write: Callable[[UUID], Key] = _nobody


def connect(*, read: Callable[[Iterable[UUID]], dict[UUID, Key]], write: Callable[[UUID], Key]) -> None:
    """Say where people's keys come from. Called once when Django is ready."""
    global _read, _write
    _read, _write = read, write


class Closed:
    """What the database holds, not opened yet."""

    __slots__ = ("blob",)

    def __init__(self, blob: bytes) -> None:
        self.blob = blob

    def __repr__(self) -> str:
        return "Closed()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Closed) and other.blob == self.blob

    def __hash__(self) -> int:
        return hash(self.blob)


class _Opening(DeferredAttribute):
    """Opens the value when somebody looks at it."""

    field: SealedTextField

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None:
            return value
        if isinstance(value, Closed):
            value = self.field.opened(instance, value)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Being asked before the instance's own dictionary is what a setter is for."""
        instance.__dict__[self.field.attname] = value


class SealedTextField(models.TextField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Text in Python, ciphertext in the database. The empty text is kept as nothing."""

    descriptor_class = _Opening

    def __init__(self, *args: Any, about: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **({"about": self.about} if self.about else {})}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def person_of(self, instance: Any) -> UUID | None:
        """Whose words these are; None for nobody's (and for a row whose person was taken off it)."""
        found: Any = instance
        for step in self.about.split("."):
            found = getattr(found, step) if found is not None else None
        return UUID(str(found)) if found is not None else None

    def _place(self, instance: Any) -> dict[str, str]:
        return {"table": self.model._meta.db_table, "column": self.attname, "row": str(instance.pk)}

    def _network_key(self) -> bytes:
        return crypto.keyring().derived(f"column:{self.model._meta.db_table}.{self.attname}")

    def sealed(self, instance: Any, text: str) -> bytes:
        """For exactly this row and column."""
        key, version = _write(_whose(self, instance)) if self.about else (self._network_key(), 1)
        blob = crypto.seal(text, key, **self._place(instance), version=version)
        return _VERSIONED + version.to_bytes(2, "big") + blob

    def opened(self, instance: Any, closed: Closed) -> str:
        """Empty when the person's key was destroyed. Raises CannotOpen when this is not where it was sealed."""
        blob = closed.blob
        if blob[:1] != _VERSIONED:
            raise crypto.CannotOpen
        version, key = int.from_bytes(blob[1:3], "big"), self._network_key() if not self.about else None
        if self.about:
            person = self.person_of(instance)
            keys = instance.__dict__.get(_KEYS)
            found = (_read([person]) if keys is None else keys).get(person) if person is not None else None
            key = found[0] if found else None
        return crypto.unseal(blob[3:], key, **self._place(instance), version=version) if key is not None else ""

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Closed):
            return value
        return Closed(self.sealed(model_instance, str(value)) if value else b"")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if value == "":
            value = Closed(b"")
        if not isinstance(value, Closed):
            raise TypeError("sealed words are written with their row: they are bound to it")
        return connection.Database.Binary(value.blob)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Closed | str | None:
        if value is None:
            return None
        return Closed(bytes(value)) if len(value) else ""

    def get_lookup(self, lookup_name: str) -> Any:
        """Only "is there one": for any other question Django raises FieldError."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


def _whose(field: SealedTextField, instance: Any) -> UUID:
    person = field.person_of(instance)
    if person is None:
        raise ValueError(f"{instance._meta.label} has nobody whose key could seal {field.attname}")
    return person


def columns(model: type[models.Model]) -> list[SealedTextField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, SealedTextField)]


def open_rows(rows: Iterable[Row]) -> list[Row]:
    """The rows as a list, with the keys of everybody whose words they hold fetched in one statement."""
    found = list(rows)
    people = {
        person for row in found for field in columns(type(row)) if field.about and (person := field.person_of(row))
    }
    keys = _read(people) if people else {}
    for row in found:
        row.__dict__[_KEYS] = keys
    return found
