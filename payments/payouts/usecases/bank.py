"""Paying by a bank file, or by hand. A file is an immutable batch: one person makes it, another releases it by its
digest, and only then can it be given to the bank. No attempt stands in two files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from backend.audit.record import record_access
from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.crypto import seal, unseal
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id, reference
from backend.keys import store as keys
from backend.keys.data import Purpose as KeyPurpose
from backend.outbox.publish import publish
from payments.gateways.bank import layouts, writing
from payments.gateways.bank.rows import Batch, Originator, PaymentRow
from payments.ledger.data import BANK, CASH, AccountRef, credit, debit, payable
from payments.ledger.usecases import post
from payments.money import Pence
from payments.payees import details
from payments.payees.data import Purpose, Route
from payments.payees.queries import standings
from payments.payouts import events
from payments.payouts.models import BankFile, BankFileDecision, BankFileRow, Payout, PayoutAttempt
from payments.payouts.rules import need_finance, need_second_person, need_statement_reader
from payments.payouts.states import AttemptOutcome, PayoutMove, PayoutState
from payments.payouts.usecases.sending import bring_back, new_attempt, still_signed
from payments.payouts.usecases.steps import lock, move
from payments.rates.queries import add_working_days

TABLE = "payments_bank_file"


def our_account() -> Originator | None:
    """Out of which account the bank pays; None where none is set (ISSUER_NAME, ISSUER_ACCOUNT)."""
    if not settings.ISSUER_NAME or not settings.ISSUER_ACCOUNT:
        return None
    sort_code, number = settings.ISSUER_ACCOUNT
    return Originator(
        name=settings.ISSUER_NAME,
        sort_code=sort_code.replace("-", ""),
        account_number=number,
        service_user=settings.BACS_SERVICE_USER,
    )


@transaction.atomic
def make_bank_file(*, layout: str = layouts.DEFAULT, actor: Actor, at: datetime) -> UUID:
    """Put every approved bank payout that money may follow now into one new batch. It waits for a second person.

    Raises NotFound, StepUpNeeded, Conflict when there is nothing to put in or the layout lacks something, Invalid for
    an unknown layout.
    """
    maker, session = need_finance(actor, at)
    if layout not in layouts.layouts():
        raise Invalid({"layout": ["Choose one of the layouts"]})
    chosen, originator = layouts.layout_of(layout), our_account()
    missing = writing.lacks(chosen, originator)
    if missing:
        raise Conflict(missing, code="layout-lacks", next_step="Choose another layout, or have it set.")
    rows: list[PaymentRow] = []
    attempts: list[PayoutAttempt] = []
    waiting = Payout.objects.select_for_update().filter(state=PayoutState.APPROVED, route=Route.BANK)
    for payout in list(waiting.order_by("pay_by", "id")[:1000]):
        if not still_signed(payout, actor=actor, at=at):
            continue
        opened = details.open_for(payout.payee_ref, Purpose.PAY, actor, at)
        move(payout, PayoutMove.CLAIM, actor=actor, at=at, reason="")
        attempts.append(new_attempt(payout, at))
        rows.append(
            PaymentRow(
                account_holder=opened.account_holder,
                sort_code=opened.sort_code,
                account_number=opened.account_number,
                amount=Pence(payout.amount_pence),
                reference=payout.reference,  # opaque: what a bank statement shows must give nobody away
            )
        )
    if not rows:
        raise Conflict("There is no approved payment by bank that can go now.", code="nothing-due")
    number = reference("BF", 6)
    day = add_working_days(at.astimezone(LONDON).date(), 1)
    text = writing.write(Batch(reference=number, made_at=at, on=day, rows=rows, originator=originator), chosen)
    file_id = new_id()
    key = keys.key_of(file_id, KeyPurpose.BANK_FILE, at=at).raw
    file = BankFile.objects.create(
        id=file_id,
        reference=number,
        made_at=at,
        made_by=actor.ref,
        profile=chosen.name,
        count=text.count,
        total_pence=text.total,
        sha256=text.sha256,
        content_sealed=seal(text.content, key, table=TABLE, column="content", row=str(file_id)),
        maker=maker,
        maker_session=session,
    )
    BankFileRow.objects.bulk_create(
        BankFileRow(file=file, attempt=attempt, position=n) for n, attempt in enumerate(attempts, start=1)
    )
    publish(events.FILE_MADE, file.id, key=str(file.id), at=at)
    return file.id


def _file(file_id: UUID) -> BankFile:
    file = BankFile.objects.filter(id=file_id).first()
    if file is None:
        raise NotFound
    return file


def _is_released(file: BankFile) -> bool:
    """A batch from before there were releases was made under the approvals of its payouts alone."""
    return file.maker is None or BankFileDecision.objects.filter(file=file, released=True).exists()


def _need_released(file: BankFile) -> None:
    if not _is_released(file):
        raise Conflict(
            "A second person has not released this file. Nothing was changed.",
            code="not-released",
            next_step="Ask somebody else of finance to look at it and release it.",
        )


def _decide(file_id: UUID, sha256: str, released: bool, actor: Actor, at: datetime) -> BankFile:
    user, session = need_finance(actor, at)
    file = _file(file_id)
    if file.maker is None:
        raise Conflict("This file is from before files were released. Nothing was changed.", code="decided")
    payees = BankFileRow.objects.filter(file=file).values_list("attempt__payout__payee_ref", flat=True)
    need_second_person(
        approver=user,
        session=session,
        preparer=file.maker,
        preparer_session=file.maker_session or "",
        owners=[s.owner_user_id for s in standings(payees).values()],
    )
    if sha256 != file.sha256:
        raise Conflict("This is not the file that you saw. Nothing was changed.", code="file-changed")
    try:
        with transaction.atomic():
            BankFileDecision.objects.create(
                file=file,
                released=released,
                sha256=sha256,
                at=at,
                by=user,
                session=session,
                maker=file.maker,
                maker_session=file.maker_session or "",
            )
    except IntegrityError:
        raise Conflict("Somebody has decided about this file already. Nothing was changed.", code="decided") from None
    return file


@transaction.atomic
def release_bank_file(*, file_id: UUID, sha256: str, actor: Actor, at: datetime) -> None:
    """The second person releases exactly this file: `sha256` is the digest on their page.

    Raises NotFound, StepUpNeeded, NotAllowed (four eyes), Conflict for another file or one decided already.
    """
    _decide(file_id, sha256, True, actor, at)


@transaction.atomic
def refuse_bank_file(*, file_id: UUID, sha256: str, actor: Actor, at: datetime) -> int:
    """The second person does not release it: it never reaches the bank, and what is in it goes into a later file with
    the approvals that it has. Returns how many. Raises as `release_bank_file` does."""
    file = _decide(file_id, sha256, False, actor, at)
    attempts = _in_file(file.id, None)
    for attempt in attempts:
        payout = lock(attempt.payout_id)
        move(payout, PayoutMove.REFUSE, actor=actor, at=at, note="file_rejected", reason="file_rejected")
        move(payout, PayoutMove.RETRY, actor=actor, at=at, reason="")
        attempt.outcome, attempt.code, attempt.settled_at = AttemptOutcome.REFUSED, "file_rejected", at
        attempt.save(update_fields=["outcome", "code", "settled_at"])
    return len(attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A released file, for this one answer."""

    name: str
    media_type: str
    text: str = field(repr=False)


@transaction.atomic
def open_bank_file(*, file_id: UUID, actor: Actor, at: datetime) -> OpenedFile:
    """The released file, the same bytes each time, for finance after a fresh step-up. Each payee's opening was recorded
    when the file was made, and is recorded again now. Raises NotFound, StepUpNeeded, Conflict before its release."""
    need_finance(actor, at)
    file = _file(file_id)
    _need_released(file)
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
    key = keys.keys_of([file.id], KeyPurpose.BANK_FILE).get(file.id)
    if key is None:
        raise NotFound  # its time was over, and its key with it
    layout = layouts.layout_of(file.profile)
    return OpenedFile(
        name=f"{file.reference}.{layout.suffix}",
        media_type=layout.media_type,
        text=unseal(bytes(file.content_sealed), key.raw, table=TABLE, column="content", row=str(file.id)),
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

    Raises NotFound, StepUpNeeded, Invalid, Conflict before the file's release.
    """
    need_statement_reader(actor, at)
    if paid_on > at.astimezone(LONDON).date():
        raise Invalid({"paid_on": ["Enter the day on the statement: today or before"]})
    file = _file(file_id)
    _need_released(file)
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
    _need_released(_file(file_id))
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
