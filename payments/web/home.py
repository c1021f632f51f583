"""Finance's first page: the next task on top, what else waits, and the figures a trustee asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.web.parts import Task, Tile
from backend.web.words import day, pounds, when_short
from payments.books.queries import last_run_at, open_differences
from payments.expenses.queries import claims_visible_to
from payments.invoicing import documents
from payments.invoicing.queries import invoices_visible_to, write_offs_visible_to
from payments.payees.queries import standings_visible_to
from payments.payouts import queries
from payments.payouts.data import PayoutView, RunView
from payments.payouts.queries import KEEPS_OUT_OF_RUN
from payments.payouts.states import OWED, PayoutState
from payments.web.kit import APPROVER, PREPARER, FinanceRead, to
from payments.web.trustee import waiting


@dataclass(frozen=True, slots=True)
class Next:
    """One task: what, why, where, and the word on its button."""

    title: str
    text: str
    url: str
    button: str


def can_be_prepared(payout: PayoutView) -> bool:
    return payout.state == PayoutState.DUE and payout.run_id is None and payout.reason not in KEEPS_OUT_OF_RUN


def _some(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _of_runs(actor: Actor, runs: list[RunView]) -> Iterator[Next]:
    for run in runs:
        what = f"{_some(run.count, 'payment')}, {pounds(run.total)} together."
        if run.state == "submitted" and actor.has(APPROVER) and run.prepared_by != actor.user_id:
            yield Next(
                f"Approve payment run {run.reference}",
                f"{what} Nothing goes out before you have looked at it.",
                to("run", run.run_id),
                "Look at the run",
            )
        elif run.state == "gathered" and actor.has(PREPARER):
            yield Next(
                f"Put forward payment run {run.reference}",
                f"{what} It was gathered by our system; nobody has vouched for it yet.",
                to("run", run.run_id),
                "Look at the run",
            )


def tasks_of(actor: Actor, owed: list[PayoutView], runs: list[RunView], page: FinanceRead) -> list[Next]:
    """All that waits for this actor, the most urgent first."""
    found: list[Next] = []
    trouble = [p for p in owed if p.state in (PayoutState.FAILED, PayoutState.PARKED)]
    if trouble:
        url = to("payout", trouble[0].payout_id) if len(trouble) == 1 else f"{to('payouts')}?show=trouble"
        found.append(
            Next(
                f"{_some(len(trouble), 'payment')} did not go out",
                "Find out why: somebody waits for their money.",
                url,
                "Look at it" if len(trouble) == 1 else "Look at them",
            )
        )
    found += _of_runs(actor, runs)
    bank = [p for p in owed if p.state == PayoutState.APPROVED and p.route == "bank"]
    if bank:
        found.append(
            Next(
                "Make a bank file",
                f"{_some(len(bank), 'approved payment')} of {pounds(sum(p.amount for p in bank))} "
                f"{'goes' if len(bank) == 1 else 'go'} out by bank.",
                to("files"),
                "Go to bank files",
            )
        )
    hand = [p for p in owed if p.state == PayoutState.APPROVED and p.route == "manual"]
    if hand:
        found.append(
            Next(
                f"Hand over {_some(len(hand), 'payment')}",
                "Approved, and to be given in person against a receipt.",
                to("payout", hand[0].payout_id),
                "Look at it",
            )
        )
    files = queries.bank_files_visible_to(actor)
    to_release = [f for f in files if f.decision == "waiting" and f.made_by != actor.user_id]
    if to_release:
        found.append(
            Next(
                f"Release {_some(len(to_release), 'bank file')}",
                f"{pounds(sum(f.total for f in to_release))} together. Nothing goes to the bank before you have looked.",
                to("file", to_release[0].file_id) if len(to_release) == 1 else to("files"),
                "Look at the file" if len(to_release) == 1 else "Look at the files",
            )
        )
    above = [p for p in waiting(owed) if actor.has(APPROVER) and p.approved_by != actor.user_id]
    if above:
        found.append(
            Next(
                f"{_some(len(above), 'payment')} above a limit",
                "For a trustee: somebody who neither put it forward nor approved it.",
                to("payout", above[0].payout_id) if len(above) == 1 else to("above-limit"),
                "Look at it" if len(above) == 1 else "Look at them",
            )
        )
    open_files = [f for f in files if f.unpaid and f.decision == "released"]
    if open_files:
        lines = sum(f.unpaid for f in open_files)
        found.append(
            Next(
                "Check the bank statement",
                f"{_some(lines, 'payment')} in {_some(len(open_files), 'bank file')} "
                "to be marked as paid once the statement shows them.",
                to("file", open_files[0].file_id),
                "Open the bank file",
            )
        )
    calls = [s for s in standings_visible_to(actor) if s.needs_call_back and s.owner_user_id != actor.user_id]
    if calls:
        found.append(
            Next(
                f"Confirm payment details of {_some(len(calls), 'person', 'people')}",
                "New details are confirmed by a call before the first payment.",
                to("payee", calls[0].payee_ref) if len(calls) == 1 else f"{to('payees')}?show=call",
                "Look at them",
            )
        )
    due = [p for p in owed if can_be_prepared(p)]
    if due and actor.has(PREPARER):
        first = min(p.pay_by for p in due)
        found.append(
            Next(
                "Prepare a payment run",
                f"{_some(len(due), 'payment')}, {pounds(sum(p.amount for p in due))} together. "
                f"The first is to be paid by {day(first)}.",
                to("run-new"),
                "Choose what to pay",
            )
        )
    claims = claims_visible_to(actor)
    if claims:
        found.append(
            Next(
                f"Decide about {_some(len(claims), 'expense')}",
                f"{pounds(sum(c.amount for c in claims))} asked for.",
                to("expense", claims[0].claim_id) if len(claims) == 1 else to("expenses"),
                "Look at it" if len(claims) == 1 else "Look at them",
            )
        )
    asked = [w for w in write_offs_visible_to(actor) if w.state == "asked" and w.asked_by != actor.user_id]
    if asked and actor.has(APPROVER):
        found.append(
            Next(
                f"Decide about {_some(len(asked), 'write-off')}",
                f"{pounds(sum(w.amount for w in asked))} that requesters will not pay.",
                to("write-offs"),
                "Look at it" if len(asked) == 1 else "Look at them",
            )
        )
    differing = open_differences()
    if differing:
        found.append(
            Next(
                f"{_some(differing, 'difference')} between our books, Stripe and the bank",
                "Reported, never mended in silence.",
                to("check"),
                "Look at the differences",
            )
        )
    return found


class Home(FinanceRead):
    template_name = "payments/web/home.html"
    title = "Money"

    def context(self) -> Mapping[str, object]:
        today = self.at.astimezone(LONDON).date()
        figures = queries.figures_visible_to(self.actor, self.at)
        owed = list(queries.payouts_visible_to(self.actor, states=OWED, at=self.at, most=1000))
        runs = list(queries.runs_visible_to(self.actor))
        tasks = tasks_of(self.actor, owed, runs, self)
        open_invoices = [i for i in invoices_visible_to(self.actor) if i.outstanding and i.state != "credited"]
        late = [i for i in open_invoices if i.due_on < today]
        checked = last_run_at()
        theirs = [r for r in runs if r.state == "submitted" and r.prepared_by == self.actor.user_id]
        oldest = figures.oldest_pay_by
        return {
            "next": tasks[0] if tasks else None,
            "next_heading": f"Your next task: {tasks[0].title[0].lower()}{tasks[0].title[1:]}" if tasks else "",
            "rest": [Task(title=t.title, url=t.url, hint=t.text) for t in tasks[1:]],
            "theirs": theirs,
            "tiles": [
                Tile(
                    "Owed to people",
                    pounds(figures.owed),
                    f"{_some(figures.owed_count, 'payment')}" + (f", first by {day(oldest)}" if oldest else ""),
                    to("payouts"),
                ),
                Tile(
                    "Past their pay-by date",
                    figures.overdue_count,
                    "Everybody is paid in time" if not figures.overdue_count else "Pay these first",
                    tone="wait" if figures.overdue_count else "good",
                ),
                Tile(
                    "Paid on time",
                    "–" if figures.on_time_percent is None else f"{figures.on_time_percent}%",
                    f"of {_some(figures.paid_count, 'payment')}"
                    + (
                        f", typically {_some(figures.median_days, 'day')} after it was owed"
                        if figures.median_days
                        else ""
                    ),
                    tone="good" if figures.on_time_percent == 100 else "",
                ),
                Tile(
                    "Owed to us",
                    pounds(sum(i.outstanding for i in open_invoices)),
                    f"{_some(len(open_invoices), 'invoice')}" + (f", {len(late)} late" if late else ""),
                    f"{to('invoices')}?show=open",
                    "wait" if late else "",
                ),
            ],
            "checked": f"Our books were last compared with Stripe and the bank on {when_short(checked)}."
            if checked
            else "",
            "no_issuer": documents.issuer() is None,
        }
