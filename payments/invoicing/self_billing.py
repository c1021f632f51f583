"""Invoices raised on a person's behalf, under an agreement with a start and an end (VAT Notice 700/62). No VAT is ever
shown: most people who speak are not registered, and the network must not charge it in their name."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.kernel.ids import reference as random_reference
from payments.invoicing.data import Agreement, SelfBill, SelfBillItem
from payments.invoicing.models import SelfBillDocument, SelfBillingAgreement, SelfBillSeries
from payments.invoicing.queries import FINANCE, agreement_of
from payments.money import Pence
from payments.payees import details
from payments.payees.data import Purpose

WORDING = "self-billing-1"
LASTS = timedelta(days=365)  # usual practice is up to 12 months, then look again (Notice 700/62)


@transaction.atomic
def agree(*, payee_ref: UUID, owner: UUID, actor: Actor, at: datetime) -> Agreement:
    """The person agrees to self-billing for a year from today. Raises NotFound for anybody but the person."""
    if not actor.is_person(owner):
        raise NotFound
    today = at.astimezone(LONDON).date()
    running = agreement_of(payee_ref)
    if running is not None and running.starts_on <= today < running.expires_on - timedelta(days=30):
        return running
    SelfBillingAgreement.objects.create(
        payee_ref=payee_ref,
        starts_on=today,
        expires_on=today + LASTS,
        wording=WORDING,
        agreed_at=at,
        actor_ref=actor.ref,
    )
    return Agreement(payee_ref=payee_ref, starts_on=today, expires_on=today + LASTS, agreed_at=at)


@transaction.atomic
def raise_document(
    *,
    key: str,
    payee_ref: UUID,
    reference: str,
    description: str,
    amount: Pence,
    supplied_on: date,
    at: datetime,
) -> UUID | None:
    """Raise one document; None where no agreement runs on the day of supply. The same key gives the same document."""
    found = SelfBillDocument.objects.filter(key=key).first()
    if found is not None:
        return found.id
    agreement = (
        SelfBillingAgreement.objects.filter(payee_ref=payee_ref, starts_on__lte=supplied_on, expires_on__gt=supplied_on)
        .order_by("-agreed_at")
        .first()
    )
    if agreement is None:
        return None
    series = SelfBillSeries.objects.select_for_update().filter(id=payee_ref).first()
    if series is None:
        series = SelfBillSeries.objects.create(id=payee_ref, series=random_reference("X", 6)[2:])
    document = SelfBillDocument.objects.create(
        key=key,
        payee_ref=payee_ref,
        agreement=agreement,
        number=f"{series.series}-{series.next_number:04d}",
        reference=reference,
        description=description,
        supplied_on=supplied_on,
        issued_on=at.astimezone(LONDON).date(),
        amount_pence=amount,
    )
    series.next_number += 1
    series.save(update_fields=["next_number"])
    return document.id


@transaction.atomic
def document_for(*, key: str, payee_ref: UUID, actor: Actor, at: datetime) -> SelfBill:
    """One document with the payee's name opened for it. For the person, and for finance, whose look is recorded.

    Raises NotFound for others.
    """
    if actor.kind is not ActorKind.SYSTEM and actor.person_id is None and not actor.has(*FINANCE):
        raise NotFound
    row = SelfBillDocument.objects.select_related("agreement").filter(key=key, payee_ref=payee_ref).first()
    if row is None:
        raise NotFound
    purpose = Purpose.OWN if actor.person_id is not None else Purpose.SELF_BILL
    opened = details.open_for(payee_ref, purpose, actor, at)
    return SelfBill(
        number=row.number,
        issued_on=row.issued_on,
        supplier_name=opened.legal_name,
        agreement_from=row.agreement.starts_on,
        agreement_until=row.agreement.expires_on,
        items=(SelfBillItem(row.reference, row.description, row.supplied_on, Pence(row.amount_pence)),),
        total=Pence(row.amount_pence),
    )
