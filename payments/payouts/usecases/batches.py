"""Sending many payouts by Stripe at once. The rules are those of sending one: what is claimed, and its keys, are committed
before any call; calls are made outside any transaction; results and postings are committed together. Only the commits
are shared, and several calls wait for their answers at the same time (ADR 14).

A payout that this room cannot settle in the plain way is handed to `sending`, which knows every other way.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from backend.kernel.errors import Conflict
from backend.outbox.publish import publish_many
from payments.gateways.data import Accepted, Outcome, PayoutGateway, TransferOrder
from payments.ledger.data import NewEntry
from payments.ledger.usecases import post_many
from payments.money import Pence
from payments.payees import details
from payments.payees.data import Route
from payments.payees.queries import standings
from payments.payouts import events
from payments.payouts.models import Payout, PayoutAttempt, PayoutHistory
from payments.payouts.states import AttemptOutcome, PayoutMove, PayoutState
from payments.payouts.usecases import sending
from payments.payouts.usecases.steps import digest_now, note_move

AT_ONCE = 8  # calls of one process that wait for the provider at the same time
MOST = 16  # payouts in one batch
BEGIN_WITHIN = 60.0  # seconds; a call takes 90 at worst, and the lease on the batch is 180


@lru_cache(maxsize=1)
def _callers(pid: int) -> ThreadPoolExecutor:
    """The threads of this process, kept, and with them their open lines to the provider. A fork has its own."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="payout")


@transaction.atomic(durable=True)
def _claim(payout_ids: Sequence[UUID], at: datetime) -> list[sending.Try]:
    """Commit the state, an attempt and its key for each that may go now; void or hold, with the reason, what may not."""
    locked = Payout.objects.select_for_update().filter(
        id__in=payout_ids, state=PayoutState.APPROVED, route=Route.STRIPE
    )
    payouts = list(locked.order_by("id"))
    known = standings(payout.payee_ref for payout in payouts)
    clear = []
    for payout in payouts:
        standing = known[payout.payee_ref]
        plain = digest_now(payout, standing) == payout.digest and not sending.blocked(payout, standing, at)
        if plain or sending.still_signed(payout, actor=sending.MACHINE, at=at):
            clear.append(payout)
    if not clear:
        return []
    ids = [payout.id for payout in clear]
    claimed = Payout.objects.filter(id__in=ids, state=PayoutState.APPROVED).update(
        state=PayoutState.SENDING, reason="", next_look_at=at + sending.LEASE
    )
    if claimed != len(ids):
        raise Conflict
    PayoutHistory.objects.bulk_create(
        note_move(p, PayoutMove.CLAIM, before=PayoutState.APPROVED, actor=sending.MACHINE, at=at) for p in clear
    )
    tried = dict(
        PayoutAttempt.objects.filter(payout__in=ids).values("payout").annotate(n=Count("id")).values_list("payout", "n")
    )
    attempts = [sending.attempt_of(payout, tried.get(payout.id, 0) + 1, at) for payout in clear]
    PayoutAttempt.objects.bulk_create(attempts)
    # Should this process die before it hears the answers, somebody looks again after the lease.
    publish_many(events.LOOK, [(a.payout_id, f"{a.key}:lease") for a in attempts], at=at, not_before=at + sending.LEASE)
    opened = details.open_to_pay((payout.payee_ref for payout in clear), sending.MACHINE, at)
    return [
        sending.Try(
            payout.id,
            attempt.id,
            TransferOrder(
                key=attempt.key,
                group=sending.group_of(payout),
                amount=Pence(payout.amount_pence),
                account=opened[payout.payee_ref].stripe_account,
                payout_id=payout.id,
            ),
        )
        for payout, attempt in zip(clear, attempts, strict=True)
    ]


Answer = tuple[sending.Try, Outcome]


def _call(tried: sending.Try, gateway: PayoutGateway, until: float) -> Answer | None:
    """One call, without the database. None when its turn came too late: it was not begun, and is looked after later."""
    if time.monotonic() > until:
        return None
    return tried, sending.say_why(gateway.send(tried.order), tried.order, gateway)


def _answers(tries: Sequence[sending.Try], gateway: PayoutGateway) -> Iterator[list[Answer]]:
    """The answers as they come, those that are there at the same moment together."""
    until = time.monotonic() + BEGIN_WITHIN
    callers = _callers(os.getpid())
    waiting: set[Future[Answer | None]] = {callers.submit(_call, tried, gateway, until) for tried in tries}
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield [answer for future in done if (answer := future.result()) is not None]


def _finish(answers: Sequence[Answer], at: datetime) -> None:
    """Commit what the attempts came to. What was accepted while nothing else happened to it shares one commit."""
    accepted = {t.attempt_id: (t, o) for t, o in answers if isinstance(o, Accepted)}
    done = _accept(accepted, at) if accepted else set()
    for tried, outcome in answers:
        if tried.attempt_id not in done:
            sending.finish(tried.payout_id, tried.attempt_id, outcome, at)


@transaction.atomic(durable=True)
def _accept(accepted: dict[UUID, tuple[sending.Try, Accepted]], at: datetime) -> set[UUID]:
    """Attempts, states and postings of accepted payouts, in one commit. Returns which attempts that was."""
    ids = [tried.payout_id for tried, _ in accepted.values()]
    payouts = {p.id: p for p in Payout.objects.select_for_update().filter(id__in=ids).order_by("id")}
    locked = PayoutAttempt.objects.select_for_update().filter(id__in=accepted, outcome=AttemptOutcome.OPEN)
    attempts = [a for a in locked.order_by("id") if payouts[a.payout_id].state == PayoutState.SENDING]
    if not attempts:
        return set()
    for attempt in attempts:
        payout, (_, outcome) = payouts[attempt.payout_id], accepted[attempt.id]
        attempt.outcome, attempt.external_ref, attempt.settled_at = (
            AttemptOutcome.ACCEPTED, outcome.external_ref, at
        )  # fmt: skip
        payout.state, payout.external_ref, payout.sent_at = PayoutState.SENT, outcome.external_ref, at
        payout.reason, payout.next_look_at = "", at + sending.LOOK_AGAIN
    sent = [payouts[attempt.payout_id] for attempt in attempts]
    PayoutAttempt.objects.bulk_update(attempts, ["outcome", "external_ref", "settled_at"])
    moved = Payout.objects.filter(state=PayoutState.SENDING).bulk_update(
        sent, ["state", "external_ref", "sent_at", "reason", "next_look_at"]
    )
    if moved != len(sent):
        raise Conflict
    PayoutHistory.objects.bulk_create(
        note_move(p, PayoutMove.ACCEPT, before=PayoutState.SENDING, actor=sending.MACHINE, at=at) for p in sent
    )
    _post(sent, at)
    publish_many(events.SENT, [(p.id, f"{p.id}:{p.round}") for p in sent], at=at)
    return {attempt.id for attempt in attempts}


def _post(sent: Sequence[Payout], at: datetime) -> None:
    entries: list[NewEntry] = [sending.entry_of(payout, payout.external_ref, at) for payout in sent]
    post_many(entries)


def send_payouts(*, payout_ids: Sequence[UUID], gateway: PayoutGateway, at: datetime) -> None:
    """Send approved payouts. Safe to repeat: nothing happens to one that is not approved, or not as it was signed."""
    tries = _claim(payout_ids, at)
    for answers in _answers(tries, gateway):
        _finish(answers, at)
