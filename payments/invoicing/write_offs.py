"""Giving up what a requester owes: one person of finance asks with a reason, another agrees. The person who spoke is
paid in any case; a write-off is the network's loss alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.states import next_state
from payments.invoicing.models import Invoice, WriteOff
from payments.invoicing.queries import FINANCE
from payments.invoicing.states import MOVES, InvoiceMove, InvoiceState
from payments.ledger.data import WRITE_OFFS, credit, debit, receivable
from payments.ledger.rules import need
from payments.ledger.usecases import post


def _left(invoice: Invoice) -> int:
    return invoice.total_pence - invoice.paid_pence - invoice.credited_pence - invoice.written_off_pence


@transaction.atomic
def ask(*, invoice_id: UUID, reason: str, actor: Actor, at: datetime) -> UUID:
    """Ask that all that is left of an invoice be written off. Raises NotFound, StepUpNeeded, Invalid, Conflict."""
    user, session = need(actor, at, *FINANCE)
    invoice = Invoice.objects.select_for_update().filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound
    if not reason.strip():
        raise Invalid({"reason": ["Say why this will not be paid"]})
    if invoice.state not in (InvoiceState.ISSUED, InvoiceState.PART_PAID) or _left(invoice) <= 0:
        raise Conflict("There is nothing left to write off on this invoice.")
    try:
        with transaction.atomic():
            return WriteOff.objects.create(
                invoice=invoice,
                amount_pence=_left(invoice),
                reason=reason.strip()[:300],
                asked_at=at,
                asked_by=user,
                asked_session=session,
            ).id
    except IntegrityError as known:
        raise Conflict("This was asked for already. It waits for a second person.") from known


@transaction.atomic
def decide(*, write_off_id: UUID, agree: bool, actor: Actor, at: datetime) -> None:
    """Another person agrees, and it is booked from the same commit; or refuses, and it is owed as before.

    Raises NotFound, StepUpNeeded, NotAllowed for who asked, Conflict when it was decided or money came in meanwhile.
    """
    user, session = need(actor, at, Role.FINANCE_APPROVER)
    found = WriteOff.objects.filter(id=write_off_id).values_list("invoice_id", flat=True).first()
    if found is None:
        raise NotFound
    invoice = Invoice.objects.select_for_update().get(id=found)
    asked = WriteOff.objects.get(id=write_off_id)
    if agree and (user == asked.asked_by or session == asked.asked_session):
        raise NotAllowed("Another person than the one who asked agrees, in a session of their own.")
    state = "approved" if agree else "refused"
    # Compare and swap: of two at once, one decides.
    if not WriteOff.objects.filter(id=asked.id, state="asked").update(
        state=state, decided_at=at, decided_by=user, decided_session=session
    ):
        raise Conflict("This was decided already.")
    if not agree:
        return
    if _left(invoice) != asked.amount_pence:
        raise Conflict("Money came in since this was asked for. Refuse it, and ask again for what is left.")
    invoice.state = next_state(MOVES, InvoiceState(invoice.state), InvoiceMove.GIVE_UP)
    invoice.written_off_pence += asked.amount_pence
    invoice.settled_at = at
    invoice.save(update_fields=["state", "written_off_pence", "settled_at"])
    post(
        key=f"write-off:{asked.id}",
        kind="write_off",
        lines=[debit(WRITE_OFFS, asked.amount_pence), credit(receivable(invoice.customer_id), asked.amount_pence)],
        at=at,
    )
