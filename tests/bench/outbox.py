"""How many messages of the outbox are done in a second, by real worker processes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.processes import Engine, Process, Site, wait_for

PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second from the first to the last one finished: the start of the processes does not count."""

    how: str
    engine: str
    topic: str
    messages: int
    per_second: float


def _seconds(value: Any) -> float:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.timestamp()


def _drain(site: Site, how: str, topic: str, messages: int, together: int, workers: list[Process]) -> Rate:
    """Publish while nobody works, then let `workers` empty the outbox."""
    site.query("DELETE FROM backend_work")
    site.query("DELETE FROM backend_answered")
    site.python("-m", "tests.bench.workers", "publish", str(messages), topic, str(together))
    for worker in workers:
        worker.start()
    unfinished = "SELECT count(*) FROM backend_work WHERE state <> 'done'"
    if not wait_for(lambda: site.query(unfinished)[0][0] == 0, PATIENCE, 0.2):
        raise RuntimeError(f"{how}: not everything was done\n{workers[0].tail()}")
    for worker in workers:
        worker.stop()
    first, last = site.query("SELECT min(finished_at), max(finished_at) FROM backend_work")[0]
    if topic == "bench.inside":
        assert site.query("SELECT count(*) FROM backend_answered")[0][0] == messages, "each message once"
    return Rate(how, site.engine, topic, messages, (messages - 1) / max(_seconds(last) - _seconds(first), 1e-6))


def rates(folder: Path, engine: Engine, *, redis: bool, messages: int) -> list[Rate]:
    """Embedded worker, or with `redis` one Celery worker of two processes: a ring each, and a ring for each hundred."""
    found = []
    with Site(folder, engine=engine, redis=redis) as site:
        if not redis:
            worker = site.add("embedded", [sys.executable, "-m", "tests.bench.workers", "embedded"])
            for topic in ("bench.inside", "bench.outside"):
                found.append(_drain(site, "embedded worker", topic, messages, 1, [worker]))
            return found
        site.add_redis().start()
        argv = [
            sys.executable, "-m", "celery", "-A", "tests.bench.workers", "worker", "--concurrency", "2",
            "--queues", "default,mail,money", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        celery = site.add("celery", argv)
        for topic in ("bench.inside", "bench.outside"):
            found.append(_drain(site, "Celery, a ring for each message", topic, messages, 1, [celery]))
        found.append(_drain(site, "Celery, a ring for each hundred", "bench.inside", messages, 100, [celery]))
    return found
