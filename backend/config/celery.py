"""Celery: a doorbell and a clock. Nothing lives only in the broker (DESIGN 4, threats 3.3)."""

from __future__ import annotations

import os
from datetime import timedelta

from celery import Celery
from celery.signals import setup_logging
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402 - needs Django to be ready

from backend.outbox import jobs  # noqa: E402 - needs Django to be ready

QUEUES = ("default", "mail", "money")
RING_AT_LEAST_EVERY = timedelta(seconds=30)

app = Celery("own_words", broker=settings.REDIS_URL or None, backend=None, set_as_default=True)
app.conf.update(
    imports=("backend.outbox.tasks",),
    task_acks_late=False,  # a lost ring costs only time; a late one would run a poison task again and again
    task_reject_on_worker_lost=False,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_time_limit=120,
    task_soft_time_limit=90,
    task_default_queue="default",
    task_queues=[Queue(name) for name in QUEUES],
    task_create_missing_queues=False,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_soft_shutdown_timeout=30,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0.2},
    broker_transport_options={
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    enable_utc=True,
    timezone="UTC",
    beat_schedule={
        job.name: {
            "task": "outbox.run_job",
            "args": [job.name],
            # Rung often and run once: which period has been run is in the database, not in beat's memory or file, so
            # that a restart neither skips a period nor waits a whole one.
            "schedule": min(job.every, RING_AT_LEAST_EVERY),
            "options": {"queue": job.queue, "expires": min(job.every, RING_AT_LEAST_EVERY).total_seconds()},
        }
        for job in jobs.known()
    },
    beat_max_loop_interval=5,
)
# Without it each task closes its database connection: three times slower (STACK).
app.conf["CELERY_DB_REUSE_MAX"] = 100


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Django has configured the logs already; Celery's own set-up would print task arguments and host names."""
