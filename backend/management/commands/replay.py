"""Do again what is on the list of erasures and withdrawals, and open. For a database that was restored by other means."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.management.commands.restore import replay


class Command(BaseCommand):
    help = "Replay the list of erasures and withdrawals, then open the application."

    def handle(self, *args: Any, **options: Any) -> None:
        replay(self)
