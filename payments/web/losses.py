"""What a requester will not pay, pays late, or paid too much: writing off by two people, statutory interest, refunds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.kernel.actor import Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import DateField, MoneyField, OneOfField, TextField, WordsField
from backend.web.forms import Form
from backend.web.parts import Row
from backend.web.words import day, pounds, when
from payments.invoicing import late, refunds, write_offs
from payments.invoicing.data import LateInterest
from payments.invoicing.queries import overpaid, write_offs_visible_to
from payments.money import Pence
from payments.web.invoices import OnInvoice
from payments.web.kit import FinanceAction, FinanceRead, to
from payments.web.words import Who

FOR_FINANCE = "Finance, trustees and auditors."


class WriteOffForm(Form):
    reason = WordsField(
        label="Why will this not be paid?",
        max_length=300,
        rows=3,
        help_text="A second person reads this and decides. No name, no subject of the work.",
        who_sees=FOR_FINANCE,
    )


class AskWriteOff(OnInvoice):
    form_class = WriteOffForm
    title = "Write off what is left"
    button = "Ask a second person"
    done = "Asked. Another person of finance decides."

    def initial(self) -> Mapping[str, Any]:
        super().initial()
        self.intro = (
            f"{pounds(self.invoice.outstanding)} would not be asked for any more. "
            "The person who spoke is paid in any case: this is the network's loss."
        )
        return {}

    def act(self, data: dict[str, Any]) -> str:
        write_offs.ask(invoice_id=self.kwargs["id"], reason=data["reason"], actor=self.actor, at=self.at)
        return to("invoice", self.kwargs["id"])


class WriteOffs(FinanceRead):
    template_name = "payments/web/write_offs.html"
    title = "Write-offs"
    back_to = "invoices"

    def context(self) -> Mapping[str, object]:
        found = write_offs_visible_to(self.actor)
        who = Who(self.actor, *(w.asked_by for w in found), *(w.decided_by for w in found))
        approves = self.actor.has(Role.FINANCE_APPROVER)
        return {
            "found": [
                {
                    "w": w,
                    "state": f"write_off_{w.state}",
                    "url": to("invoice", w.invoice_id),
                    "asked": f"{who(w.asked_by).capitalize()} asked on {when(w.asked_at)}: {w.reason}",
                    "decided": f"Decided by {who(w.decided_by)} on {when(w.decided_at)}." if w.decided_at else "",
                    "can_decide": approves and w.state == "asked" and w.asked_by != self.actor.user_id,
                    "can_refuse": approves and w.state == "asked",
                }
                for w in found
            ],
        }


class DecideWriteOff(FinanceAction):
    roles = (Role.FINANCE_APPROVER,)
    back_to = "write-offs"

    def act(self, data: Mapping[str, Any]) -> None:
        decision = data.get("decision")
        if decision not in ("agree", "refuse"):
            raise NotFound
        write_offs.decide(write_off_id=self.kwargs["id"], agree=decision == "agree", actor=self.actor, at=self.at)
        self.tell("Written off, in the invoice and in the books." if decision == "agree" else "It is owed as before.")


class NoForm(Form):
    """One button."""


class ClaimInterest(OnInvoice):
    """What the law lets us claim today, worked out in the open, and the button that claims it."""

    form_class = NoForm
    template_name = "payments/web/late.html"
    title = "Interest on a late invoice"
    button = "Claim it with an invoice"
    done = "Claimed: an invoice of its own is on its way to the customer."

    def initial(self) -> Mapping[str, Any]:
        super().initial()
        self.found: LateInterest | None = late.claimable(invoice_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return {}

    def context(self) -> Mapping[str, object]:
        found = self.found
        return {
            "i": self.invoice,
            "found": found,
            "rows": []
            if found is None
            else [
                Row("Late from", day(found.from_day)),
                Row("Up to and including", day(found.to_day), note=f"{found.days} days"),
                Row("Rate", f"{found.rate_basis_points / 100:.2f}% a year, simple", note=found.rate_source),
                Row("Interest", pounds(found.interest)),
                *(
                    [Row("Fixed sum", pounds(found.compensation), note=found.compensation_source)]
                    if found.compensation
                    else []
                ),
                Row("Together", pounds(found.total)),
            ],
        }

    def act(self, data: dict[str, Any]) -> str:
        return to("invoice", late.claim(invoice_id=self.kwargs["id"], actor=self.actor, at=self.at))


class RefundForm(Form):
    how = OneOfField(
        label="How was it given back?",
        choices=(("bank", "By the bank"), ("card", "By Stripe, to the card")),
        who_sees=FOR_FINANCE,
    )
    amount = MoneyField(label="Amount", minimum=1, who_sees=FOR_FINANCE)
    refunded_on = DateField(label="On which day", who_sees=FOR_FINANCE)
    reference = TextField(
        label="Reference",
        max_length=60,
        autocomplete="off",
        help_text="What stands on the bank statement, or Stripe's id of the refund, which begins with “re_”.",
        who_sees=FOR_FINANCE,
    )


class RecordRefund(OnInvoice):
    form_class = RefundForm
    title = "Record a refund"
    button = "Record it"
    done = "Recorded in the books."

    def initial(self) -> Mapping[str, Any]:
        super().initial()
        most = overpaid(self.kwargs["id"])
        self.intro = (
            f"{pounds(most)} was paid beyond what is owed. This only records what was given back: "
            "the money itself moves at the bank or at Stripe."
        )
        return {"amount": int(most), "refunded_on": self.at.astimezone(LONDON).date(), "how": "bank"}

    def act(self, data: dict[str, Any]) -> str:
        refunds.record_refund(
            invoice_id=self.kwargs["id"],
            how=data["how"],
            amount=Pence(data["amount"]),
            refunded_on=data["refunded_on"],
            reference=data["reference"],
            actor=self.actor,
            at=self.at,
        )
        return to("invoice", self.kwargs["id"])
