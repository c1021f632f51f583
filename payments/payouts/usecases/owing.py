"""Owing somebody money, and taking it back before it is on its way."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.publish import publish
from payments.ledger.data import FEE_COST, credit, debit, payable
from payments.ledger.usecases import post
from payments.money import Pence
from payments.payees.queries import standings
from payments.payouts import events
from payments.payouts.data import DESCRIPTIONS
from payments.payouts.models import Payout
from payments.payouts.states import PayoutMove, PayoutState
from payments.payouts.usecases.steps import lock, move


@transaction.atomic
def owe(
    *,
    key: str,
    payee_ref: UUID,
    customer_ref: UUID | None,
    reference: str,
    code: str,
    amount: Pence,
    pay_by: date,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Owe a payee `amount` pence by `pay_by`. The same key with the same facts again changes nothing.

    Raises NotFound for an unknown payee, Conflict for the same key with other facts, Invalid.
    """
    known = Payout.objects.filter(key=key).first()
    if known is not None:
        facts = (known.payee_ref, known.customer_ref, known.reference, known.code, known.amount_pence)
        if facts != (payee_ref, customer_ref, reference, code, amount):
            raise Conflict("This is owed already, with other figures. Nothing was changed.", code="other-payout")
        return known.id
    problems: dict[str, list[str]] = {}
    if amount <= 0:
        problems["amount"] = ["Enter an amount above zero"]
    if code not in DESCRIPTIONS:
        problems["description_code"] = ["Unknown kind of pay"]
    if problems:
        raise Invalid(problems)
    if payee_ref not in standings([payee_ref]):
        raise NotFound
    payout = Payout.objects.create(
        key=key,
        payee_ref=payee_ref,
        customer_ref=customer_ref,
        reference=reference,
        code=code,
        amount_pence=amount,
        pay_by=pay_by,
        owed_at=at,
    )
    post(
        key=f"owed:{payout.id}",
        kind="owed",
        lines=[debit(FEE_COST, amount), credit(payable(payee_ref), amount)],
        at=at,
    )
    publish(events.DUE, payout.id, key=str(payout.id), at=at)
    return payout.id


@transaction.atomic
def take_back(*, key: str, actor: Actor, at: datetime) -> UUID:
    """Cancel what is owed under `key` while nobody has put it forward. Raises NotFound, Conflict.

    A second call finds it cancelled and changes nothing.
    """
    found = Payout.objects.filter(key=key).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    payout = lock(found)
    if payout.state == PayoutState.CANCELLED:
        return payout.id
    move(payout, PayoutMove.CANCEL, actor=actor, at=at, run_id=None)
    post(
        key=f"owed-back:{payout.id}",
        kind="owed_back",
        lines=[debit(payable(payout.payee_ref), payout.amount_pence), credit(FEE_COST, payout.amount_pence)],
        at=at,
    )
    publish(events.CANCELLED, payout.id, key=str(payout.id), at=at)
    return payout.id
