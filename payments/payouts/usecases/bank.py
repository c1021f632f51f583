"""Paying by a bank file, or by hand. A file is an immutable batch; no attempt stands in two files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from backend.audit.record import record_access
from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.crypto import Wrapped, keyring, new_key, seal, unseal
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id, reference
from backend.outbox.publish import publish
from payments.gateways import bank_file
from payments.ledger.data import BANK, CASH, AccountRef, credit, debit, payable
from payments.ledger.usecases import post
from payments.money import Pence
from payments.payees import details
from payments.payees.data import Purpose, Route
from payments.payouts import events
from payments.payouts.models import BankFile, BankFileRow, Payout, PayoutAttempt
from payments.payouts.rules import need_finance
from payments.payouts.states import AttemptOutcome, PayoutMove, PayoutState
from payments.payouts.usecases.sending import bring_back, new_attempt, still_signed
from payments.payouts.usecases.steps import lock, move

TABLE = "payments_bank_file"


@transaction.atomic
def make_bank_file(*, actor: Actor, at: datetime) -> UUID:
    """Put every approved bank payout that money may follow now into one new file.

    Raises NotFound, StepUpNeeded, Conflict when there is nothing to put in.
    """
    need_finance(actor, at)
    rows: list[bank_file.PaymentRow] = []
    attempts: list[PayoutAttempt] = []
    waiting = Payout.objects.select_for_update().filter(state=PayoutState.APPROVED, route=Route.BANK)
    for payout in list(waiting.order_by("pay_by", "id")[:1000]):
        if not still_signed(payout, actor=actor, at=at):
            continue
        opened = details.open_for(payout.payee_ref, Purpose.PAY, actor, at)
        move(payout, PayoutMove.CLAIM, actor=actor, at=at, reason="")
        attempts.append(new_attempt(payout, at))
        rows.append(
            bank_file.PaymentRow(
                account_holder=opened.account_holder,
                sort_code=opened.sort_code,
                account_number=opened.account_number,
                amount=Pence(payout.amount_pence),
                reference=payout.reference,  # opaque: what a bank statement shows must give nobody away
            )
        )
    if not rows:
        raise Conflict("There is no approved payment by bank that can go now.", code="nothing-due")
    text = bank_file.write(rows)
    file_id, key = new_id(), new_key()
    wrapped = keyring().wrap(key, owner=f"bank-file:{file_id}")
    file = BankFile.objects.create(
        id=file_id,
        reference=reference("BF", 6),
        made_at=at,
        made_by=actor.ref,
        profile=bank_file.GENERIC.name,
        count=text.count,
        total_pence=text.total,
        sha256=text.sha256,
        kek_id=wrapped.kek_id,
        key_blob=wrapped.blob,
        content_sealed=seal(text.content, key, table=TABLE, column="content", row=str(file_id)),
    )
    BankFileRow.objects.bulk_create(
        BankFileRow(file=file, attempt=attempt, position=n) for n, attempt in enumerate(attempts, start=1)
    )
    return file.id


@transaction.atomic
def open_bank_file(*, file_id: UUID, actor: Actor, at: datetime) -> tuple[str, str]:
    """The file's name and its text, for finance after a fresh step-up. Each payee's opening was recorded when the file
    was made, and is recorded again now. Raises NotFound, StepUpNeeded."""
    need_finance(actor, at)
    file = BankFile.objects.filter(id=file_id).first()
    if file is None:
        raise NotFound
    record_access(
        actor=actor,
        person_ids=list(
            BankFileRow.objects.filter(file=file).values_list("attempt__payout__payee_ref", flat=True).distinct()
        ),
        categories=["finance"],
        purpose=Purpose.PAY,
        released=True,
        at=at,
        context="payee",
    )
    key = keyring().unwrap(Wrapped(file.kek_id, bytes(file.key_blob)), owner=f"bank-file:{file.id}")
    return f"{file.reference}.csv", unseal(
        bytes(file.content_sealed), key, table=TABLE, column="content", row=str(file.id)
    )


def _in_file(file_id: UUID, payout_ids: Iterable[UUID] | None) -> list[PayoutAttempt]:
    rows = PayoutAttempt.objects.filter(bankfilerow__file_id=file_id, outcome=AttemptOutcome.OPEN)
    if payout_ids is not None:
        rows = rows.filter(payout_id__in=list(payout_ids))
    return list(rows.order_by("bankfilerow__position"))


def _paid(payout: Payout, account: AccountRef, paid_on: date, *, actor: Actor, at: datetime, external_ref: str) -> None:
    """sending -> sent -> paid with its postings, in the caller's transaction."""
    move(payout, PayoutMove.ACCEPT, actor=actor, at=at, sent_at=at, reason="")
    move(payout, PayoutMove.CONFIRM, actor=actor, at=at, paid_on=paid_on, next_look_at=None)
    post(
        key=f"payout:{payout.id}:{payout.round}",
        kind="payout",
        lines=[debit(payable(payout.payee_ref), payout.amount_pence), credit(account, payout.amount_pence)],
        at=at,
        external_ref=external_ref,
    )
    publish(events.PAID, payout.id, key=f"{payout.id}:{payout.round}", at=at)


@transaction.atomic
def mark_bank_file_paid(
    *, file_id: UUID, payout_ids: Iterable[UUID] | None, paid_on: date, actor: Actor, at: datetime
) -> int:
    """Finance saw these payments (None: all of the file) leave on the bank statement. Returns how many were new.

    Raises NotFound, StepUpNeeded, Invalid.
    """
    need_finance(actor, at)
    if paid_on > at.astimezone(LONDON).date():
        raise Invalid({"paid_on": ["Enter the day on the statement: today or before"]})
    file = BankFile.objects.filter(id=file_id).first()
    if file is None:
        raise NotFound
    attempts = _in_file(file_id, payout_ids)
    for attempt in attempts:
        payout = lock(attempt.payout_id)
        _paid(payout, BANK, paid_on, actor=actor, at=at, external_ref=f"{file.reference}/{payout.reference}"[:80])
        attempt.outcome, attempt.settled_at = AttemptOutcome.ACCEPTED, at
        attempt.save(update_fields=["outcome", "settled_at"])
    return len(attempts)


@transaction.atomic
def mark_bank_refused(*, file_id: UUID, payout_id: UUID, actor: Actor, at: datetime) -> None:
    """The bank did not take this line: nothing moved. It can be tried again in a later file.

    Raises NotFound, StepUpNeeded.
    """
    need_finance(actor, at)
    for attempt in _in_file(file_id, [payout_id]):
        payout = lock(attempt.payout_id)
        move(payout, PayoutMove.REFUSE, actor=actor, at=at, note="bank_refused", reason="bank_refused")
        attempt.outcome, attempt.code, attempt.settled_at = AttemptOutcome.REFUSED, "bank_refused", at
        attempt.save(update_fields=["outcome", "code", "settled_at"])
        publish(events.FAILED, payout.id, key=attempt.key, at=at)
        return
    raise NotFound


@transaction.atomic
def mark_bank_returned(*, payout_id: UUID, actor: Actor, at: datetime) -> None:
    """A bank payment bounced after it had left: the debt stands again, and the person is told."""
    need_finance(actor, at)
    payout = lock(payout_id)
    if payout.route != Route.BANK or payout.state != PayoutState.PAID:
        raise Conflict("Only a payment by bank that was paid can come back.")
    bring_back(payout, BANK, external_ref="", actor=actor, at=at)


@transaction.atomic
def record_handed_over(*, payout_id: UUID, receipt: str, paid_on: date, actor: Actor, at: datetime) -> None:
    """Cash or a voucher was handed over against a receipt, after approval. Raises NotFound, StepUpNeeded, Invalid."""
    need_finance(actor, at)
    payout = lock(payout_id)
    problems: dict[str, list[str]] = {}
    if not receipt.strip():
        problems["receipt"] = ["Enter the number of the signed receipt"]
    if paid_on > at.astimezone(LONDON).date():
        problems["paid_on"] = ["Enter the day it was handed over: today or before"]
    if problems:
        raise Invalid(problems)
    if payout.route != Route.MANUAL or payout.state != PayoutState.APPROVED:
        raise Conflict("Only an approved payment by hand can be recorded here.")
    if not still_signed(payout, actor=actor, at=at):
        return
    move(payout, PayoutMove.CLAIM, actor=actor, at=at)
    attempt = new_attempt(payout, at)
    attempt.outcome, attempt.external_ref, attempt.settled_at = AttemptOutcome.ACCEPTED, receipt.strip()[:80], at
    attempt.save()
    _paid(payout, CASH, paid_on, actor=actor, at=at, external_ref=f"receipt/{receipt.strip()}"[:80])
