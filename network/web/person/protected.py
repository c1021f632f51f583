"""How the person is protected: a law that keeps them anonymous for life, one person who must not recognise them, and the
waiver they may sign for one publisher."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, ClassVar

from django.core.exceptions import ValidationError

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import DateField, OneOfField, SomeOfField, TickField, WordsField
from backend.web.forms import Form
from backend.web.parts import Row
from backend.web.words import day, when
from network.consent import gate, policy, queries, usecases
from network.consent import wording as texts
from network.consent.data import Category, GrantView, Layer
from network.consent.usecases.anonymity import COOLING_OFF
from network.organisations.queries import standings
from network.people import usecases as people
from network.people.protection import LONGEST, Regime, SetBy, regime, regimes
from network.web.person.kit import KeptPage, ProvedPage, SurePage, TypedPage, to

UNCONFIRMED = "We have not confirmed with a lawyer what the law says here. We keep you anonymous all the same."


def hint_of(found: Regime) -> str:
    """What the law says, with where that is from; never as a fact what nobody confirmed."""
    if not found.confirmed:
        return UNCONFIRMED
    return f"{found.law}. Source: {found.source}" if found.law else ""


def title_of(found: Regime) -> str:
    return found.name if not found.nation or found.nation in found.name else f"{found.name} ({found.nation})"


def regime_choices() -> list[tuple[str, str, str]]:
    return [(r.code, title_of(r), hint_of(r)) for r in regimes()]


class ProtectedForm(Form):
    regime = OneOfField(
        label="What does it follow from?", choices=regime_choices(),
        who_sees="You alone. It is sealed: no organisation and no coordinator sees it.",
    )  # fmt: skip


class Protected(KeptPage):
    """What we know of it, who wrote it down, and what follows."""

    template_name = "network/person/protected.html"
    form_class = ProtectedForm
    title = "How you are protected"
    button = "The law keeps me anonymous"
    done = "Noted. Nothing that names you goes to anybody, unless you sign for one publisher."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("consents")
        return {"regime": gate.my_protection(actor=self.actor, at=self.at).regime} if self.shown else {}

    def context(self) -> Mapping[str, object]:
        mine = gate.my_protection(actor=self.actor, at=self.at)
        found = regime(mine.regime)
        rows = []
        if self.shown and mine.by_law(self.at) and found is not None and mine.since is not None:
            by = "You" if mine.set_by is SetBy.PERSON else "The network’s safeguarding lead. You can change it"
            rows = [
                Row("What it follows from", found.name, note=hint_of(found)),
                Row("Who wrote it down", f"{by}, on {day(mine.since)}"),
            ]
            if mine.until is not None:
                rows.append(Row("Ends", f"{when(mine.until)}, as you asked. Press the button below to keep it."))
        return {
            "rows": rows,
            "ending": self.shown and mine.until is not None,
            "somebody": self.shown and bool(mine.somebody),
            "off_url": to("protection-off"),
            "somebody_url": to("protection-somebody"),
        }

    def act(self, data: dict[str, Any]) -> str:
        usecases.keep_anonymous(person_id=self.person_id, regime=data["regime"], actor=self.actor, at=self.at)
        return to("protection")


class NotProtected(ProvedPage, SurePage):
    """It does not apply after all: with a fresh proof, and not at once."""

    form_class = Form
    title = "Take this protection off?"
    button = "Take it off"
    kind = "warning"
    stay = "No, keep it"

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("protection")
        days = policy.figure(COOLING_OFF, self.at).value
        self.intro = (
            f"It holds for {days} more days, so that nobody can press you. You can keep it after all on any of them. "
            "To be named by one publisher only, do not take it off: sign for that publisher instead."
        )
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.stop_keeping_anonymous(person_id=self.person_id, actor=self.actor, at=self.at)
        return to("protection")


class FromWhomForm(Form):
    somebody = WordsField(
        label="Who must not recognise you?", required=False, max_length=LONGEST, rows=3,
        help_text="Leave it empty to take it away.",
        who_sees="You alone. It is sealed, and never given to anybody.",
    )  # fmt: skip


class FromWhom(TypedPage):
    """The text is for the person. An organisation is told only that there is one person, when they choose that."""

    form_class = FromWhomForm
    title = "One person who must not recognise you"
    intro = "Write it if it helps you to decide, request by request. Leave it empty if writing it down is not safe."
    done = "Saved, for your eyes."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("protection")
        return {"somebody": gate.my_protection(actor=self.actor, at=self.at).somebody}

    def act(self, data: dict[str, Any]) -> str:
        people.say_from_whom(person_id=self.person_id, somebody=data["somebody"], actor=self.actor, at=self.at)
        return to("protection")


class WaiveForm(Form):
    categories = SomeOfField(
        label="What may they be given, and publish?",
        choices=(
            (Category.NAME, "My name", "With it, also how they reach me if I share that."),
            (Category.PHOTO, "My face"),
            (Category.PLACE, "The town I live in"),
        ),
    )
    of_age = TickField(label="I am 16 or over", required=False)
    freely = TickField(label="I decide this freely. Nobody pressed me or made anything depend on it", required=False)
    until = DateField(label="Until", required=False, help_text="Leave it empty for the usual time.")
    who_sees: ClassVar[Mapping[str, str]] = {
        "categories": "Only the publisher named here, once it takes effect.",
        "of_age": "You and us. It is part of what you sign.",
        "freely": "You and us. It is part of what you sign.",
        "until": "You and us.",
    }

    def clean_until(self) -> datetime | None:
        on = self.cleaned_data.get("until")
        try:
            return datetime.combine(on, time(23, 59), LONDON).astimezone(UTC) if on else None
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None


class Waive(TypedPage):
    """A written record for one publisher: signed with a fresh proof, and in effect only after some days."""

    template_name = "network/person/waive.html"
    form_class = WaiveForm
    title = "Let one publisher identify you"
    button = "Sign this"
    kind = "secondary"
    done = "Signed. It does not take effect yet, and you can take it back on any day."

    @property
    def grant(self) -> GrantView:
        """The consent from which the person came here: it names the publisher."""
        found = queries.my_consent(self.kwargs["id"], actor=self.actor)
        if found.layer is not Layer.FOR_REQUEST or found.recipient.id is None:
            raise NotFound
        return found

    @property
    def organisation(self) -> str:
        wanted = self.grant.recipient.id
        found = standings({wanted} if wanted else set(), self.at.astimezone(LONDON).date())
        return next((standing.name for standing in found.values()), "An organisation that is no longer here")

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("consent", self.grant.id)
        return {}

    def context(self) -> Mapping[str, object]:
        figure = policy.figure(COOLING_OFF, self.at)
        return {
            "text": texts.wording(Layer.ANONYMITY_WAIVER, facts={"organisation": self.organisation}),
            "kind": self.kind,
            "days": figure.value,
            "starts": day(self.at + policy.in_days(COOLING_OFF, self.at)),
            "no_url": self.back_url,
        }

    def act(self, data: dict[str, Any]) -> str:
        wanted = self.grant.recipient.id
        if wanted is None:
            raise NotFound
        receipt = usecases.waive_anonymity(
            person_id=self.person_id,
            organisation_id=wanted,
            organisation=self.organisation,
            categories=frozenset(Category(c) for c in data["categories"]),
            of_age=data["of_age"],
            freely=data["freely"],
            ends_at=data["until"],
            actor=self.actor,
            at=self.at,
        )
        return to("consent", receipt.grant_id)
