"""Payment runs: one person puts payments forward, another approves exactly what they see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.kernel.errors import Invalid
from backend.web.fields import SomeOfField
from backend.web.forms import Form
from backend.web.parts import Cell, Row
from backend.web.words import day, pounds, when, when_short
from payments.payouts import queries
from payments.payouts.states import PayoutState
from payments.payouts.usecases import runs
from payments.web.home import can_be_prepared
from payments.web.kit import APPROVER, PREPARER, FinanceAction, FinanceForm, FinanceRead, to
from payments.web.words import ROUTES, Who, short_day


class Runs(FinanceRead):
    template_name = "payments/web/runs.html"
    title = "Payment runs"

    def context(self) -> Mapping[str, object]:
        found = list(queries.runs_visible_to(self.actor))
        who = Who(self.actor, *(r.prepared_by for r in found), *(r.approved_by for r in found))
        due = queries.payouts_visible_to(self.actor, states=[PayoutState.DUE], at=self.at)
        return {
            "rows": [
                (
                    Cell(r.reference, url=to("run", r.run_id)),
                    when_short(r.prepared_at),
                    who(r.prepared_by).capitalize(),
                    who(r.approved_by).capitalize() if r.approved_by else "–",
                    Cell(r.count, number=True),
                    Cell(pounds(r.total), number=True),
                    Cell(state=f"run_{r.state}"),
                )
                for r in found
            ],
            "ready": sum(can_be_prepared(p) for p in due),
            "can_prepare": self.actor.has(PREPARER),
        }


class RunForm(Form):
    payouts = SomeOfField(
        label="What to pay now",
        help_text="All that can be paid is ticked. Untick what should wait.",
        who_sees="The approver sees each one before anything goes out.",
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["payouts"]
        assert isinstance(field, SomeOfField)  # noqa: S101
        field.choices = [(value, label) for value, label, _ in choices]
        field.option_hints = {value: hint for value, _, hint in choices}


class PrepareRun(FinanceForm):
    roles = (PREPARER,)
    form_class = RunForm
    template_name = "payments/web/run_new.html"
    title = "Prepare a payment run"
    button = "Put it forward for approval"
    done = "Put forward. Somebody else approves it next; they have been told."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("runs")
        self.due = list(queries.payouts_visible_to(self.actor, states=[PayoutState.DUE], at=self.at))
        self.ready = [p for p in self.due if can_be_prepared(p)]
        return {"payouts": [str(p.payout_id) for p in self.ready]}

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        initial = dict(self.initial())
        choices = []
        for p in self.ready:
            hint = f"Pay by {day(p.pay_by)}. {p.description}, payee {p.payee_code}."
            if p.reason_words:
                hint += f" After approval: {p.reason_words}"
            choices.append((str(p.payout_id), f"{pounds(p.amount)}, {p.reference}", hint))
        return RunForm(data=data, files=files, initial=initial, choices=choices)

    def context(self) -> Mapping[str, object]:
        others = [p for p in self.due if p not in self.ready]
        return {
            "ready": self.ready,
            "total": pounds(sum(p.amount for p in self.ready)),
            "others": [
                (
                    Cell(p.reference, url=to("payout", p.payout_id)),
                    Cell(pounds(p.amount), number=True),
                    short_day(p.pay_by),
                    "It is in a run that was gathered already." if p.run_id else p.reason_words or p.next_step,
                )
                for p in others
            ],
        }

    def act(self, data: dict[str, Any]) -> str:
        if not data["payouts"]:
            raise Invalid({"payouts": ["Tick at least one payment"]})
        chosen = [UUID(value) for value in data["payouts"]]
        return to("run", runs.prepare_run(payout_ids=chosen, actor=self.actor, at=self.at))


class Run(FinanceRead):
    template_name = "payments/web/run.html"
    back_to = "runs"

    def context(self) -> Mapping[str, object]:
        run = queries.run_visible_to(self.actor, self.kwargs["id"], at=self.at)
        self.title = f"Payment run {run.reference}"
        who = Who(self.actor, run.prepared_by, run.approved_by)
        mine = run.prepared_by == self.actor.user_id
        rows = [
            Row("Total", pounds(run.total)),
            Row("Payments", run.count),
            Row("Gathered" if run.prepared_by is None else "Put forward", when(run.prepared_at)),
            Row("Put forward by", who(run.prepared_by).capitalize()),
        ]
        if run.approved_at:
            rows += [Row("Approved", when(run.approved_at)), Row("Approved by", who(run.approved_by).capitalize())]
        return {
            "title": self.title,
            "run": run,
            "state": f"run_{run.state}",
            "rows": rows,
            "lines": [
                (
                    Cell(p.reference, url=to("payout", p.payout_id)),
                    Cell(p.payee_code, url=to("payee", p.payee_ref)),
                    Cell(pounds(p.amount), number=True),
                    ROUTES[p.route] if p.route else "–",
                    short_day(p.pay_by),
                    Cell(state=f"payout_{p.state}"),
                )
                for p in run.payouts
            ],
            "looks": [(p, p.signals) for p in run.payouts if p.signals] if run.state == "submitted" else [],
            "can_approve": run.state == "submitted" and self.actor.has(APPROVER) and not mine,
            "waits_for_other": run.state == "submitted" and not (self.actor.has(APPROVER) and not mine),
            "can_submit": run.state == "gathered" and self.actor.has(PREPARER),
            "can_give_up": run.state in ("gathered", "submitted"),
        }


class _OnRun(FinanceAction):
    def where(self) -> str:
        return to("run", self.kwargs["id"])


class SubmitRun(_OnRun):
    done = "Put forward. Somebody else approves it next; they have been told."

    def act(self, data: Mapping[str, Any]) -> None:
        runs.submit_run(run_id=self.kwargs["id"], actor=self.actor, at=self.at)


class ApproveRun(_OnRun):
    """Signs the digest that was on the page: should anything have changed since, nothing is approved."""

    done = "Approved. Card-provider payments go out by themselves; bank payments go into the next bank file."

    def act(self, data: Mapping[str, Any]) -> None:
        runs.approve_run(
            run_id=self.kwargs["id"], digest=str(data.get("digest", ""))[:64], actor=self.actor, at=self.at
        )


class GiveUpRun(_OnRun):
    done = "Given up. All payments in it are due again; nothing is lost."

    def act(self, data: Mapping[str, Any]) -> None:
        runs.cancel_run(run_id=self.kwargs["id"], actor=self.actor, at=self.at)
