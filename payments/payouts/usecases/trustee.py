"""Above a limit a third person decides (C35): a trustee who holds the approver's role, neither prepared nor approved
the payment, and signs the same digest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict
from backend.outbox.publish import publish
from payments.payees.queries import standing as standing_of
from payments.payouts import events
from payments.payouts.models import Payout
from payments.payouts.rules import need_finance, need_third_person
from payments.payouts.states import PayoutMove, PayoutState
from payments.payouts.usecases.sending import wake
from payments.payouts.usecases.steps import digest_now, lock, move


def _waiting(payout_id: UUID, digest: str, actor: Actor, at: datetime) -> tuple[Payout, UUID, str]:
    user, session = need_finance(actor, at, Role.FINANCE_APPROVER)
    payout = lock(payout_id)
    if payout.state != PayoutState.HELD or not payout.over_limit or payout.trustee_by is not None:
        raise Conflict("This does not wait for a trustee any more. Nothing was changed.", code="not-waiting")
    standing = standing_of(payout.payee_ref)
    need_third_person(
        trustee=user,
        session=session,
        people=(payout.prepared_by, payout.approved_by, standing.owner_user_id),
        sessions=(payout.prepared_session, payout.approved_session),
    )
    if digest != payout.digest or digest_now(payout, standing) != payout.digest:
        raise Conflict(
            "Something about this payment changed since it was approved. Nothing was agreed.", code="payout-changed"
        )
    return payout, user, session


@transaction.atomic
def agree(*, payout_id: UUID, digest: str, actor: Actor, at: datetime) -> None:
    """The trustee lets it go. It goes at once where nothing else holds it.

    Raises NotFound, StepUpNeeded, NotAllowed (not a third person), Conflict when anything changed.
    """
    payout, user, session = _waiting(payout_id, digest, actor, at)
    payout.trustee_by, payout.trustee_session, payout.trustee_at = user, session, at
    payout.save(update_fields=["trustee_by", "trustee_session", "trustee_at"])
    wake(payout_id=payout_id, at=at)


@transaction.atomic
def send_back(*, payout_id: UUID, digest: str, actor: Actor, at: datetime) -> None:
    """The trustee does not agree: the approval falls away, the payment is owed as before, and finance is told.

    Raises as `agree` does.
    """
    payout, _, _ = _waiting(payout_id, digest, actor, at)
    move(payout, PayoutMove.VOID, actor=actor, at=at, note="trustee_no", reason="trustee_no", unsign=True)
    publish(events.TRUSTEE_NO, payout.id, key=f"{payout.id}:{at.isoformat()}", at=at)
