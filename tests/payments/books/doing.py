"""The money tasks of the books in a process of its own, to be killed anywhere and started again: take a statement in,
say what each line is, compare. Each step looks at how things stand, as a person or the clock would."""

from __future__ import annotations

import os
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    from datetime import timedelta

    from backend.kernel import clock
    from backend.kernel.actor import Actor
    from payments.books.queries import unmatched_lines
    from payments.books.usecases import importing, matching, reconciling
    from payments.gateways.registry import stripe_gateway

    machine, folder = Actor.system("doing"), Path(os.environ["DOING"])
    importing.import_statement(
        content=(folder / "statement.csv").read_bytes(), profile="signed", actor=machine, at=clock.now()
    )
    for line in unmatched_lines():
        found = [s for s in matching.suggest(line, matching.known()) if s.strong]
        choice = found[0].choice if found else ("as:gift" if line.amount_pence > 0 else "as:charge")
        matching.confirm(line_id=line.id, choice=choice, note="", actor=machine, at=clock.now())
    reconciling.reconcile(
        gateway=stripe_gateway(), since=clock.now() - timedelta(days=400), actor=machine, at=clock.now()
    )
    (folder / "done").write_text("done")
