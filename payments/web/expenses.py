"""Expenses that people asked for: those that wait, what was decided, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.kernel.errors import Conflict
from backend.web.fields import OneOfField, TextField
from backend.web.forms import Form
from backend.web.parts import Cell, Row
from backend.web.words import day, pounds, when
from payments import public
from payments.expenses.data import ClaimView
from payments.expenses.queries import claim_visible_to, claims_visible_to, decided_claims_visible_to
from payments.payees.data import payee_code
from payments.web.kit import FinanceForm, FinanceRead, to
from payments.web.words import KINDS


def _line(c: ClaimView) -> tuple[object, ...]:
    return (
        Cell(c.reference, url=to("expense", c.claim_id)),
        Cell(payee_code(c.payee_ref), url=to("payee", c.payee_ref)),
        c.what_for,
        KINDS[c.kind],
        Cell(pounds(c.amount), number=True),
        Cell(state=f"claim_{c.state}"),
    )


class Expenses(FinanceRead):
    template_name = "payments/web/expenses.html"
    title = "Expenses"

    def context(self) -> Mapping[str, object]:
        return {
            "headings": "Reference|Payee|What for|How|Amount|State",
            "waiting": [_line(c) for c in claims_visible_to(self.actor)],
            "decided": [_line(c) for c in decided_claims_visible_to(self.actor)],
        }


class DecisionForm(Form):
    decision = OneOfField(
        label="Your decision",
        choices=(
            ("approve", "Approve", "It is owed from now on, and goes into the next payment run."),
            ("refuse", "Do not approve", "The person reads why."),
        ),
        who_sees="The person.",
    )
    reason = TextField(
        label="Why not", required=False, help_text="Needed only if you do not approve it.", who_sees="The person."
    )


class Expense(FinanceForm):
    form_class = DecisionForm
    template_name = "payments/web/expense.html"
    button = "Save the decision"
    done = "Saved. The person sees it on their money page."
    needs_fresh = False  # the same page is for reading; the proof is asked for on its button

    def initial(self) -> Mapping[str, Any]:
        self.claim = claim_visible_to(self.actor, self.kwargs["id"])
        self.title = f"Expense for {self.claim.reference}"
        self.back_url = to("expenses")
        return {}

    def context(self) -> Mapping[str, object]:
        c = self.claim
        return {
            "open": c.state == "submitted",
            "state": f"claim_{c.state}",
            "rows": [
                Row("Amount", pounds(c.amount)),
                Row("What for", c.what_for),
                Row("How", KINDS[c.kind]),
                Row("Payee", payee_code(c.payee_ref), to("payee", c.payee_ref), "Look", "The name stays sealed."),
                Row("Asked for", when(c.submitted_at)),
                Row("Pay by", day(c.pay_by)),
                *([Row("Decided", when(c.decided_at))] if c.decided_at else []),
                *([Row("Why", c.reason)] if c.reason else []),
            ],
        }

    def act(self, data: dict[str, Any]) -> str:
        if self.claim.state != "submitted":
            raise Conflict("This was decided already.")
        public.decide_expense(
            claim_id=self.kwargs["id"],
            approve=data["decision"] == "approve",
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )
        return to("expenses")
