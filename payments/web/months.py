"""Months of the books: closed by one person, opened again by two. And the journal for an accounting program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import DateField, OneOfField, WordsField
from backend.web.forms import Form
from backend.web.words import pounds
from payments.books import exports
from payments.books.rules import WORKERS
from payments.ledger import usecases
from payments.ledger.data import MonthState, MonthView
from payments.ledger.queries import months
from payments.ledger.rules import CLOSERS, REOPENERS
from payments.web.figures import last_quarter
from payments.web.kit import BooksRead, FinanceAction, FinanceForm, to
from payments.web.words import Who, short_day


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a day only
    except ValueError:
        raise NotFound from None


@dataclass(frozen=True, slots=True)
class Shown:
    """One month of the page: what it holds and what this reader can do about it."""

    key: str
    name: str
    state: str
    text: str
    can_close: bool
    can_ask: bool
    can_reopen: bool


class Months(BooksRead):
    template_name = "payments/web/months.html"
    title = "Months"
    back_to = "books"

    def _text(self, month: MonthView, who: Who) -> str:
        count = f"{month.entries} {'entry' if month.entries == 1 else 'entries'} of {pounds(month.total)}."
        if month.closed_at and month.state is not MonthState.OPEN:
            count += f" Closed by {who(month.closed_by)} on {short_day(month.closed_at.astimezone(LONDON).date())}."
        if month.asked_by:
            count += f" {who(month.asked_by).capitalize()} asked for it to be opened again: {month.reason}"
        return count

    def context(self) -> Mapping[str, object]:
        found = months(self.at)
        who = Who(self.actor, *(m.closed_by for m in found), *(m.asked_by for m in found))
        this = self.at.astimezone(LONDON).date().replace(day=1)
        closes, reopens = self.actor.has(*CLOSERS), self.actor.has(*REOPENERS)
        return {
            "months": [
                Shown(
                    key=f"{m.month:%Y-%m}",
                    name=f"{m.month:%B %Y}",
                    state=f"month_{m.state.value}",
                    text=self._text(m, who),
                    can_close=closes and m.state is MonthState.OPEN and m.month < this,
                    can_ask=closes and m.state is MonthState.CLOSED,
                    can_reopen=reopens and m.state is MonthState.ASKED and m.asked_by != self.actor.user_id,
                )
                for m in found
            ],
        }


class CloseMonth(FinanceAction):
    roles = CLOSERS
    back_to = "months"
    done = "Closed. Nothing can be dated into that month any more."

    def act(self, data: Mapping[str, Any]) -> None:
        usecases.close_month(month=_month(self.kwargs["month"]), actor=self.actor, at=self.at)


class AskForm(Form):
    reason = WordsField(
        label="Why must it be opened again?",
        max_length=300,
        rows=3,
        help_text="A second person reads this and decides. No name of anybody who is paid.",
        who_sees="Finance, the bookkeeper, trustees and auditors.",
    )


class AskToReopen(FinanceForm):
    roles = CLOSERS
    form_class = AskForm
    template_name = "payments/web/form.html"
    title = "Open a month again"
    button = "Ask a second person"
    done = "Asked. Another person opens it, or leaves it closed."

    def initial(self) -> Mapping[str, Any]:
        self.intro = f"{_month(self.kwargs['month']):%B %Y} stays closed until somebody else agrees."
        self.back_url = self.cancel_url = to("months")
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.ask_to_reopen(month=_month(self.kwargs["month"]), reason=data["reason"], actor=self.actor, at=self.at)
        return to("months")


class ReopenMonth(FinanceAction):
    roles = REOPENERS
    back_to = "months"
    done = "Open again. Close it once the correction is made."

    def act(self, data: Mapping[str, Any]) -> None:
        usecases.reopen_month(month=_month(self.kwargs["month"]), actor=self.actor, at=self.at)


class ExportForm(Form):
    format_name = OneOfField(
        label="For which program?",
        choices=[(f.name, f.title, f"{f.status[0].upper()}{f.status[1:]}.") for f in exports.formats()],
        who_sees="Whoever you give the file to.",
    )
    since = DateField(label="From", who_sees="Whoever you give the file to.")
    until = DateField(label="Up to and including", who_sees="Whoever you give the file to.")


class Export(FinanceForm):
    once = False  # it reads
    roles = WORKERS
    form_class = ExportForm
    template_name = "payments/web/form.html"
    title = "Journal for an accounting program"
    intro = (
        "Every entry of these days as a CSV file. What customers owe and what people are owed stand under one account "
        "each: the file names nobody."
    )
    button = "Download the file"
    needs_fresh = False

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("books")
        since, until = last_quarter(self.at.astimezone(LONDON).date())
        return {"since": since, "until": until}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        made = exports.export(
            format_name=data["format_name"], since=data["since"], until=data["until"], actor=self.actor
        )
        answer = HttpResponse(made.content, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{made.file_name}"'
        answer["Cache-Control"] = "no-store"
        return answer
