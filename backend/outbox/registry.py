"""Who listens to what. Filled once at start from `backend.config.subscriptions`, which is the one page to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from backend.outbox.data import Subscription

_by_topic: dict[str, list[Subscription]] = defaultdict(list)
_by_name: dict[str, Subscription] = {}
_topics: set[str] = set()


def connect(subscriptions: Iterable[Subscription], topics: Iterable[str] = ()) -> None:
    """Replace the whole registry. Two subscriptions of one name are a mistake in the program: ValueError."""
    _by_topic.clear()
    _by_name.clear()
    _topics.clear()
    _topics.update(topics)
    for subscription in subscriptions:
        if subscription.name in _by_name:
            raise ValueError(f"two subscriptions are called {subscription.name}")
        _by_name[subscription.name] = subscription
        _by_topic[subscription.topic].append(subscription)
        _topics.add(subscription.topic)


def subscribers_of(topic: str) -> list[Subscription]:
    return list(_by_topic.get(topic, ()))


def subscription(name: str) -> Subscription | None:
    return _by_name.get(name)


def known_topics() -> frozenset[str]:
    return frozenset(_topics)
