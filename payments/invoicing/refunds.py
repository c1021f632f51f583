"""Giving back what a customer paid beyond what was owed. The money leaves at the bank or at Stripe; this records that
it did, up to the overpayment and no further: to give back more, a credit note comes first."""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotFound
from payments.invoicing.models import Invoice, Refund
from payments.invoicing.queries import FINANCE, overpaid
from payments.ledger.data import BANK, STRIPE_BALANCE, credit, debit, receivable
from payments.ledger.queries import dated
from payments.ledger.rules import need
from payments.ledger.usecases import post
from payments.money import Pence, pounds


@transaction.atomic
def record_refund(
    *, invoice_id: UUID, how: str, amount: Pence, refunded_on: date, reference: str, actor: Actor, at: datetime
) -> None:
    """Record money given back. `how`: "bank" or "card"; `reference`: what stands on the statement, or Stripe's id of
    the refund ("re_..."). The same reference for the same invoice counts once.

    Raises NotFound, StepUpNeeded, Invalid, Conflict for the same reference with another amount.
    """
    need(actor, at, *FINANCE)
    invoice = Invoice.objects.select_for_update().filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound
    clean = re.sub(r"\s+", " ", reference.strip())[:60]
    key = f"refund:{how}:{clean.casefold()}:{invoice.id}"
    known = Refund.objects.filter(key=key).first()
    if known is not None:
        if known.amount_pence != amount:
            raise Conflict("This refund was recorded before, with another amount. Nothing was changed.")
        return
    most = overpaid(invoice.id)
    problems: dict[str, list[str]] = {}
    if how not in ("bank", "card"):
        problems["how"] = ["Say how the money was given back"]
    if not 0 < amount <= most:
        problems["amount"] = [
            f"{pounds(most)} was paid beyond what is owed. To give back more, credit the invoice first"
        ]
    if refunded_on > at.astimezone(LONDON).date():
        problems["refunded_on"] = ["Enter the day it left: today or before"]
    if not clean:
        problems["reference"] = ["Enter the reference on the statement, or Stripe's id of the refund"]
    if problems:
        raise Invalid(problems)
    Refund.objects.create(
        key=key,
        invoice=invoice,
        how=how,
        amount_pence=amount,
        refunded_on=refunded_on,
        recorded_at=at,
        actor_ref=actor.ref,
    )
    post(
        key=key,
        kind="refund",
        lines=[
            debit(receivable(invoice.customer_id), amount),
            credit(BANK if how == "bank" else STRIPE_BALANCE, amount),
        ],
        at=dated(refunded_on, at) if how == "bank" else at,
        external_ref=clean,
    )
