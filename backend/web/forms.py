"""Forms of the product: typed fields, labels in plain words, who will see each answer, and nothing lost on an error.

A page's form subclasses `Form`, says who sees what, and may group its fields:

    class TermsForm(Form):
        fee = MoneyField(label="Lowest fee", minimum=15000)
        who_sees = {"fee": "Requesters see it once you say yes."}
        sections = (("Your pay", "You can change this any time.", ("fee",)),)

Forms check shape only. Rules live behind the use case; what it refuses comes back through `take_refusal`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

from backend.kernel.errors import Invalid
from backend.web.fields import CodeInput, MoneyInput, WhenInput

__all__ = ["Bound", "Form", "Renderer", "Section"]

_SHORT_INPUTS = {"date", "time", "number", "tel"}


@dataclass(frozen=True, slots=True)
class Option:
    """One radio button or checkbox."""

    id: str
    type: str
    value: str
    label: str
    hint: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading; with no heading they stand bare."""

    id: str
    heading: str
    intro: str
    fields: tuple[BoundField, ...]


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """A line of the error summary, and where its field is."""

    text: str
    href: str


class Bound(BoundField):
    """A field in a form, with what the templates need to know about it."""

    form: Form

    @property
    def kind(self) -> str:
        """Which markup the field takes: text, count, money, code, select, radios, checkboxes, tick, when or file."""
        widget = self.field.widget
        # CheckboxSelectMultiple is a subclass of RadioSelect: it must be asked for first.
        if isinstance(widget, forms.CheckboxSelectMultiple):
            return "checkboxes"
        if isinstance(widget, forms.RadioSelect):
            return "radios"
        if isinstance(widget, forms.CheckboxInput):
            return "tick"
        if isinstance(widget, WhenInput):
            return "when"
        if isinstance(widget, forms.Select):
            return "select"
        if isinstance(widget, forms.Textarea):
            return "count" if getattr(self.field, "max_length", None) else "text"
        if isinstance(widget, MoneyInput):
            return "money"
        if isinstance(widget, CodeInput):
            return "code"
        if isinstance(widget, forms.FileInput):
            return "file"
        return "text"

    @property
    def grouped(self) -> bool:
        return self.kind in {"radios", "checkboxes", "when"}

    @property
    def show_optional(self) -> bool:
        """Not for a tick, and not where an answer is chosen beforehand: nobody has to do anything there."""
        return self.kind != "tick" and not (self.kind == "radios" and self.field.initial)

    @property
    def who_sees(self) -> str:
        return str(self.form.who_sees.get(self.name, "") or getattr(self.field, "who_sees", ""))

    @property
    def group_id(self) -> str:
        return f"{self.auto_id}-group"

    @property
    def hint_id(self) -> str:
        return f"{self.auto_id}-hint"

    @property
    def error_id(self) -> str:
        return f"{self.auto_id}-error"

    @property
    def who_id(self) -> str:
        return f"{self.auto_id}-who"

    @property
    def described(self) -> str:
        """The ids of what describes the field, in reading order."""
        parts = []
        if self.help_text:
            parts.append(self.hint_id)
        if self.errors:
            parts.append(self.error_id)
        if self.kind == "count":
            parts.append(f"{self.id_for_label}-info")
        if self.who_sees:
            parts.append(self.who_id)
        return " ".join(parts)

    @property
    def aria_describedby(self) -> str | None:
        return None if self.grouped else (self.described or None)

    @property
    def first_input_id(self) -> str:
        """Where the error summary's link leads."""
        match self.kind:
            case "radios" | "checkboxes":
                return f"{self.auto_id}_0"
            case "when":
                return f"{self.auto_id}_0"
            case _:
                return str(self.id_for_label or self.auto_id)

    @property
    def options(self) -> Iterator[Option]:
        hints: Mapping[str, str] = {
            **getattr(self.field, "option_hints", {}),
            **self.form.option_hints.get(self.name, {}),
        }
        kind = "checkbox" if self.kind == "checkboxes" else "radio"
        for sub in self.subwidgets:
            data = sub.data
            value = "" if data["value"] is None else str(data["value"])
            yield Option(
                id=str(data["attrs"].get("id", "")),
                type=kind,
                value=value,
                label=str(data["label"]),
                hint=str(hints.get(value, "")),
                checked=bool(data["selected"]),
            )


class Renderer(TemplatesSetting):
    """Renders every form with our own templates."""

    form_template_name = "components/form_body.html"
    field_template_name = "components/field.html"
    bound_field_class = Bound


class Form(forms.Form):
    """Base of every form. `who_sees`, `option_hints` and `sections` are said once, on the class."""

    who_sees: ClassVar[Mapping[str, str]] = {}
    option_hints: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    # (heading, a line under it, names of the fields); fields not named come last, without a heading
    sections: ClassVar[Sequence[tuple[str, str, Sequence[str]]]] = ()
    default_renderer = Renderer
    bound_field_class = Bound

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            self._dress(name, field)

    def _dress(self, name: str, field: forms.Field) -> None:
        """Give the field's widget its classes, and its "required" message the field's own label."""
        label = str(field.label or name.replace("_", " ").capitalize())
        if str(field.error_messages.get("required", "")) == str(forms.Field.default_error_messages["required"]):
            tick = isinstance(field.widget, forms.CheckboxInput)
            field.error_messages["required"] = f"Please tick “{label}”" if tick else f"“{label}” needs an answer"
        widget = field.widget
        widgets = list(widget.widgets) if isinstance(widget, forms.MultiWidget) else [widget]
        for one in widgets:
            if isinstance(one, forms.CheckboxInput):
                classes = "govuk-checkboxes__input"
            elif isinstance(one, forms.Textarea):
                classes = "govuk-textarea govuk-js-character-count"
                one.attrs.setdefault("rows", 5)
            elif isinstance(one, forms.RadioSelect):
                continue
            elif isinstance(one, forms.Select):
                classes = "govuk-select"
            elif isinstance(one, forms.FileInput):
                classes = "govuk-file-upload"
            elif isinstance(one, forms.HiddenInput):
                continue
            else:
                classes = "govuk-input"
                if isinstance(one, CodeInput):
                    classes += " own-input--code"
                elif isinstance(one, MoneyInput) or getattr(one, "input_type", "") in _SHORT_INPUTS:
                    classes += " own-input--short"
            one.attrs["class"] = f"{classes} {one.attrs.get('class', '')}".strip()
            # The server counts and answers in our words; the browser must not silently cut what is pasted.
            one.attrs.pop("maxlength", None)
        for key in ("autocomplete", "inputmode", "spellcheck"):
            if value := getattr(field, key, ""):
                widget.attrs.setdefault(key, value)

    @property
    def laid_out(self) -> list[Section]:
        """The visible fields in their sections, in order; each field once."""
        prefix = f"{self.prefix}-" if self.prefix else ""
        left = [field.name for field in self.visible_fields()]
        sections: list[Section] = []
        for number, (heading, intro, names) in enumerate(self.sections):
            shown = [name for name in names if name in left]
            left = [name for name in left if name not in shown]
            if shown:
                fields = tuple(self[name] for name in shown)
                sections.append(Section(f"{prefix}section-{number}", heading, intro, fields))
        if left:
            sections.append(Section(f"{prefix}section-rest", "", "", tuple(self[name] for name in left)))
        return sections

    @property
    def error_items(self) -> list[ErrorItem]:
        """For the summary at the top: the whole form's errors, then each field's, in reading order."""
        items = [ErrorItem(str(text), "") for text in self.non_field_errors()]
        for section in self.laid_out:
            for field in section.fields:
                assert isinstance(field, Bound)  # noqa: S101  (the renderer makes no other kind)
                items += [ErrorItem(str(text), f"#{field.first_input_id}") for text in field.errors]
        for hidden in self.hidden_fields():
            items += [ErrorItem(str(text), "") for text in hidden.errors]
        return items

    def take_refusal(self, refusal: Invalid) -> None:
        """Put a use case's field errors onto the fields; those of unknown fields onto the whole form."""
        found = False
        for name, messages in refusal.fields.items():
            found = found or bool(messages)
            self._add(name if name in self.fields else None, messages)
        if not found:
            self._add(None, [refusal.detail])

    def _add(self, name: str | None, messages: Iterable[str]) -> None:
        for message in messages:
            self.add_error(name, message)
