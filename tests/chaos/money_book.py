"""What must be true after a payment run, by the stand-in's own book first and ours second."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.processes import Site


@dataclass(frozen=True)
class Outcome:
    """0 everywhere but `paid` is what must come out."""

    paid: int
    paid_twice: int
    unpaid: int
    other_amount: int
    without_legs: int
    legs_too_many: int
    stuck: int

    @property
    def right(self) -> bool:
        return self.paid > 0 and not any(
            (self.paid_twice, self.unpaid, self.other_amount, self.without_legs, self.legs_too_many, self.stuck)
        )


def outcome(site: Site) -> Outcome:
    book: dict[str, Any] = site.stripe()
    sent = [t for t in book["transfer"] if not t["reversed"]]
    theirs = Counter(t["metadata"]["payout"].replace("-", "") for t in sent)
    amounts = {t["metadata"]["payout"].replace("-", ""): t["amount"] for t in sent}
    ours = {
        str(i).replace("-", ""): (state, amount)
        for i, state, amount in site.query("SELECT id, state, amount_pence FROM payments_payout")
    }
    legs: Counter[str] = Counter()
    for key, count in site.query(
        "SELECT e.key, count(*) FROM payments_entry e JOIN payments_posting p ON p.entry_id = e.id "
        "WHERE e.kind = 'payout' GROUP BY e.key"
    ):
        legs[key.split(":")[1].replace("-", "")] += count
    return Outcome(
        paid=sum(theirs[i] >= 1 for i in ours),
        paid_twice=sum(n > 1 for n in theirs.values()),
        unpaid=sum(theirs[i] == 0 for i in ours),
        other_amount=sum(amounts.get(i, amount) != amount for i, (_, amount) in ours.items()),
        without_legs=sum(legs[i] < 2 for i in ours),
        legs_too_many=sum(legs[i] > 2 for i in ours),
        stuck=sum(state != "paid" for state, _ in ours.values()),
    )
