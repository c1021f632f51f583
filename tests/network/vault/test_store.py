"""The vault: sealed for one person and field, opened only with a warrant, gone when its key is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from backend.kernel import crypto
from backend.kernel.actor import Actor
from network.privacy.usecases.keys import rotate_vault_keys
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind
from network.vault.models import Sealed, VaultItem
from tests.conftest import AT

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def warrant(*people: UUID, kind: WarrantKind = WarrantKind.OWN) -> Warrant:
    return Warrant.about(kind, SYSTEM, "test", people)


def somebody(**values: str) -> UUID:
    person = uuid4()
    store.write(warrant(person), person, {Field(k): v for k, v in values.items()}, at=AT)
    return person


def raw(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def test_words_come_back_exactly_and_the_table_holds_none_of_them() -> None:
    text = "  Mine — line one\n\n\tline two  ‘quoted’ 🙂 "
    person = somebody(story=text, email="Me@Example.org")
    assert store.read(warrant(person), [person], [Field.STORY])[person] == {Field.STORY: text}
    stored = raw("SELECT sealed FROM network_vault_item")
    assert stored
    assert all(b"Mine" not in bytes(s) and b"xample" not in bytes(s) for (s,) in stored)


@pytest.mark.parametrize("use", ["all", "filter", "get", "count", "create", "save", "refresh", "base", "delete"])
def test_nothing_opens_without_a_warrant(use: str) -> None:
    person = somebody(story="x")
    row = VaultItem.objects.opened(warrant(person)).get()
    tries: dict[str, Callable[[], object]] = {
        "all": VaultItem.objects.all,
        "filter": lambda: VaultItem.objects.filter(person_id=person),
        "get": lambda: VaultItem.objects.get(person_id=person),
        "count": VaultItem.objects.count,
        "create": lambda: VaultItem.objects.create(person_id=person, field="knows", sealed=b"", key_version=1),
        "save": row.save,
        "refresh": row.refresh_from_db,
        "base": VaultItem._base_manager.count,
        "delete": lambda: VaultItem.objects.filter(person_id=person).delete(),
    }
    with pytest.raises(Sealed), transaction.atomic():
        tries[use]()
    assert store.read(warrant(person), [person], Field)[person] == {Field.STORY: "x"}


def test_a_warrant_covers_only_whom_it_names() -> None:
    mine, theirs = somebody(story="a"), somebody(story="b")
    with pytest.raises(Sealed):
        store.read(warrant(mine), [mine, theirs], [Field.STORY])
    with pytest.raises(Sealed):
        store.write(warrant(mine), theirs, {Field.STORY: "c"}, at=AT)
    with pytest.raises(Sealed):
        store.read(warrant(mine, theirs, kind=WarrantKind.SEARCH), [mine], [Field.STORY])
    assert store.read(warrant(theirs), [theirs], [Field.STORY])[theirs] == {Field.STORY: "b"}


@pytest.mark.parametrize("swap", ["between people", "between fields", "a flipped byte"])
def test_a_moved_or_changed_ciphertext_does_not_open(swap: str) -> None:
    one, two = somebody(story="one", knows="k"), somebody(story="two")
    both = warrant(one, two)
    rows = {(i.person_id, i.field): i for i in VaultItem.objects.opened(both)}
    target = VaultItem.objects.opened(both).filter(person_id=one, field="story")
    stolen = {
        "between people": bytes(rows[two, "story"].sealed),
        "between fields": bytes(rows[one, "knows"].sealed),
        "a flipped byte": bytes(rows[one, "story"].sealed)[:-1] + bytes([rows[one, "story"].sealed[-1] ^ 1]),
    }[swap]
    target.update(sealed=stolen)
    with pytest.raises(crypto.CannotOpen):
        store.read(both, [one], [Field.STORY])


def test_found_again_by_email_however_it_is_typed_but_only_with_a_search_warrant() -> None:
    person = somebody(email="Rowan@Example.org", story="x")
    search = Warrant(kind=WarrantKind.SEARCH, actor=SYSTEM, purpose="test")
    assert store.find_by_index(search, Field.EMAIL, " rowan@example.ORG") == {person}
    assert store.find_by_index(search, Field.EMAIL, "other@example.org") == frozenset()
    with pytest.raises(Sealed):
        store.find_by_index(warrant(person), Field.EMAIL, "rowan@example.org")
    assert raw("SELECT count(*) FROM network_vault_item WHERE field = 'story' AND \"index\" <> ''") == [(0,)]


def test_writing_again_replaces_and_empty_removes() -> None:
    person = somebody(story="old", knows="kept")
    store.write(warrant(person), person, {Field.STORY: "new"}, at=AT)
    assert store.read(warrant(person), [person], Field)[person] == {Field.STORY: "new", Field.KNOWS: "kept"}
    store.write(warrant(person), person, {Field.STORY: ""}, at=AT)
    assert store.read(warrant(person), [person], Field)[person] == {Field.KNOWS: "kept"}
    assert raw("SELECT count(*) FROM network_vault_item") == [(1,)]


def test_destroying_the_key_leaves_nothing_readable_even_from_a_copy() -> None:
    person, other = somebody(story="gone"), somebody(story="stays")
    copy = raw("SELECT id, person_id, field, sealed, key_version FROM network_vault_item")
    erase = warrant(person, kind=WarrantKind.ERASE)
    with pytest.raises(Sealed):
        store.destroy(warrant(person), person, at=AT)
    assert store.destroy(erase, person, at=AT)
    assert not store.destroy(erase, person, at=AT)
    for _, person_id, field, sealed, version in copy:  # the backup comes back
        if str(person_id).replace("-", "") == person.hex:
            VaultItem.objects.opened(erase).bulk_create(
                [VaultItem(person_id=person, field=field, sealed=bytes(sealed), key_version=version)]
            )
    assert store.read(warrant(person), [person], Field)[person] == {}
    assert store.read(warrant(other), [other], Field)[other] == {Field.STORY: "stays"}
    with pytest.raises(Sealed):
        store.write(warrant(person), person, {Field.STORY: "again"}, at=AT)


def test_rotation_moves_every_key_and_the_old_one_becomes_useless() -> None:
    people = [somebody(story=f"s{n}") for n in range(3)]
    old = settings.VAULT_KEYS
    fresh = "t3:" + "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
    with override_settings(VAULT_KEYS=f"{fresh},{old}"):
        assert store.read(warrant(*people), people, Field)[people[0]] == {Field.STORY: "s0"}
        assert rotate_vault_keys() == 3
        assert rotate_vault_keys() == 0
        assert store.read(warrant(*people), people, Field)[people[2]] == {Field.STORY: "s2"}
    with override_settings(VAULT_KEYS=fresh):
        assert store.read(warrant(*people), people, Field)[people[1]] == {Field.STORY: "s1"}
    with override_settings(VAULT_KEYS=old), pytest.raises(crypto.CannotOpen):
        store.read(warrant(*people), people, Field)
