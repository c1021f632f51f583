"""Reads of payouts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median
from uuid import UUID

from django.db.models import Count, F, Min, Q, Sum

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from payments.money import Pence
from payments.payees.data import Route, Standing, payee_code
from payments.payees.queries import standings
from payments.payouts.data import (
    DESCRIPTIONS,
    AttemptView,
    BankFileLine,
    BankFilePage,
    BankFileView,
    Difference,
    Figures,
    Moved,
    PayLine,
    PayoutPage,
    PayoutView,
    RunView,
)
from payments.payouts.models import BankFile, BankFileDecision, Payout, PayoutAttempt, PayoutRun, Reconciliation
from payments.payouts.rules import is_finance
from payments.payouts.signals import signals_of
from payments.payouts.states import OWED, AttemptOutcome, PayoutMove, PayoutState, RunState

_NEXT = {
    PayoutState.DUE: "The finance team puts it into the next payment run.",
    PayoutState.SUBMITTED: "A second person in the finance team approves it next.",
    PayoutState.APPROVED: "It is sent next.",
    PayoutState.HELD: "The finance team finishes a check first.",
    PayoutState.SENDING: "It is being sent now.",
    PayoutState.UNKNOWN: "We are asking the payment provider. You need do nothing.",
    PayoutState.PARKED: "The finance team tops up the account, then it goes by itself.",
    PayoutState.SENT: "Your bank shows it next.",
    PayoutState.PAID: "Nothing more to do.",
    PayoutState.FAILED: "The finance team finds out why and tries again.",
    PayoutState.REVERSED: "The finance team finds out why; it is still owed to you.",
    PayoutState.SETTLED: "Nothing more to do, as you chose.",
    PayoutState.CANCELLED: "Nothing more to do.",
}
# The same for finance: who acts next.
_FINANCE_NEXT = {
    PayoutState.DUE: "The preparer puts it into a payment run.",
    PayoutState.SUBMITTED: "The approver approves the run it is in.",
    PayoutState.APPROVED: "It goes by itself within a few minutes.",
    PayoutState.SENDING: "It is on its way out. It goes on by itself.",
    PayoutState.UNKNOWN: "We ask the payment provider again by ourselves. Nobody sends it again.",
    PayoutState.PARKED: "You top up the account at the payment provider. Then it goes by itself.",
    PayoutState.SENT: "We ask the payment provider by ourselves whether it has arrived.",
    PayoutState.PAID: "Nothing more to do.",
    PayoutState.FAILED: "You find out why, then try again.",
    PayoutState.REVERSED: "It is owed again by itself.",
    PayoutState.SETTLED: "Nothing more to do: the person chose not to be paid, or to give it on.",
    PayoutState.CANCELLED: "Nothing more to do.",
}
_BY_ROUTE = {
    (PayoutState.APPROVED, Route.BANK): "You make a bank file with it.",
    (PayoutState.SENDING, Route.BANK): "You send the bank file, and mark it as paid once the bank statement shows it.",
    (PayoutState.APPROVED, Route.MANUAL): "You hand it over against a receipt, and record that.",
}
_WAITS_FOR = {
    "no_choice": "The person says how they want to be paid.",
    "stripe_not_ready": "The person finishes their details at the payment provider.",
    "call_back": "You confirm the new payment details with the person.",
    "resting": "It waits until the new payment details have rested. Then it goes by itself.",
    "over_limit": "A trustee decides: it is above a limit that two people may approve.",
    "own_pay": "Another preparer puts it forward.",
}
# What stands in the way of a due payout for good; with the others a run can be prepared already.
KEEPS_OUT_OF_RUN = frozenset({"no_choice", "stripe_not_ready", "own_pay"})
REASONS = {
    "resting": "New payment details rest for three days before money follows them; then it goes by itself.",
    "call_back": "The finance team calls to confirm the new payment details first.",
    "no_choice": "We do not know yet how to pay. The choice is on the payment page.",
    "stripe_not_ready": "The payment provider still needs details from the person.",
    "destination_changed": "The payment details changed after approval, so it is approved again.",
    "over_limit": "This is above what two people may approve; a trustee decides.",
    "trustee_no": "A trustee did not agree to it. Speak with them before it is put forward again.",
    "file_rejected": "The second person did not release the bank file it was in.",
    "own_pay": "The preparer's own pay: another person puts it forward.",
    "balance_insufficient": "There is not enough in the account at the payment provider.",
    "no_answer": "The payment provider did not answer; we are asking again.",
    "busy": "The payment provider was busy; we are asking again.",
    "provider_error": "The payment provider had a fault; we are asking again.",
    "key_in_use": "The payment provider is still working on it; we are asking again.",
    "bank_refused": "The bank did not take it.",
    "came_back": "The money came back from the bank or the payment provider.",
}


def _reason_words(reason: str) -> str:
    return REASONS.get(reason, "The payment provider did not take it." if reason else "")


def _pay_line(payout: Payout, has_route: bool) -> PayLine:
    state = PayoutState(payout.state)
    next_step = _NEXT[state]
    if state is PayoutState.DUE and not has_route:
        next_step = "Please choose how you want to be paid."
    elif state is PayoutState.HELD and payout.reason in REASONS:
        next_step = REASONS[payout.reason]
    return PayLine(
        payout_id=payout.id,
        payee_ref=payout.payee_ref,
        key=payout.key,
        reference=payout.reference,
        description=DESCRIPTIONS[payout.code],
        amount=Pence(payout.amount_pence),
        state=state.value,
        state_words=str(state.label),
        next_step=next_step,
        pay_by=payout.pay_by,
        paid_on=payout.paid_on,
    )


def money_for(payee_refs: Iterable[UUID]) -> dict[UUID, list[PayLine]]:
    """All that is owed and paid to these payees, newest first; two statements whatever their number. Network has
    checked that the actor may see these payees."""
    wanted = set(payee_refs)
    known = standings(wanted)
    lines: dict[UUID, list[PayLine]] = {ref: [] for ref in wanted}
    for payout in Payout.objects.filter(payee_ref__in=wanted).order_by("-owed_at", "id"):
        standing = known.get(payout.payee_ref)
        lines[payout.payee_ref].append(_pay_line(payout, standing is not None and standing.route is not None))
    return lines


def _finance_next(payout: Payout) -> str:
    state = PayoutState(payout.state)
    if state is PayoutState.PARKED and payout.reason == "stripe_not_ready":
        return _WAITS_FOR["stripe_not_ready"]
    stops = state is PayoutState.HELD or (state is PayoutState.DUE and payout.reason in KEEPS_OUT_OF_RUN)
    if stops and payout.reason in _WAITS_FOR:
        return _WAITS_FOR[payout.reason]
    if payout.route:
        found = _BY_ROUTE.get((state, Route(payout.route)))
        if found:
            return found
    return _FINANCE_NEXT.get(state, "You finish a check first.")


def _view(payout: Payout, attempts: int, signals: tuple[str, ...] = ()) -> PayoutView:
    return PayoutView(
        payout_id=payout.id,
        payee_ref=payout.payee_ref,
        payee_code=payee_code(payout.payee_ref),
        reference=payout.reference,
        description=DESCRIPTIONS[payout.code],
        amount=Pence(payout.amount_pence),
        pay_by=payout.pay_by,
        state=payout.state,
        state_words=str(PayoutState(payout.state).label),
        route=payout.route,
        reason=payout.reason,
        reason_words=_reason_words(payout.reason),
        next_step=_finance_next(payout),
        run_id=payout.run_id,
        attempts=attempts,
        signals=signals,
        looked_after_by=payout.looked_after_by,
        approved_by=payout.approved_by,
        over_limit=tuple(filter(None, payout.over_limit.split(","))),
    )


def payouts_visible_to(
    actor: Actor, *, states: Sequence[PayoutState], at: datetime, most: int = 200
) -> Sequence[PayoutView]:
    """Payouts in these states, the most urgent first (the finished ones the newest first); for finance only.

    A due one says what stands in its way.
    """
    if not is_finance(actor):
        return []
    finished = set(states).isdisjoint(OWED)
    order = (F("paid_on").desc(nulls_last=True), "-owed_at", "id") if finished else ("pay_by", "id")
    rows = list(Payout.objects.filter(state__in=states).annotate(tries=Count("attempts")).order_by(*order)[:most])
    known = standings(row.payee_ref for row in rows)
    views = []
    for row in rows:
        _say_what_blocks(row, known.get(row.payee_ref), actor, at)
        views.append(_view(row, row.tries))
    return views


def _say_what_blocks(row: Payout, standing: Standing | None, actor: Actor, at: datetime) -> None:
    """What stands in the way of a due payout, for this reader, on the row in memory only."""
    if row.state != PayoutState.DUE:
        return
    if standing is None:
        row.reason = "no_choice"
    elif standing.owner_user_id is not None and standing.owner_user_id == actor.user_id:
        row.reason = "own_pay"
    else:
        row.reason = standing.blocked_by(at) or ("" if row.reason == "own_pay" else row.reason)


def payout_visible_to(actor: Actor, payout_id: UUID, *, at: datetime) -> PayoutPage:
    """One payout with its attempts and history, for finance. Raises NotFound."""
    payout = Payout.objects.filter(id=payout_id).first() if is_finance(actor) else None
    if payout is None:
        raise NotFound
    _say_what_blocks(payout, standings([payout.payee_ref]).get(payout.payee_ref), actor, at)
    attempts = list(payout.attempts.order_by("number"))
    signals = signals_of([payout], at)[payout.id] if payout.state == PayoutState.SUBMITTED else ()
    return PayoutPage(
        payout=_view(payout, len(attempts), signals),
        owed_at=payout.owed_at,
        sent_at=payout.sent_at,
        paid_on=payout.paid_on,
        next_look_at=payout.next_look_at,
        round=payout.round,
        prepared_by=payout.prepared_by,
        approved_by=payout.approved_by,
        approved_at=payout.approved_at,
        trustee_by=payout.trustee_by,
        trustee_at=payout.trustee_at,
        digest=payout.digest,
        attempts=tuple(
            AttemptView(
                number=a.number,
                made_at=a.made_at,
                outcome_words=str(AttemptOutcome(a.outcome).label),
                code=a.code,
                external_ref=a.external_ref,
            )
            for a in attempts
        ),
        history=tuple(
            Moved(
                at=h.at,
                actor_ref=h.actor_ref,
                move=h.move,
                move_words=str(PayoutMove(h.move).label),
                after=h.after,
                after_words=str(PayoutState(h.after).label),
                note=_reason_words(h.note) if h.note in REASONS else "",
            )
            for h in payout.history.order_by("at", "id")
        ),
    )


def payouts_of(actor: Actor, payee_ref: UUID, *, at: datetime, most: int = 50) -> Sequence[PayoutView]:
    """One payee's payouts, newest first; for finance."""
    if not is_finance(actor):
        return []
    rows = list(
        Payout.objects.filter(payee_ref=payee_ref).annotate(tries=Count("attempts")).order_by("-owed_at")[:most]
    )
    known = standings([payee_ref]).get(payee_ref)
    for row in rows:
        _say_what_blocks(row, known, actor, at)
    return [_view(row, row.tries) for row in rows]


def _run_view(run: PayoutRun, payouts: Sequence[Payout], at: datetime | None = None) -> RunView:
    """With a moment, also what an approver should look at then."""
    submitted = [p for p in payouts if p.state == PayoutState.SUBMITTED]
    signals = signals_of(submitted, at) if at is not None else {}
    return RunView(
        run_id=run.id,
        reference=run.reference,
        state=run.state,
        state_words=str(RunState(run.state).label),
        prepared_at=run.prepared_at or run.gathered_at,
        prepared_by=run.prepared_by,
        approved_at=run.approved_at,
        approved_by=run.approved_by,
        count=len(payouts),
        total=Pence(sum(p.amount_pence for p in payouts)),
        digest=run.digest,
        payouts=tuple(_view(p, 0, signals.get(p.id, ())) for p in payouts),
    )


def runs_visible_to(actor: Actor, *, limit: int = 30) -> Sequence[RunView]:
    """Runs, newest first, for finance."""
    if not is_finance(actor):
        return []
    runs = list(PayoutRun.objects.prefetch_related("payouts").order_by("-gathered_at", "id")[:limit])
    return [_run_view(run, list(run.payouts.all())) for run in runs]


def run_visible_to(actor: Actor, run_id: UUID, *, at: datetime | None = None) -> RunView:
    """One run with its payouts and, with a moment, what to look at then. Raises NotFound."""
    run = PayoutRun.objects.filter(id=run_id).first() if is_finance(actor) else None
    if run is None:
        raise NotFound
    return _run_view(run, list(run.payouts.order_by("pay_by", "id")), at)


def bank_files_visible_to(actor: Actor) -> Sequence[BankFileView]:
    if not is_finance(actor):
        return []
    files = (
        BankFile.objects.select_related("decision")
        .annotate(unpaid=Count("rows", filter=Q(rows__attempt__outcome=AttemptOutcome.OPEN)))
        .order_by("-made_at", "id")
    )
    return [_file_view(f, f.unpaid) for f in files]


def _file_view(file: BankFile, unpaid: int) -> BankFileView:
    decision: BankFileDecision | None = getattr(file, "decision", None)
    return BankFileView(
        file_id=file.id,
        reference=file.reference,
        made_at=file.made_at,
        count=file.count,
        total=Pence(file.total_pence),
        sha256=file.sha256,
        profile=file.profile,
        unpaid=unpaid,
        decision=_decision_word(file, decision),
        made_by=file.maker,
        decided_by=decision.by if decision else None,
        decided_at=decision.at if decision else None,
    )


def _decision_word(file: BankFile, decision: BankFileDecision | None) -> str:
    if decision is None:
        return "released" if file.maker is None else "waiting"
    return "released" if decision.released else "refused"


_IN_FILE = {
    AttemptOutcome.OPEN.value: "Not on the statement yet",
    AttemptOutcome.ACCEPTED.value: "Paid",
    AttemptOutcome.REFUSED.value: "Not taken by the bank",
}


def bank_file_visible_to(actor: Actor, file_id: UUID) -> BankFilePage:
    """One bank file and its lines, without what is sealed in it; for finance. Raises NotFound."""
    file = BankFile.objects.select_related("decision").filter(id=file_id).first() if is_finance(actor) else None
    if file is None:
        raise NotFound
    lines = []
    for row in file.rows.select_related("attempt__payout").order_by("position"):
        payout = row.attempt.payout
        lines.append(
            BankFileLine(
                position=row.position,
                payout_id=payout.id,
                payee_code=payee_code(payout.payee_ref),
                reference=payout.reference,
                amount=Pence(payout.amount_pence),
                outcome=row.attempt.outcome,
                outcome_words=_IN_FILE.get(row.attempt.outcome, str(AttemptOutcome(row.attempt.outcome).label)),
                open=row.attempt.outcome == AttemptOutcome.OPEN,
            )
        )
    return BankFilePage(file=_file_view(file, sum(line.open for line in lines)), lines=tuple(lines))


def figures_visible_to(actor: Actor, at: datetime) -> Figures:
    """The finance home's figures. Raises NotFound for others."""
    if not is_finance(actor):
        raise NotFound
    today = at.astimezone(LONDON).date()
    owed = Payout.objects.filter(state__in=OWED).aggregate(
        total=Sum("amount_pence"), n=Count("id"), oldest=Min("pay_by"), late=Count("id", filter=Q(pay_by__lt=today))
    )
    paid = list(Payout.objects.filter(state=PayoutState.PAID).values_list("owed_at", "pay_by", "paid_on"))
    days = [(on - owed_at.astimezone(LONDON).date()).days for owed_at, _, on in paid if on is not None]
    on_time = sum(1 for _, pay_by, on in paid if on is not None and on <= pay_by)
    return Figures(
        owed=Pence(owed["total"] or 0),
        owed_count=owed["n"],
        overdue_count=owed["late"],
        oldest_pay_by=owed["oldest"],
        paid_count=len(paid),
        on_time_percent=on_time * 100 // len(paid) if paid else None,
        median_days=round(median(days)) if days else None,
    )


def payee_of(payout_id: UUID) -> UUID:
    """Raises NotFound."""
    found = Payout.objects.filter(id=payout_id).values_list("payee_ref", flat=True).first()
    if found is None:
        raise NotFound
    return found


def last_reconciliation(actor: Actor) -> tuple[datetime, list[Difference]] | None:
    """When the books were last compared, and what differed; for finance."""
    row = Reconciliation.objects.order_by("-at").first() if is_finance(actor) else None
    if row is None:
        return None
    return row.at, [
        Difference(code=d["code"], ref=d["ref"], theirs=Pence(d["theirs"]), ours=Pence(d["ours"]), words=d["words"])
        for d in row.differences
    ]


def payees_since(since: datetime, payee_refs: Iterable[UUID]) -> frozenset[UUID]:
    """Those of these payees with something owed, moved or paid at or after `since` (UTC), or not settled yet."""
    rows = Payout.objects.filter(payee_ref__in=set(payee_refs))
    recent = (
        Q(owed_at__gte=since)
        | Q(history__at__gte=since)
        | ~Q(state__in=(PayoutState.PAID, PayoutState.SETTLED, PayoutState.CANCELLED))
    )
    return frozenset(rows.filter(recent).values_list("payee_ref", flat=True))


def lines_at_the_bank(file_id: UUID | None = None) -> list[tuple[UUID, str, UUID, str, Pence]]:
    """Payments in bank files that no statement has shown yet: file, its reference, payout, its reference, amount. For
    matching a statement; one statement of SQL."""
    rows = PayoutAttempt.objects.filter(bankfilerow__isnull=False, outcome=AttemptOutcome.OPEN)
    if file_id is not None:
        rows = rows.filter(bankfilerow__file_id=file_id)
    return [
        (file, file_ref, payout, reference, Pence(amount))
        for file, file_ref, payout, reference, amount in rows.order_by("bankfilerow__position").values_list(
            "bankfilerow__file_id",
            "bankfilerow__file__reference",
            "payout_id",
            "payout__reference",
            "payout__amount_pence",
        )
    ]


def entry_keys(payout_ids: Iterable[UUID]) -> list[str]:
    """The key under which each of these payouts stands, or would stand, in the ledger as paid."""
    rows = Payout.objects.filter(id__in=list(payout_ids)).values_list("id", "round")
    return [f"payout:{payout_id}:{number}" for payout_id, number in rows]
