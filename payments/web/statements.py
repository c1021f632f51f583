"""Bank statements: taking a file in, and saying what each line is. A suggestion does nothing until it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.kernel.actor import Role
from backend.kernel.errors import NotFound
from backend.web.fields import FileField, OneOfField, TextField
from backend.web.forms import Form
from backend.web.parts import Cell, Row
from backend.web.words import day, pounds, when_short
from payments.books import queries, statements
from payments.books.rules import WORKERS
from payments.books.usecases import importing, matching
from payments.web.kit import FinanceAction, FinanceForm, FinanceRead, to
from payments.web.words import short_day

FOR_FINANCE = "Finance, the bookkeeper and auditors."


class _BooksWork(FinanceRead):
    roles = WORKERS


class Statements(_BooksWork):
    template_name = "payments/web/statements.html"
    title = "Bank statements"
    back_to = "books"

    def context(self) -> Mapping[str, object]:
        found = queries.statements_visible_to(self.actor)
        return {
            "may_import": self.actor.has(Role.BOOKKEEPER),
            "waiting": sum(s.unmatched for s in found),
            "rows": [
                (
                    Cell(f"{short_day(s.first_on)} to {short_day(s.last_on)}", url=to("statement", s.statement_id)),
                    Cell(s.rows, number=True),
                    Cell(s.unmatched, number=True),
                    Cell("–" if s.closing is None else pounds(s.closing), number=True),
                    when_short(s.imported_at),
                )
                for s in found
            ],
        }


class ImportForm(Form):
    profile = OneOfField(
        label="What does the file look like?",
        choices=[(p.name, p.title, f"{p.status[0].upper()}{p.status[1:]}.") for p in statements.profiles()],
        who_sees=FOR_FINANCE,
    )
    file = FileField(
        label="The statement as a CSV file",
        endings=(".csv",),
        megabytes=2,
        help_text="Download it from the bank, whole days only. A day that was imported before is not added twice.",
        who_sees=FOR_FINANCE,
    )


class ImportStatement(FinanceForm):
    """No once-key: the file's own digest makes it happen once."""

    once = False
    roles = (Role.BOOKKEEPER,)
    form_class = ImportForm
    template_name = "payments/web/form.html"
    title = "Import a bank statement"
    intro = "The file is kept as it is read, and nothing is booked: you say afterwards what each line is."
    button = "Import it"

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("statements")
        return {}

    def act(self, data: dict[str, Any]) -> str:
        made = importing.import_statement(
            content=data["file"].read(), profile=data["profile"], actor=self.actor, at=self.at
        )
        if made.known_before:
            self.tell("This very file was imported before. Nothing was added.")
        else:
            old = made.rows - made.fresh
            self.tell(f"{made.fresh} lines are new" + (f", {old} were known already." if old else "."))
        return to("statement", made.statement_id)


class Statement(_BooksWork):
    template_name = "payments/web/statement.html"
    title = "Bank statement"
    back_to = "statements"

    def context(self) -> Mapping[str, object]:
        show = self.request.GET.get("show", "waiting")
        if show not in ("waiting", "all"):
            raise NotFound
        here = to("statement", self.kwargs["id"])
        raw = self.request.GET.get("after", "0")
        found, more = queries.lines_visible_to(
            self.actor, self.kwargs["id"], waiting=show == "waiting", after=int(raw) if raw.isdecimal() else 0
        )
        return {
            "tabs": [
                ("Nobody said yet what it is", here, show == "waiting"),
                ("All lines", f"{here}?show=all", show == "all"),
            ],
            "show": show,
            "next_url": f"{here}?show={show}&after={queries.position_of(found[-1].line_id)}" if more else "",
            "first_url": here if raw != "0" else "",
            "rows": [
                (
                    Cell(short_day(line.on), url=to("line", line.line_id)),
                    line.text or "–",
                    Cell(pounds(line.amount), number=True),
                    line.matched or "Nobody said yet",
                )
                for line in found
            ],
        }


class LineForm(Form):
    choice = OneOfField(label="What is this?", choices=(), who_sees=FOR_FINANCE)
    note = TextField(
        label="A note",
        required=False,
        max_length=300,
        help_text="Needed for what we booked and paid for, and for what nobody can place. No name.",
        who_sees=FOR_FINANCE,
    )


class Line(FinanceForm):
    """One line: what it may be, and a person's word for what it is."""

    roles = WORKERS
    form_class = LineForm
    template_name = "payments/web/line.html"
    title = "A line of the statement"
    button = "This is what it is"
    done = "Kept, and the books with it."
    needs_fresh = False

    def initial(self) -> Mapping[str, Any]:
        self.line = queries.line_visible_to(self.actor, self.kwargs["id"])
        self.back_url = self.cancel_url = to("statement", self.line.statement_id)
        return {}

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        found = [] if self.line.matched else matching.suggestions_for(line_id=self.line.line_id, actor=self.actor)
        comes_in = self.line.amount > 0
        others = [
            (f"as:{kind.value}", sort.words)
            for kind, sort in matching.SORTS.items()
            if (sort.comes_in if comes_in else sort.goes_out)
        ]
        form.fields["choice"].choices = [  # type: ignore[attr-defined]
            *((s.choice, s.words, "Reference and amount agree." if s.strong else "") for s in found),
            *others,
        ]
        if found and found[0].strong and not form.is_bound:
            form.initial["choice"] = found[0].choice
        return form

    def context(self) -> Mapping[str, object]:
        line = self.line
        return {
            "line": line,
            "may_say": self.actor.has(Role.BOOKKEEPER) and not line.matched,
            "may_release": self.actor.has(Role.BOOKKEEPER) and line.can_release,
            "rows": [
                Row("Day", day(line.on)),
                Row("Came in" if line.amount > 0 else "Went out", pounds(abs(line.amount))),
                Row("The bank's words", line.text or "–"),
                Row("What it is", line.matched or "Nobody said yet"),
            ],
        }

    def act(self, data: dict[str, Any]) -> str:
        matching.confirm(
            line_id=self.kwargs["id"], choice=data["choice"], note=data["note"], actor=self.actor, at=self.at
        )
        return to("statement", self.line.statement_id)


class ReleaseLine(FinanceAction):
    roles = (Role.BOOKKEEPER,)
    done = "Taken back. Say again what the line is."

    def where(self) -> str:
        return to("line", self.kwargs["id"])

    def act(self, data: Mapping[str, Any]) -> None:
        match_id: UUID | None = queries.line_visible_to(self.actor, self.kwargs["id"]).match_id
        if match_id is None:
            raise NotFound
        matching.release(match_id=match_id, actor=self.actor, at=self.at)
