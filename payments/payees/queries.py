"""Reads that open nothing."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F

from backend.kernel.actor import Actor, Role
from backend.kernel.crypto import blind_index
from backend.kernel.errors import NotFound
from payments.payees.data import Change, Route, Standing
from payments.payees.models import Payee, PayeeChange


def as_standing(payee: Payee) -> Standing:
    return Standing(
        payee_ref=payee.id,
        owner_user_id=payee.owner_user_id,
        route=Route(payee.route) if payee.route else None,
        fingerprint=payee.fingerprint,
        version=payee.version,
        changed_at=payee.changed_at,
        held_until=payee.held_until,
        called_back_at=payee.called_back_at,
        stripe_ready=payee.stripe_ready,
        has_stripe_account=bool(payee.stripe_account_index),
        has_name=payee.legal_name_sealed is not None,
        names_agree=payee.names_agree,
        numbers_fit=payee.numbers_fit,
    )


def standing(payee_ref: UUID) -> Standing:
    """How one payee stands. Raises NotFound."""
    payee = Payee.objects.filter(id=payee_ref).first()
    if payee is None:
        raise NotFound
    return as_standing(payee)


def standings(payee_refs: Iterable[UUID]) -> dict[UUID, Standing]:
    """The same for many, in one statement."""
    return {payee.id: as_standing(payee) for payee in Payee.objects.filter(id__in=set(payee_refs))}


def standings_visible_to(actor: Actor, *, most: int = 500) -> list[Standing]:
    """Everybody who can be paid, those with the newest details first; nothing opened. For finance."""
    if not actor.has(Role.FINANCE_PREPARER, Role.FINANCE_APPROVER):
        return []
    rows = Payee.objects.order_by(F("changed_at").desc(nulls_last=True), "id")[:most]
    return [as_standing(payee) for payee in rows]


def changes_visible_to(actor: Actor, payee_ref: UUID) -> list[Change]:
    """What was changed about how one payee is paid, newest first; fields and moments, never values. For finance."""
    if not actor.has(Role.FINANCE_PREPARER, Role.FINANCE_APPROVER):
        return []
    rows = PayeeChange.objects.filter(payee_ref=payee_ref).order_by("-at", "id")[:50]
    return [Change(at=row.at, actor_ref=row.actor_ref, what=row.what, how=row.how) for row in rows]


def payee_of_stripe_account(account: str) -> UUID | None:
    """Whose Stripe account this is, found by its keyed hash."""
    return (
        Payee.objects.filter(stripe_account_index=blind_index("stripe-account", account))
        .values_list("id", flat=True)
        .first()
    )


def waiting_for_stripe() -> list[UUID]:
    """Payees whose Stripe account exists but was not ready when we last looked."""
    return list(
        Payee.objects.filter(route=Route.STRIPE, stripe_ready=False)
        .exclude(stripe_account_index="")
        .values_list("id", flat=True)
    )


def payees_of_accounts(accounts: set[str]) -> dict[str, UUID]:
    """Whose each of these accounts at the provider is, found by keyed digest: no account is opened for it."""
    by_index = {blind_index("stripe-account", account): account for account in accounts if account}
    rows = Payee.objects.filter(stripe_account_index__in=by_index).values_list("stripe_account_index", "id")
    return {by_index[index]: payee_ref for index, payee_ref in rows}
