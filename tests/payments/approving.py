"""Short ways through the two-person steps, for tests about something else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from payments.gateways.bank import layouts
from payments.payouts import queries
from payments.payouts.models import BankFile
from payments.payouts.usecases import bank, runs
from tests.payments.cast import Cast, later


def approve_all(cast: Cast, at: datetime) -> UUID:
    """Everything due is put forward by one and approved by the other."""
    run_id = runs.prepare_run(payout_ids=None, actor=later(cast.preparer, at), at=at)
    digest = queries.run_visible_to(cast.approver, run_id).digest
    runs.approve_run(run_id=run_id, digest=digest, actor=later(cast.approver, at), at=at)
    return run_id


def released_file(cast: Cast, at: datetime, layout: str = layouts.DEFAULT) -> UUID:
    """A bank file made by the preparer and released by the approver."""
    file_id = bank.make_bank_file(layout=layout, actor=later(cast.preparer, at), at=at)
    digest = BankFile.objects.get(id=file_id).sha256
    bank.release_bank_file(file_id=file_id, sha256=digest, actor=later(cast.approver, at), at=at)
    return file_id
