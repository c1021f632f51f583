"""Check what must always hold, and say so in JSON. Exits with 1 on any fault."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.kernel.actor import Actor
from backend.kernel.clock import now
from network.consent import usecases as consent
from network.privacy import inventory
from payments import public as payments


class Command(BaseCommand):
    help = "Consent chain, projection, disclosures against consents, and the books. JSON out; non-zero on any fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors", type=Path, help="also hold the ledger against this file of daily anchors, kept off the machine"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchors: Path | None = options["anchors"]
        if anchors is not None and not anchors.is_file():
            raise CommandError(f"there is no file {anchors}")
        faults = [
            {"area": "consent", "code": f.code, "where": f.where, "detail": f.detail}
            for f in consent.verify(actor=Actor.system("verify"), at=now(), anchor_file=anchors)
        ]
        faults += [
            {"area": "privacy", "code": "inventory", "where": table, "detail": "no way leads from here to the person"}
            for table in inventory.unreachable()
        ]
        faults += [
            {"area": "payments", "code": f.code, "where": f.where, "detail": f.detail} for f in payments.verify()
        ]
        self.stdout.write(json.dumps({"ok": not faults, "faults": faults}, indent=2))
        if faults:
            sys.exit(1)
