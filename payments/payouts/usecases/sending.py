"""Sending by Stripe. An attempt and its key are committed first; the call is made outside any transaction; result and
postings are committed together. A lost answer is UNKNOWN: the same key again, or a look into the
provider's own book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Unavailable
from backend.outbox.publish import publish
from payments.gateways.data import Accepted, Outcome, PayoutGateway, Refused, TransferOrder, TransferSeen
from payments.ledger.data import STRIPE_BALANCE, AccountRef, NewEntry, credit, debit, payable
from payments.ledger.usecases import post, post_many
from payments.money import Pence
from payments.payees import details
from payments.payees.data import Purpose, Route, Standing
from payments.payees.queries import standing as standing_of
from payments.payees.usecases import note_stripe_ready
from payments.payouts import events
from payments.payouts.models import Payout, PayoutAttempt
from payments.payouts.rules import FINANCE, need_finance
from payments.payouts.states import AttemptOutcome, PayoutMove, PayoutState
from payments.payouts.usecases.steps import digest_now, lock, move

MACHINE = Actor.system("payouts")
LEASE = timedelta(seconds=180)  # longer than a call with its retries can take (3 x 30 s)
KEY_LIVES = timedelta(hours=23)  # the provider may forget keys after 24 hours
LOOK_AGAIN = timedelta(minutes=1)
EMPTY_TWICE = timedelta(minutes=10)  # how far apart two empty looks must be before a new key is used
PARKED_FOR = timedelta(hours=1)
NOT_READY = "stripe_not_ready"


@dataclass(frozen=True, slots=True)
class Try:
    """What is to be sent, after it and its key have been committed."""

    payout_id: UUID
    attempt_id: UUID
    order: TransferOrder


def group_of(payout: Payout) -> str:
    """What finds this payout again in the provider's book; a new one for each round."""
    return f"po_{payout.id.hex}" if payout.round == 1 else f"po_{payout.id.hex}_{payout.round}"


def _order(payout: Payout, attempt: PayoutAttempt, at: datetime) -> TransferOrder:
    opened = details.open_for(payout.payee_ref, Purpose.PAY, MACHINE, at)
    return TransferOrder(
        key=attempt.key,
        group=group_of(payout),
        amount=Pence(payout.amount_pence),
        account=opened.stripe_account,
        payout_id=payout.id,
    )


def attempt_of(payout: Payout, number: int, at: datetime) -> PayoutAttempt:
    """An attempt (not saved yet) with a derived key. Its unique number lets one of two racing workers win."""
    return PayoutAttempt(
        payout=payout, number=number, key=f"payout:{payout.id}:{number}", digest=payout.digest, made_at=at
    )


def new_attempt(payout: Payout, at: datetime) -> PayoutAttempt:
    """The next attempt."""
    attempt = attempt_of(payout, payout.attempts.count() + 1, at)
    attempt.save(force_insert=True)
    return attempt


def _needs_trustee(payout: Payout) -> bool:
    return bool(payout.over_limit) and payout.trustee_by is None


def blocked(payout: Payout, standing: Standing, at: datetime) -> str:
    """Why an approved payout cannot go now, as a code; empty when it can."""
    return "over_limit" if _needs_trustee(payout) else standing.blocked_by(at)


def still_signed(payout: Payout, *, actor: Actor, at: datetime) -> bool:
    """Whether what was approved is still what would be paid, and money may follow it now.

    If not, the approval is voided (and the payout is due again) or the payout is held, with the reason.
    """
    standing = standing_of(payout.payee_ref)
    if digest_now(payout, standing) != payout.digest:
        move(payout, PayoutMove.VOID, actor=actor, at=at, note="changed", reason="destination_changed", unsign=True)
        publish(events.VOIDED, payout.id, key=f"{payout.id}:{at.isoformat()}", at=at)
        return False
    if why := blocked(payout, standing, at):
        until = standing.held_until if why == "resting" else None
        move(payout, PayoutMove.HOLD, actor=actor, at=at, note=why, reason=why, next_look_at=until)
        publish(events.HELD, payout.id, key=f"{payout.id}:{at.isoformat()}", at=at)
        if until is not None:
            publish(events.LOOK, payout.id, key=f"{payout.id}:held:{until.isoformat()}", at=at, not_before=until)
        return False
    return True


@transaction.atomic(durable=True)
def _claim(payout_id: UUID, at: datetime) -> Try | None:
    payout = lock(payout_id)
    if payout.state != PayoutState.APPROVED or payout.route != Route.STRIPE:
        return None
    if not still_signed(payout, actor=MACHINE, at=at):
        return None
    move(payout, PayoutMove.CLAIM, actor=MACHINE, at=at, reason="", next_look_at=at + LEASE)
    attempt = new_attempt(payout, at)
    # Should this process die before it hears the answer, somebody looks again after the lease.
    publish(events.LOOK, payout.id, key=f"{attempt.key}:lease", at=at, not_before=at + LEASE)
    return Try(payout.id, attempt.id, _order(payout, attempt, at))


def entry_of(payout: Payout, external_ref: str, at: datetime) -> NewEntry:
    """What a sent payout is in the book."""
    return NewEntry(
        key=f"payout:{payout.id}:{payout.round}",
        kind="payout",
        lines=(debit(payable(payout.payee_ref), payout.amount_pence), credit(STRIPE_BALANCE, payout.amount_pence)),
        at=at,
        external_ref=external_ref,
    )


def _post_sent(payout: Payout, external_ref: str, at: datetime) -> None:
    post_many([entry_of(payout, external_ref, at)])


def _accept(payout: Payout, external_ref: str, at: datetime) -> None:
    move(
        payout,
        PayoutMove.ACCEPT,
        actor=MACHINE,
        at=at,
        external_ref=external_ref,
        sent_at=at,
        reason="",
        next_look_at=at + LOOK_AGAIN,
    )
    _post_sent(payout, external_ref, at)
    publish(events.SENT, payout.id, key=f"{payout.id}:{payout.round}", at=at)


@transaction.atomic(durable=True)
def finish(payout_id: UUID, attempt_id: UUID, outcome: Outcome, at: datetime) -> None:
    """Commit what an attempt came to, with the postings. Whoever is second finds it done."""
    payout = lock(payout_id)
    attempt = PayoutAttempt.objects.select_for_update().get(id=attempt_id)
    if attempt.outcome == AttemptOutcome.ACCEPTED:
        return
    waiting = payout.state in (PayoutState.SENDING, PayoutState.UNKNOWN)
    attempt.settled_at = at
    if isinstance(outcome, Accepted):
        attempt.outcome, attempt.external_ref = AttemptOutcome.ACCEPTED, outcome.external_ref
        if waiting:
            _accept(payout, outcome.external_ref, at)
    elif isinstance(outcome, Refused):
        attempt.outcome, attempt.code = AttemptOutcome.REFUSED, outcome.code
        if waiting and outcome.wait:
            until = at + PARKED_FOR
            move(
                payout,
                PayoutMove.PARK,
                actor=MACHINE,
                at=at,
                note=outcome.code,
                reason=outcome.code,
                next_look_at=until,
            )
            publish(events.LOOK, payout.id, key=f"{attempt.key}:parked", at=at, not_before=until)
            if outcome.code == NOT_READY:
                note_stripe_ready(payee_ref=payout.payee_ref, ready=False, at=at)
        elif waiting:
            move(
                payout,
                PayoutMove.REFUSE,
                actor=MACHINE,
                at=at,
                note=outcome.code,
                reason=outcome.code,
                next_look_at=None,
            )
            publish(events.FAILED, payout.id, key=attempt.key, at=at)
    else:
        attempt.outcome = AttemptOutcome.STORED_ERROR if outcome.stored else AttemptOutcome.LOST
        attempt.code = outcome.code
        if waiting:
            _look_later(payout, at, outcome.code, at + LOOK_AGAIN)
    attempt.save()


def _look_later(payout: Payout, at: datetime, reason: str, when: datetime) -> None:
    move(payout, PayoutMove.LOSE, actor=MACHINE, at=at, note=reason, reason=reason, next_look_at=when)
    publish(events.LOOK, payout.id, key=f"{payout.id}:look:{when.isoformat()}", at=at, not_before=when)


def send_payout(*, payout_id: UUID, gateway: PayoutGateway, at: datetime) -> None:
    """Send one approved payout. Safe to repeat: it does nothing unless the payout is approved and still as signed."""
    claimed = _claim(payout_id, at)
    if claimed is not None:
        finish(payout_id, claimed.attempt_id, say_why(gateway.send(claimed.order), claimed.order, gateway), at)


def say_why(outcome: Outcome, order: TransferOrder, gateway: PayoutGateway) -> Outcome:
    """A definite no may only mean that the provider wants more from the payee first: it is asked, whatever word it had
    for the refusal. Then the payout waits for that, and goes by itself."""
    if not isinstance(outcome, Refused) or outcome.wait:
        return outcome
    try:
        ready = gateway.payee_ready(account=order.account)
    except Unavailable:
        return outcome
    return outcome if ready else Refused(NOT_READY, wait=True)


# --- unknown outcomes -----------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _take_up(payout_id: UUID, at: datetime) -> tuple[str, UUID] | None:
    """The group and last attempt of a payout whose outcome is unknown, or whose sender has gone silent."""
    payout = lock(payout_id)
    if payout.route != Route.STRIPE:
        return None
    attempt = payout.attempts.order_by("-number").first()
    if attempt is None:
        return None
    if payout.state == PayoutState.SENDING and attempt.made_at + LEASE <= at:
        _look_later(payout, at, "no_answer", at + LOOK_AGAIN)
    if payout.state != PayoutState.UNKNOWN:
        return None
    return group_of(payout), attempt.id


@transaction.atomic(durable=True)
def _found(payout_id: UUID, attempt_id: UUID, transfer: TransferSeen, at: datetime) -> None:
    payout = lock(payout_id)
    if payout.state != PayoutState.UNKNOWN:
        return
    if transfer.amount != payout.amount_pence:
        _look_later(payout, at, "other_amount", at + timedelta(hours=1))  # a person must look; reconcile reports it
        return
    PayoutAttempt.objects.filter(id=attempt_id).update(
        outcome=AttemptOutcome.ACCEPTED, external_ref=transfer.id, settled_at=at
    )
    _accept(payout, transfer.id, at)


@transaction.atomic(durable=True)
def _not_found(payout_id: UUID, attempt_id: UUID, at: datetime) -> Try | None:
    """What to try when the provider's book does not have it: the same key while it lives and its answer was not a
    stored error; else a new key, but only after two empty looks ten minutes apart."""
    payout = lock(payout_id)
    if payout.state != PayoutState.UNKNOWN:
        return None
    attempt = payout.attempts.order_by("-number").first()
    if attempt is None or attempt.id != attempt_id:
        return None
    standing = standing_of(payout.payee_ref)
    signed = digest_now(payout, standing) == payout.digest and not standing.blocked_by(at)
    fresh_key = attempt.made_at + KEY_LIVES > at and attempt.outcome != AttemptOutcome.STORED_ERROR
    if fresh_key and signed:
        PayoutAttempt.objects.filter(id=attempt.id).update(outcome=AttemptOutcome.OPEN)
        return Try(payout.id, attempt.id, _order(payout, attempt, at))
    if attempt.empty_look_at is None:
        PayoutAttempt.objects.filter(id=attempt.id).update(empty_look_at=at)
        _look_later(payout, at, attempt.code or "no_answer", at + EMPTY_TWICE)
        return None
    if attempt.empty_look_at + EMPTY_TWICE > at:
        _look_later(payout, at, attempt.code or "no_answer", attempt.empty_look_at + EMPTY_TWICE)
        return None
    PayoutAttempt.objects.filter(id=attempt.id).update(outcome=AttemptOutcome.REFUSED, settled_at=at)
    if not signed:
        # Nothing was sent, and it may not be sent as approved any more: it is owed, and needs a fresh approval.
        move(payout, PayoutMove.REFUSE, actor=MACHINE, at=at, reason="destination_changed", next_look_at=None)
        move(payout, PayoutMove.VOID, actor=MACHINE, at=at, unsign=True)
        publish(events.VOIDED, payout.id, key=f"{payout.id}:{at.isoformat()}", at=at)
        return None
    try:
        with transaction.atomic():
            following = new_attempt(payout, at)
    except IntegrityError:
        return None
    return Try(payout.id, following.id, _order(payout, following, at))


def settle_unknown(*, payout_id: UUID, gateway: PayoutGateway, at: datetime) -> None:
    """Find out what became of a payout whose answer was lost. Safe to repeat, and by several workers at once."""
    taken = _take_up(payout_id, at)
    if taken is None:
        return
    group, attempt_id = taken
    try:
        found = gateway.find_by_group(group)
    except Unavailable:
        with transaction.atomic(durable=True):
            payout = lock(payout_id)
            if payout.state == PayoutState.UNKNOWN:
                _look_later(payout, at, payout.reason or "no_answer", at + LOOK_AGAIN)
        return
    if found:
        _found(payout_id, attempt_id, found[0], at)
        return
    again = _not_found(payout_id, attempt_id, at)
    if again is not None:
        finish(payout_id, again.attempt_id, say_why(gateway.send(again.order), again.order, gateway), at)


# --- confirmation and reversal --------------------------------------------------------------------------------------


def confirm(*, payout_id: UUID, gateway: PayoutGateway, at: datetime) -> None:
    """Ask the provider's book whether a sent payout stands or came back, and move on accordingly. Monotone: asking
    twice, or late, or in another order changes nothing more. Raises Unavailable."""
    payout = Payout.objects.filter(id=payout_id, state__in=(PayoutState.SENT, PayoutState.PAID)).first()
    if payout is None or payout.route != Route.STRIPE:
        return
    transfer = gateway.look_at_transfer(payout.external_ref)
    if transfer is None:
        return
    with transaction.atomic(durable=True):
        payout = lock(payout_id)
        if payout.state not in (PayoutState.SENT, PayoutState.PAID) or payout.external_ref != transfer.id:
            return
        if transfer.reversed_amount >= payout.amount_pence:
            bring_back(payout, STRIPE_BALANCE, external_ref=transfer.reversal_ref, actor=MACHINE, at=at)
        elif payout.state == PayoutState.SENT:
            mark_paid(payout, actor=MACHINE, at=at)


def mark_paid(payout: Payout, *, actor: Actor, at: datetime) -> None:
    """sent -> paid, and tell. Inside the caller's transaction."""
    move(
        payout,
        PayoutMove.CONFIRM,
        actor=actor,
        at=at,
        paid_on=at.astimezone(LONDON).date(),
        next_look_at=None,
        looked_after_by=None,
    )
    publish(events.PAID, payout.id, key=f"{payout.id}:{payout.round}", at=at)


def bring_back(payout: Payout, account: AccountRef, *, external_ref: str, actor: Actor, at: datetime) -> None:
    """The money is back: the debt stands again, the person is told, and a new approval is needed."""
    move(payout, PayoutMove.REVERSE, actor=actor, at=at)
    post(
        key=f"payout-back:{payout.id}:{payout.round}",
        kind="payout_back",
        lines=[debit(account, payout.amount_pence), credit(payable(payout.payee_ref), payout.amount_pence)],
        at=at,
        external_ref=external_ref,
    )
    publish(events.REVERSED, payout.id, key=f"{payout.id}:{payout.round}", at=at)
    move(
        payout,
        PayoutMove.REOPEN,
        actor=actor,
        at=at,
        round=payout.round + 1,
        reason="came_back",
        external_ref="",
        sent_at=None,
        paid_on=None,
        unsign=True,
    )


# --- waking and retrying --------------------------------------------------------------------------------------------


@transaction.atomic
def wake(*, payout_id: UUID, at: datetime, now: bool = False) -> None:
    """Let a held or parked payout go on once nothing stands in its way. An approval that no longer fits is voided.
    `now`: what it was parked for has come, so it does not wait for its hour."""
    payout = lock(payout_id)
    if payout.state == PayoutState.HELD:
        standing = standing_of(payout.payee_ref)
        if digest_now(payout, standing) != payout.digest:
            move(payout, PayoutMove.VOID, actor=MACHINE, at=at, reason="destination_changed", unsign=True)
            publish(events.VOIDED, payout.id, key=f"{payout.id}:{at.isoformat()}", at=at)
            return
        if why := blocked(payout, standing, at):
            if why != payout.reason:
                Payout.objects.filter(id=payout.id).update(reason=why, next_look_at=standing.held_until)
            return
        move(payout, PayoutMove.RELEASE, actor=MACHINE, at=at, reason="", next_look_at=None)
    elif payout.state == PayoutState.PARKED and (now or payout.next_look_at is None or payout.next_look_at <= at):
        if payout.reason == NOT_READY and standing_of(payout.payee_ref).blocked_by(at) == NOT_READY:
            Payout.objects.filter(id=payout.id).update(next_look_at=at + PARKED_FOR)
            return
        move(payout, PayoutMove.WAKE, actor=MACHINE, at=at, reason="", next_look_at=None)
    else:
        return
    publish(events.APPROVED, payout.id, key=f"{payout.id}:{payout.round}:{at.isoformat()}", at=at)


@transaction.atomic
def retry(*, payout_id: UUID, actor: Actor, at: datetime) -> None:
    """Finance tries a failed payout again. No new approval where nothing changed; else it is due again.

    Raises NotFound, StepUpNeeded, Conflict.
    """
    need_finance(actor, at, *FINANCE)
    payout = lock(payout_id)
    if payout.state != PayoutState.FAILED:
        raise Conflict("Only a payment that did not go through can be tried again.")
    if digest_now(payout, standing_of(payout.payee_ref)) != payout.digest:
        move(payout, PayoutMove.VOID, actor=actor, at=at, reason="destination_changed", unsign=True)
        publish(events.VOIDED, payout.id, key=f"{payout.id}:{at.isoformat()}", at=at)
        return
    move(payout, PayoutMove.RETRY, actor=actor, at=at, reason="", looked_after_by=actor.user_id)
    publish(events.APPROVED, payout.id, key=f"{payout.id}:{payout.round}:{at.isoformat()}", at=at)


def follow_up(*, payout_id: UUID, gateway: PayoutGateway, at: datetime) -> None:
    """Do whatever a payout waits for now: settle, confirm, release or wake it."""
    state = Payout.objects.filter(id=payout_id).values_list("state", flat=True).first()
    if state in (PayoutState.SENDING, PayoutState.UNKNOWN):
        settle_unknown(payout_id=payout_id, gateway=gateway, at=at)
    elif state in (PayoutState.HELD, PayoutState.PARKED):
        wake(payout_id=payout_id, at=at)
    elif state == PayoutState.APPROVED:
        send_payout(payout_id=payout_id, gateway=gateway, at=at)
    elif state == PayoutState.SENT:
        confirm(payout_id=payout_id, gateway=gateway, at=at)
