"""The embedded runner: does the outbox's work and the schedule in one process, with no broker.

Several may run at once, also beside Celery workers: claims and job slots are decided by the database.
"""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error

from backend.outbox import worker
from backend.outbox.jobs import Ticker

log = logging.getLogger("own_words.worker")
ROUND = 100  # pieces of work between two looks at the schedule and at the signal to stop


class Command(BaseCommand):
    help = "Do the work of the outbox and of the schedule until stopped (SIGTERM or SIGINT)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pause", type=float, default=0.5, help="seconds to wait when there is nothing to do")
        parser.add_argument("--queue", action="append", default=[], help="only this queue; may be repeated")
        parser.add_argument("--no-schedule", action="store_true", help="leave the schedule to another process")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        ticker = None if options["no_schedule"] else Ticker()
        log.info("worker.started")
        while not stop.is_set():
            try:
                if ticker is not None:
                    ticker.tick()
                tried = worker.run_due(queues=options["queue"], most=ROUND)
            except Error as error:  # the database is away or busy: wait, and look again
                log.warning("worker.database error=%s", type(error).__name__)
                tried = 0
            worker.close_connections()
            if not tried:
                stop.wait(options["pause"])
        log.info("worker.stopped")
