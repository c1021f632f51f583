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
from network.vault.data import UNBOUNDED, Field, Warrant, WarrantKind
from network.vault.models import Sealed, VaultItem, VaultKey

TABLE, COLUMN, DETAILS = "network_vault_item", "sealed", "details"
# Only what must be found again exactly. Never a name: low variety leaks (threat model 5.1).
INDEXED = {Field.EMAIL: "email", Field.PHONE: "phone"}


@dataclass(frozen=True, slots=True)
class _Key:
    key: bytes
    version: int


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


def _owner(person_id: UUID, purpose: str = DETAILS) -> str:
    return f"{person_id}:{purpose}"


def _open_keys(warrant: Warrant) -> dict[UUID, _Key]:
    ring = crypto.keyring()
    rows = VaultKey.objects.opened(warrant).filter(purpose=DETAILS, destroyed_at__isnull=True)
    return {
        row.person_id: _Key(
            ring.unwrap(crypto.Wrapped(row.kek_id, bytes(row.wrapped)), owner=_owner(row.person_id)), row.version
        )
        for row in rows
    }


def _key_of(warrant: Warrant, person_id: UUID, at: datetime) -> _Key:
    """The person's data key, made on first use. Raises Sealed when it was destroyed."""
    mine = _open_keys(warrant).get(person_id)
    if mine is not None:
        return mine
    wrapped = crypto.keyring().wrap(crypto.new_key(), owner=_owner(person_id))
    VaultKey.objects.opened(warrant).bulk_create(
        [VaultKey(person_id=person_id, kek_id=wrapped.kek_id, wrapped=wrapped.blob, created_at=at)],
        ignore_conflicts=True,
    )
    mine = _open_keys(warrant).get(person_id)  # read again: somebody else may have been first
    if mine is None:
        raise Sealed("this person's key was destroyed")
    return mine


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
    keys = _open_keys(warrant)
    for item in VaultItem.objects.opened(warrant).filter(person_id__in=list(wanted), field__in=list(fields)):
        key, field = keys.get(item.person_id), Field(item.field)
        if key is None or field not in wanted[item.person_id]:
            continue
        found[item.person_id][field] = crypto.unseal(
            bytes(item.sealed),
            key.key,
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
    key = _key_of(warrant, person_id, at)
    VaultItem.objects.opened(warrant).bulk_create(
        [
            VaultItem(
                person_id=person_id,
                field=field,
                sealed=crypto.seal(
                    value,
                    key.key,
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
    key = _key_of(warrant, person_id, at)
    sealed = crypto.seal(text, key.key, table=table, column="body", row=row, version=key.version)
    return SealedBody(person_id, row, sealed, key.version)


def open_bodies(warrant: Warrant, bodies: Iterable[SealedBody], *, table: str) -> dict[str, str]:
    """Open bodies, by row. Those of people whose key was destroyed are absent. One statement."""
    if warrant.kind is not WarrantKind.VERIFY:
        bodies = list(bodies)
        _need(warrant, {body.person_id for body in bodies})
    keys = _open_keys(warrant)
    return {
        body.row: crypto.unseal(
            body.sealed,
            keys[body.person_id].key,
            table=table,
            column="body",
            row=body.row,
            version=body.version,
        )
        for body in bodies
        if body.person_id in keys
    }


def people_with_keys(warrant: Warrant) -> frozenset[UUID]:
    """Everybody whose key still exists (VERIFY only)."""
    if warrant.kind is not WarrantKind.VERIFY:
        raise Sealed("only verification sees everybody")
    rows = VaultKey.objects.opened(warrant).filter(purpose=DETAILS, destroyed_at__isnull=True)
    return frozenset(rows.values_list("person_id", flat=True))


@transaction.atomic
def destroy(warrant: Warrant, person_id: UUID, *, at: datetime) -> bool:
    """Destroy the person's key and delete what it sealed. Returns False when that had been done before.

    Backups and the ledger keep ciphertext that nobody can open any more.
    """
    if warrant.kind is not WarrantKind.ERASE:
        raise Sealed("only erasure destroys keys")
    _need(warrant, (person_id,))
    VaultItem.objects.opened(warrant).filter(person_id=person_id).delete()
    live = VaultKey.objects.opened(warrant).filter(person_id=person_id, destroyed_at__isnull=True)
    return live.update(wrapped=b"", kek_id="", destroyed_at=at) > 0


def rotate_kek(warrant: Warrant, *, batch: int = 200) -> int:
    """Wrap every data key that is not under the newest key-encryption key anew. Safe to repeat and to run beside
    readers: each row changes in one statement, and only if nobody changed it meanwhile. Returns how many moved."""
    if warrant.kind is not WarrantKind.ROTATE:
        raise Sealed("only rotation wraps keys anew")
    ring = crypto.keyring()
    newest = ring.keys[0][0]
    moved = 0
    while True:
        old = list(VaultKey.objects.opened(warrant).filter(destroyed_at__isnull=True).exclude(kek_id=newest)[:batch])
        if not old:
            return moved
        for row in old:
            owner = _owner(row.person_id, row.purpose)
            fresh = ring.wrap(ring.unwrap(crypto.Wrapped(row.kek_id, bytes(row.wrapped)), owner=owner), owner=owner)
            moved += (
                VaultKey.objects.opened(warrant)
                .filter(id=row.id, kek_id=row.kek_id, destroyed_at__isnull=True)
                .update(kek_id=fresh.kek_id, wrapped=fresh.blob)
            )
