"""Bank files: made from approved payments, downloaded, and marked as paid from the bank statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from backend.kernel.clock import LONDON
from backend.web.fields import DateField, OneOfField, SomeOfField
from backend.web.forms import Form
from backend.web.parts import Cell, Row
from backend.web.words import pounds, when, when_short
from payments.gateways.bank.layouts import DEFAULT, layout_of, layouts
from payments.payouts import queries
from payments.payouts.data import BankFileView, PayoutView
from payments.payouts.states import PayoutState
from payments.payouts.usecases import bank
from payments.web.kit import FinanceAction, FinanceForm, FinanceRead, OfFinance, to
from payments.web.words import Who

SETTLED = ("open", "accepted", "refused")


def _ready(page: OfFinance) -> list[PayoutView]:
    approved = queries.payouts_visible_to(page.actor, states=[PayoutState.APPROVED], at=page.at, most=1000)
    return [p for p in approved if p.route == "bank"]


def _settled(f: BankFileView) -> str:
    if f.decision != "released":
        return "–"
    return f"{f.unpaid} not on the statement yet" if f.unpaid else "All settled"


class Files(FinanceRead):
    template_name = "payments/web/files.html"
    title = "Bank files"

    def context(self) -> Mapping[str, object]:
        found = queries.bank_files_visible_to(self.actor)
        ready = _ready(self)
        return {
            "ready": ready,
            "ready_total": pounds(sum(p.amount for p in ready)),
            "rows": [
                (
                    Cell(f.reference, url=to("file", f.file_id)),
                    when_short(f.made_at),
                    Cell(f.count, number=True),
                    Cell(pounds(f.total), number=True),
                    layout_of(f.profile).label,
                    Cell(state=f"file_{f.decision}"),
                    _settled(f),
                )
                for f in found
            ],
        }


class LayoutForm(Form):
    layout = OneOfField(
        label="Layout",
        help_text="None of these has been tried with your bank yet. Send it one small payment first.",
        choices=[(x.name, x.label) for x in layouts().values()],
        who_sees="Finance.",
    )


class MakeFile(FinanceForm):
    form_class = LayoutForm
    template_name = "payments/web/form.html"
    title = "Make a bank file"
    button = "Make the bank file"
    done = "The file is made. Somebody else looks at it and releases it; then it can be downloaded."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("files")
        ready = _ready(self)
        self.intro = f"{len(ready)} approved payments, {pounds(sum(p.amount for p in ready))} together."
        if not ready:
            self.intro = "No approved payment waits for a file now."
        elif len(ready) == 1:
            self.intro = f"One approved payment of {pounds(ready[0].amount)}."
        return {"layout": DEFAULT}

    def act(self, data: dict[str, Any]) -> str:
        return to("file", bank.make_bank_file(layout=data["layout"], actor=self.actor, at=self.at))


class BankFile(FinanceRead):
    template_name = "payments/web/file.html"
    back_to = "files"

    def context(self) -> Mapping[str, object]:
        page = queries.bank_file_visible_to(self.actor, self.kwargs["id"])
        f = page.file
        layout = layout_of(f.profile)
        who = Who(self.actor, f.made_by, f.decided_by)
        mine = f.made_by == self.actor.user_id
        self.title = f"Bank file {f.reference}"
        return {
            "title": self.title,
            "f": f,
            "file_state": f"file_{f.decision}",
            "file_name": f"{f.reference}.{layout.suffix}",
            "can_decide": f.decision == "waiting" and not mine,
            "waits_for_other": f.decision == "waiting" and mine,
            "is_released": f.decision == "released",
            "rows": [
                Row("Made", when(f.made_at)),
                Row("Made by", who(f.made_by).capitalize() if f.made_by else None),
                Row(
                    "Released by" if f.decision == "released" else "Not released by",
                    who(f.decided_by).capitalize() if f.decided_by else None,
                ),
                Row("Payments", f.count),
                Row("Control total", pounds(f.total), note="Compare it with what the bank shows before you confirm."),
                Row("Fingerprint of the file", f.sha256, note="SHA-256. It changes if a single letter is changed."),
                Row("Layout", layout.label, note=f"{layout.status.capitalize()}: try it with one small payment first."),
            ],
            "lines": [
                (
                    Cell(line.reference, url=to("payout", line.payout_id)),
                    line.payee_code,
                    Cell(pounds(line.amount), number=True),
                    Cell(line.outcome_words, state=f"line_{line.outcome}" if line.outcome in SETTLED else ""),
                )
                for line in page.lines
            ],
        }


class Download(FinanceAction):
    """A POST: opening the file is recorded, so it is no mere look. Never kept by browsers or anything between."""

    once = False  # each download is an opening of its own, and is answered with the file

    def where(self) -> str:
        return to("file", self.kwargs["id"])

    def act(self, data: Mapping[str, Any]) -> HttpResponse:
        opened = bank.open_bank_file(file_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return HttpResponse(
            opened.text,
            content_type=f"{opened.media_type}; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{opened.name}"'},
        )


class _Decide(FinanceAction):
    def where(self) -> str:
        return to("file", self.kwargs["id"])


class Release(_Decide):
    """Signs the digest that was on the page."""

    done = "Released. Download it, and give it to the bank."

    def act(self, data: Mapping[str, Any]) -> None:
        digest = str(data.get("sha256", ""))[:64]
        bank.release_bank_file(file_id=self.kwargs["id"], sha256=digest, actor=self.actor, at=self.at)


class DoNotRelease(_Decide):
    done = "Not released. What was in it can go into another file, with the approvals that it has."

    def act(self, data: Mapping[str, Any]) -> None:
        digest = str(data.get("sha256", ""))[:64]
        bank.refuse_bank_file(file_id=self.kwargs["id"], sha256=digest, actor=self.actor, at=self.at)


class StatementForm(Form):
    payouts = SomeOfField(label="Payments that the statement shows", who_sees="Finance.")
    paid_on = DateField(label="Day on the statement", who_sees="The person sees it as the day they were paid.")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["payouts"]
        assert isinstance(field, SomeOfField)  # noqa: S101
        field.choices = choices


class _FromStatement(FinanceForm):
    """A form about the lines of a file that the statement has not shown yet."""

    template_name = "payments/web/form.html"

    def initial(self) -> Mapping[str, Any]:
        page = queries.bank_file_visible_to(self.actor, self.kwargs["id"])
        self.back_url = self.cancel_url = to("file", self.kwargs["id"])
        self.eyebrow = f"Bank file {page.file.reference}"
        self.open_lines = [line for line in page.lines if line.open]
        self.choices = [
            (str(line.payout_id), f"{pounds(line.amount)}, {line.reference}, payee {line.payee_code}")
            for line in self.open_lines
        ]
        return {}


class MarkPaid(_FromStatement):
    form_class = StatementForm
    title = "Mark as paid"
    intro = "Tick what the bank statement shows as gone. Leave out what it does not show."
    button = "Mark as paid"
    done = "Marked as paid. Each person is told, in words that give nobody away."

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.initial()
        first = {"payouts": [value for value, _ in self.choices], "paid_on": self.at.astimezone(LONDON).date()}
        return StatementForm(data=data, files=files, initial=first, choices=self.choices)

    def act(self, data: dict[str, Any]) -> str:
        bank.mark_bank_file_paid(
            file_id=self.kwargs["id"],
            payout_ids=[UUID(value) for value in data["payouts"]],
            paid_on=data["paid_on"],
            actor=self.actor,
            at=self.at,
        )
        return to("file", self.kwargs["id"])


class RefusedForm(Form):
    payout = SomeOfField(label="Payments that the bank did not take", who_sees="The person is told that it goes again.")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["payout"]
        assert isinstance(field, SomeOfField)  # noqa: S101
        field.choices = choices


class MarkRefused(_FromStatement):
    form_class = RefusedForm
    title = "The bank did not take it"
    intro = "Nothing has moved for these. You can try them again in a later file."
    button = "Note that the bank did not take it"
    done = "Noted. Find out why, then try again from the payment's page."

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.initial()
        return RefusedForm(data=data, files=files, choices=self.choices)

    def act(self, data: dict[str, Any]) -> str:
        for value in data["payout"]:
            bank.mark_bank_refused(file_id=self.kwargs["id"], payout_id=UUID(value), actor=self.actor, at=self.at)
        return f"{to('payouts')}?show=trouble"
