"""Put a backup back, do again what was erased and withdrawn since, and only then open. Stop everything else first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.config import backups
from backend.config.databases import KEYS
from backend.kernel.clock import now
from network.privacy.replay_list import Tampered


class Command(BaseCommand):
    help = "Restore the newest backup of a folder, replay the list of erasures and withdrawals, then open."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="source", type=Path, required=True, help="the folder of the data's copies")
        parser.add_argument("--keys-from", type=Path, help="the folder of the keys' copies; default: FROM/keys")
        parser.add_argument("--keep-keys", action="store_true", help="the keys in use were not lost: leave them")
        parser.add_argument("--yes", action="store_true", help="do it; what is in the databases now is lost")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["source"]
        try:
            data = backups.latest(source, backups.DATA)
            keys = None if options["keep_keys"] else backups.latest(options["keys_from"] or source / "keys", KEYS)
        except FileNotFoundError as problem:
            raise CommandError(str(problem)) from problem
        if not options["yes"]:
            raise CommandError(f"Nothing was changed. Add --yes to put back {data.name}.")
        try:
            backups.restore(data=data, keys=keys)
        except backups.CannotCopy as problem:
            raise CommandError(f"{problem}. The application stays closed.") from problem
        replay(self)


def replay(command: BaseCommand) -> None:
    try:
        done = backups.open_after_restore(at=now())
    except FileNotFoundError as problem:
        raise CommandError(
            "The list of erasures and withdrawals is not there (REPLAY_LIST). The application stays closed. "
            "Bring the list back and run `replay`."
        ) from problem
    except Tampered as problem:
        raise CommandError(f"The list does not verify: {problem}. The application stays closed.") from problem
    command.stdout.write(json.dumps({"replayed": done, "open": True}, indent=2))
