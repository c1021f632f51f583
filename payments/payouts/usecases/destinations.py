"""How the person is paid: the choice, Stripe's onboarding on click, and what Stripe says about readiness."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, NotAllowed, NotFound, StepUpNeeded
from payments.gateways.data import PayoutGateway
from payments.payees import details
from payments.payees import usecases as payees
from payments.payees.data import BankDetails, CallBackNote, Purpose, Revealed, Route, Standing
from payments.payees.queries import payee_of_stripe_account, standing, waiting_for_stripe
from payments.payouts.models import Payout
from payments.payouts.rules import need_finance
from payments.payouts.states import PayoutState
from payments.payouts.usecases.sending import NOT_READY, wake
from payments.rates.queries import policy

MACHINE = Actor.system("payees")


def rest_of(at: datetime) -> timedelta:
    """How long money rests before it follows a new destination, by policy (C32)."""
    return timedelta(hours=policy("destination_hold_hours", at.astimezone(LONDON).date()))


def choose(
    *,
    payee_ref: UUID,
    owner: UUID,
    route: Route,
    legal_name: str,
    bank: BankDetails | None,
    actor: Actor,
    at: datetime,
) -> Standing:
    """See `payees.usecases.choose_route`; the resting time comes from the rate card."""
    return payees.choose_route(
        payee_ref=payee_ref,
        owner=owner,
        route=route,
        legal_name=legal_name,
        bank=bank,
        rest=rest_of(at),
        actor=actor,
        at=at,
    )


def own_last4(*, payee_ref: UUID, owner: UUID, actor: Actor, at: datetime) -> str:
    """The last four digits of the person's own account, for their own page. Raises NotFound for anybody else."""
    if not actor.is_person(owner):
        raise NotFound
    return details.open_for(payee_ref, Purpose.OWN, actor, at).last4


def onboarding_link(
    *,
    payee_ref: UUID,
    owner: UUID,
    refresh_url: str,
    return_url: str,
    gateway: PayoutGateway,
    actor: Actor,
    at: datetime,
) -> str:
    """A single-use hosted page where the person gives Stripe their details. Call it outside a transaction.

    Raises NotFound, StepUpNeeded, Conflict when another way of being paid is chosen, Unavailable.
    """
    if not actor.is_person(owner):
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    stands = standing(payee_ref)
    if stands.route is not Route.STRIPE:
        raise Conflict("Choose to be paid through Stripe first.")
    if stands.has_stripe_account:
        account = details.open_for(payee_ref, Purpose.ONBOARD, actor, at).stripe_account
    else:
        # The key is derived from the reference: a lost answer or a double click makes no second account.
        account = gateway.ensure_payee(payee_ref=payee_ref)
        payees.attach_stripe_account(payee_ref=payee_ref, account=account, rest=rest_of(at), actor=actor, at=at)
    return gateway.onboarding_link(account=account, refresh_url=refresh_url, return_url=return_url)


def refresh_payee(*, payee_ref: UUID, gateway: PayoutGateway, at: datetime) -> bool:
    """Ask Stripe afresh whether this payee can be paid, and keep the answer. Raises Unavailable."""
    if not standing(payee_ref).has_stripe_account:
        return False
    with transaction.atomic():
        account = details.open_for(payee_ref, Purpose.PAY, MACHINE, at).stripe_account
    ready = gateway.payee_ready(account=account)
    payees.note_stripe_ready(payee_ref=payee_ref, ready=ready, at=at)
    if ready:
        wake_for(payee_ref, at)
    return ready


def refresh_account(*, account: str, gateway: PayoutGateway, at: datetime) -> None:
    """The same, by Stripe's account id; an account of nobody's is nothing to us."""
    payee_ref = payee_of_stripe_account(account)
    if payee_ref is not None:
        refresh_payee(payee_ref=payee_ref, gateway=gateway, at=at)


def refresh_waiting(*, gateway: PayoutGateway, at: datetime) -> int:
    """Look at every account that was not ready when last seen, for hints that never came."""
    refs = waiting_for_stripe()
    for payee_ref in refs:
        refresh_payee(payee_ref=payee_ref, gateway=gateway, at=at)
    return len(refs)


def wake_for(payee_ref: UUID, at: datetime) -> None:
    """Look again at what is held for this payee, or parked until the provider has all it asks of them."""
    waiting = Payout.objects.filter(payee_ref=payee_ref).filter(
        Q(state=PayoutState.HELD) | Q(state=PayoutState.PARKED, reason=NOT_READY)
    )
    for payout_id in waiting.values_list("id", flat=True):
        wake(payout_id=payout_id, at=at, now=True)


def funds_came(at: datetime) -> int:
    """The balance at the provider grew: what was parked for want of it is tried now. Returns how many."""
    parked = Payout.objects.filter(state=PayoutState.PARKED).exclude(reason=NOT_READY).order_by("pay_by", "id")
    found = list(parked.values_list("id", flat=True)[:500])
    for payout_id in found:
        wake(payout_id=payout_id, at=at, now=True)
    return len(found)


@transaction.atomic
def reveal(*, payee_ref: UUID, actor: Actor, at: datetime) -> Revealed:
    """Finance opens a name and the end of an account number, where a reason stands: to confirm new details by a call,
    or to hand over money in person. The opening is recorded with its reason, and the person can read it.

    Raises NotFound, StepUpNeeded, NotAllowed for one's own, Conflict when no reason stands.
    """
    user, _ = need_finance(actor, at)
    stands = standing(payee_ref)
    if stands.owner_user_id == user:
        raise NotAllowed("Your own details are on your own pages.")
    if stands.needs_call_back:
        purpose = Purpose.CALL_BACK
    elif (
        stands.route is Route.MANUAL
        and Payout.objects.filter(payee_ref=payee_ref, state=PayoutState.APPROVED, route=Route.MANUAL).exists()
    ):
        purpose = Purpose.PAY
    else:
        raise Conflict("There is no reason to open these details now. Nothing was opened.", code="no-reason")
    opened = details.open_for(payee_ref, purpose, actor, at)
    return Revealed(legal_name=opened.legal_name, account_holder=opened.account_holder, last4=opened.last4)


def record_call_back(*, payee_ref: UUID, note: CallBackNote, actor: Actor, at: datetime) -> Standing:
    """See `payees.usecases.record_call_back`; what waited for it goes on."""
    days = policy("call_back_number_days", at.astimezone(LONDON).date())
    stands = payees.record_call_back(payee_ref=payee_ref, note=note, number_days=days, actor=actor, at=at)
    wake_for(payee_ref, at)
    return stands
