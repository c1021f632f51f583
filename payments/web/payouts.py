"""Payouts: what is owed, what is on its way, what was paid; and one payout with its attempts and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import DateField, TextField
from backend.web.forms import Form
from backend.web.parts import Cell, Row, Step
from backend.web.words import day, pounds, when, when_short
from payments.payouts import queries
from payments.payouts.data import PayoutView
from payments.payouts.limits import limits_on
from payments.payouts.rules import trustee_may
from payments.payouts.states import PayoutState
from payments.payouts.usecases import bank, runs, sending, trouble
from payments.web.kit import FinanceAction, FinanceForm, FinanceRead, to
from payments.web.words import ROUTES, Who, short_day

S = PayoutState
SHOW: Mapping[str, tuple[str, str, tuple[PayoutState, ...]]] = {
    "owed": ("Owed", "Nothing is owed to anybody now.", (S.DUE, S.SUBMITTED)),
    "moving": ("On the way", "Nothing is on its way.", (S.APPROVED, S.HELD, S.SENDING, S.UNKNOWN, S.SENT)),
    "trouble": ("Did not go out", "Everything has gone out as it should.", (S.FAILED, S.PARKED, S.UNKNOWN, S.REVERSED)),
    "paid": ("Paid", "Nothing was paid yet.", (S.PAID, S.SETTLED)),
}


def line_of(p: PayoutView) -> tuple[object, ...]:
    """One row of a table of payouts."""
    return (
        Cell(p.reference, url=to("payout", p.payout_id)),
        Cell(pounds(p.amount), number=True),
        short_day(p.pay_by),
        Cell(state=f"payout_{p.state}"),
        p.next_step,
    )


TROUBLE_HEADINGS = "Reference|Amount|State|Why|Looked after by|What happens next"


def trouble_line(p: PayoutView, who: Who) -> tuple[object, ...]:
    """One row of the queue of payments that did not go out: why, and whose it is."""
    return (
        Cell(p.reference, url=to("payout", p.payout_id)),
        Cell(pounds(p.amount), number=True),
        Cell(state=f"payout_{p.state}"),
        p.reason_words or "–",
        who(p.looked_after_by).capitalize() if p.looked_after_by else "Nobody yet",
        p.next_step,
    )


HEADINGS = "Reference|Amount|Pay by|State|What happens next"


class Payouts(FinanceRead):
    template_name = "payments/web/payouts.html"
    title = "Payments to people"

    def context(self) -> Mapping[str, object]:
        show = self.request.GET.get("show", "owed")
        if show not in SHOW:
            raise NotFound
        label, nothing, states = SHOW[show]
        found = list(queries.payouts_visible_to(self.actor, states=states, at=self.at))
        today = self.at.astimezone(LONDON).date()
        trouble = show == "trouble"
        who = Who(self.actor, *(p.looked_after_by for p in found)) if trouble else None
        return {
            "tabs": [(words, f"{to('payouts')}?show={key}", key == show) for key, (words, _, _) in SHOW.items()],
            "label": label,
            "nothing": nothing,
            "headings": TROUBLE_HEADINGS if trouble else HEADINGS,
            "rows": [trouble_line(p, who) for p in found] if who else [line_of(p) for p in found],
            "total": pounds(sum(p.amount for p in found)),
            "count": len(found),
            "late": sum(p.pay_by < today for p in found) if show != "paid" else 0,
        }


def _steps(page: Any, who: Who) -> Sequence[Step]:
    words = {
        "submit": "Put forward for approval",
        "withdraw": "Taken out of its run",
        "approve": "Approved",
        "void": "Approval fell away: something had changed",
        "hold": "Held for a check",
        "release": "The check is done",
        "claim": "Sending began",
        "accept": "Sent",
        "lose": "No clear answer: being checked",
        "refuse": "Did not go through",
        "park": "Waits for funds",
        "wake": "Tried again",
        "retry": "Tried again",
        "confirm": "Paid",
        "reverse": "The money came back",
        "reopen": "Owed again",
        "settle": "Settled without a payment, as the person chose",
        "cancel": "Cancelled",
    }
    stopped = {"refuse", "reverse", "void", "park", "cancel"}
    steps = [Step("Owed", page.owed_at, "", "done")]
    for moved in page.history:
        text = f"By {who(moved.actor_ref)}." + (f" {moved.note}" if moved.note else "")
        steps.append(
            Step(
                words.get(moved.move, moved.move_words), moved.at, text, "stopped" if moved.move in stopped else "done"
            )
        )
    if page.payout.state not in (S.PAID, S.SETTLED, S.CANCELLED):
        steps.append(Step(page.payout.next_step, None, "", "now"))
    return steps


class Payout(FinanceRead):
    template_name = "payments/web/payout.html"
    back_to = "payouts"

    def context(self) -> Mapping[str, object]:
        page = queries.payout_visible_to(self.actor, self.kwargs["id"], at=self.at)
        p = page.payout
        self.title = f"Payment {p.reference}"
        people = (page.prepared_by, page.approved_by, page.trustee_by, p.looked_after_by)
        who = Who(self.actor, *people, *(m.actor_ref for m in page.history))
        limits = limits_on(self.at)
        return {
            "title": self.title,
            "p": p,
            "page": page,
            "state": f"payout_{p.state}",
            "rows": [
                Row("Amount", pounds(p.amount)),
                Row("For", p.description),
                Row("Payee", p.payee_code, to("payee", p.payee_ref), "Look", "The name stays sealed."),
                # summary_list leaves out what is None
                Row("How", ROUTES[p.route] if p.route else None, note="As signed by the approval."),
                Row("Pay by", day(p.pay_by)),
                Row("Paid on", day(page.paid_on) or None),
                Row("Put forward by", who(page.prepared_by).capitalize() if page.prepared_by else None),
                Row("Approved by", who(page.approved_by).capitalize() if page.approved_by else None),
                Row("Above a limit", "; ".join(limits.words(code) for code in p.over_limit) or None),
                Row("A trustee agreed", who(page.trustee_by).capitalize() if page.trustee_by else None),
                Row("Looked after by", who(p.looked_after_by).capitalize() if p.looked_after_by else None),
                Row("We look again", when(page.next_look_at) or None),
                Row("Times owed", page.round if page.round > 1 else None, note="The money came back before."),
            ],
            "attempts": [
                (
                    Cell(f"Try {a.number}"),
                    when_short(a.made_at),
                    a.outcome_words,
                    a.code.replace("_", " ") or "–",
                    a.external_ref or "–",
                )
                for a in page.attempts
            ],
            "steps": _steps(page, who),
            "run_url": to("run", p.run_id) if p.run_id else "",
            "can_take_out": p.state == S.SUBMITTED,
            "can_retry": p.state == S.FAILED,
            "can_look_after": p.state in (S.FAILED, S.PARKED, S.UNKNOWN) and p.looked_after_by != self.actor.user_id,
            "decides": trustee_may(self.actor, page),
            "asks_trustee": p.state == S.HELD and bool(p.over_limit) and page.trustee_by is None,
            "can_hand_over": p.state == S.APPROVED and p.route == "manual",
            "can_return": p.state == S.PAID and p.route == "bank",
        }


class _OnPayout(FinanceAction):
    def where(self) -> str:
        return to("payout", self.kwargs["id"])


class TakeOut(_OnPayout):
    done = "Taken out of its run. It is due again; nothing is lost."

    def act(self, data: Mapping[str, Any]) -> None:
        runs.take_out(payout_id=self.kwargs["id"], actor=self.actor, at=self.at)


class LookAfter(_OnPayout):
    done = "It is yours now: others see your name beside it."

    def act(self, data: Mapping[str, Any]) -> None:
        trouble.look_after(payout_id=self.kwargs["id"], actor=self.actor, at=self.at)


class Retry(_OnPayout):
    done = "It is tried again within a few minutes. If the payment details changed, it needs a new approval first."

    def act(self, data: Mapping[str, Any]) -> None:
        sending.retry(payout_id=self.kwargs["id"], actor=self.actor, at=self.at)


class Returned(_OnPayout):
    done = "Noted. It is owed again, and the person is told."

    def act(self, data: Mapping[str, Any]) -> None:
        bank.mark_bank_returned(payout_id=self.kwargs["id"], actor=self.actor, at=self.at)


class HandOverForm(Form):
    receipt = TextField(
        label="Number of the signed receipt",
        max_length=60,
        autocomplete="off",
        who_sees="Finance and auditors. Please write a number only, no name.",
    )
    paid_on = DateField(label="Day it was handed over", who_sees="The person and finance.")


class HandOver(FinanceForm):
    form_class = HandOverForm
    template_name = "payments/web/form.html"
    title = "Record that it was handed over"
    button = "Record it as paid"
    done = "Recorded. The person is told that it is paid."

    def initial(self) -> Mapping[str, Any]:
        page = queries.payout_visible_to(self.actor, self.kwargs["id"], at=self.at)
        self.back_url = self.cancel_url = to("payout", self.kwargs["id"])
        self.intro = f"{pounds(page.payout.amount)}, reference {page.payout.reference}."
        return {"paid_on": self.at.astimezone(LONDON).date()}

    def act(self, data: dict[str, Any]) -> str:
        bank.record_handed_over(
            payout_id=self.kwargs["id"], receipt=data["receipt"], paid_on=data["paid_on"], actor=self.actor, at=self.at
        )
        return to("payout", self.kwargs["id"])
