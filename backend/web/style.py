"""The style page: every component once, with made-up content. Not served in production."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from backend.kernel.errors import Conflict
from backend.web.fields import (
    CodeField,
    DateField,
    EmailField,
    FileField,
    MoneyField,
    OneOfField,
    PhoneField,
    PickField,
    SomeOfField,
    TextField,
    TickField,
    WhenField,
    WordsField,
)
from backend.web.forms import Form
from backend.web.pages import FormPage, ReadPage
from backend.web.parts import Bar, Cell, Row, Step, Task, Tile

_AT = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)


class EveryField(Form):
    """One of each."""

    called = TextField(label="What should we call you?", help_text="Any name you like.", autocomplete="nickname")
    email = EmailField(label="Your email address")
    phone = PhoneField(label="A phone number", required=False, help_text="Only if you want calls or texts.")
    words = WordsField(
        label="What do you want to change?", max_length=600, help_text="In your own words. We never edit them."
    )
    shown_as = OneOfField(
        label="How may you be named?",
        choices=(
            ("own", "My own name"),
            ("first", "First name only"),
            ("other", "Another name", "You choose it, and nobody is told it is not yours."),
            ("none", "No name"),
        ),
    )
    kinds = SomeOfField(
        label="Which kinds of work?",
        choices=(
            ("radio", "Radio"),
            ("print", "Newspapers", "They may keep an article online."),
            ("hearing", "Speaking to a committee"),
        ),
        required=False,
    )
    region = PickField(label="Where are you?", choices=(("", "Choose one"), ("n", "North"), ("s", "South")))
    fee = MoneyField(label="The lowest fee you would take", minimum=15000, help_text="The floor is £150.00.")
    start = DateField(label="From which day?", help_text="For example, 3 November 2026")
    meet = WhenField(label="When shall we call?")
    code = CodeField(label="The code from your message")
    file = FileField(label="A photo of your ticket", endings=(".jpg", ".pdf"), required=False)
    agree = TickField(label="I have read the whole request")

    who_sees: ClassVar = {
        "called": "Only the people who support you here.",
        "email": "Nobody. We use it to send you codes and messages.",
        "shown_as": "A requester, and only after you say yes to their request.",
        "fee": "Requesters, once you say yes.",
        "agree": "Your coordinator.",
    }
    sections: ClassVar = (
        ("About you", "You can change all of this later.", ("called", "email", "phone", "words")),
        ("Your terms", "They travel with every request.", ("shown_as", "kinds", "region", "fee")),
        ("Times and proof", "", ("start", "meet", "code", "file", "agree")),
    )


class Components(FormPage):
    """Everything, in the layout of staff pages; sending the form shows it again with what was wrong."""

    public = True
    template_name = "pages/components.html"
    layout = "base_public.html"
    form_class = EveryField
    title = "Components"
    button = "Save your answers"

    def initial(self) -> dict[str, Any]:
        return {"fee": 15000, "meet": _AT, "start": date(2026, 11, 3)}

    def act(self, data: dict[str, Any]) -> None:
        raise Conflict("Somebody else changed this while you were writing. What you wrote is still here.")

    def context(self) -> dict[str, object]:
        return {
            "at": _AT,
            "problem_example": Conflict(next_step="Look at it again, then decide."),
            "tiles": [
                Tile("Paid to you this year", "£1,250.00", "5 payments"),
                Tile("On its way", "£150.00", "by Friday 6 November 2026", tone="wait"),
                Tile("Paid on time", "100%", tone="good", url="#paid"),
            ],
            "tasks": [
                Task("Answer a request", "#a", "to_do", "Radio, 20 minutes, £200.00. Answer by Monday."),
                Task("Read your care plan", "#b", "done"),
                Task("Say how it went", "", "waiting", "Opens on the day after."),
            ],
            "rows": [
                Row("Lowest fee", "£150.00", "#fee"),
                Row("Notice you need", "Three days", "#notice", note="We ask for more when we can."),
                Row("Off limits", "My family\nWhere I live now", "#limits"),
            ],
            "steps": [
                Step("You said yes", _AT, state="done"),
                Step("You both confirmed", _AT, "The fee is yours whatever happens after 24 hours before.", "done"),
                Step("The conversation", _AT, state="now"),
                Step("You are paid by", date(2026, 11, 6)),
            ],
            "states": ["new", "waiting", "done", "late", "cancelled", "sending"],
            "table_rows": [
                (
                    Cell("INV-2026-0001", url="#1"),
                    "Tuesday 3 November 2026",
                    Cell(state="paid"),
                    Cell("£250.00", number=True),
                ),
                (
                    Cell("INV-2026-0002", url="#2"),
                    "Friday 6 November 2026",
                    Cell(state="overdue"),
                    Cell("£1,200.00", number=True),
                ),
            ],
            "bars": [Bar("Housing", 14), Bar("Prison", 9), Bar("Care", 5), Bar("Not yet asked", 0)],
        }


class PersonComponents(Components):
    """The same in the spokespeople's layout: neutral title, Stop and Leave always in view."""

    layout = "base_person.html"


class Sheet(ReadPage):
    """A paper-like page, as invoices are."""

    public = True
    template_name = "pages/sheet_example.html"
    title = "Invoice example"

    def context(self) -> dict[str, object]:
        return {
            "lines": [
                ("Interview, 20 minutes", Cell("£200.00", number=True)),
                ("Travel", Cell("£50.00", number=True)),
                ("Total", Cell("£250.00", number=True)),
            ]
        }
