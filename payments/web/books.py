"""The books: the trial balance, the latest entries, and Stripe's book against ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from backend.kernel.clock import LONDON
from backend.web.fields import DateField, MoneyField, TextField
from backend.web.forms import Form
from backend.web.parts import Cell
from backend.web.words import pounds, when, when_short
from payments.gateways.registry import stripe_gateway
from payments.ledger import queries as ledger
from payments.money import Pence
from payments.payouts import reconcile as reconciling
from payments.payouts.queries import last_reconciliation
from payments.web.kit import FinanceAction, FinanceForm, FinanceRead, to

KINDS = {"asset": "What we have", "liability": "What we owe", "income": "What came in", "expense": "What it cost"}
# The ledger's own headings, in the words of a trustee.
ACCOUNTS = {
    "Fee cost": "Earned by people",
    "Fee income": "Invoiced to customers",
    "Donations due": "To be given on, as people chose",
    "Support income": "Not taken, as people chose",
    "Stripe balance": "Balance at Stripe",
    "Stripe fees": "Fees of Stripe",
    "Cash": "Cash and vouchers",
}
ENTRIES = {
    "invoice": "Invoice issued",
    "credit_note": "Credit note",
    "bank_in": "Bank payment in",
    "card_in": "Card payment in",
    "owed": "Owed to a person",
    "owed_back": "No longer owed",
    "payout": "Paid to a person",
    "payout_back": "Payment came back",
    "settled": "Settled without a payment",
    "top_up": "Moved to the payment provider",
}


class BooksForm(Form):
    on = DateField(label="Up to and including", required=False)


class Books(FinanceRead):
    template_name = "payments/web/books.html"
    title = "Books"

    def context(self) -> Mapping[str, object]:
        form = BooksForm(self.request.GET if "on" in self.request.GET else None)
        until = self.at
        if form.is_bound and form.is_valid() and form.cleaned_data["on"]:
            until = datetime.combine(form.cleaned_data["on"] + timedelta(days=1), time(), LONDON) - timedelta(
                microseconds=1
            )
        balance = ledger.trial_balance(min(until, self.at))
        checked = last_reconciliation(self.actor)
        return {
            "form": form,
            "at": balance.at,
            "balanced": balance.difference == 0,
            "difference": pounds(balance.difference),
            "rows": [
                (
                    ACCOUNTS.get(row.heading, row.heading) + (f" ({row.parties})" if row.parties else ""),
                    KINDS.get(row.kind, row.kind),
                    Cell(pounds(row.debits), number=True),
                    Cell(pounds(row.credits), number=True),
                    Cell(pounds(row.debits - row.credits), number=True),
                )
                for row in balance.rows
            ],
            "debits": pounds(balance.debits),
            "credits": pounds(balance.credits),
            "entries": [
                (ENTRIES.get(e.kind, e.kind.replace("_", " ").capitalize()), when_short(e.at),
                 Cell(pounds(e.total), number=True))
                for e in ledger.recent(20)
            ],
            "faults": ledger.verify(),
            "checked": checked,
        }  # fmt: skip


class Check(FinanceRead):
    template_name = "payments/web/check.html"
    title = "Stripe's book and ours"
    back_to = "books"

    def context(self) -> Mapping[str, object]:
        checked = last_reconciliation(self.actor)
        return {
            "checked": checked,
            "when": when(checked[0]) if checked else "",
            "rows": [
                (d.words, Cell(pounds(d.theirs), number=True), Cell(pounds(d.ours), number=True), d.ref)
                for d in (checked[1] if checked else ())
            ],
        }


class CheckNow(FinanceAction):
    """Reads Stripe's book of the last 30 days: a call outside any transaction, which changes nothing there."""

    once = False
    back_to = "check"

    def act(self, data: Mapping[str, Any]) -> None:
        found = reconciling.reconcile(gateway=stripe_gateway(), since=self.at - timedelta(days=30), at=self.at)
        self.tell("Compared: no difference." if not found else f"Compared: {len(found)} to look at.")


class TopUpForm(Form):
    amount = MoneyField(label="Amount", minimum=1, who_sees="Finance and auditors.")
    external_ref = TextField(
        label="Stripe's id of the top-up",
        max_length=80,
        autocomplete="off",
        help_text="It begins with “tu_”. The same id counts once.",
        who_sees="Finance and auditors.",
    )


class TopUp(FinanceForm):
    form_class = TopUpForm
    template_name = "payments/web/form.html"
    title = "Record a top-up"
    intro = "You moved money from the bank to the account at the payment provider. This writes it into our books."
    button = "Record it"
    done = "Recorded in the books. Payments that waited for funds go on by themselves."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("books")
        return {}

    def act(self, data: dict[str, Any]) -> str:
        reconciling.record_top_up(
            amount=Pence(data["amount"]), external_ref=data["external_ref"], actor=self.actor, at=self.at
        )
        return to("books")
