"""How much two people may approve between them before a third is asked (C35). The figures are dated policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from backend.kernel.clock import LONDON
from payments.money import Pence, pounds
from payments.payees.data import Route
from payments.payouts.models import ApprovalDay, Payout
from payments.rates.queries import policy

WEEK = timedelta(days=7)
MOVES = (Route.STRIPE, Route.BANK, Route.MANUAL)  # giving on and declining move nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Pence, as they are on one day."""

    payout: Pence
    payee_week: Pence
    network_day: Pence

    def words(self, code: str) -> str:
        """Why a trustee is asked, in one line."""
        return {
            "payout": f"It is above {pounds(self.payout)}, the limit for one payment",
            "payee_week": f"With it this person gets more than {pounds(self.payee_week)} within seven days",
            "network_day": f"With it more than {pounds(self.network_day)} is approved on one day",
        }[code]


def limits_on(at: datetime) -> Limits:
    today = at.astimezone(LONDON).date()
    return Limits(
        payout=Pence(policy("payout_limit_pence", today)),
        payee_week=Pence(policy("payee_week_limit_pence", today)),
        network_day=Pence(policy("network_day_limit_pence", today)),
    )


def _approved_since(since: datetime, payee_refs: Iterable[UUID] | None = None) -> dict[UUID, int]:
    """What two people approved for each payee since then. What a trustee has looked at does not count against others."""
    rows = Payout.objects.filter(approved_at__gte=since, over_limit="", route__in=MOVES)
    if payee_refs is not None:
        rows = rows.filter(payee_ref__in=set(payee_refs))
    return {row["payee_ref"]: row["sum"] for row in rows.values("payee_ref").annotate(sum=Sum("amount_pence"))}


def take_turn(at: datetime) -> None:
    """Wait until no other approval is adding up this day. Inside the approval's transaction. On SQLite every writing
    transaction waits for the one before it anyhow."""
    today = at.astimezone(LONDON).date()
    ApprovalDay.objects.bulk_create([ApprovalDay(day=today)], ignore_conflicts=True)
    list(ApprovalDay.objects.select_for_update().filter(day=today))


def past_limits(payouts: Sequence[Payout], at: datetime) -> dict[UUID, tuple[str, ...]]:
    """Which of these, approved now in this order, go past which limits. Those that do are left to a trustee, and use
    up nothing of the others' room."""
    if not payouts:
        return {}
    limits = limits_on(at)
    midnight = at.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    week = _approved_since(at - WEEK, (p.payee_ref for p in payouts))
    day = sum(_approved_since(midnight).values())
    found: dict[UUID, tuple[str, ...]] = {}
    for payout in payouts:
        if payout.route not in MOVES:
            continue
        amount, theirs = payout.amount_pence, week.get(payout.payee_ref, 0)
        over = tuple(
            code
            for code, is_over in (
                ("payout", amount > limits.payout),
                ("payee_week", theirs + amount > limits.payee_week),
                ("network_day", day + amount > limits.network_day),
            )
            if is_over
        )
        if over:
            found[payout.id] = over
        else:
            week[payout.payee_ref] = theirs + amount
            day += amount
    return found
