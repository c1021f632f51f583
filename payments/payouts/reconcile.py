"""Stripe's book against ours, both ways. Differences are reported, never mended in silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from backend.kernel.actor import Actor
from payments.gateways.data import BookLine, PayoutGateway
from payments.ledger.data import BANK, STRIPE_BALANCE, credit, debit
from payments.ledger.queries import keys_known, movements
from payments.ledger.usecases import post
from payments.money import CURRENCY, Pence, pounds
from payments.payouts.data import Difference, Fault
from payments.payouts.models import Payout, PayoutAttempt, Reconciliation
from payments.payouts.rules import need_finance
from payments.payouts.states import MONEY_GONE, AttemptOutcome, PayoutState

# Ours are posted a moment before or after the provider's line; both sides look this much further back.
SLACK = timedelta(days=1)
STUCK = timedelta(hours=24)


def _theirs(lines: list[BookLine]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in lines:
        ref = line.source or line.id
        sums[ref] = sums.get(ref, 0) + line.net
    return sums


def compare(*, gateway: PayoutGateway, since: datetime, at: datetime) -> tuple[int, list[Difference]]:
    """How many lines the provider's book has since then, and every difference. Raises Unavailable."""
    lines = list(gateway.book(since=since - SLACK))
    theirs = _theirs(lines)
    ours_all = movements(STRIPE_BALANCE)
    ours_recent = movements(STRIPE_BALANCE, since=since)
    kinds = {line.source or line.id: line.type for line in lines}
    found: list[Difference] = []
    for ref, amount in sorted(theirs.items()):
        own = ours_all.get(ref, 0)
        if ref not in ours_all:
            code, words = "missing-in-books", f"Stripe has a {kinds[ref].replace('_', ' ')} that our books do not."
        elif own != amount:
            code, words = "other-amount", f"Stripe has {pounds(amount)}, our books have {pounds(own)}."
        else:
            continue
        found.append(Difference(code=code, ref=ref, theirs=Pence(amount), ours=Pence(own), words=words))
    for ref, amount in sorted(ours_recent.items()):
        if ref not in theirs:
            words = "Our books have this; Stripe's do not."
            found.append(
                Difference(
                    code="missing-at-provider", ref=ref or "(none)", theirs=Pence(0), ours=Pence(amount), words=words
                )
            )
    for line in lines:
        if line.currency != CURRENCY:
            found.append(
                Difference(
                    code="currency", ref=line.id, theirs=line.net, ours=Pence(0), words=f"This is in {line.currency}."
                )
            )
    stuck = Payout.objects.filter(state__in=(PayoutState.SENDING, PayoutState.UNKNOWN), route="stripe")
    for payout in stuck.filter(attempts__number=1, attempts__made_at__lte=at - STUCK).distinct():
        found.append(
            Difference(
                code="stuck-unknown",
                ref=str(payout.id),
                theirs=Pence(0),
                ours=Pence(payout.amount_pence),
                words="We have not known for over a day whether this was paid.",
            )
        )
    return len(lines), found


def reconcile(*, gateway: PayoutGateway, since: datetime, at: datetime) -> list[Difference]:
    """Compare and keep the result for finance's page. Raises Unavailable."""
    count, found = compare(gateway=gateway, since=since, at=at)
    with transaction.atomic():
        Reconciliation.objects.create(
            at=at,
            since=since,
            lines=count,
            differences=[
                {"code": d.code, "ref": d.ref, "theirs": d.theirs, "ours": d.ours, "words": d.words} for d in found
            ],
        )
    return found


@transaction.atomic
def record_top_up(*, amount: Pence, external_ref: str, actor: Actor, at: datetime) -> None:
    """Finance moved money from the bank to the Stripe balance; `external_ref` is Stripe's id of the top-up.

    Raises NotFound, StepUpNeeded, Conflict for the same reference with another amount.
    """
    need_finance(actor, at)
    post(
        key=f"top-up:{external_ref}",
        kind="top_up",
        lines=[debit(STRIPE_BALANCE, amount), credit(BANK, amount)],
        at=at,
        external_ref=external_ref,
    )


def verify() -> list[Fault]:
    """Payouts against the book: what is gone has its entry, once, and nothing else has."""
    faults: list[Fault] = []
    gone = list(Payout.objects.filter(state__in=(*MONEY_GONE, PayoutState.SETTLED)).values_list("id", "round"))
    keys = {f"payout:{payout_id}:{number}": payout_id for payout_id, number in gone}
    for key in sorted(set(keys) - keys_known(set(keys))):
        faults.append(
            Fault(code="payout-without-legs", where=f"payout:{keys[key]}", detail="paid, but not in the books")
        )
    still = Payout.objects.exclude(state__in=(*MONEY_GONE, PayoutState.SETTLED)).values_list("id", "round")
    unsent = {f"payout:{payout_id}:{number}": payout_id for payout_id, number in still}
    for key in sorted(keys_known(set(unsent))):
        faults.append(
            Fault(
                code="legs-without-payout", where=f"payout:{unsent[key]}", detail="in the books as paid, but it is not"
            )
        )
    owed = {f"owed:{i}": i for i in Payout.objects.values_list("id", flat=True)}
    for key in sorted(set(owed) - keys_known(set(owed))):
        faults.append(Fault(code="owed-without-legs", where=f"payout:{owed[key]}", detail="owed, but not in the books"))
    accepted = PayoutAttempt.objects.filter(outcome=AttemptOutcome.ACCEPTED, payout__route="stripe", payout__round=1)
    for payout_id, theirs, ours in accepted.values_list("payout_id", "external_ref", "payout__external_ref"):
        if ours and theirs != ours:
            faults.append(
                Fault(
                    code="paid-twice", where=f"payout:{payout_id}", detail="two transfers were accepted for one payout"
                )
            )
    return faults
