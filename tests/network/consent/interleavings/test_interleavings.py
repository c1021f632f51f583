"""Bar D1: no read that begins after a withdrawal has come back shows what was withdrawn, on any channel, in any order.

Real threads with connections of their own: PostgreSQL as it is, SQLite as a file with its one writer at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection

from backend.kernel import clock
from network.consent import gate
from tests.network.consent.interleavings.channels import (
    CHANNELS,
    EMERGENCY,
    FILES,
    OWN,
    SHOWING,
    SILENT,
    SILENT_DOORS,
    THROUGH,
    file_types,
    in_the_code,
)
from tests.network.consent.interleavings.history import History, Read, Write
from tests.network.consent.interleavings.stage import LAYERS, REQUEST, Eyes, Somebody, Stage
from tests.network.racing import arena

pytestmark = pytest.mark.django_db(transaction=True)
SEED = int(os.environ.get("INTERLEAVINGS_SEED", "20"))
OPERATIONS = int(os.environ.get("INTERLEAVINGS", "20000"))
WRITERS, READERS = 2, 3
# Heavy ones less often; all of them often enough.
WEIGHTS = {"PDF": 1, "API: status list": 2, "page: match": 6, "iCal": 3}


@pytest.mark.django_db(databases=[])
def test_every_channel_in_the_code_is_read_here() -> None:
    assert in_the_code() == set(THROUGH) | OWN | SILENT_DOORS | EMERGENCY
    assert file_types() == set(FILES)
    assert CHANNELS == SHOWING | SILENT
    assert len(CHANNELS) == 14


@pytest.mark.django_db(databases=[])
def test_the_witness_knows_a_leak_from_a_race() -> None:
    history = History()
    history.wrote("a", Write(0, 1, frozenset({"name"}), what="given"))
    history.wrote("a", Write(5, 6, frozenset(), what="withdrawn"))
    history.wrote("a", Write(10, 11, frozenset({"name"}), until=100, what="given"))
    history.wrote("a:words", Write(2, 3, frozenset(), version=4))

    def wrong(began: float, done: float, *, wall: float = 0, version: int = 0) -> bool:
        return bool(history.wrong(Read("x", "a", began, done, wall, frozenset({"name"}), version)))

    assert not wrong(2, 3)
    assert not wrong(4, 7), "it began before the withdrawal"
    assert not wrong(5.5, 9), "the withdrawal had not come back yet"
    assert wrong(6, 9)
    assert wrong(6.1, 9.9)
    assert not wrong(6.1, 10.5), "it was being given again"
    assert not wrong(12, 13)
    assert wrong(12, 13, wall=100), "it had ended"
    assert wrong(12, 13, version=3), "old words"
    assert not wrong(12, 13, version=4)


def _write(stage: Stage, eyes: Eyes, random: Random, one: Somebody) -> None:
    """One act of one person, and often a look right after it."""
    with one.lock:
        kind = random.choice([REQUEST, REQUEST, REQUEST, *LAYERS])
        if kind != REQUEST:
            if kind in one.live:
                stage.withdraw(one, kind)
            else:
                stage.again(one, kind)
        elif kind not in one.live:
            stage.give(one, lasts=timedelta(days=60) if random.random() < 0.7 else timedelta(milliseconds=300))
        else:
            what = random.choice(["withdraw", "withdraw", "narrow", "edit", "short"])
            if what == "narrow" and _stands(stage, one):
                stage.narrow(one)
            elif what == "edit":
                stage.edit(one)
            elif what == "short":
                stage.give(one, lasts=timedelta(milliseconds=300))
            else:
                stage.withdraw(one, REQUEST)
        at_once = {REQUEST: "use case: cards"}.get(kind) or {
            "coordination": "page: reveal", "asked": "page: match", "record": "email"
        }[kind]  # fmt: skip
        eyes.look(at_once, one)


def _stands(stage: Stage, one: Somebody) -> bool:
    """Whether it can be narrowed: it is there, whole, and has a while to go."""
    last = stage.history.writes[f"{one.tag}:{REQUEST}"][-1]
    return len(last.shows) == 3 and last.until - clock.now().timestamp() > 5


def play(folder: Path, *, operations: int, people: int, seed: int, calm: Callable[[], Any] | None = None) -> History:
    """So many acts and looks by five threads. Everything is drawn from the seed; the order is the machine's."""
    stage = Stage(people)
    each = operations // (WRITERS + READERS)

    def writer(number: int) -> int:
        eyes, random = stage.eyes(number), Random(seed * 101 + number)
        for _ in range(each // 2):  # each is an act and a look
            _write(stage, eyes, random, random.choice(stage.people))
        return 0

    def reader(number: int) -> int:
        eyes, random = stage.eyes(number), Random(seed * 103 + number)
        names = sorted(CHANNELS)
        weights = [WEIGHTS.get(name, 10) for name in names]
        turns = [*names, *random.choices(names, weights, k=max(0, each - len(names)))]
        random.shuffle(turns)
        for channel in turns:
            eyes.look(channel, random.choice(stage.people))
        return 0

    with arena(folder) as where:
        acts = [
            *(lambda n=n: writer(n) for n in range(WRITERS)),
            *(lambda n=n: reader(n + WRITERS) for n in range(READERS)),
        ]
        for done in where.race(acts):
            if isinstance(done, Exception):
                raise done
    return stage.history


def test_nothing_withdrawn_is_shown_again(tmp_path: Path) -> None:
    history = play(tmp_path, operations=400, people=4, seed=SEED)
    assert history.leaks() == [], f"seed {SEED}"
    assert {channel for channel, count in history.shown_by().items() if count} & SILENT == set()
    assert set(history.shown_by()) == CHANNELS


@pytest.mark.slow
def test_twenty_thousand_interleavings(tmp_path: Path) -> None:
    history = play(tmp_path, operations=OPERATIONS, people=12, seed=SEED)
    acts = sum(len(writes) for writes in history.writes.values())
    shown = history.shown_by()
    print(f"seed {SEED}: {acts} acts, {len(history.reads)} reads, shown by channel {shown}")
    assert acts + len(history.reads) >= OPERATIONS
    assert history.leaks() == [], f"seed {SEED}"
    assert all(shown[channel] for channel in SHOWING), shown
    assert not any(shown[channel] for channel in SILENT)


def test_a_cache_of_ten_milliseconds_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: what the gate decided is kept for a hundredth of a second, as a well-meant cache would. (Of this
    thread's own time: on a busy machine more than that passes between any two statements, and cures it.)"""
    real, kept = gate._decide, dict[Any, tuple[float, Any]]()

    def cached(ids: Any, ask: Any, *, lock: bool) -> Any:
        key = (ids, ask.wanted, ask.recipient, ask.opportunity)
        found = kept.get(key)
        if found is None or time.thread_time() - found[0] > 0.010:
            found = kept[key] = (time.thread_time(), real(ids, ask, lock=lock))
        return found[1]

    monkeypatch.setattr(gate, "_decide", cached)
    stage = Stage(1)
    (one,) = stage.people

    def run() -> int:
        eyes = stage.eyes(0)
        for _ in range(30):
            if REQUEST not in one.live:
                stage.give(one)
                time.sleep(0.02)
            eyes.look("use case: cards", one)
            stage.withdraw(one, REQUEST)
            eyes.look("use case: cards", one)
        return 0

    with arena(tmp_path) as where:
        (done,) = where.race([run])
    assert done == 0, done
    assert stage.history.leaks(), f"of {len(stage.history.reads)} reads on {connection.vendor}"
