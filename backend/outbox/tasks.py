"""The task functions that both the embedded runner and Celery workers call. Arguments are ids and names only."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from kombu import Connection, Producer

from backend.kernel.clock import database_now
from backend.outbox import doorbell, jobs, worker

# A ring must never hold up a web request: no retries, and short waits for a broker that is frozen or far away.
RING_TRANSPORT = {
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "retry_on_timeout": False,
}
SWEEP_AT_MOST = 1000


@shared_task(name="outbox.run_work", ignore_result=True)
def run_work(ids: list[str]) -> None:
    """Do the named work if it is still to be done."""
    worker.run_ids([UUID(i) for i in ids])


@shared_task(name="outbox.run_job", ignore_result=True)
def run_job(name: str) -> None:
    """Run a scheduled job unless this period's run has been taken already."""
    jobs.run(name)


def sweep(at: object = None) -> int:
    """Ring for what is overdue: lost rings, expired leases, work whose time has come. Returns how many rows."""
    worker.bury_lost()
    by_queue: dict[str, list[UUID]] = defaultdict(list)
    for work_id, queue in worker.due(database_now()).values_list("id", "queue")[:SWEEP_AT_MOST]:
        by_queue[queue].append(work_id)
    for queue, ids in by_queue.items():
        doorbell.ring(queue, ids)
    return sum(len(ids) for ids in by_queue.values())


class _Line(threading.local):
    """One connection for each thread, kept between rings and thrown away after any failure."""

    connection: Any = None
    producer: Any = None


_line = _Line()


def send_ring(queue: str, work_ids: Sequence[UUID]) -> None:
    """Put one doorbell message on the broker. Raises whatever the broker raises."""
    if _line.producer is None:
        _line.connection = Connection(settings.REDIS_URL, transport_options=RING_TRANSPORT)
        _line.producer = Producer(_line.connection)
    try:
        run_work.apply_async(
            args=([str(i) for i in work_ids],), queue=queue, producer=_line.producer, retry=False, ignore_result=True
        )
    except Exception:
        connection, _line.connection, _line.producer = _line.connection, None, None
        connection.collapse()
        raise
