from __future__ import annotations

import os
import time
from pathlib import Path

from backend.outbox.data import Item, Subscription
from backend.outbox.publish import publish


def _pause() -> None:
    """Wait while the file named in PROBE_HOLD is there: long enough to be killed."""
    hold = os.environ.get("PROBE_HOLD", "")
    while hold and Path(hold).exists():
        time.sleep(0.05)


def _say(word: str, item: Item) -> None:
    with open(os.environ["PROBE_FILE"], "a", encoding="ascii") as file:
        file.write(f"{word} {item.object_id}\n")


def inside(item: Item) -> None:
    """An effect in the database: one more piece of work."""
    publish("probe.echo", item.object_id, key=str(item.id), at=item.at)
    _say("inside", item)
    _pause()


def outside(item: Item) -> None:
    """An effect in the world."""
    _say("begin", item)
    _pause()
    _say("end", item)


def echo(item: Item) -> None:
    _say("echo", item)


SUBSCRIPTIONS = (
    Subscription("probe.inside", "probe-inside", inside),
    Subscription("probe.outside", "probe-outside", outside, queue="money", external=True),
    Subscription("probe.echo", "probe-echo", echo, queue="mail", external=True),
)
