"""Form fields for what people type: money in pounds, dates and times in the UK, codes, choices with a line of help."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from backend.kernel.clock import LONDON

_DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d/%m/%y")
_TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%H.%M", "%I:%M%p", "%I.%M%p", "%I%p")
_DIGITS = {ord(char): None for char in " \u00a0-"}


class MoneyInput(forms.TextInput):
    """Pounds, with a £ before it."""


class CodeInput(forms.TextInput):
    """A short number to copy from a message or an app."""


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class WhenInput(forms.MultiWidget):
    """A date and a time side by side, both in UK time."""

    template_name = "components/widgets/when.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([DateInput(), TimeInput()], attrs)

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, datetime):
            local = value.astimezone(LONDON)
            return [local.date(), local.time().replace(second=0, microsecond=0)]
        return [None, None]


class TextField(forms.CharField):
    """One line of text. With `words=True` spelling help stays off: names and places are the person's own."""

    def __init__(self, *, who_sees: str = "", autocomplete: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)
        self.who_sees, self.autocomplete = who_sees, autocomplete


class WordsField(forms.CharField):
    """Several lines in the person's own words, kept exactly as typed but for the line endings; with a count."""

    widget = forms.Textarea

    def __init__(self, *, who_sees: str = "", rows: int = 5, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        kwargs.setdefault("strip", False)
        super().__init__(**kwargs)
        self.who_sees = who_sees
        self.widget.attrs["rows"] = rows

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        text = str(text or "").replace("\r\n", "\n").replace("\r", "\n")
        return text if text.strip() else ""


class EmailField(forms.EmailField):
    def __init__(self, *, who_sees: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        super().__init__(**kwargs)
        self.who_sees, self.autocomplete, self.spellcheck = who_sees, "email", "false"
        self.error_messages["invalid"] = "Write an email address with an @, such as name@example.org"


class PhoneField(forms.CharField):
    """A phone number as typed. The use case normalises it."""

    def __init__(self, *, who_sees: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        super().__init__(widget=forms.TextInput(attrs={"type": "tel"}), **kwargs)
        self.who_sees, self.autocomplete = who_sees, "tel"

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if text and not re.fullmatch(r"\+?[0-9 ().\-]{7,}", text):
            raise ValidationError("Write a phone number with digits and spaces, such as 07700 900123")
        return text


class CodeField(forms.CharField):
    """A code of `digits` digits; spaces and dashes that somebody typed are forgiven."""

    def __init__(self, *, digits: int = 6, who_sees: str = "", **kwargs: Any) -> None:
        super().__init__(widget=CodeInput(), max_length=40, **kwargs)
        self.digits, self.who_sees = digits, who_sees
        self.autocomplete, self.inputmode, self.spellcheck = "one-time-code", "numeric", "false"

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "").translate(_DIGITS)
        if text and not re.fullmatch(rf"[0-9]{{{self.digits}}}", text):
            raise ValidationError(f"The code is {self.digits} digits long")
        return text


class MoneyField(forms.Field):
    """Pounds as people write them; gives integer pence. `minimum` and `maximum` are in pence."""

    widget = MoneyInput

    def __init__(self, *, minimum: int = 0, maximum: int = 100_000_000, who_sees: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum, self.maximum, self.who_sees = minimum, maximum, who_sees
        self.inputmode, self.autocomplete = "decimal", "off"

    def prepare_value(self, value: Any) -> Any:
        """Pence to pounds for what we show first; what somebody typed stays as typed."""
        if isinstance(value, int):
            return f"{value // 100}.{value % 100:02d}"
        return value

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        text = str(value).strip().replace("£", "").replace(",", "").replace(" ", "").replace("\u00a0", "")
        # ASCII digits only: other digits would pass Decimal but not a reader's eye
        if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,2})?", text):
            raise ValidationError("Write an amount in pounds, such as 150 or 150.50")
        try:
            pence = int(Decimal(text) * 100)
        except InvalidOperation:
            raise ValidationError("Write an amount in pounds, such as 150 or 150.50") from None
        if pence < self.minimum:
            raise ValidationError(f"This must be £{self.minimum / 100:,.2f} or more")
        if pence > self.maximum:
            raise ValidationError(f"This must be £{self.maximum / 100:,.2f} or less")
        return pence

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class DateField(forms.DateField):
    """A day. The browser's picker where there is one; "3/11/2026" or "3 November 2026" typed elsewhere."""

    widget = DateInput

    def __init__(self, *, who_sees: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", _DATE_FORMATS)
        super().__init__(**kwargs)
        self.who_sees = who_sees
        self.error_messages["invalid"] = "Write a date, such as 3 November 2026"


class _TimeField(forms.TimeField):
    def to_python(self, value: Any) -> time | None:
        if isinstance(value, str):
            value = value.strip().lower().replace(" ", "")
        return super().to_python(value)


class WhenField(forms.MultiValueField):
    """A date and a time in the UK; gives an aware datetime in UTC.

    In the hour that the clocks repeat in October the first of the two is taken; the hour that they skip in March
    is refused, since no such time exists.
    """

    widget = WhenInput

    def __init__(self, *, who_sees: str = "", **kwargs: Any) -> None:
        fields = (DateField(), _TimeField(input_formats=_TIME_FORMATS))
        fields[1].error_messages["invalid"] = "Write a time, such as 14:30 or 2:30pm"
        fields[1].error_messages["incomplete"] = "Add the time"
        fields[0].error_messages["incomplete"] = "Add the date"
        super().__init__(fields, require_all_fields=False, **kwargs)
        for field in self.fields:
            field.required = self.required
        self.who_sees = who_sees

    def compress(self, data_list: Sequence[Any]) -> datetime | None:
        if not data_list or all(value in (None, "") for value in data_list):
            return None
        day, clock = data_list
        if not isinstance(day, date):
            raise ValidationError("Add the date")
        if not isinstance(clock, time):
            raise ValidationError("Add the time")
        try:
            found = datetime.combine(day, clock, LONDON).astimezone(UTC)
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None
        if found.astimezone(LONDON).replace(tzinfo=None) != datetime.combine(day, clock):
            raise ValidationError("The clocks go forward then, so there is no such time. Choose another.")
        return found


def _split(choices: Sequence[Sequence[str]]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """(value, label) pairs, and the hints of those that came as (value, label, hint)."""
    pairs = [(str(choice[0]), str(choice[1])) for choice in choices]
    return pairs, {str(choice[0]): str(choice[2]) for choice in choices if len(choice) > 2}


class OneOfField(forms.ChoiceField):
    """Radio buttons. `choices` are (value, label) or (value, label, hint)."""

    def __init__(self, *, choices: Sequence[Sequence[str]] = (), who_sees: str = "", **kwargs: Any) -> None:
        pairs, hints = _split(choices)
        super().__init__(choices=pairs, widget=forms.RadioSelect, **kwargs)
        self.option_hints: Mapping[str, str] = hints
        self.who_sees = who_sees
        self.error_messages["invalid_choice"] = "Choose one of these"


class SomeOfField(forms.MultipleChoiceField):
    """Checkboxes. `choices` are (value, label) or (value, label, hint)."""

    def __init__(self, *, choices: Sequence[Sequence[str]] = (), who_sees: str = "", **kwargs: Any) -> None:
        pairs, hints = _split(choices)
        super().__init__(choices=pairs, widget=forms.CheckboxSelectMultiple, **kwargs)
        self.option_hints: Mapping[str, str] = hints
        self.who_sees = who_sees
        self.error_messages["invalid_choice"] = "Choose from these"


class PickField(forms.ChoiceField):
    """A drop-down, for long lists only; radio buttons are easier."""

    def __init__(self, *, choices: Sequence[Sequence[str]] = (), who_sees: str = "", **kwargs: Any) -> None:
        super().__init__(choices=_split(choices)[0], **kwargs)
        self.who_sees = who_sees
        self.error_messages["invalid_choice"] = "Choose one of these"


class TickField(forms.BooleanField):
    """One box to tick. Never ticked beforehand for a consent."""

    def __init__(self, *, who_sees: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.who_sees = who_sees


class FileField(forms.FileField):
    """A file, no larger than `megabytes`, whose name ends as one of `endings` (such as ".pdf")."""

    def __init__(self, *, endings: Sequence[str] = (), megabytes: int = 5, who_sees: str = "", **kwargs: Any) -> None:
        attrs = {"accept": ",".join(endings)} if endings else {}
        super().__init__(widget=forms.FileInput(attrs=attrs), **kwargs)
        self.endings, self.megabytes, self.who_sees = tuple(endings), megabytes, who_sees

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file and self.endings and not str(file.name).lower().endswith(self.endings):
            raise ValidationError(f"Choose a file that ends in {' or '.join(self.endings)}")
        if file and getattr(file, "size", 0) > self.megabytes * 1_000_000:
            raise ValidationError(f"Choose a file smaller than {self.megabytes} MB")
        return file
