"""Gather everything due into a run. It is not approved by this: two people still do that on the pages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict
from payments.payouts.models import PayoutRun
from payments.payouts.usecases.runs import gather_run


class Command(BaseCommand):
    help = "Gathers all that is due into a payment run, for a preparer to put forward and another person to approve."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run_id = gather_run(payout_ids=None, actor=Actor.system("payout_run"), at=clock.now())
        except Conflict:
            self.stdout.write("Nothing is due that can be paid now.")
            return
        run = PayoutRun.objects.get(id=run_id)
        self.stdout.write(
            f"{run.reference}: {run.payouts.count()} payments gathered. A preparer puts them forward next."
        )
