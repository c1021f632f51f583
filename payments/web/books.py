"""The books: the trial balance, the latest entries, and where Stripe's book or the bank's differs from ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from backend.kernel.actor import Role
from backend.kernel.clock import LONDON
from backend.web.fields import DateField, MoneyField, TextField, WordsField
from backend.web.forms import Form
from backend.web.parts import Cell, Row
from backend.web.words import pounds, when, when_short
from payments.books.queries import (
    difference_visible_to,
    differences_visible_to,
    last_statement_day,
    runs_visible_to,
)
from payments.books.rules import READERS, WORKERS
from payments.books.usecases import reconciling
from payments.gateways.registry import stripe_gateway
from payments.ledger import queries as ledger
from payments.money import Pence
from payments.payouts.reconcile import record_top_up
from payments.web.kit import FINANCE, BooksRead, FinanceAction, FinanceForm, to
from payments.web.words import Who

KINDS = {
    "asset": "What we have",
    "liability": "What we owe",
    "income": "What came in",
    "expense": "What it cost",
    "fund": "What was put aside",
}
# The ledger's own headings, in the words of a trustee.
ACCOUNTS = {
    "Fee cost": "Earned by people",
    "Fee income": "Invoiced to customers",
    "Donations due": "To be given on, as people chose",
    "Support income": "Not taken, as people chose",
    "Stripe balance": "Balance at Stripe",
    "Stripe fees": "Fees of Stripe",
    "Cash": "Cash and vouchers",
    "Float": "Float: put aside so that people are paid first",
    "Gifts": "Donations to the network",
    "Late interest": "Interest on late invoices",
    "Late compensation": "Fixed sums on late invoices",
    "Write offs": "Written off",
    "Unexplained": "Nobody can place it yet",
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
    "stripe_fee": "Fee of Stripe",
    "refund": "Given back to a customer",
    "write_off": "Written off",
    "write_off_back": "Written off, and paid after all",
    "opening": "What was there before",
    "bank_charge": "Bank charge",
    "bank_interest": "Interest from the bank",
    "bank_gift": "Donation to the network",
    "bank_float": "Float put in or taken out",
    "bank_given_on": "Given on, as people chose",
    "bank_cost": "Booked and paid by us",
    "bank_unexplained": "Nobody can place it yet",
}


class BooksForm(Form):
    on = DateField(label="Up to and including", required=False)


class Books(BooksRead):
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
        return {
            "form": form,
            "may_record": self.actor.has(*FINANCE),
            "works": self.actor.has(*WORKERS),
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
        }  # fmt: skip


class Check(BooksRead):
    template_name = "payments/web/check.html"
    title = "What our books, Stripe and the bank say"
    back_to = "books"

    def context(self) -> Mapping[str, object]:
        gone = self.request.GET.get("show") == "gone"
        found = differences_visible_to(self.actor, gone=gone, limit=200)
        who = Who(self.actor, *(d.owner for d in found))
        runs, up_to = runs_visible_to(self.actor), last_statement_day()
        return {
            "tabs": [
                ("Still there", to("check"), not gone),
                ("Gone by now", f"{to('check')}?show=gone", gone),
            ],
            "gone": gone,
            "last": runs[0] if runs else None,
            "open": sum(d.state == "open" for d in found),
            "up_to": up_to,
            "agree": "They agree" if up_to else "Stripe and our books agree",
            "may_compare": self.actor.has(*WORKERS),
            "rows": [
                (
                    Cell(d.words, url=to("difference", d.difference_id)),
                    Cell(pounds(d.theirs), number=True),
                    Cell(pounds(d.ours), number=True),
                    when_short(d.first_seen_at),
                    who(d.owner) if d.owner else "Nobody yet",
                    Cell(state=f"difference_{d.state}"),
                )
                for d in found
            ],
            "runs": [(when_short(r.at), Cell(r.lines, number=True), Cell(r.differences, number=True)) for r in runs],
        }


class CheckNow(FinanceAction):
    """Reads Stripe's book of the last 30 days and the bank's: a call outside any transaction, which mends nothing."""

    once = False
    roles = WORKERS
    back_to = "check"

    def act(self, data: Mapping[str, Any]) -> None:
        found = reconciling.reconcile(
            gateway=stripe_gateway(), since=self.at - timedelta(days=30), actor=self.actor, at=self.at
        )
        self.tell("Compared: no difference." if not found else f"Compared: {len(found)} to look at.")


class NoteForm(Form):
    text = WordsField(
        label="What you found",
        max_length=500,
        rows=3,
        help_text="No name and no account number. Our own references are enough.",
        who_sees="Finance, the bookkeeper, trustees and auditors.",
    )


class Difference(FinanceForm):
    """One difference: who looks after it, what was written about it, and a form for the next note."""

    roles = READERS
    form_class = NoteForm
    template_name = "payments/web/difference.html"
    title = "A difference"
    button = "Write this down"
    done = "Written down."
    needs_fresh = False
    back_to = "check"

    def context(self) -> Mapping[str, object]:
        found = self.found
        who = Who(self.actor, found.owner, *(n.by for n in found.notes))
        works = self.actor.has(*WORKERS)
        keeps = self.actor.has(Role.BOOKKEEPER)
        return {
            "d": found,
            "rows": [
                Row("What differs", found.words),
                Row("Their book", pounds(found.theirs)),
                Row("Our books", pounds(found.ours)),
                Row("Reference", found.ref),
                Row("First seen", when(found.first_seen_at)),
                Row("Last seen", when(found.last_seen_at)),
                Row("Looked after by", who(found.owner) if found.owner else "Nobody yet"),
            ],
            "notes": [(n.text, who(n.by), when_short(n.at)) for n in found.notes],
            "works": works,
            "mine": found.owner is not None and found.owner == self.actor.user_id,
            "can_book": found.can_book if keeps else "",
            "can_explain": keeps and found.state == "open",
        }

    def initial(self) -> Mapping[str, Any]:
        self.found = difference_visible_to(self.actor, self.kwargs["id"])
        self.back_url = to("check")
        return {}

    def act(self, data: dict[str, Any]) -> str:
        reconciling.write_note(difference_id=self.kwargs["id"], text=data["text"], actor=self.actor, at=self.at)
        return to("difference", self.kwargs["id"])


class _OnDifference(FinanceAction):
    roles: ClassVar[tuple[Role, ...]] = WORKERS

    def where(self) -> str:
        return to("difference", self.kwargs["id"])


class TakeOn(_OnDifference):
    done = "You look after this difference now."

    def act(self, data: Mapping[str, Any]) -> None:
        reconciling.take_on(difference_id=self.kwargs["id"], actor=self.actor, at=self.at)


class BookIt(_OnDifference):
    roles = (Role.BOOKKEEPER,)
    done = "Booked. The next comparison shows whether the books agree."

    def act(self, data: Mapping[str, Any]) -> None:
        reconciling.book_it(difference_id=self.kwargs["id"], actor=self.actor, at=self.at)


class ExplainForm(NoteForm):
    text = WordsField(
        label="Why this may stand",
        max_length=480,
        rows=3,
        help_text="It stays in view, and is not counted as open any more. No name and no account number.",
        who_sees="Finance, the bookkeeper, trustees and auditors.",
    )


class Explain(FinanceForm):
    roles = (Role.BOOKKEEPER,)
    form_class = ExplainForm
    template_name = "payments/web/form.html"
    title = "Explain a difference"
    button = "This may stand"
    done = "Explained. It stays in view."

    def initial(self) -> Mapping[str, Any]:
        found = difference_visible_to(self.actor, self.kwargs["id"])
        self.back_url = self.cancel_url = to("difference", found.difference_id)
        self.intro = found.words
        return {}

    def act(self, data: dict[str, Any]) -> str:
        reconciling.explain(difference_id=self.kwargs["id"], text=data["text"], actor=self.actor, at=self.at)
        return to("difference", self.kwargs["id"])


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
        record_top_up(amount=Pence(data["amount"]), external_ref=data["external_ref"], actor=self.actor, at=self.at)
        return to("books")
