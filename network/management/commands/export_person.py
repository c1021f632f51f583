"""Write everything held about one person to a ZIP file, for that person."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.kernel.actor import Actor
from backend.kernel.clock import now
from backend.kernel.errors import NotFound
from network.people.queries import person_by_reference
from network.privacy.usecases import export_person


class Command(BaseCommand):
    help = "Write everything held about one person to a ZIP file. It is recorded, and the person sees that."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="the person's reference (P-...) or id")
        parser.add_argument("--out", type=Path, required=True, help="where to write the file; must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person_id = person_by_reference(options["person"])
            export = export_person(person_id=person_id, actor=Actor.system("export-command"), at=now())
        except NotFound as problem:
            raise CommandError("No such person.") from problem
        try:  # readable by its owner only
            handle = os.open(options["out"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as problem:
            raise CommandError(f"Cannot write there: {problem.strerror}") from problem
        with os.fdopen(handle, "wb") as file:
            file.write(export.content)
        self.stdout.write(str(options["out"]))
