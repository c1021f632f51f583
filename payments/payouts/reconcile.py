"""Stripe's book against ours, both ways. Differences are reported, never mended in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from payments.gateways.data import BookLine, PayoutGateway, TransferSeen
from payments.ledger.data import BANK, STRIPE_BALANCE, credit, debit
from payments.ledger.queries import keys_known, movements
from payments.ledger.usecases import post
from payments.money import CURRENCY, Pence, pounds
from payments.payees.queries import payees_of_accounts
from payments.payouts.data import Difference, Fault
from payments.payouts.models import Payout, PayoutAttempt
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
    """How many lines the provider's book has since then, and every difference. Reads the provider's lines and its
    transfers, and changes nothing anywhere. Raises Unavailable."""
    lines = list(gateway.book(since=since - SLACK))
    transfers = list(gateway.transfers(since=since - SLACK))
    found = [
        *_of_sums(lines, since),
        *_of_currency(lines),
        *_of_transfers(transfers),
        *_of_silence(at),
    ]
    return len(lines), found


def _of_sums(lines: list[BookLine], since: datetime) -> Iterator[Difference]:
    """Line by line, both ways: what it did to the balance by their book, and by ours."""
    theirs = _theirs(lines)
    ours_all = movements(STRIPE_BALANCE)
    kinds = {line.source or line.id: line.type for line in lines}
    for ref, amount in sorted(theirs.items()):
        own = ours_all.get(ref, 0)
        if ref not in ours_all:
            code, words = "missing-in-books", f"Stripe has a {kinds[ref].replace('_', ' ')} that our books do not."
        elif own != amount:
            code, words = "other-amount", f"Stripe has {pounds(amount)}, our books have {pounds(own)}."
        else:
            continue
        yield Difference(code=code, ref=ref, theirs=Pence(amount), ours=Pence(own), words=words, sort=kinds[ref])
    for ref, amount in sorted(movements(STRIPE_BALANCE, since=since).items()):
        if ref not in theirs:
            words = "Our books have this; Stripe's do not."
            yield Difference(
                code="missing-at-provider", ref=ref or "(none)", theirs=Pence(0), ours=Pence(amount), words=words
            )


def _of_currency(lines: list[BookLine]) -> Iterator[Difference]:
    for line in lines:
        if line.currency != CURRENCY:
            words = f"This is in {line.currency}."
            yield Difference(code="currency", ref=line.id, theirs=line.net, ours=Pence(0), words=words, sort=line.type)


def _payout_id(group: str) -> UUID | None:
    """Whose transfer it is, by the group that we gave it (`sending.group_of`)."""
    try:
        return UUID(hex=group.split("_")[1])
    except (IndexError, ValueError):
        return None


def _of_transfers(transfers: list[TransferSeen]) -> Iterator[Difference]:
    """To whom, how often, and whether it stands. Whose an account is, is asked by its keyed digest: none is opened."""
    ids = {found for t in transfers if (found := _payout_id(t.group)) is not None}
    payouts = {p.id: p for p in Payout.objects.filter(id__in=ids)}
    owners = payees_of_accounts({t.destination for t in transfers})
    standing: dict[str, list[TransferSeen]] = {}
    for transfer in transfers:
        payout = payouts.get(_payout_id(transfer.group) or UUID(int=0))
        if payout is None:
            continue  # the book says so already: no entry of ours has it
        if owners.get(transfer.destination) != payout.payee_ref:
            words = f"The transfer for payment {payout.reference} went to an account that is not that person's."
            yield _about(transfer, payout, "wrong-payee", words)
        if transfer.reversed_amount < transfer.amount:
            standing.setdefault(transfer.group, []).append(transfer)
        if transfer.reversed_amount and transfer.id == payout.external_ref and payout.state in MONEY_GONE:
            words = f"Stripe took back {pounds(transfer.reversed_amount)}; our books have it as paid."
            yield _about(transfer, payout, "reversed", words)
    for group, several in sorted(standing.items()):
        if len(several) > 1:
            payout = payouts[_payout_id(group) or UUID(int=0)]
            total = sum(t.amount for t in several)
            yield Difference(
                code="paid-twice",
                ref=str(payout.id),
                theirs=Pence(-total),
                ours=Pence(-payout.amount_pence),
                words=f"Stripe has {len(several)} transfers for payment {payout.reference}.",
            )


def _about(transfer: TransferSeen, payout: Payout, code: str, words: str) -> Difference:
    return Difference(
        code=code,
        ref=transfer.id,
        theirs=Pence(transfer.reversed_amount - transfer.amount),
        ours=Pence(-payout.amount_pence),
        words=words,
    )


def _of_silence(at: datetime) -> Iterator[Difference]:
    """Payments of which nobody has known for a day whether they were made."""
    stuck = Payout.objects.filter(state__in=(PayoutState.SENDING, PayoutState.UNKNOWN), route="stripe")
    for payout in stuck.filter(attempts__number=1, attempts__made_at__lte=at - STUCK).distinct():
        yield Difference(
            code="stuck-unknown",
            ref=str(payout.id),
            theirs=Pence(0),
            ours=Pence(payout.amount_pence),
            words="We have not known for over a day whether this was paid.",
        )


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
