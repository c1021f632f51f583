"""Bars M1, M2, M3, M7 and the throughput of a payment run: real workers that are killed, a real database that is
restarted, a broker that vanishes, clocks that are wrong. The witness is the stand-in's own book.

Each bar has a short tier here (seconds) and its whole tier among the long runs (`make bars`).
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.chaos.money_book import Outcome, outcome
from tests.chaos.own_postgres import OwnPostgres
from tests.processes import Engine, Site, wait_for

pytestmark = pytest.mark.processes
SEED = int(os.environ.get("MONEY_SEED", "20261122"))
# Of all requests that would move money: accepted and then cut, done and 500, not done and 500, and 429.
FAULTS = "cut_after=0.05,error_saved=0.02,error_unsaved=0.02,busy=0.03"


def a_run(
    folder: Path,
    *,
    count: int,
    workers: int,
    kills: int,
    engine: Engine = "postgresql",
    mutant: str = "",
    faults: str = FAULTS,
    skew: str = "0",
    patience: float = 600,
) -> tuple[dict[str, Any], Outcome]:
    """Prepare, run with kills, and look into both books."""
    env = {"OWN_WORDS_MUTANT": mutant, "MONEY_SKEW": skew}
    with Site(folder, engine=engine, env=env) as site:
        site.add_stripe("--opening", str(10**9))
        site.start("stripe")
        site.python("-m", "tests.chaos.money", "prepare", str(count), "20")
        site["stripe"].stop()
        site.add_stripe("--opening", str(10**9), "--faults", faults, "--seed", str(SEED))
        site.start("stripe")
        said = site.python(
            "-m", "tests.chaos.money", "pool", str(workers), str(kills), str(SEED), str(patience), timeout=1800
        )
        figures = json.loads(said.splitlines()[-1])
        found = outcome(site)
        print(f"\n{engine} {mutant or 'as it is'}: {figures} {found}")
        return figures, found


def test_m1_short(tmp_path: Path) -> None:
    figures, found = a_run(tmp_path, count=60, workers=4, kills=15, patience=120)
    assert figures["kills"] == 15
    assert found.right, found
    assert found.paid == 60


@pytest.mark.slow
def test_m1_two_hundred_kills_over_a_thousand_payouts(tmp_path: Path) -> None:
    figures, found = a_run(tmp_path, count=1000, workers=6, kills=200)
    assert figures["kills"] == 200
    assert found.right, found
    assert found.paid == 1000


@pytest.mark.slow
def test_m1_with_one_worker_on_sqlite(tmp_path: Path) -> None:
    figures, found = a_run(tmp_path, count=300, workers=1, kills=60, engine="sqlite")
    assert figures["kills"] == 60
    assert found.right, found


@pytest.mark.slow
def test_m1_mutant_a_fresh_key_for_each_attempt_pays_twice(tmp_path: Path) -> None:
    _, found = a_run(tmp_path, count=400, workers=6, kills=100, mutant="fresh-keys", patience=240)
    assert found.paid_twice > 0, found


@pytest.mark.slow
def test_m1_mutant_state_and_ledger_in_two_commits_leaves_payouts_without_legs(tmp_path: Path) -> None:
    _, found = a_run(tmp_path, count=1000, workers=6, kills=200, mutant="state-then-ledger")
    assert found.without_legs > 0, found
    assert found.paid_twice == 0


# --- M7: clocks that are wrong ----------------------------------------------------------------------------------------

SKEWS = "-86400,86400,600,-600"  # seconds; one worker each


def test_m7_short(tmp_path: Path) -> None:
    _, found = a_run(tmp_path, count=40, workers=4, kills=4, skew=SKEWS, patience=120)
    assert found.right, found


@pytest.mark.slow
def test_m7_workers_a_day_behind_and_ahead(tmp_path: Path) -> None:
    _, found = a_run(tmp_path, count=400, workers=4, kills=40, skew=SKEWS)
    assert found.right, found


@pytest.mark.slow
def test_m7_mutant_leases_by_the_workers_own_clock_run_work_that_another_holds(tmp_path: Path) -> None:
    """A worker a day ahead sees every lease as over: pieces of work are done again while somebody does them. The keys
    still keep money right; what shows is tries beyond the one that was enough."""
    with Site(tmp_path, engine="postgresql", env={"OWN_WORDS_MUTANT": "own-clock", "MONEY_SKEW": SKEWS}) as site:
        tries = _tries(site)
    with Site(tmp_path / "right", engine="postgresql", env={"MONEY_SKEW": SKEWS}) as site:
        assert _tries(site) == 0
    assert tries > 0


def _tries(site: Site) -> int:
    """How many pieces of work were taken more than once in a run without kills or faults."""
    site.add_stripe("--opening", str(10**9))
    site.start("stripe")
    site.python("-m", "tests.chaos.money", "prepare", "100", "5")
    site.python("-m", "tests.chaos.money", "pool", "4", "0", str(SEED), "120")
    return int(site.query("SELECT count(*) FROM backend_work WHERE topic = 'payout.approved' AND attempts > 1")[0][0])


# --- M2: the database falls down ---------------------------------------------------------------------------------------


def _has_paid(server: OwnPostgres, site: Site, count: int) -> bool:
    return server.paid(site) >= count


def _at_most(site: Site, sql: str, count: int) -> bool:
    return bool(site.query(sql)[0][0] <= count)


def _restarted(tmp_path: Path, count: int, restarts: int, mutant: str = "") -> Outcome:
    with OwnPostgres(tmp_path / "cluster") as server:
        env = {"DATABASE_URL": server.url, "OWN_WORDS_MUTANT": mutant}
        with Site(tmp_path, engine="sqlite", env=env) as site:  # its database is the one of `server`
            site.engine, site.database_url = "postgresql", server.url
            try:
                site.manage("migrate", "--verbosity", "0")
                site.add_stripe("--opening", str(10**9))
                site.start("stripe")
                site.python("-m", "tests.chaos.money", "prepare", str(count), "10")
                site["stripe"].stop()
                site.add_stripe("--opening", str(10**9), "--faults", FAULTS, "--seed", str(SEED))
                site.start("stripe")
                pool = site.add("pool", [sys.executable, "-m", "tests.chaos.money", "pool", "4", "0", str(SEED), "900"])
                pool.start(wait=False)
                for number in range(restarts):
                    share = count * (number + 1) // (restarts + 2)
                    assert wait_for(partial(_has_paid, server, site, share), 600, 0.2), pool.tail()
                    server.restart()
                assert wait_for(lambda: not pool.alive, 900, 0.5), pool.tail()
                found = outcome(site)
                print(f"\nM2: {restarts} restarts, {found}, {pool.tail(1)}")
                return found
            finally:
                site.engine = "sqlite"


def test_m2_short(tmp_path: Path) -> None:
    assert _restarted(tmp_path, 30, 1).right


@pytest.mark.slow
def test_m2_ten_restarts_of_postgresql(tmp_path: Path) -> None:
    assert _restarted(tmp_path, 400, 10).right


@pytest.mark.slow
def test_m2_mutant_state_and_ledger_in_two_commits_loses_legs(tmp_path: Path) -> None:
    """A restart between the two commits; six tries, since a restart has to fall between them."""
    for number in range(6):
        if not _restarted(tmp_path / str(number), 400, 12, "state-then-ledger").right:
            return
    pytest.fail("the mutant was never noticed")


# --- M3: the broker vanishes ------------------------------------------------------------------------------------------


def _without_its_broker(tmp_path: Path, *, count: int, mutant: str = "", patience: float = 600) -> Outcome:
    """A run by Celery while Redis is emptied, killed and frozen in turn; what had become of it when patience ended."""
    with Site(tmp_path, engine="postgresql", redis=True, env={"OWN_WORDS_MUTANT": mutant}) as site:
        site.add_redis()
        site.start("redis")
        site.add_stripe("--opening", str(10**9))
        site.start("stripe")
        site.python("-m", "tests.chaos.money", "prepare", str(count), "10")
        site["stripe"].stop()
        site.add_stripe("--opening", str(10**9), "--faults", FAULTS, "--seed", str(SEED))
        site.start("stripe")
        celery = [sys.executable, "-m", "celery", "-A", "tests.chaos.money"]
        site.add("celery", [*celery, "worker", "--concurrency", "3", "--queues", "default,mail,money",
                            "--without-gossip", "--without-mingle"])  # fmt: skip
        site.add("beat", [*celery, "beat", "--schedule", str(tmp_path / "beat"), "--pidfile", ""])
        for name in ("celery", "beat"):
            site[name].start(keep_alive=True, wait=False)
        draw = random.Random(SEED)
        left = "SELECT count(*) FROM payments_payout WHERE state <> 'paid'"
        for number in range(6):
            if not wait_for(partial(_at_most, site, left, count - count // 8 * (number + 1)), patience / 2, 0.2):
                break  # it stands still: the outcome says so
            what = ("flush", "kill", "freeze")[number % 3]
            if what == "flush":
                redis.Redis(port=site.redis_port).flushall()
            elif what == "kill":
                site["redis"].kill()
                time.sleep(draw.uniform(0.5, 2))
                site["redis"].start()
            else:
                site["redis"].signal(signal.SIGSTOP)
                time.sleep(draw.uniform(2, 5))
                site["redis"].signal(signal.SIGCONT)
        if not wait_for(lambda: site.query(left) == [(0,)], patience, 0.5):
            print(site["celery"].tail())
        for name in ("beat", "celery"):
            site[name].stop()
        found = outcome(site)
        print(f"\nM3 {mutant or 'as it is'}: {found}")
        return found


@pytest.mark.slow
def test_m3_redis_emptied_killed_and_frozen_during_a_run(tmp_path: Path) -> None:
    found = _without_its_broker(tmp_path, count=160)
    assert found.right, found


@pytest.mark.slow
def test_m3_mutant_that_relies_on_the_broker_leaves_people_unpaid(tmp_path: Path) -> None:
    """Nobody looks for work whose ring was lost."""
    found = _without_its_broker(tmp_path, count=160, mutant="no-sweeper", patience=60)
    assert found.unpaid or found.stuck, found
    assert found.paid_twice == 0


# --- throughput -------------------------------------------------------------------------------------------------------


LATENCY = 0.05  # seconds that the stand-in takes for each transfer, as its fault "slow" has it


def _ratio(folder: Path, *, count: int, workers: int, mutant: str = "") -> float:
    """From the first attempt to the last answer in our books, over what the provider's latency alone would take."""
    with Site(folder, engine="postgresql", env={"OWN_WORDS_MUTANT": mutant}) as site:
        site.add_stripe("--opening", str(10**9))
        site.start("stripe")
        site.python("-m", "tests.chaos.money", "prepare", str(count), "20")
        site["stripe"].stop()
        site.add_stripe("--opening", str(10**9), "--faults", "slow=1.0")
        site.start("stripe")
        said = json.loads(site.python("-m", "tests.chaos.money", "pool", str(workers), "0", str(SEED)).splitlines()[-1])
        assert outcome(site).right
    ideal = count * LATENCY / workers
    ratio = float(said["sent"]) / ideal
    print(
        f"\n{count} payouts, {workers} workers, {LATENCY * 1000:.0f} ms, {mutant or 'as it is'}: the provider alone "
        f"{ideal:.2f} s, sent after {said['sent']:.2f} s (ratio {ratio:.2f}), all confirmed after {said['seconds']:.2f} s"
    )
    assert ratio > 0
    return ratio


@pytest.mark.slow
def test_throughput_of_a_run_against_what_the_provider_takes(tmp_path: Path) -> None:
    """The bar is 1.5. Other work on the machine can only make a run slower, so the best of three counts."""
    ratios: list[float] = []
    while len(ratios) < 3 and min(ratios, default=9.0) > 1.5:
        ratios.append(_ratio(tmp_path / str(len(ratios)), count=1000, workers=8))
    assert min(ratios) <= 1.5, ratios


@pytest.mark.slow
def test_throughput_mutant_one_at_a_time_is_noticed(tmp_path: Path) -> None:
    """Without batches each payout costs its own commits, and each worker waits for one answer at a time."""
    assert _ratio(tmp_path / "run", count=200, workers=8, mutant="one-by-one") > 1.5
