"""The page `docs/personal-data.md`, made from what each table declares. Without `--write`: is it in step?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.kernel.privacy import as_page, check_declarations


class Command(BaseCommand):
    help = "Check that docs/personal-data.md says what the tables declare; with --write, write it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")
        parser.add_argument("--path", type=Path, default=Path(settings.ROOT) / "docs" / "personal-data.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if problems := check_declarations():
            raise CommandError("; ".join(str(problem.msg) for problem in problems))
        path: Path = options["path"]
        if options["write"]:
            path.write_text(as_page(), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != as_page():
            raise CommandError(f"{path.name} is out of step: run `python manage.py personal_data --write`")
