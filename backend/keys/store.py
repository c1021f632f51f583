"""Making, opening, destroying and re-wrapping data keys. Each call is one statement or two, on the `keys` database.

Two databases have no common transaction, so the order does the work: a key is committed before its first use (a key
that opens nothing is harmless, data without a key would be lost), and destroying one can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from backend.kernel import clock, crypto
from backend.keys.data import NETWORK_OWNER, Gone, Key, Purpose
from backend.keys.models import DataKey

DATABASE = "keys"
MOST_NAMED = 5000  # more owners than this are not named in a statement: everybody's rows are read
_root: bytes | None = None  # the network's own key never changes and is never destroyed


def _bound_to(owner: UUID, purpose: str) -> str:
    return f"{owner}:{purpose}"


def _open(row: DataKey) -> Key:
    wrapped = crypto.Wrapped(row.kek_id, bytes(row.wrapped))
    return Key(crypto.keyring().unwrap(wrapped, owner=_bound_to(row.owner_id, row.purpose)), row.version)


def keys_of(owners: Iterable[UUID], purpose: Purpose) -> dict[UUID, Key]:
    """The keys of those who have one. One statement. Raises CannotOpen when the wrapping key is not in the ring."""
    wanted = set(owners)
    if not wanted:
        return {}
    rows = DataKey.objects.using(DATABASE).filter(purpose=purpose, destroyed_at__isnull=True)
    if len(wanted) <= MOST_NAMED:
        rows = rows.filter(owner_id__in=wanted)
    return {row.owner_id: _open(row) for row in rows if row.owner_id in wanted}


def owners(purpose: Purpose) -> frozenset[UUID]:
    """Everybody who has a key of this kind."""
    rows = DataKey.objects.using(DATABASE).filter(purpose=purpose, destroyed_at__isnull=True)
    return frozenset(rows.values_list("owner_id", flat=True))


def next_owners(purpose: Purpose, *, after: UUID | None, limit: int) -> list[UUID]:
    """Whose key exists, in the order of their ids: the next `limit` after one."""
    rows = DataKey.objects.using(DATABASE).filter(purpose=purpose, destroyed_at__isnull=True)
    if after is not None:
        rows = rows.filter(owner_id__gt=after)
    return list(rows.order_by("owner_id").values_list("owner_id", flat=True)[:limit])


def having(among: Iterable[UUID], purpose: Purpose) -> frozenset[UUID]:
    """Those of these owners whose key exists. One statement."""
    rows = DataKey.objects.using(DATABASE).filter(purpose=purpose, destroyed_at__isnull=True)
    return frozenset(rows.filter(owner_id__in=list(among)).values_list("owner_id", flat=True))


def key_of(owner: UUID, purpose: Purpose, *, at: datetime) -> Key:
    """The owner's key, made on first use. Raises Gone when it was destroyed."""
    mine = keys_of([owner], purpose).get(owner)
    if mine is not None:
        return mine
    put({owner: crypto.new_key()}, purpose, at=at)
    mine = keys_of([owner], purpose).get(owner)  # read again: somebody else may have been first
    if mine is None:
        raise Gone
    return mine


def put(raw: Mapping[UUID, bytes], purpose: Purpose, *, at: datetime) -> None:
    """Keep keys that were drawn by the caller. Whoever has one, or had one, keeps that."""

    def row(owner: UUID, key: bytes) -> DataKey:
        wrapped = crypto.keyring().wrap(key, owner=_bound_to(owner, purpose))
        return DataKey(
            owner_id=owner, purpose=purpose, kek_id=wrapped.kek_id, wrapped=wrapped.blob, created_at=at
        )  # fmt: skip

    rows = [row(owner, key) for owner, key in raw.items()]
    DataKey.objects.using(DATABASE).bulk_create(rows, ignore_conflicts=True, batch_size=500)


def destroy(owner: UUID, purpose: Purpose, *, at: datetime) -> bool:
    """Empty the owner's key for good; an owner who never had one gets the empty row too, so that none can be made.
    Safe to repeat. False when it had been done before."""
    rows = DataKey.objects.using(DATABASE).filter(owner_id=owner, purpose=purpose)
    if rows.filter(destroyed_at__isnull=True).update(wrapped=b"", kek_id="", destroyed_at=at):
        return True
    empty = DataKey(owner_id=owner, purpose=purpose, kek_id="", wrapped=b"", created_at=at, destroyed_at=at)
    DataKey.objects.using(DATABASE).bulk_create([empty], ignore_conflicts=True)
    # Somebody may have made one between the two statements.
    return rows.filter(destroyed_at__isnull=True).update(wrapped=b"", kek_id="", destroyed_at=at) > 0


def rotate(*, batch: int = 200) -> int:
    """Wrap every key that is not under the newest key-encryption key anew, the network's own among them. Safe to repeat
    and to run beside readers: each row changes in one statement, and only if nobody changed it meanwhile.
    Returns how many moved."""
    ring = crypto.keyring()
    newest = ring.keys[0][0]
    rows = DataKey.objects.using(DATABASE).filter(destroyed_at__isnull=True)
    moved = 0
    while old := list(rows.exclude(kek_id=newest)[:batch]):
        for row in old:
            owner = _bound_to(row.owner_id, row.purpose)
            fresh = ring.wrap(ring.unwrap(crypto.Wrapped(row.kek_id, bytes(row.wrapped)), owner=owner), owner=owner)
            moved += rows.filter(id=row.id, kek_id=row.kek_id).update(kek_id=fresh.kek_id, wrapped=fresh.blob)
    return moved


def waiting_for_rotation() -> int:
    """How many keys an older key-encryption key still wraps. None: it may be taken out of `VAULT_KEYS`."""
    newest = crypto.keyring().keys[0][0]
    return DataKey.objects.using(DATABASE).filter(destroyed_at__isnull=True).exclude(kek_id=newest).count()


def root() -> bytes:
    """The network's own key, from which look-up hashes and the like are derived. It is a data key like any other, so
    that no key-encryption key has to be kept for its sake. Read once for each process."""
    global _root  # noqa: PLW0603
    if _root is None:
        _root = key_of(NETWORK_OWNER, Purpose.NETWORK, at=clock.now()).raw
    return _root


def details_of(people: Iterable[UUID]) -> dict[UUID, tuple[bytes, int]]:
    """For `SealedTextField`: the keys of the people whose words these are."""
    return {owner: (key.raw, key.version) for owner, key in keys_of(people, Purpose.DETAILS).items()}


def details_key(person: UUID) -> tuple[bytes, int]:
    """For `SealedTextField`: the key for writing, made on first use. Raises Gone."""
    key = key_of(person, Purpose.DETAILS, at=clock.now())
    return key.raw, key.version
