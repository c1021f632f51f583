"""What a trustee decides: payments above a limit, one by one, with all that the two before them saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.web.parts import Cell
from backend.web.words import pounds
from payments.payouts import queries
from payments.payouts.data import PayoutView
from payments.payouts.limits import limits_on
from payments.payouts.states import PayoutState
from payments.payouts.usecases import trustee
from payments.web.kit import APPROVER, FinanceAction, FinanceRead, to
from payments.web.words import short_day


def waiting(found: list[PayoutView]) -> list[PayoutView]:
    """Those that wait for a third person."""
    return [p for p in found if p.state == PayoutState.HELD and p.over_limit and p.reason == "over_limit"]


class AboveLimit(FinanceRead):
    template_name = "payments/web/above_limit.html"
    title = "Above a limit"
    back_to = "payouts"

    def context(self) -> Mapping[str, object]:
        held = queries.payouts_visible_to(self.actor, states=[PayoutState.HELD], at=self.at, most=500)
        limits = limits_on(self.at)
        found = waiting(list(held))
        return {
            "rows": [
                (
                    Cell(p.reference, url=to("payout", p.payout_id)),
                    Cell(p.payee_code, url=to("payee", p.payee_ref)),
                    Cell(pounds(p.amount), number=True),
                    short_day(p.pay_by),
                    "; ".join(limits.words(code) for code in p.over_limit),
                )
                for p in found
            ],
            "limits": limits,
            "is_approver": self.actor.has(APPROVER),
        }


class _OnPayout(FinanceAction):
    roles = (APPROVER,)

    def where(self) -> str:
        return to("payout", self.kwargs["id"])


class Agree(_OnPayout):
    """Signs the digest that was on the page."""

    done = "Agreed. It goes on from here by itself."

    def act(self, data: Mapping[str, Any]) -> None:
        digest = str(data.get("digest", ""))[:64]
        trustee.agree(payout_id=self.kwargs["id"], digest=digest, actor=self.actor, at=self.at)


class SendBack(_OnPayout):
    done = "Sent back. It is owed as before, and finance is told that you did not agree."

    def act(self, data: Mapping[str, Any]) -> None:
        digest = str(data.get("digest", ""))[:64]
        trustee.send_back(payout_id=self.kwargs["id"], digest=digest, actor=self.actor, at=self.at)
