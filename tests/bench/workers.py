"""Workers whose only subscription is the bench's, embedded or as a Celery application, and the publisher.

python -m tests.bench.workers embedded
celery -A tests.bench.workers worker
python -m tests.bench.workers publish N TOPIC TOGETHER
"""

from __future__ import annotations

import sys
from hashlib import sha256
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - needs Django to be ready
from django.db import transaction  # noqa: E402

from backend.kernel.clock import now  # noqa: E402
from backend.kernel.ids import new_id  # noqa: E402
from backend.once.models import Answered  # noqa: E402
from backend.outbox import registry  # noqa: E402
from backend.outbox.data import Item, Subscription  # noqa: E402
from backend.outbox.publish import publish  # noqa: E402


def write(item: Item) -> None:
    """An inside handler with one insert."""
    Answered.objects.create(key=sha256(item.id.bytes).hexdigest(), request_digest="bench", at=item.at)


def outside(item: Item) -> None:
    """An outside handler that calls nobody: what the machinery alone costs for a mail or a payment."""


SUBSCRIPTIONS = (
    Subscription("bench.inside", "bench-inside", write),
    Subscription("bench.outside", "bench-outside", outside, external=True),
)
registry.connect(SUBSCRIPTIONS)


def publish_many(count: int, topic: str, together: int) -> None:
    """`count` events, `together` in one transaction (each transaction rings once)."""
    for start in range(0, count, together):
        with transaction.atomic():
            for _ in range(min(together, count - start)):
                object_id = new_id()
                publish(topic, object_id, key=str(object_id), at=now())


def __getattr__(name: str) -> Any:
    """`celery -A tests.bench.workers` asks for `app`; the other ways do not need Celery's configuration."""
    if name in ("app", "celery"):
        from backend.config.celery import app

        registry.connect(SUBSCRIPTIONS)
        return app
    raise AttributeError(name)


if __name__ == "__main__":
    if sys.argv[1] == "embedded":
        call_command("worker")
    else:
        publish_many(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
