"""Print every asynchronous flow: which event, who listens, on which queue."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.config.schedule import SCHEDULE
from backend.config.subscriptions import SUBSCRIPTIONS


class Command(BaseCommand):
    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        for subscription in sorted(SUBSCRIPTIONS, key=lambda s: (s.topic, s.name)):
            outside = " (calls outside)" if subscription.external else ""
            self.stdout.write(f"{subscription.topic:32} -> {subscription.name} [{subscription.queue}]{outside}")
        for job in SCHEDULE:
            self.stdout.write(f"every {job.every!s:22} -> {job.function}")
