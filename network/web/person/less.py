"""Taking something away from what is shown: what may be left, and what was chosen. Adding something is a new yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from backend.kernel.clock import LONDON
from backend.web.fields import DateField, OneOfField, SomeOfField, TickField
from backend.web.forms import Form
from network.consent.data import Category, Format, GrantView, Identity, Layer
from network.consent.usecases.grants import LESS_TO_MORE
from network.people.states import AnonymousFrom, Face, NameMode, Place, Voice
from network.web.person.words import ANONYMOUS, CATEGORY, FACES, FORMATS, NAMES, PLACES, SHARES, VOICES

_SHOWN_AS = (("name_mode", NAMES), ("face", FACES), ("voice", VOICES), ("place", PLACES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Less:
    """What stays. None: as it was."""

    categories: frozenset[Category]
    identity: Identity | None
    formats: frozenset[Format] | None
    reuse: bool | None


class LessForm(Form):
    """Everything that is shown now, ticked; nothing more can be chosen."""

    categories = SomeOfField(label="What may they still see?")
    name_mode = OneOfField(label="Your name", required=False)
    face = OneOfField(label="Your face", required=False)
    voice = OneOfField(label="Your voice", required=False)
    place = OneOfField(label="Where you live", required=False)
    anonymous_from = SomeOfField(label="Who must not recognise you?", required=False)
    formats = SomeOfField(label="How may they use it?")
    reuse = TickField(label="They may use it again later without asking me", required=False)
    until = DateField(label="Until", required=False, help_text="Leave it to keep the same end.")
    who_sees: ClassVar[Mapping[str, str]] = {
        "categories": "Only what stays ticked.", "name_mode": "Only those you share this with.",
        "face": "Only those you share this with.", "voice": "Only those you share this with.",
        "place": "Only those you share this with.", "anonymous_from": "Only those you share this with.",
        "formats": "Only those you share this with.", "reuse": "Only those you share this with.", "until": "You and us.",
    }  # fmt: skip

    def __init__(self, grant: GrantView, *, data: Any = None, until: bool = True) -> None:
        identity = grant.identity
        first = {
            "categories": sorted(grant.categories), "name_mode": identity.name_mode, "face": identity.face,
            "voice": identity.voice, "place": identity.place, "anonymous_from": list(identity.anonymous_from),
            "formats": sorted(grant.formats), "reuse": grant.reuse,
        }  # fmt: skip
        super().__init__(data=data, initial=first)
        labels = {code: words for code, words, _ in SHARES}
        self._choose(
            "categories", [(c.value, labels.get(c, CATEGORY[c].capitalize())) for c in sorted(grant.categories)]
        )
        for order, (name, choices) in zip(LESS_TO_MORE, _SHOWN_AS, strict=True):
            most = order.index(getattr(identity, name))
            self._choose(name, [(code, words) for code, words, _ in choices if order.index(code) <= most])
            if grant.layer is not Layer.FOR_REQUEST or most == 0:
                del self.fields[name]
        self._choose("anonymous_from", [(code, words) for code, words, _ in ANONYMOUS])
        self._choose("formats", [(code, words) for code, words, _ in FORMATS if code in grant.formats])
        if grant.layer is not Layer.FOR_REQUEST:
            del self.fields["anonymous_from"]
        if not (grant.layer is Layer.REUSE and len(grant.formats) > 1):
            del self.fields["formats"]  # of a request its own ways are what is asked: fewer is taking it back
        if not grant.reuse:
            del self.fields["reuse"]
        if not until:
            del self.fields["until"]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, SomeOfField | OneOfField):
            field.choices = choices

    def clean_until(self) -> datetime | None:
        on = self.cleaned_data.get("until")
        try:
            return datetime.combine(on, time(23, 59), LONDON).astimezone(UTC) if on else None
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None

    def clean_anonymous_from(self) -> list[str]:
        """Those from whom they are anonymous already stay: less may be shown here, never more."""
        kept = set(self.initial["anonymous_from"]) | set(self.cleaned_data["anonymous_from"])
        return [code for code in AnonymousFrom if code in kept]


def less_of(grant: GrantView, data: Mapping[str, Any]) -> Less:
    """What the form says, for `consent.usecases.narrow`."""
    was = grant.identity
    identity = Identity(
        name_mode=NameMode(data.get("name_mode") or was.name_mode),
        face=Face(data.get("face") or was.face),
        voice=Voice(data.get("voice") or was.voice),
        place=Place(data.get("place") or was.place),
        anonymous_from=tuple(data.get("anonymous_from", was.anonymous_from)),
    )
    return Less(
        categories=frozenset(Category(c) for c in data["categories"]),
        identity=identity if grant.layer is Layer.FOR_REQUEST else None,
        formats=frozenset(Format(f) for f in data["formats"]) if "formats" in data else None,
        reuse=data.get("reuse"),
    )
