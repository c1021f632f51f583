"""The one way in which a payout changes state, shared by the use cases of this room."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.states import next_state
from payments.payees.data import Standing
from payments.payouts.models import Payout, PayoutHistory
from payments.payouts.rules import payout_digest
from payments.payouts.states import MOVES, PayoutMove, PayoutState

NO_APPROVAL: dict[str, object] = {
    "run_id": None,
    "route": "",
    "fingerprint": "",
    "digest": "",
    "prepared_by": None,
    "prepared_session": "",
    "approved_by": None,
    "approved_session": "",
    "approved_at": None,
    "next_look_at": None,
    "over_limit": "",
    "trustee_by": None,
    "trustee_session": "",
    "trustee_at": None,
}


def lock(payout_id: UUID) -> Payout:
    """The payout, locked until the end of the transaction. Raises NotFound."""
    payout = Payout.objects.select_for_update().filter(id=payout_id).first()
    if payout is None:
        raise NotFound
    return payout


def move(
    payout: Payout,
    what: PayoutMove,
    *,
    actor: Actor,
    at: datetime,
    note: str = "",
    unsign: bool = False,
    **values: object,
) -> None:
    """Change state by compare-and-swap, with history. `unsign` takes the approval away; `values` are further
    columns. Raises Conflict."""
    if unsign:
        values |= NO_APPROVAL
    before = PayoutState(payout.state)
    after = next_state(MOVES, before, what)
    for name, value in values.items():
        setattr(payout, name, value)
    if not Payout.objects.filter(id=payout.id, state=before).update(state=after, **values):
        raise Conflict
    payout.state = after
    note_move(payout, what, before=before, actor=actor, at=at, note=note).save(force_insert=True)


def note_move(
    payout: Payout, what: PayoutMove, *, before: PayoutState, actor: Actor, at: datetime, note: str = ""
) -> PayoutHistory:
    """The line of history (not saved yet) for a move. Raises Conflict for a move that the life of a payout has not."""
    after = next_state(MOVES, before, what)
    return PayoutHistory(
        payout=payout, at=at, actor_ref=actor.ref, move=what, before=before, after=after, note=note[:80]
    )


def digest_now(payout: Payout, standing: Standing) -> str:
    """What an approval of this payout would have to sign at this moment."""
    return payout_digest(
        payout_id=payout.id,
        key=payout.key,
        round_number=payout.round,
        payee_ref=payout.payee_ref,
        route=standing.route or "",
        fingerprint=standing.fingerprint,
        version=standing.version,
        amount=payout.amount_pence,
    )
