"""Serializers that take a document at its word: a number is not text, and a field nobody knows is refused.

They check shape only. Rules live behind the use case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError


class Serializer(serializers.Serializer[Any]):
    """Base of every serializer of ours: unknown fields are refused, so that a slip is not silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(str(name) for name in data if name not in known)
            if unknown:
                raise ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class StrictCharField(serializers.CharField):
    """Text. JSON numbers and true/false are refused, and so is NUL, which PostgreSQL cannot hold."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class StrictIntegerField(serializers.IntegerField):
    """A whole number. Text, true/false and 1.0 are refused; at most 2^53 - 1, which every JSON reader holds exactly."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_value", 2**53 - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class StrictBooleanField(serializers.BooleanField):
    """true or false; not "yes", not 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictChoiceField(serializers.ChoiceField):
    """One of the named values, as text."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class StrictDateTimeField(serializers.DateTimeField):
    """A moment with its zone: a time without an offset is refused, since it would be a guess."""

    default_error_messages = {"zone": "Say the zone, such as 2026-11-03T14:30:00Z."}  # noqa: RUF012

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="ISO 8601")
        found = super().to_internal_value(value)
        text = value.strip()
        if not (text.endswith(("Z", "z")) or "+" in text[10:] or "-" in text[10:]):
            self.fail("zone")
        return found


class StrictDateField(serializers.DateField):
    """A day as 2026-11-03; no week numbers, no time."""

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class PenceField(StrictIntegerField):
    """Money in integer pence, never negative unless `min_value` says so."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", 100_000_000)
        super().__init__(**kwargs)
