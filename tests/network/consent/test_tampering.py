"""Bar D6: nobody changes the ledger unseen. The database refuses; whoever gets round it is found by the chain, and whoever
computes the chain anew is found by the anchor that was kept elsewhere.

The tamperer here has the database's own master rights: guards off, and on SQLite every byte of a row as it is stored.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from backend.audit.models import AccessEvent
from backend.audit.record import record_access
from backend.kernel.actor import Actor
from network.consent import anchors, chain, ledger, usecases
from network.consent.chain import envelope_hash
from network.consent.models import ChainHead, ConsentEvent
from network.consent.usecases import projection
from tests.conftest import AT, _without_guards
from tests.factories.ledger import fill_ledger

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
TABLE = "network_consent_event"
COLUMNS = ("id", "seq", "type", "at", "person_ref", "grant_id", "key_version", "body", "prev_hash", "hash")


@contextlib.contextmanager
def anything_goes() -> Iterator[None]:
    """Neither triggers nor constraints: whoever owns the database. Afterwards they are back, and nothing has changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        point = transaction.savepoint()
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT consent_event_known")
            cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_seq_check")
            cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_key_version_check")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            for verb in ("no_update", "no_delete"):
                cursor.execute(f"DROP TRIGGER {TABLE}_{verb}")
        try:
            yield
        finally:
            transaction.savepoint_rollback(point)
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def stored(seq: int, column: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {TABLE} WHERE seq = %s", [seq])
        return cursor.fetchone()[0]


def flipped(value: Any, random: Random) -> Any:
    """The value with one byte of it changed to another."""
    if isinstance(value, int):
        return value ^ (1 << random.randrange(30 if value > 40_000 else 14))
    if isinstance(value, str):
        place = random.randrange(len(value))
        other = random.choice([c for c in "0123456789abcdefABCDEFT -:." if c != value[place]])
        return value[:place] + other + value[place + 1 :]
    if isinstance(value, UUID):
        return UUID(int=value.int ^ (1 << random.randrange(128)))
    if hasattr(value, "isoformat"):
        return value + timedelta(microseconds=1 << random.randrange(40))
    raw = bytearray(bytes(value))
    raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)
    return bytes(raw)


def flip(seq: int, column: str, random: Random) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {column} = %s WHERE seq = %s", [flipped(stored(seq, column), random), seq])


def named() -> set[int]:
    """Every row that verify finds broken."""
    return {fault.seq for fault in chain.faults()}


# --- it cannot be changed --------------------------------------------------------------------------------------------

CHANGES = [f"UPDATE {TABLE} SET {column} = {column}" for column in COLUMNS] + [
    f"DELETE FROM {TABLE}",
    f"DELETE FROM {TABLE} WHERE seq = (SELECT max(seq) FROM {TABLE})",
]


def _tries() -> list[str]:
    if connection.vendor == "postgresql":
        return [*CHANGES, f"TRUNCATE {TABLE}", f"TRUNCATE {TABLE} CASCADE"]
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    rest = names.replace('"type"', "'refused'")
    return [
        *CHANGES,
        f"UPDATE OR REPLACE {TABLE} SET seq = 2 WHERE seq = 1",
        f"INSERT OR REPLACE INTO {TABLE} ({names}) SELECT {rest} FROM {TABLE} WHERE seq = 1",
        f"REPLACE INTO {TABLE} ({names}) SELECT {rest.replace(chr(34) + 'id' + chr(34), 'hex(randomblob(16))')} "
        f"FROM {TABLE} WHERE seq = 1",
    ]


def _refused(tries: list[str]) -> list[str]:
    done = []
    for statement in tries:
        with contextlib.suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            done.append(statement)
    return done


def test_every_try_to_change_a_row_is_refused() -> None:
    fill_ledger(40, people=5, seed=1)
    before = list(ConsentEvent.objects.order_by("seq").values_list())
    assert _refused(_tries()) == [], "done although it should have been refused"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # a foreign hand that does not set our pragmas
            cursor.execute("PRAGMA recursive_triggers = OFF")
            assert _refused(_tries()) == []
            cursor.execute("PRAGMA recursive_triggers = ON")
    assert list(ConsentEvent.objects.order_by("seq").values_list()) == before
    assert named() == set()


def test_without_the_guards_every_try_succeeds() -> None:
    """The mutant."""
    fill_ledger(40, people=5, seed=1)
    for statement in _tries()[: len(CHANGES)]:
        with anything_goes():
            assert _refused([statement]) == [statement]
    assert ConsentEvent.objects.count() == 40


def test_the_app_role_has_no_right_to_change_it_either() -> None:
    """On PostgreSQL: a role with the rights of docs/operations.md, and one with every right but ownership. On SQLite,
    which has no roles, the triggers above are all there is."""
    if connection.vendor != "postgresql":
        assert connection.vendor == "sqlite"
        return
    fill_ledger(40, people=5, seed=1)
    narrow, wide = (f"ow_role_{secrets.token_hex(4)}" for _ in range(2))
    with connection.cursor() as cursor:
        for role in (narrow, wide):
            cursor.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER")
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT, INSERT ON {TABLE} TO {narrow}")
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {wide}")
        off = [
            "SET session_replication_role = replica",
            f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
            f"DROP TRIGGER {TABLE}_append_only ON {TABLE}",
            f"DROP TABLE {TABLE}",
        ]
        for role in (narrow, wide):
            cursor.execute(f"SET LOCAL ROLE {role}")
            assert _refused([*_tries(), *off]) == []
            cursor.execute("RESET ROLE")
        cursor.execute(f"SET LOCAL ROLE {narrow}")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(f"UPDATE {TABLE} SET seq = seq")
        cursor.execute("RESET ROLE")
    assert ConsentEvent.objects.count() == 40


# --- what was changed all the same is named --------------------------------------------------------------------------


def _one_at_a_time(flips: int, seed: int, *, to_the_end: bool = True) -> None:
    """Each flip alone: verify names that row first and, read to the end, no other."""
    random, total = Random(seed), ConsentEvent.objects.count()
    for number in range(flips):
        seq, column = random.randint(1, total), COLUMNS[number % len(COLUMNS)]
        with anything_goes():
            try:
                with transaction.atomic():
                    flip(seq, column, random)
            except DatabaseError:  # a number that another row has already
                continue
            first = chain.first_fault()
            assert first is not None, (seed, number, seq, column)
            assert first.seq == seq, (seed, number, seq, column, first)
            assert not to_the_end or {s for s in named() if 1 <= s <= total} == {seq}, (seed, number, seq, column)
    assert named() == set()


def test_any_flipped_byte_is_found_and_its_row_named() -> None:
    fill_ledger(300, people=20, seed=2)
    _one_at_a_time(50, seed=11)


def test_many_flips_at_once_are_each_named() -> None:
    fill_ledger(300, people=20, seed=2)
    random = Random(12)
    with anything_goes():
        victims = random.sample(range(1, 301), 50)
        for number, seq in enumerate(victims):
            flip(seq, [c for c in COLUMNS if c != "seq"][number % 9], random)
        assert named() == set(victims)


def test_a_verify_that_trusts_the_stored_hash_would_miss_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: rows are only held against each other."""
    fill_ledger(60, people=5, seed=3)
    last = dict(ConsentEvent.objects.values_list("seq", "hash"))
    monkeypatch.setattr(chain, "envelope_hash", lambda *, seq, **_: last[seq])
    with anything_goes():
        flip(30, "body", Random(1))
        assert chain.first_fault() is None


def test_a_cut_end_and_a_missing_row_are_named() -> None:
    fill_ledger(60, people=5, seed=4)
    with anything_goes():
        ConsentEvent.objects.filter(seq__in=[20, 21, 22])._raw_delete("default")
        assert [f.seq for f in chain.faults()] == [20]
    with anything_goes():
        ConsentEvent.objects.filter(seq__gt=50)._raw_delete("default")
        assert chain.first_fault() == chain.ChainFault(51, None, "missing from the end")
    with anything_goes():
        ChainHead.objects.update(hash="0" * 64)
        assert chain.first_fault() == chain.ChainFault(60, None, "is not the end that was recorded")


# --- the anchor ------------------------------------------------------------------------------------------------------


def recompute(upto: int | None = None) -> None:
    """What a clever tamperer does after a change: every hash from there on anew, and the head."""
    prev = ""
    for row in ConsentEvent.objects.order_by("seq"):
        digest = envelope_hash(
            prev=prev, seq=row.seq, event_id=row.id, type_=row.type, at=row.at, ref=row.person_ref,
            grant_id=row.grant_id, version=row.key_version, body=bytes(row.body),
        )  # fmt: skip
        if (row.prev_hash, row.hash) != (prev, digest):
            ConsentEvent.objects.filter(seq=row.seq).update(prev_hash=prev, hash=digest)
        prev = digest
        last = row.seq
    ChainHead.objects.update(seq=last, hash=prev)


def cut(after: int) -> None:
    ConsentEvent.objects.filter(seq__gt=after)._raw_delete("default")
    recompute()


def test_a_chain_computed_anew_and_a_cut_tail_are_found_only_by_the_anchor(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    for day, events in enumerate((30, 40, 50)):
        fill_ledger(events, people=5, seed=100 + day, at=AT + timedelta(days=day))
        anchors.write(path, at=AT + timedelta(days=day))
    assert list(anchors.check(path)) == []
    with anything_goes():
        ConsentEvent.objects.filter(seq=45).update(type="refused")
        recompute()
        assert chain.first_fault() is None, "the chain alone is content"
        found = dict(anchors.check(path))
        assert set(found) == {"#31"}, "between the last good anchor and the first bad one"
    with anything_goes():
        cut(100)
        assert chain.first_fault() is None, "the chain alone is content"
        ((where, what),) = anchors.check(path)
        assert where == "#101"
        assert "cut off after row 100" in what
    with anything_goes():
        ConsentEvent.objects.all()._raw_delete("default")
        ChainHead.objects.all().delete()
        assert chain.first_fault() is None
        assert {where for where, _ in anchors.check(path)} == {"#1"}
    with anything_goes():  # what came after the last anchor is found at the next one at the latest, not before
        fill_ledger(5, people=1, seed=9)
        cut(120)
        assert list(anchors.check(path)) == []


def test_the_file_itself_cannot_be_changed_unseen(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    for day in range(4):
        fill_ledger(10, people=3, seed=200 + day)
        anchors.write(path, at=AT + timedelta(days=day))
    lines = path.read_bytes().splitlines(keepends=True)
    changed: dict[str, tuple[list[bytes], str]] = {
        "another hash": ([lines[0], lines[1].replace(b'"rows":20', b'"rows":21'), *lines[2:]], "line 2"),
        "one taken out": ([lines[0], *lines[2:]], "line 2"),
        "the first taken out": (lines[1:], "line 1"),
        "no signature": ([json.dumps({"anchor": 1, "seq": 10}).encode() + b"\n", *lines[1:]], "line 1"),
        "not JSON": ([b"\xff\x00\n", *lines[1:]], "line 1"),
        "empty": ([], "line 1"),
    }
    for what, (text, where) in changed.items():
        path.write_bytes(b"".join(text))
        assert where in [w for w, _ in anchors.check(path)], what
    path.write_bytes(b"".join(lines))
    assert list(anchors.check(path)) == []
    assert path.stat().st_mode & 0o007 == 0


def test_a_line_cut_off_by_a_crash_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    fill_ledger(10, people=3, seed=5)
    anchors.write(path, at=AT)
    with path.open("ab") as file:
        file.write(b'{"anchor":1,"at"')
    anchors.write(path, at=AT + timedelta(days=1))
    assert [where for where, _ in anchors.check(path)] == ["line 2"]
    assert path.read_bytes().count(b"\n") == 3


def test_the_record_of_who_looked_is_held_against_its_day(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    for day in range(3):
        with transaction.atomic():
            record_access(
                actor=SYSTEM, person_ids=[uuid4(), uuid4()], categories=["name"], purpose="opportunity", released=False,
                at=AT + timedelta(days=day),
            )  # fmt: skip
        anchors.write(path, at=AT + timedelta(days=day, hours=2))
    assert list(anchors.check(path)) == []
    rows = AccessEvent.objects.filter(at=AT + timedelta(days=1))

    def found(change: Callable[[], object]) -> list[str]:
        point = transaction.savepoint()
        _without_guards(lambda: (change(), None)[1])
        said = [where for where, _ in anchors.check(path)]
        transaction.savepoint_rollback(point)
        return said

    (after_it,) = found(lambda: rows.filter(id=rows[0].id)._raw_delete("default"))
    assert after_it.startswith("looks until 2026-11-03")
    assert found(lambda: rows.filter(id=rows[0].id).update(categories=["story"])) == [after_it]
    assert found(lambda: AccessEvent.objects.filter(at__lt=AT)._raw_delete("default")) == []


def test_the_daily_job_writes_where_the_settings_say(tmp_path: Path, settings: Any) -> None:
    fill_ledger(10, people=3, seed=5)
    settings.ANCHOR_PATH = ""
    assert not anchors.record(at=AT)
    settings.ANCHOR_PATH = str(tmp_path / "kept.jsonl")
    assert anchors.record(at=AT)
    (line,) = (tmp_path / "kept.jsonl").read_text().splitlines()
    assert {"seq": 10, "rows": 10, "at": "2026-11-02T10:00:00.000000Z"}.items() <= json.loads(line).items()


def test_verify_takes_the_file_and_says_so_by_its_exit(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    fill_ledger(30, people=5, seed=6)
    anchors.write(path, at=AT)
    out = StringIO()
    call_command("verify", "--anchors", str(path), stdout=out)
    assert json.loads(out.getvalue()) == {"ok": True, "faults": []}
    with anything_goes():
        ConsentEvent.objects.filter(seq=3).update(type="refused")
        recompute()
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("verify", "--anchors", str(path), stdout=out)
        assert "anchor" in {fault["code"] for fault in json.loads(out.getvalue())["faults"]}
    with pytest.raises(CommandError):
        call_command("verify", "--anchors", str(tmp_path / "none"))


# --- verify is content with a long ledger, and small ------------------------------------------------------------------


def test_verify_reads_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as much takes no more memory."""
    monkeypatch.setattr(chain, "BATCH", 100)
    monkeypatch.setattr(projection, "BATCH", 50)
    real = ledger.people_in_batches
    monkeypatch.setattr(ledger, "people_in_batches", lambda *, actor: real(actor=actor, size=20))

    def peak() -> int:
        tracemalloc.start()
        assert usecases.verify(actor=SYSTEM, at=AT) == ()
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    fill_ledger(400, people=100, seed=7)
    peak()  # what is loaded once
    few = peak()
    fill_ledger(2000, people=500, seed=8)
    assert peak() < few * 2


@pytest.mark.slow
def test_a_hundred_thousand_events() -> None:
    """The bar at its full size: 1,000 flips, 1,000 found, and 50 more one at a time."""
    fill_ledger(100_000, people=20_000, seed=21)
    assert usecases.verify(actor=SYSTEM, at=AT) == ()
    assert _refused(_tries()) == []
    random = Random(22)
    others = [c for c in COLUMNS if c != "seq"]
    with anything_goes():
        victims = random.sample(range(1, 100_001), 1000)
        for number, seq in enumerate(victims):
            flip(seq, others[number % len(others)], random)
        assert named() == set(victims)
    _one_at_a_time(50, seed=23, to_the_end=False)
