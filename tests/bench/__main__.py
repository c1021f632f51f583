"""`python -m tests.bench`: a table on the screen and bench.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import django

from tests.bench.gate import BY_HAND, GATE
from tests.bench.outbox import Rate, rates
from tests.bench.report import Measured, Table, growing, over, table
from tests.processes import ROOT, Engine, Site


class Probe:
    """The far end of a measured process."""

    def __init__(self, people: int, site: Site, *argv: str) -> None:
        self.people, self._log = people, site.folder / "logs" / "probe.log"
        with self._log.open("wb") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.probe", *argv], cwd=ROOT, env=site.env, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self.targets: list[tuple[str, str]] = [(name, kind) for name, kind in self._read()]

    def _read(self) -> Any:
        assert self._popen.stdout is not None
        line = self._popen.stdout.readline()
        if not line:
            raise SystemExit(f"a measured process ended with {self._popen.wait()}\n{self.tail()}")
        return json.loads(line)

    def ask(self, order: str) -> Any:
        assert self._popen.stdin is not None
        self._popen.stdin.write(json.dumps(order) + "\n")
        self._popen.stdin.flush()
        return self._read()

    def tail(self) -> str:
        """The last lines it wrote: the request log, or what went wrong."""
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])

    def close(self) -> None:
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        self._popen.wait(30)


def prepare(folder: Path, engine: Engine, people: int, seed: int) -> tuple[Site, Site]:
    """A seeded database of ours and one of the bare project's with as many rows."""
    ours, bare = folder / f"ours-{people}", folder / f"bare-{people}"
    ours.mkdir()
    bare.mkdir()
    site = Site(ours, engine=engine, env={"API_PER_MINUTE": "1000000"})
    organisations = max(8, people // 100)
    site.manage(
        "seed", "--people", str(people), "--organisations", str(organisations), "--seed", str(seed), timeout=3600
    )
    if engine == "sqlite":
        site.query("ANALYZE")
    other = Site(bare, engine=engine, migrated=False, env={"DJANGO_SETTINGS_MODULE": "tests.bench.bare"})
    other.python("-m", "tests.bench.probe", "fill-bare", str(people))
    return site, other


def prepare_gate(folder: Path, engine: Engine, people: int) -> Site:
    """A database with so many people who said yes to one request."""
    own = folder / f"gate-{people}"
    own.mkdir()
    site = Site(own, engine=engine)
    site.python("-m", "tests.bench.probe", "fill-gate", str(people), timeout=1800)
    return site


def gate_costs(sites: dict[int, Site], rounds: int, seed: int) -> list[Measured]:
    """The gate and the same by hand, at every size, in turn."""
    probes = [Probe(people, site, "gate") for people, site in sites.items()]
    turns = [(probe, name) for probe in probes for name, _ in probe.targets]
    cpu: dict[tuple[int, str], list[float]] = defaultdict(list)
    statements: dict[tuple[int, str], list[int]] = defaultdict(list)
    order = random.Random(seed)
    for turn in range(rounds + 5):
        order.shuffle(turns)
        for probe, name in turns:
            answer = probe.ask(name)
            if answer["status"] != 200:
                raise SystemExit(f"{name} at {probe.people} people gave another answer\n{probe.tail()}")
            if turn == 4:
                probe.ask("freeze")
            if turn >= 5:
                cpu[probe.people, name].append(answer["cpu_ms"])
                statements[probe.people, name].append(answer["statements"])
    for probe in probes:
        probe.close()
    return [
        Measured.of(name, "gate", people, cpu[people, name], statements[people, name], 0)
        for name in (GATE, BY_HAND)
        for people in sites
    ]


def gate_table(found: list[Measured]) -> Table:
    sizes = sorted({row.people for row in found})
    made = Table(["median CPU ms (SQL statements)", *(f"{size:,} people" for size in sizes)])
    for name in (GATE, BY_HAND):
        rows = {row.people: row for row in found if row.name == name}
        made.rows.append([name, *(f"{rows[size].cpu_ms:.2f} ({rows[size].statements})" for size in sizes)])
    ratios = over(found, GATE, BY_HAND)
    made.rows.append(["the gate over SQL by hand", *(f"x {ratios[size]:.2f}" for size in sizes)])
    return made


@contextmanager
def held_open(site: Site) -> Iterator[None]:
    """As beside a worker: where nobody else has the file open, each request would end with SQLite's tidying up."""
    with site.connection() as line:
        line.execute("SELECT count(*) FROM django_session").fetchall()
        yield


def requests(sites: dict[int, tuple[Site, Site]], rounds: int, seed: int) -> list[Measured]:
    """Every target at every size in turn, in a new order each round; one request at a time."""
    probes = []
    for people, (ours, bare) in sites.items():
        probes.append(Probe(people, bare, "bare"))
        probes.append(Probe(people, ours, "ours"))
    turns = [(probe, name, kind) for probe in probes for name, kind in probe.targets]
    cpu: dict[tuple[int, str], list[float]] = defaultdict(list)
    statements: dict[tuple[int, str], list[int]] = defaultdict(list)
    size: dict[tuple[int, str], int] = {}
    for _ in range(3):  # warm: imports, templates, prepared statements
        for probe, name, _kind in turns:
            answer = probe.ask(name)
            if answer["status"] >= 400:
                raise SystemExit(f"{name} at {probe.people} people answered {answer['status']}\n{probe.tail()}")
    for probe in probes:
        probe.ask("freeze")
    order = random.Random(seed)
    for _ in range(rounds):
        order.shuffle(turns)
        for probe, name, _kind in turns:
            answer = probe.ask(name)
            key = (probe.people, name)
            cpu[key].append(answer["cpu_ms"])
            statements[key].append(answer["statements"])
            size[key] = answer["bytes"]
    for probe in probes:
        probe.close()
    kinds = {name: kind for _, name, kind in turns}
    names = list(dict.fromkeys(name for probe in probes for name, _ in probe.targets))
    return [
        Measured.of(name, kinds[name], people, cpu[people, name], statements[people, name], size[people, name])
        for name in names
        for people in sites
        if (people, name) in cpu
    ]


def outbox_table(found: list[Rate]) -> Table:
    made = Table(["outbox messages a second", "database", "work", "messages", "per second"])
    for rate in found:
        work = "inside, one write" if rate.topic == "bench.inside" else "outside, nothing"
        made.rows.append([rate.how, rate.engine, work, f"{rate.messages:,}", f"{rate.per_second:,.0f}"])
    return made


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default="30,1000,10000", help="numbers of people, comma between")
    parser.add_argument("--gate-sizes", default="1000,100000", help="the same for the consent gate alone; empty: not")
    parser.add_argument("--rounds", type=int, default=40, help="measured requests for each target and size")
    parser.add_argument("--messages", type=int, default=500, help="outbox messages; 0 leaves the outbox out")
    parser.add_argument("--engine", choices=get_args(Engine), default="sqlite", help="database of the requests")
    parser.add_argument("--no-celery", action="store_true", help="leave out the part with PostgreSQL and Redis")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, default=ROOT / "bench.json")
    given = parser.parse_args()
    measured: list[Measured] = []
    throughput: list[Rate] = []
    gated: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="own-words-bench-") as temporary:
        folder = Path(temporary)
        sites = {}
        try:
            sizes = sorted(int(size) for size in given.sizes.split(",") if size)
            if sizes:
                print("preparing " + ", ".join(f"{size:,}" for size in sizes) + " people ...", file=sys.stderr)
            with ThreadPoolExecutor(max_workers=2) as pool:  # the longest first
                made = {size: pool.submit(prepare, folder, given.engine, size, given.seed) for size in reversed(sizes)}
                sites = {size: made[size].result() for size in sizes}
            if sites:
                with ExitStack() as stack:
                    for pair in sites.values():
                        for site in pair:
                            stack.enter_context(held_open(site))
                    measured = requests(sites, given.rounds, given.seed)
                print(table(measured), flush=True)
                print("\n".join(f"SQL statements grow with the data: {name}" for name in growing(measured)), flush=True)
        finally:
            for pair in sites.values():
                for site in pair:
                    site.stop()
        gates: dict[int, Site] = {}
        try:
            for size in sorted(int(size) for size in given.gate_sizes.split(",") if size):
                print(f"preparing {size:,} people for the gate ...", file=sys.stderr)
                gates[size] = prepare_gate(folder, given.engine, size)
            if gates:
                with ExitStack() as stack:
                    for site in gates.values():
                        stack.enter_context(held_open(site))
                    gated = gate_costs(gates, given.rounds, given.seed)
                print("\n" + str(gate_table(gated)), flush=True)
        finally:
            for site in gates.values():
                site.stop()
        if given.messages:
            for name, engine, redis in (
                ("embedded", "sqlite", False), ("embedded-pg", "postgresql", False), ("celery", "postgresql", True),
            ):  # fmt: skip
                if given.no_celery and engine == "postgresql":
                    continue
                (folder / name).mkdir()
                throughput += rates(folder / name, engine, redis=redis, messages=given.messages)  # type: ignore[arg-type]
            print("\n" + str(outbox_table(throughput)), flush=True)
    given.json.write_text(
        json.dumps(
            {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "python": platform.python_version(),
                "django": django.get_version(),
                "processors": os.cpu_count(),
                "engine": given.engine,
                "rounds": given.rounds,
                "requests": [asdict(row) for row in measured],
                "gate": [asdict(row) for row in gated],
                "gate_over_sql": over(gated, GATE, BY_HAND),
                "outbox": [asdict(rate) for rate in throughput],
            },
            indent=2,
        )
        + "\n",
        encoding="utf-8",
    )
    print(f"\n{given.json.name} written", flush=True)
    if growing(measured):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
