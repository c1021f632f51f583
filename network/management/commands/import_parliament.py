"""`manage.py import_parliament`: read Parliament's open calls for evidence; turn chosen ones into draft briefs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.kernel.errors import OwnWordsError
from network.opportunities.models import ParliamentCall
from network.opportunities.parliament.importing import refresh_calls
from network.opportunities.rules import IMPORT
from network.opportunities.usecases import brief_from_call
from network.organisations.models import Organisation


class Command(BaseCommand):
    help = "Read Parliament's open calls for evidence. Prints a summary as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--brief",
            action="append",
            type=int,
            default=[],
            metavar="ID",
            help="Parliament's id of a call to turn into a draft brief; may be given several times",
        )
        parser.add_argument(
            "--organisation",
            default="",
            help="id or name of the organisation that the drafts belong to; needed with --brief",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        wanted: list[int] = options["brief"]
        organisation_id = self._organisation(options["organisation"]) if wanted else None
        try:
            summary: dict[str, object] = asdict(refresh_calls(at))
            briefs = []
            for external_id in wanted:
                call_id = ParliamentCall.objects.filter(external_id=external_id).values_list("id", flat=True).first()
                if call_id is None or organisation_id is None:
                    raise CommandError(f"There is no open call {external_id}.")
                made = brief_from_call(
                    call_id=call_id, organisation_id=organisation_id, actor=Actor.system(IMPORT), at=at
                )
                briefs.append({"call": external_id, "brief": made.reference, "id": str(made.opportunity_id)})
        except OwnWordsError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps({**summary, "briefs": briefs}, indent=1))

    def _organisation(self, text: str) -> UUID:
        rows = Organisation.objects.all()
        try:
            rows = rows.filter(pk=UUID(text))
        except ValueError:
            rows = rows.filter(name__iexact=text.strip())
        found = rows.values_list("id", flat=True).first()
        if found is None:
            raise CommandError("Say which organisation the briefs belong to: --organisation NAME or ID.")
        return found
