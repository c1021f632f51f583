"""Copy the data and the keys into separate files. The application may run meanwhile. JSON out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.config import backups
from backend.kernel.clock import now


class Command(BaseCommand):
    help = "Copy data and keys into separate files, and throw away copies past their time (35 days; keys 14)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True, help="the folder for copies of the data")
        parser.add_argument("--keys-to", type=Path, help="the folder for copies of the keys; default: TO/keys")

    def handle(self, *args: Any, **options: Any) -> None:
        to: Path = options["to"]
        try:
            made = backups.back_up(to=to, keys_to=options["keys_to"] or to / "keys", at=now())
        except backups.CannotCopy as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(json.dumps({"data": str(made.data), "keys": str(made.keys), "pruned": made.pruned}, indent=2))
