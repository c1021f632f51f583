"""Reading and writing sealed details. Importable by the consent gate, the use cases that write a person's own details,
the ledger's bodies, export and erasure; nobody else (import contract).

Statements are constant: reading 1 or 50 people costs two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel import crypto
from backend.keys import store as data_keys
from backend.keys.data import Gone, Key, Purpose
from network.vault.data import UNBOUNDED, Field, Warrant, WarrantKind
from network.vault.models import Sealed, VaultItem

TABLE, COLUMN = "network_vault_item", "sealed"
# Only what must be found again exactly. Never a name: low variety leaks (threat model 5.1).
INDEXED = {Field.EMAIL: "email", Field.PHONE: "phone"}


@dataclass(frozen=True, slots=True)
class SealedBody:
    """Text of another table (the consent ledger) sealed under a person's key. `row` is that row's id."""

    person_id: UUID
    row: str
    sealed: bytes
    version: int


def _need(warrant: Warrant, person_ids: Iterable[UUID]) -> None:
    if warrant.kind in UNBOUNDED or not warrant.person_ids.issuperset(person_ids):
        raise Sealed("the warrant does not cover this")


def _key_of(person_id: UUID, at: datetime) -> Key:
    """The person's data key, made on first use. Raises Sealed when it was destroyed."""
    try:
        return data_keys.key_of(person_id, Purpose.DETAILS, at=at)
    except Gone:
        raise Sealed("this person's key was destroyed") from None


def normalised(field: Field, value: str) -> str:
    """The form in which an address or number is looked up again. What is stored stays as the person wrote it."""
    if field is Field.PHONE:
        return "".join(c for c in value if c.isdigit() or c == "+")
    return value.strip().lower()


def index_of(field: Field, value: str) -> str:
    return crypto.blind_index(INDEXED[field], normalised(field, value))


def read(warrant: Warrant, person_ids: Iterable[UUID], fields: Iterable[Field]) -> dict[UUID, dict[Field, str]]:
    """Open the same `fields` of all `person_ids`; see `read_each`."""
    wanted = frozenset(fields)
    return read_each(warrant, dict.fromkeys(person_ids, wanted))


def read_each(warrant: Warrant, wanted: Mapping[UUID, frozenset[Field]]) -> dict[UUID, dict[Field, str]]:
    """Open exactly the fields wanted of each person. What was never written, or whose key was destroyed, is absent.

    Raises Sealed when the warrant does not cover somebody; CannotOpen when a ciphertext is not where it was sealed.
    """
    _need(warrant, wanted)
    found: dict[UUID, dict[Field, str]] = {person_id: {} for person_id in wanted}
    fields = frozenset[Field]().union(*wanted.values())
    if not fields:
        return found
    keys = data_keys.keys_of(wanted, Purpose.DETAILS)
    for item in VaultItem.objects.opened(warrant).filter(person_id__in=list(wanted), field__in=list(fields)):
        key, field = keys.get(item.person_id), Field(item.field)
        if key is None or field not in wanted[item.person_id]:
            continue
        found[item.person_id][field] = crypto.unseal(
            bytes(item.sealed),
            key.raw,
            table=TABLE,
            column=f"{COLUMN}:{field}",
            row=str(item.person_id),
            version=item.key_version,
        )
    return found


@transaction.atomic
def write(warrant: Warrant, person_id: UUID, values: Mapping[Field, str], *, at: datetime) -> None:
    """Seal `values` word for word (promise 7). An empty value removes the field."""
    _need(warrant, (person_id,))
    gone = [field for field, value in values.items() if not value]
    if gone:
        VaultItem.objects.opened(warrant).filter(person_id=person_id, field__in=gone).delete()
    kept = {field: value for field, value in values.items() if value}
    if not kept:
        return
    key = _key_of(person_id, at)
    VaultItem.objects.opened(warrant).bulk_create(
        [
            VaultItem(
                person_id=person_id,
                field=field,
                sealed=crypto.seal(
                    value,
                    key.raw,
                    table=TABLE,
                    column=f"{COLUMN}:{field}",
                    row=str(person_id),
                    version=key.version,
                ),
                key_version=key.version,
                index=index_of(field, value) if field in INDEXED else "",
            )
            for field, value in kept.items()
        ],
        update_conflicts=True,
        unique_fields=["person_id", "field"],
        update_fields=["sealed", "key_version", "index"],
    )


def find_by_index(warrant: Warrant, field: Field, value: str) -> frozenset[UUID]:
    """Whose email or phone this is. Ids only; the warrant must be a SEARCH one."""
    if warrant.kind is not WarrantKind.SEARCH:
        raise Sealed("looking up by index needs a search warrant")
    rows = VaultItem.objects.opened(warrant).filter(field=field, index=index_of(field, value))
    return frozenset(rows.values_list("person_id", flat=True))


def seal_body(warrant: Warrant, person_id: UUID, text: str, *, table: str, row: str, at: datetime) -> SealedBody:
    """Seal text of another table under the person's key, for exactly that table and row."""
    _need(warrant, (person_id,))
    key = _key_of(person_id, at)
    sealed = crypto.seal(text, key.raw, table=table, column="body", row=row, version=key.version)
    return SealedBody(person_id, row, sealed, key.version)


def open_bodies(warrant: Warrant, bodies: Iterable[SealedBody], *, table: str) -> dict[str, str]:
    """Open bodies, by row. Those of people whose key was destroyed are absent. One statement."""
    bodies = list(bodies)
    whose = {body.person_id for body in bodies}
    if warrant.kind is not WarrantKind.VERIFY:
        _need(warrant, whose)
    # Asked also where there is nothing to open: who has something here must not be told by how long it takes.
    keys = data_keys.keys_of(whose or warrant.person_ids, Purpose.DETAILS)
    return {
        body.row: crypto.unseal(
            body.sealed,
            keys[body.person_id].raw,
            table=table,
            column="body",
            row=body.row,
            version=body.version,
        )
        for body in bodies
        if body.person_id in keys
    }


def next_people_with_keys(warrant: Warrant, *, after: UUID | None, limit: int) -> list[UUID]:
    """Whose key still exists, in the order of their ids, the next `limit` after one (VERIFY only)."""
    if warrant.kind is not WarrantKind.VERIFY:
        raise Sealed("only verification sees everybody")
    return data_keys.next_owners(Purpose.DETAILS, after=after, limit=limit)


def keys_exist(warrant: Warrant) -> frozenset[UUID]:
    """Those the warrant names whose key still exists."""
    _need(warrant, ())
    return data_keys.having(warrant.person_ids, Purpose.DETAILS)


def destroy(warrant: Warrant, person_id: UUID, *, at: datetime) -> bool:
    """Destroy the person's key and delete what it sealed. Returns False when that had been done before.

    The key goes first, for good and by itself: killed in between, what is left opens nothing and this is done again.
    Backups and the ledger keep ciphertext that nobody can open any more.
    """
    if warrant.kind is not WarrantKind.ERASE:
        raise Sealed("only erasure destroys keys")
    _need(warrant, (person_id,))
    done = data_keys.destroy(person_id, Purpose.DETAILS, at=at)
    VaultItem.objects.opened(warrant).filter(person_id=person_id).delete()
    return done
