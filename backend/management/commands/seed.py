"""Fill an empty database with a made-up network, the same for the same seed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.accounts.models import User
from backend.config.seeding import bulk, story
from backend.kernel import clock

STORY_PEOPLE, STORY_ORGANISATIONS = 30, 8


class Command(BaseCommand):
    help = (
        "Make up a network: synthetic, deterministic. The first 30 people and 8 organisations live through a story of "
        "requests in every state; further ones have profiles, terms and consents. Refused where anybody is already."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=STORY_PEOPLE)
        parser.add_argument("--organisations", type=int, default=STORY_ORGANISATIONS)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE == "production":
            raise CommandError("a made-up network has no place in production")
        if User.objects.exists():
            raise CommandError("there is somebody here already; the seed only fills an empty database")
        people, organisations = options["people"], options["organisations"]
        if people < 12 or organisations < 6:
            raise CommandError("the story needs at least 12 people and 6 organisations")
        end = clock.now()
        story.tell(
            people_count=min(people, STORY_PEOPLE),
            organisation_count=min(organisations, STORY_ORGANISATIONS),
            seed=options["seed"],
            end=end,
        )
        bulk.add(
            people_from=min(people, STORY_PEOPLE),
            people_to=people,
            organisations_from=min(organisations, STORY_ORGANISATIONS),
            organisations_to=organisations,
            seed=options["seed"],
            at=end,
        )
        self.stdout.write(f"{people} people and {organisations} organisations, seed {options['seed']}")
