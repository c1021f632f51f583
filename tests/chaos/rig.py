"""The real outbox with three subscribers of the test's: one inside, one that pays, one that mails.

python -m tests.chaos.rig worker            the embedded worker
celery -A tests.chaos.rig worker            Celery; the same with `beat`
python -m tests.chaos.rig publish N         N events, each in its own transaction
"""

from __future__ import annotations

import os
import sys
import urllib.request
from hashlib import sha256
from typing import Any
from uuid import UUID

import django

django.setup()

from django.core.mail import send_mail  # noqa: E402 - needs Django to be ready
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from backend.kernel.clock import now  # noqa: E402
from backend.once.models import Answered  # noqa: E402
from backend.outbox import registry  # noqa: E402
from backend.outbox.data import Item, Subscription  # noqa: E402
from backend.outbox.publish import publish  # noqa: E402


def inside(item: Item) -> None:
    Answered.objects.create(key=sha256(item.id.bytes).hexdigest(), request_digest="rig", at=item.at)
    publish("rig.second", item.object_id, key=str(item.object_id), at=item.at)


def pay(item: Item) -> None:
    request = urllib.request.Request(os.environ["RIG_URL"] + "/pay", b"", {"Idempotency-Key": str(item.object_id)})
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def tell(item: Item) -> None:
    send_mail(f"Message {item.object_id}", "Sign in to read it.", None, ["rig@example.org"])


SUBSCRIPTIONS = (
    Subscription("rig.first", "rig-inside", inside),
    Subscription("rig.second", "rig-pay", pay, queue="money", external=True),
    Subscription("rig.second", "rig-tell", tell, queue="mail", external=True),
)
registry.connect(SUBSCRIPTIONS)


def publish_many(count: int) -> None:
    for n in range(count):
        with transaction.atomic():
            publish("rig.first", UUID(int=n), key=str(n), at=now())


def __getattr__(name: str) -> Any:
    if name in ("app", "celery"):
        from backend.config.celery import app

        registry.connect(SUBSCRIPTIONS)
        return app
    raise AttributeError(name)


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        call_command("worker")
    else:
        publish_many(int(sys.argv[2]))
