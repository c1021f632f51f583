"""Forget one person, step by step; run again, it goes on where it stopped. Prints the certificate as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.kernel.actor import Actor
from backend.kernel.clock import now
from backend.kernel.errors import NotFound
from network.people.queries import person_by_reference
from network.privacy.usecases import erase_person


class Command(BaseCommand):
    help = "Forget one person who asked for it. It cannot be taken back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="the person's reference (P-...) or id")
        parser.add_argument("--never-invite", action="store_true", help="they do not wish to be invited again")
        parser.add_argument("--yes", action="store_true", help="do it; without this, nothing is changed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person_id = person_by_reference(options["person"])
        except NotFound as problem:
            raise CommandError("No such person.") from problem
        if not options["yes"]:
            raise CommandError("Nothing was changed. Add --yes to forget this person for good.")
        done = erase_person(
            person_id=person_id,
            never_invite=options["never_invite"],
            actor=Actor.system("erase-command"),
            at=now(),
        )
        self.stdout.write(
            json.dumps(
                {
                    "certificate": str(done.erasure_id),
                    "state": done.state,
                    "asked": done.asked_at.isoformat(),
                    "finished": done.finished_at.isoformat() if done.finished_at else None,
                    "removed": dict(done.removed),
                    "kept": list(done.kept),
                    "asked_to_stop": done.asked_others,
                    "steps": list(done.steps),
                },
                indent=2,
            )
        )
