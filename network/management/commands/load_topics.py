"""`manage.py load_topics`: bring the topics of the data file into the database. Run it after each `migrate`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from network.people.usecases import load_topics


class Command(BaseCommand):
    help = "Bring the topics of the data file into the database. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_topics()} topics")
