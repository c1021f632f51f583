"""Runs: one person puts payouts forward, another approves them. An approval signs a digest; any change voids it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.ids import reference
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from payments.ledger.data import DONATIONS_DUE, SUPPORT_INCOME, credit, debit, payable
from payments.ledger.usecases import post
from payments.payees.data import Route
from payments.payees.queries import standings
from payments.payouts import events
from payments.payouts.limits import past_limits, take_turn
from payments.payouts.models import Payout, PayoutRun
from payments.payouts.rules import need_finance, need_second_person, run_digest
from payments.payouts.states import RUN_MOVES, PayoutMove, PayoutState, RunMove, RunState
from payments.payouts.usecases.steps import digest_now, lock, move


@transaction.atomic
def gather_run(*, payout_ids: Iterable[UUID] | None, actor: Actor, at: datetime) -> UUID:
    """Collect what is due (all of it, or the chosen) into a run. Nobody has vouched for it yet.

    Payouts of people who have not said how to be paid stay behind. Raises NotFound for others than finance and the
    machinery, Conflict when there is nothing to pay.
    """
    if actor.kind is not ActorKind.SYSTEM and not actor.has(Role.FINANCE_PREPARER):
        raise NotFound
    due = Payout.objects.select_for_update().filter(state=PayoutState.DUE, run__isnull=True)
    if payout_ids is not None:
        due = due.filter(id__in=list(payout_ids))
    rows = list(due.order_by("pay_by", "id")[:1000])
    known = standings(row.payee_ref for row in rows)
    chosen: list[UUID] = []
    for row in rows:
        standing = known[row.payee_ref]
        if standing.route is not None and standing.blocked_by(at) not in ("no_choice", "stripe_not_ready"):
            chosen.append(row.id)
    if not chosen:
        raise Conflict("There is nothing to pay now.", code="nothing-due")
    run = PayoutRun.objects.create(reference=reference("RUN", 6), gathered_at=at, gathered_by=actor.ref)
    Payout.objects.filter(id__in=chosen, state=PayoutState.DUE, run__isnull=True).update(run=run, reason="")
    return run.id


def _lock_run(run_id: UUID) -> PayoutRun:
    run = PayoutRun.objects.select_for_update().filter(id=run_id).first()
    if run is None:
        raise NotFound
    return run


@transaction.atomic
def submit_run(*, run_id: UUID, actor: Actor, at: datetime) -> str:
    """The preparer puts the run forward; returns the digest to be approved. The preparer's own pay is left out.

    Raises NotFound, StepUpNeeded, Conflict.
    """
    user, session = need_finance(actor, at, Role.FINANCE_PREPARER)
    run = _lock_run(run_id)
    run.state = next_state(RUN_MOVES, RunState(run.state), RunMove.SUBMIT)
    payouts = list(Payout.objects.select_for_update().filter(run=run, state=PayoutState.DUE).order_by("id"))
    known = standings(p.payee_ref for p in payouts)
    digests: list[str] = []
    for payout in payouts:
        standing = known[payout.payee_ref]
        if standing.owner_user_id == user:
            Payout.objects.filter(id=payout.id).update(run=None, reason="own_pay")
            continue
        if standing.route is None:
            Payout.objects.filter(id=payout.id).update(run=None, reason="no_choice")
            continue
        digest = digest_now(payout, standing)
        move(
            payout,
            PayoutMove.SUBMIT,
            actor=actor,
            at=at,
            route=standing.route.value,
            fingerprint=standing.fingerprint,
            digest=digest,
            prepared_by=user,
            prepared_session=session,
            reason="",
        )
        digests.append(digest)
    if not digests:
        raise Conflict("There is nothing in this run that you can put forward.", code="nothing-due")
    run.prepared_by, run.prepared_session, run.prepared_at = user, session, at
    run.digest = run_digest(digests)
    run.save()
    publish(events.RUN_SUBMITTED, run.id, key=f"{run.id}:{run.digest}", at=at)
    return run.digest


@transaction.atomic
def prepare_run(*, payout_ids: Iterable[UUID] | None, actor: Actor, at: datetime) -> UUID:
    """Gather and put forward in one act. Raises NotFound, StepUpNeeded, Conflict."""
    need_finance(actor, at, Role.FINANCE_PREPARER)
    run_id = gather_run(payout_ids=payout_ids, actor=actor, at=at)
    submit_run(run_id=run_id, actor=actor, at=at)
    return run_id


@transaction.atomic
def take_out(*, payout_id: UUID, actor: Actor, at: datetime) -> None:
    """Take one payout out of a run that waits for approval; what was to be signed changes with it."""
    need_finance(actor, at)
    payout = lock(payout_id)
    run_id = payout.run_id
    if run_id is None:
        raise Conflict("This is in no run.")
    run = _lock_run(run_id)
    move(payout, PayoutMove.WITHDRAW, actor=actor, at=at, unsign=True)
    left = list(Payout.objects.filter(run=run, state=PayoutState.SUBMITTED).values_list("digest", flat=True))
    if left:
        run.digest = run_digest(left)
    else:
        run.state = next_state(RUN_MOVES, RunState(run.state), RunMove.CANCEL)
    run.save(update_fields=["digest", "state"])


@transaction.atomic
def cancel_run(*, run_id: UUID, actor: Actor, at: datetime) -> None:
    """Give the whole run up; everything in it is due again."""
    need_finance(actor, at)
    run = _lock_run(run_id)
    run.state = next_state(RUN_MOVES, RunState(run.state), RunMove.CANCEL)
    run.save(update_fields=["state"])
    for payout in Payout.objects.select_for_update().filter(run=run, state=PayoutState.SUBMITTED):
        move(payout, PayoutMove.WITHDRAW, actor=actor, at=at, unsign=True)
    Payout.objects.filter(run=run, state=PayoutState.DUE).update(run=None)


@transaction.atomic
def approve_run(*, run_id: UUID, digest: str, actor: Actor, at: datetime) -> None:
    """The second person approves exactly what they saw: `digest` is the one on their page.

    What goes past a limit is approved, and held until a trustee has decided. Raises NotFound, StepUpNeeded, NotAllowed
    (four eyes), Conflict when anything changed since it was prepared.
    """
    user, session = need_finance(actor, at, Role.FINANCE_APPROVER)
    run = _lock_run(run_id)
    after = next_state(RUN_MOVES, RunState(run.state), RunMove.APPROVE)
    take_turn(at)
    payouts = list(Payout.objects.select_for_update().filter(run=run, state=PayoutState.SUBMITTED).order_by("id"))
    known = standings(p.payee_ref for p in payouts)
    need_second_person(
        approver=user,
        session=session,
        preparer=run.prepared_by,
        preparer_session=run.prepared_session,
        owners=[s.owner_user_id for s in known.values()],
    )
    current = [digest_now(p, known[p.payee_ref]) for p in payouts]
    if digest != run.digest or run_digest(current) != run.digest or current != [p.digest for p in payouts]:
        raise Conflict(
            "Something in this run changed since it was prepared. Nothing was approved.",
            code="run-changed",
            next_step="Take the changed payment out, and approve the rest.",
        )
    run.state, run.approved_by, run.approved_session, run.approved_at = after, user, session, at
    run.save()
    over = past_limits(sorted(payouts, key=lambda p: (p.pay_by, p.id)), at)
    for payout in payouts:
        move(
            payout,
            PayoutMove.APPROVE,
            actor=actor,
            at=at,
            approved_by=user,
            approved_session=session,
            approved_at=at,
            over_limit=",".join(over.get(payout.id, ())),
        )
        if payout.over_limit:
            move(payout, PayoutMove.HOLD, actor=actor, at=at, note="over_limit", reason="over_limit")
            publish(events.TRUSTEE_ASKED, payout.id, key=f"{payout.id}:{at.isoformat()}", at=at)
        elif payout.route in (Route.DONATE, Route.DECLINE):
            settle_without_money(payout, actor=actor, at=at)
        else:
            publish(events.APPROVED, payout.id, key=f"{payout.id}:{payout.round}:{at.isoformat()}", at=at)


def settle_without_money(payout: Payout, *, actor: Actor, at: datetime) -> None:
    """The person gave the fee on or did not take it: the debt ends, no money moves. Inside approve's transaction."""
    other = DONATIONS_DUE if payout.route == Route.DONATE else SUPPORT_INCOME
    move(payout, PayoutMove.SETTLE, actor=actor, at=at)
    post(
        key=f"payout:{payout.id}:{payout.round}",
        kind="settled",
        lines=[debit(payable(payout.payee_ref), payout.amount_pence), credit(other, payout.amount_pence)],
        at=at,
    )
    publish(events.SETTLED, payout.id, key=f"{payout.id}:{payout.round}", at=at)
