"""Compare Stripe's book and the bank's with ours, both ways; the differences as JSON, and a non-zero exit when there are any."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.kernel.errors import Unavailable
from payments.books.usecases.reconciling import reconcile
from payments.gateways.registry import stripe_gateway


class Command(BaseCommand):
    help = "Compares Stripe's book and the bank's with ours over the last days, both ways, and reports differences as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how far back to look (default 30)")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            found = reconcile(
                gateway=stripe_gateway(),
                since=at - timedelta(days=options["days"]),
                actor=Actor.system("reconcile"),
                at=at,
            )
        except Unavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"at": at.isoformat(), "differences": [asdict(d) for d in found]}, indent=2))
        if found:
            raise SystemExit(1)
