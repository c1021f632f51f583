"""The brief as a form in steps. The questions, their words and their rules are the area's own (`brief_fields`);
only the order of the steps and what each field looks like are decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms

from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid
from backend.web.fields import (
    DateField,
    MoneyField,
    OneOfField,
    PickField,
    SomeOfField,
    TextField,
    TickField,
    WhenField,
    WordsField,
)
from backend.web.forms import Form
from network.opportunities import kinds
from network.opportunities.data import BriefField, BriefInput
from network.opportunities.fields import brief_fields
from network.people.queries import topics_tree
from payments.money import pounds
from payments.public import fee_floor

GROUPS: Mapping[str, str] = {
    "media": "News, programmes and pictures",
    "parliament": "Parliament and government",
    "event": "Events, training and research",
    "internal": "The network’s own work",
}
EXTRA = "extra_"  # before the name of a question that only one kind of work asks
TOPIC = "topics_"
_LINE = 200  # up to this many characters one line is enough


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the form."""

    slug: str
    title: str
    intro: str
    names: tuple[str, ...]
    extras: bool = False  # with the kind's own questions
    topics: bool = False


STEPS: tuple[Step, ...] = (
    Step("kind", "What you ask for", "The kind of work decides a few of the later questions.", ("kind", "title")),
    Step(
        "about", "What it is for", "This is the first thing that people read.",
        ("purpose", "why_lived_experience", "audience", "who_decides"), extras=True,
    ),
    Step("topics", "What it is about", "People chose topics too. Ten at most; the fewer, the better they fit.", (), topics=True),
    Step(
        "words", "Their words and yours", "People want to know what they will be asked, and what becomes of it.",
        ("question_areas", "other_contributors", "recording", "edited", "editorial_terms", "quote_check", "first_shown",
         "online_how_long", "reuse"),
    ),
    Step(
        "when", "When and where", "All times are UK time.",
        ("starts_at", "ends_at", "answer_by", "remote", "place", "access_notes", "who_is_in_the_room",
         "supporter_welcome"),
    ),
    Step(
        "pay", "Pay", "Nobody is asked to work without knowing the pay.",
        ("fee_pence", "expenses", "preparation_minutes"),
    ),
    Step(
        "care", "Names and care", "Ask for no more than you need, and say plainly what could be hard.",
        ("identity_needed", "welfare_risks", "welfare_support", "point_of_no_return"),
    ),
    Step(
        "after", "Afterwards", "Everybody who speaks hears what came of it.",
        ("outcome_report", "outcome_promised_by"),
    ),
)  # fmt: skip
BY_SLUG: Mapping[str, Step] = {step.slug: step for step in STEPS}
_HOME: Mapping[str, str] = {name: step.slug for step in STEPS for name in step.names}


def step_of(name: str) -> str:
    """The step on which a field of the brief is asked, by the area's own name of the field."""
    if name.startswith("extras"):
        return "about"
    return "topics" if name == "topics" else _HOME.get(name, "kind")


def form_name(name: str) -> str:
    """The area's name of a field, as the form's field is called."""
    return name.replace("extras.", EXTRA, 1) if name.startswith("extras.") else name


class BriefForm(Form):
    """One step. As a draft anything may be left out; what sending in needs is still not marked as optional."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=10_000_000)

    def __init__(
        self, step: Step, kind: str, *args: Any, draft: bool = True, on: datetime | None = None, **kwargs: Any
    ) -> None:
        self.step, self.draft = step, draft
        self.kind = kind
        self.questions = tuple(_questions(step, kind))
        super().__init__(*args, **kwargs)
        for question in self.questions:
            self._put(form_name(question.name), _field(question))
        if step.topics:
            self._put_topics()
        if step.slug == "pay" and kind and on is not None:
            floor = fee_floor(kinds.kind(kind).rate, on.astimezone(LONDON).date())
            self.fields[
                "fee_pence"
            ].help_text = (
                f"What the person is paid, before expenses. For this kind of work the least is {pounds(floor)}."
            )

    def _put(self, name: str, field: forms.Field) -> None:
        self.fields[name] = field
        self._dress(name, field)

    def _put_topics(self) -> None:
        sections = []
        for parent in topics_tree():
            name = TOPIC + parent.slug.replace("-", "_")
            children = [(child.slug, child.name) for child in parent.children]
            self._put(
                name, SomeOfField(label=parent.name, choices=[*children, (parent.slug, "All of this")], required=False)
            )
            sections.append(name)
        self.topic_names: Sequence[str] = sections

    def _clean_fields(self) -> None:
        """In a draft nothing is missing yet: check only what was written."""
        if not self.draft:
            super()._clean_fields()  # type: ignore[misc]
            return
        asked: list[tuple[forms.Field, bool]] = []
        for name, field in self.fields.items():
            parts = field.fields if isinstance(field, WhenField) else ()
            asked += [(one, one.required) for one in (field, *parts)]
            if name != "kind":
                for one in (field, *parts):
                    one.required = False
        try:
            super()._clean_fields()  # type: ignore[misc]
        finally:
            for one, required in asked:
                one.required = required

    def brief(self, before: BriefInput) -> BriefInput:
        """`before` with this step's answers."""
        data = self.cleaned_data
        changes: dict[str, Any] = {}
        extras = dict(before.extras)
        for question in self.questions:
            value = data.get(form_name(question.name))
            if question.name.startswith("extras."):
                extras[question.name.removeprefix("extras.")] = value or ""
            elif question.name == "edited":
                changes["edited"] = {"yes": True, "no": False}.get(str(value))
            elif isinstance(value, str | bool) or question.name in _VALUES:
                changes[question.name] = value
        if self.step.topics:
            changes["topics"] = tuple(slug for name in self.topic_names for slug in data.get(name, ()))
        if "kind" in changes and changes["kind"] != before.kind:
            own = {extra.name for extra in kinds.kind(changes["kind"]).extra_fields}
            extras = {name: text for name, text in extras.items() if name in own}
            changes["preparation_minutes"] = None  # the new kind's own
        return replace(before, **changes, extras=extras)

    def take_refusal(self, refusal: Invalid) -> None:
        """Put the area's errors on this step's fields; what belongs to another step is said to do so."""
        fields: dict[str, list[str]] = {}
        for name, messages in refusal.fields.items():
            own = form_name(name)
            if own in self.fields:
                fields.setdefault(own, []).extend(messages)
            elif name == "topics" and self.step.topics:
                fields.setdefault(self.topic_names[0], []).extend(messages)
            else:
                elsewhere = BY_SLUG[step_of(name)].title
                fields.setdefault("", []).extend(f"{elsewhere}: {message}" for message in messages)
        super().take_refusal(Invalid(fields, refusal.detail))


_VALUES = frozenset({"fee_pence", "preparation_minutes", "starts_at", "ends_at", "answer_by", "outcome_promised_by"})


def _questions(step: Step, kind: str) -> Iterator[BriefField]:
    found = {question.name: question for question in brief_fields(kind or None)}
    for name in step.names:
        yield found[name]
    if step.extras:
        yield from (question for name, question in found.items() if name.startswith("extras."))


def initial_of(step: Step, brief: BriefInput) -> dict[str, Any]:
    """What the step shows first."""
    first: dict[str, Any] = {name: getattr(brief, name) for name in step.names}
    if "edited" in first:
        first["edited"] = {True: "yes", False: "no"}.get(brief.edited)  # type: ignore[arg-type]
    if step.extras:
        first |= {EXTRA + name: text for name, text in brief.extras.items()}
    if step.topics:
        for parent in topics_tree():
            own = {parent.slug, *(child.slug for child in parent.children)}
            first[TOPIC + parent.slug.replace("-", "_")] = [slug for slug in brief.topics if slug in own]
    return first


def _grouped_kinds() -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in kinds.kinds():
        groups.setdefault(kind.group, []).append((kind.code, kind.name))
    return [("", "Choose one"), *((GROUPS.get(group, group), rows) for group, rows in groups.items())]


def _field(question: BriefField) -> forms.Field:
    """How a question looks."""
    same: dict[str, Any] = {
        "label": question.label, "help_text": question.help, "required": question.required,
        "who_sees": question.who_sees,
    }  # fmt: skip
    field: forms.Field
    if question.name == "kind":
        field = PickField(**same)
        field.choices = _grouped_kinds()
        return field
    if question.name == "edited":
        return OneOfField(choices=(("yes", "Yes"), ("no", "No")), **{**same, "help_text": ""})
    if question.choices:
        return OneOfField(choices=question.choices, **same)
    match question.name:
        case "remote" | "supporter_welcome":
            home = question.name == "remote"
            label = (
                "It can be done from home, by video or telephone"
                if home
                else "They may bring a supporter of their choice"
            )
            return TickField(**{**same, "label": label, "help_text": "", "required": False})
        case "fee_pence":
            return MoneyField(**same)
        case "preparation_minutes":
            return _Minutes(label="Preparation, in minutes", help_text="It is part of the work.", required=False)
        case "starts_at" | "ends_at" | "answer_by":
            return WhenField(**same)
        case "outcome_promised_by":
            return DateField(**same)
    longest = question.longest or 500
    if longest <= _LINE or question.name.startswith("extras."):
        return TextField(max_length=longest, **same)
    return WordsField(max_length=longest, rows=5, **same)


class _Minutes(forms.IntegerField):
    who_sees = "The people who are asked, and the network’s coordinators"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=6000, **kwargs)
        self.error_messages["invalid"] = "Write a number of minutes, such as 60"
