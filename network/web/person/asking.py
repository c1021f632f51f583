"""Being asked: yes, no or not now to each layer, and once more for what was agreed before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import DateField, SomeOfField
from backend.web.forms import Form
from network.consent import queries, usecases
from network.consent import wording as texts
from network.consent.data import Category, Format, Identity, Layer, Recipient
from network.people.states import NameMode, Place
from network.web.person.consents import STANDING, Naming, organisations_of
from network.web.person.kit import PersonAction, PersonForm, to
from network.web.person.words import (
    CATEGORY,
    FORMATS,
    SHARES,
)


class GiveForm(Form):
    categories = SomeOfField(
        label="What may they open?",
        required=False,
        choices=SHARES,
        help_text="One at a time, when they need it for you.",
    )


class GiveConsent(PersonForm):
    """One question, with the four things one should know before answering. No is as easy as yes."""

    template_name = "network/person/consent_give.html"
    form_class = GiveForm
    button = "Yes"
    kind = "secondary"  # as plain as No and Not now: none of the three is the expected one
    done = "Thank you. The receipt is here whenever you want it."

    @property
    def layer(self) -> Layer:
        found = next((layer for layer in STANDING if layer.value == self.kwargs["layer"]), None)
        if found is None:
            raise NotFound
        return found

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.back_url = to("consents")  # no "Cancel" among Yes, No and Not now
        form_class = GiveForm if self.layer is Layer.COORDINATION else Form
        return form_class(data=data)

    def context(self) -> Mapping[str, object]:
        text = texts.wording(self.layer)
        self.title = text.title
        return {"title": text.title, "text": text, "kind": self.kind,
            "no_url": to("consent-refuse", self.layer.value), "later_url": to("consent-defer", self.layer.value),
        }  # fmt: skip

    def act(self, data: dict[str, Any]) -> str:
        receipt = usecases.give(
            person_id=self.person_id,
            layer=self.layer,
            categories=frozenset(Category(c) for c in data.get("categories", ())),
            recipient=Recipient.network(),
            identity=Identity(name_mode=NameMode.FULL, place=Place.EXACT)
            if self.layer is Layer.COORDINATION
            else Identity(),
            actor=self.actor,
            at=self.at,
        )
        return to("consent", receipt.grant_id)


class RefuseConsent(PersonAction):
    """No, without a reason."""

    done = "Noted: no. Nobody will ask you why."

    def act(self, data: Mapping[str, Any]) -> str:
        layer = next((layer for layer in STANDING if layer.value == self.kwargs["layer"]), None)
        if layer is None:
            raise NotFound
        usecases.refuse(
            person_id=self.person_id, layer=layer, recipient=Recipient.network(), actor=self.actor, at=self.at
        )
        return to("consents")


class DeferConsent(PersonAction):
    """Not now, without a reason. It can be said yes to on any day."""

    done = "Noted: not now. You find it here whenever you want it."

    def act(self, data: Mapping[str, Any]) -> str:
        layer = next((layer for layer in STANDING if layer.value == self.kwargs["layer"]), None)
        if layer is None:
            raise NotFound
        usecases.defer(
            person_id=self.person_id, layer=layer, recipient=Recipient.network(), actor=self.actor, at=self.at
        )
        return to("consents")


class AgainForm(Form):
    categories = SomeOfField(label="What may they use again?")
    formats = SomeOfField(label="In which ways?", choices=FORMATS)
    until = DateField(label="Until", required=False, help_text="Leave it empty for half a year.")
    who_sees: ClassVar[Mapping[str, str]] = {
        "categories": "Only the organisation named here.", "formats": "Only the organisation named here.",
        "until": "You and us.",
    }  # fmt: skip

    def clean_until(self) -> datetime | None:
        on = self.cleaned_data.get("until")
        try:
            return datetime.combine(on, time(23, 59), LONDON).astimezone(UTC) if on else None
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None


class GiveAgain(PersonForm):
    """Let one organisation use again what it was shown for a request: a consent of its own."""

    template_name = "network/person/consent_again.html"
    form_class = AgainForm
    title = "Let them use it again"
    button = "Yes, they may"
    kind = "secondary"
    done = "Noted. You can stop it at any time."

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.grant = queries.my_consent(self.kwargs["id"], actor=self.actor)
        if self.grant.layer is not Layer.FOR_REQUEST:
            raise NotFound
        self.back_url = self.cancel_url = to("consent", self.grant.id)
        form = AgainForm(data=data)
        field = form.fields["categories"]
        if isinstance(field, SomeOfField):
            field.choices = [(c.value, CATEGORY[c].capitalize()) for c in sorted(self.grant.categories)]
        return form

    def _organisation(self) -> str:
        naming = Naming(self)
        naming.organisations(organisations_of((self.grant,)))
        return naming.who(self.grant.recipient)

    def context(self) -> Mapping[str, object]:
        text = texts.wording(Layer.REUSE, facts={"organisation": self._organisation()})
        return {"text": text, "kind": self.kind, "no_url": self.back_url}

    def act(self, data: dict[str, Any]) -> str:
        receipt = usecases.give(
            person_id=self.person_id,
            layer=Layer.REUSE,
            categories=frozenset(Category(c) for c in data["categories"]),
            recipient=self.grant.recipient,
            identity=self.grant.identity,
            formats=frozenset(Format(f) for f in data["formats"]),
            ends_at=data["until"],
            told={"organisation": self._organisation()},
            actor=self.actor,
            at=self.at,
        )
        return to("consent", receipt.grant_id)
