"""The shapes of what programs send. Shape only: what a brief needs is decided behind the use case, as for the page."""

from __future__ import annotations

import re
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from backend.web.serializers import (
    PenceField,
    Serializer,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateField,
    StrictDateTimeField,
    StrictIntegerField,
)
from network.bookings.states import RECALL_ANSWERS
from network.opportunities import kinds
from network.opportunities.data import BriefField, BriefInput
from network.opportunities.fields import brief_fields
from network.opportunities.states import BriefState
from payments.money import MOST, pounds

MOST_IN_PAGE = 50


class QueryInteger(serializers.IntegerField):
    """A whole number in digits."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]{1,6}", data):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class QueryBoolean(serializers.BooleanField):
    """true or false, in letters."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")


class References(serializers.CharField):
    """Consent references with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=35, max_length=100 * 36 - 1, **kwargs)
        self.validators.append(RegexValidator(r"^cr_[0-9a-f]{32}(,cr_[0-9a-f]{32}){0,99}$"))

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return data

    def run_validation(self, data: Any = serializers.empty) -> Any:
        found = super().run_validation(data)
        return found.split(",")


class ConsentsQuery(Serializer):
    references = References(help_text="Up to 100 consent references, commas between.")


# --- briefs ---------------------------------------------------------------------------------------------------------

_MOMENTS = ("starts_at", "ends_at", "answer_by")
_DEFAULTS = BriefInput(kind="")


def _field(question: BriefField) -> serializers.Field[Any, Any, Any, Any]:
    """One question of a brief as a field, refused in the same words as on the page."""
    name = question.name
    about: dict[str, Any] = {"required": False, "label": question.label}
    about["help_text"] = " ".join(filter(None, (question.label + ".", question.help)))
    if name == "kind":
        codes = [(kind.code, kind.name) for kind in kinds.kinds()]
        about["required"] = True
        about["error_messages"] = {"invalid_choice": "Choose a kind of work from the list."}
        return StrictChoiceField(choices=codes, **about)
    if question.choices:
        about["error_messages"] = {"invalid_choice": "Choose one of the answers."}
        return StrictChoiceField(choices=question.choices, allow_blank=True, **about)
    if name == "topics":
        about["error_messages"] = {"max_length": "Choose ten topics at most."}
        return serializers.ListField(child=StrictCharField(max_length=80), max_length=10, **about)
    if name == "fee_pence":
        about["error_messages"] = {"max_value": f"Enter a fee of {pounds(MOST)} or less."}
        return PenceField(allow_null=True, max_value=MOST, **about)
    if name == "preparation_minutes":
        wrong = "Enter a number of minutes from 0 to 6,000."
        about["error_messages"] = {"max_value": wrong, "min_value": wrong}
        return StrictIntegerField(allow_null=True, min_value=0, max_value=6000, **about)
    if name in _MOMENTS:
        return StrictDateTimeField(allow_null=True, **about)
    if name == "outcome_promised_by":
        return StrictDateField(allow_null=True, **about)
    if isinstance(getattr(_DEFAULTS, name), bool) or name == "edited":
        return StrictBooleanField(allow_null=name == "edited", **about)
    longest = question.longest or 0
    about["error_messages"] = {"max_length": f"Use {longest:,} characters or fewer."}
    return StrictCharField(allow_blank=True, max_length=longest, **about)


def content_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """All questions of a brief, and `extras` for those that only its kind of work asks."""
    fields = {question.name: _field(question) for question in brief_fields()}
    fields["extras"] = serializers.DictField(
        child=StrictCharField(allow_blank=True, max_length=500),
        required=False,
        help_text="Answers to the questions of this kind of work, by name. See the kind.",
    )
    return fields


class NewBrief(Serializer):
    """A brief. What sending it in needs beyond its kind is said by GET /kinds/{code}."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = content_fields()
        fields["draft"] = StrictBooleanField(
            required=False, help_text="true: keep it as a draft. Otherwise it is sent in, or refused as a whole."
        )
        return fields


class BriefChange(Serializer):
    """The fields to change. What is left out stays as it is."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = content_fields()
        fields["kind"].required = False
        fields["version"] = StrictIntegerField(
            required=False, min_value=1, max_value=2**31 - 1, help_text="The version you read, so that no work is lost."
        )
        return fields


class Version(Serializer):
    version = StrictIntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="The version you read, so that no work is lost."
    )


class Reason(Serializer):
    reason = StrictCharField(max_length=500, help_text="Passed on as you write it.")


class AnswerToQuestion(Serializer):
    answer = StrictCharField(max_length=2000)


class Acceptance(Serializer):
    accept = StrictChoiceField(choices=["all"], help_text="“all”: every point of the boundaries.")


class Choice(Serializer):
    fee_pence = PenceField(
        required=False, allow_null=True, max_value=MOST, help_text="Needed when the person asks for more: their fee."
    )


# --- bookings -------------------------------------------------------------------------------------------------------


class ReportBack(Serializer):
    published = StrictCharField(max_length=4000, help_text="What was published or said, and where.")
    url = StrictCharField(required=False, allow_blank=True, max_length=300)
    what_changed = StrictCharField(required=False, allow_blank=True, max_length=4000)


class RecallAnswer(Serializer):
    move = StrictChoiceField(choices=[str(move) for move in RECALL_ANSWERS])
    answer = StrictCharField(
        required=False, allow_blank=True, max_length=2000, help_text="Needed for a refusal. The person reads it."
    )


# --- queries --------------------------------------------------------------------------------------------------------


class PageQuery(Serializer):
    limit = QueryInteger(required=False, min_value=1, max_value=MOST_IN_PAGE, help_text="How many; 20 unless told.")
    cursor = StrictCharField(required=False, max_length=300, help_text="next_cursor of the page before.")


class BriefsQuery(PageQuery):
    state = StrictChoiceField(required=False, choices=[str(state) for state in BriefState])


class BookingsQuery(PageQuery):
    live = QueryBoolean(required=False, help_text="true: only those that are being agreed or confirmed.")


class DryRun(Serializer):
    dry_run = QueryBoolean(
        required=False, help_text="true: check it and say what a person would read. Nothing is kept."
    )
