"""What an approver should look at (C34). Shown, never decided by; and nothing of where somebody signs in from: people in
one refuge share an address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.kernel.clock import LONDON
from payments.payees.data import Route
from payments.payees.queries import standings
from payments.payouts.limits import limits_on, past_limits
from payments.payouts.models import Payout
from payments.payouts.states import PayoutState
from payments.rates.queries import policy

YEAR = timedelta(days=365)
ENOUGH = 20  # fewer payments than this say nothing about what is usual


def _usual_at_most(at: datetime) -> int | None:
    """The amount that so many percent of the last year's payments stayed under, in pence; None with too few."""
    share = policy("usual_amount_percentile", at.astimezone(LONDON).date())
    paid = Payout.objects.filter(state=PayoutState.PAID, owed_at__gte=at - YEAR).order_by("amount_pence")
    count = paid.count()
    if count < ENOUGH:
        return None
    return paid.values_list("amount_pence", flat=True)[min(count - 1, count * share // 100)]


def _destinations_of(payouts: Sequence[Payout]) -> dict[str, set[UUID]]:
    """Who else was ever paid to the same destinations."""
    prints = {p.fingerprint for p in payouts if p.fingerprint and p.route in (Route.BANK, Route.STRIPE)}
    owners: dict[str, set[UUID]] = {}
    for fingerprint, ref in Payout.objects.filter(fingerprint__in=prints).values_list("fingerprint", "payee_ref"):
        owners.setdefault(fingerprint, set()).add(ref)
    return owners


def _twins_of(payouts: Sequence[Payout]) -> set[tuple[UUID, str, int]]:
    """Payee, reference and amount of sums that stand in the books more than once."""
    refs = {p.payee_ref for p in payouts}
    seen: dict[tuple[UUID, str, int], int] = {}
    rows = Payout.objects.filter(payee_ref__in=refs).exclude(state=PayoutState.CANCELLED)
    for row in rows.values_list("payee_ref", "reference", "amount_pence"):
        seen[row] = seen.get(row, 0) + 1
    return {row for row, count in seen.items() if count > 1}


def signals_of(payouts: Sequence[Payout], at: datetime) -> dict[UUID, tuple[str, ...]]:
    """Sentences for each of these payouts, none for most. A fixed number of statements whatever their number."""
    if not payouts:
        return {}
    refs = {p.payee_ref for p in payouts}
    known = standings(refs)
    paid_before = set(
        Payout.objects.filter(payee_ref__in=refs, state=PayoutState.PAID).values_list("payee_ref", flat=True)
    )
    owners, twins, usual, limits = _destinations_of(payouts), _twins_of(payouts), _usual_at_most(at), limits_on(at)
    over = past_limits(sorted(payouts, key=lambda p: (p.pay_by, p.id)), at)
    found: dict[UUID, tuple[str, ...]] = {}
    for payout in payouts:
        standing = known.get(payout.payee_ref)
        signals = [f"{limits.words(code)}: a trustee decides after you" for code in over.get(payout.id, ())]
        if payout.payee_ref not in paid_before:
            signals.append("First payment to this person")
        if standing is not None and standing.version > 1 and standing.needs_call_back:
            signals.append("Payment details were changed and not confirmed by a call yet")
        if standing is not None and standing.fingerprint != payout.fingerprint:
            signals.append("Payment details changed since this was prepared: approval will be refused")
        if standing is not None and standing.route is Route.BANK and standing.names_agree is False:
            signals.append("The name on the account is not like the name for payments")
        if standing is not None and standing.route is Route.BANK and standing.numbers_fit is False:
            signals.append("Sort code and account number do not fit each other as banks count")
        if len(owners.get(payout.fingerprint, ())) > 1:
            signals.append("Another person is paid to the same destination")
        if (payout.payee_ref, payout.reference, payout.amount_pence) in twins:
            signals.append("The same amount under the same reference stands in the books more than once")
        if usual is not None and payout.amount_pence >= usual:
            signals.append("Among the largest payments of the last year")
        found[payout.id] = tuple(signals)
    return found
