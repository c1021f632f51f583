"""The sealed store. Importable by invoicing, payouts and this room's own use cases; by nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.audit.record import record_access
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.crypto import seal, unseal
from backend.kernel.errors import NotFound
from backend.keys import store as keys
from backend.keys.data import Purpose as KeyPurpose
from payments.payees.data import Details, Purpose
from payments.payees.models import Payee

TABLE = "payments_payee"
COLUMNS = ("legal_name", "account_holder", "sort_code", "account_number", "stripe_account")


def _key(payee_ref: UUID) -> bytes:
    found = keys.keys_of([payee_ref], KeyPurpose.PAYEE).get(payee_ref)
    if found is None:
        raise NotFound
    return found.raw


def make_key(payee_ref: UUID, *, at: datetime) -> None:
    """Give a new payee a finance data key."""
    keys.key_of(payee_ref, KeyPurpose.PAYEE, at=at)


def destroy_key(payee_ref: UUID, *, at: datetime) -> bool:
    """End what the law asked us to keep. Nothing brings it back."""
    return keys.destroy(payee_ref, KeyPurpose.PAYEE, at=at)


def write(payee: Payee, **values: str) -> None:
    """Seal values into the columns of `payee` (not saved yet). An empty value clears its column."""
    key = _key(payee.id)
    for name, value in values.items():
        if name not in COLUMNS:
            raise ValueError(name)
        sealed = seal(value, key, table=TABLE, column=name, row=str(payee.id)) if value else None
        setattr(payee, f"{name}_sealed", sealed)


def _open(payee: Payee, key: bytes) -> Details:

    def value(column: str) -> str:
        sealed = getattr(payee, f"{column}_sealed")
        return unseal(sealed, key, table=TABLE, column=column, row=str(payee.id)) if sealed is not None else ""

    return Details(payee_ref=payee.id, **{column: value(column) for column in COLUMNS})


def payment_name(payee: Payee) -> str:
    """The name for payments, for this room's own comparison while the person gives their details; nobody sees it."""
    return _open(payee, _key(payee.id)).legal_name


@transaction.atomic
def open_for(payee_ref: UUID, purpose: Purpose, actor: Actor, at: datetime) -> Details:
    """Open one payee's details, and record who did and why in the same transaction.

    Finance staff and the machinery that pays may open; a person's own page asks with purpose OWN after network has
    checked that the payee is theirs. Anybody else gets NotFound.
    """
    allowed = actor.kind is ActorKind.SYSTEM or actor.has(Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)
    if not allowed and not (purpose in (Purpose.OWN, Purpose.ONBOARD) and actor.person_id is not None):
        raise NotFound
    return _opened([payee_ref], purpose, actor, at)[payee_ref]


@transaction.atomic
def open_to_pay(payee_refs: Iterable[UUID], actor: Actor, at: datetime) -> dict[UUID, Details]:
    """The details of everybody whom one batch pays, for the machinery that pays: one event for each of them. Raises
    NotFound."""
    if actor.kind is not ActorKind.SYSTEM:
        raise NotFound
    return _opened(sorted(set(payee_refs)), Purpose.PAY, actor, at)


def _opened(payee_refs: list[UUID], purpose: Purpose, actor: Actor, at: datetime) -> dict[UUID, Details]:
    payees = list(Payee.objects.filter(id__in=payee_refs))
    found = keys.keys_of(payee_refs, KeyPurpose.PAYEE) if payees else {}
    if len(payees) != len(payee_refs) or len(found) != len(payee_refs):
        raise NotFound
    if purpose is not Purpose.OWN:  # the person themselves looking at their own is no event
        record_access(
            actor=actor,
            person_ids=payee_refs,
            categories=["finance"],
            purpose=purpose,
            released=purpose in (Purpose.PAY, Purpose.ONBOARD),
            at=at,
            context="payee",
        )
    return {payee.id: _open(payee, found[payee.id].raw) for payee in payees}
