"""A small program with one of each kind of kill point, for the self-test..

It does what a use case and its handler do, each step safe to repeat: a transaction, a write that commits by itself,
a call outside with a key saved before it, a mail, a ring on a broker.
"""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

import django


def save() -> None:
    from django.db import transaction

    from backend.kernel.clock import now
    from backend.once.models import Answered

    with transaction.atomic():
        Answered.objects.update_or_create(key="toy", defaults={"request_digest": "toy", "at": now()})


def count() -> None:
    from backend.once.models import Answered

    Answered.objects.filter(key="toy", status=0).update(status=200)


def pay() -> None:
    request = urllib.request.Request(os.environ["TOY_URL"] + "/v1/transfers/tr_12345", b"", {"Idempotency-Key": "toy"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def tell() -> None:
    from django.core.mail import send_mail

    send_mail("A message", "Sign in to read it.", None, ["toy@example.org"])


def ring() -> None:
    from kombu import Connection, Producer

    with Connection("memory://") as connection:
        Producer(connection).publish({}, routing_key="default", headers={"task": "outbox.run_work"})


def main() -> None:
    django.setup()
    for step in (save, count, pay, tell, ring):
        step()
    Path(os.environ["TOY_DONE"]).touch()
