"""What a person says about themselves, in their own words, beginning with what they want to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.web.fields import PhoneField, TextField, WordsField
from backend.web.forms import Form
from backend.web.parts import Row
from backend.web.words import day, pounds
from network.consent import gate
from network.consent.data import Identity, OwnDetails
from network.opportunities import kinds
from network.people import usecases
from network.people.data import Help, MyProfile, ProfileInput
from network.people.queries import my_profile
from network.web.person.kit import PersonAction, PersonForm, PersonRead, to
from network.web.person.words import CHANNEL, hour, identity_words

ONLY_YOU = "Only you, until you choose to show it for a request."
_HELPED = {
    "min_fee_pence": "lowest fee",
    "notice_hours": "notice",
    "max_per_month": "how often",
    "rest_days": "days of rest",
    "kinds": "kinds of work",
    "in_person_ok": "in person",
    "remote_ok": "from where you are",
    "supporter_comes": "who comes with you",
    "short_notice_live_ok": "short notice",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the profile on its overview."""

    heading: str
    url: str
    rows: tuple[Row, ...]
    empty: str


def _words(details: OwnDetails) -> tuple[Row, ...]:
    rows = (
        ("What I want to change", details.wants_to_change),
        ("What I know", details.knows),
        ("What I can do", details.can_do),
        ("My story", details.story),
    )
    return tuple(Row(label, text) for label, text in rows if text)


def _person(details: OwnDetails) -> tuple[Row, ...]:
    rows = (
        ("Full name", details.name_full),
        ("First name", details.name_first),
        ("Another name", details.name_other),
        ("Pronouns", details.pronouns),
        ("Phone", details.phone),
        ("Place", ", ".join(filter(None, (details.place_exact, details.place_region, details.place_nation)))),
    )
    return tuple(Row(label, text) for label, text in rows if text)


def _limits(details: OwnDetails) -> tuple[Row, ...]:
    supporter = ", ".join(filter(None, (details.supporter_name, details.supporter_contact)))
    rows = (
        ("Off limits", details.off_limits),
        ("What I need to take part", details.access_needs),
        ("My supporter", supporter),
    )
    return tuple(Row(label, text) for label, text in rows if text)


def _topics(mine: MyProfile) -> tuple[Row, ...]:
    if not mine.topics:
        return ()
    every = ", ".join(t.name for t in mine.topics if t.tell_me_all)
    rows = (Row("Topics", ", ".join(t.name for t in mine.topics)), Row("Every request on", every or None))
    return tuple(row for row in rows if row.value)


def _terms(mine: MyProfile) -> tuple[Row, ...]:
    terms = mine.terms
    how = [words for words, ok in (("In person", terms.in_person_ok), ("From where I am", terms.remote_ok)) if ok]
    names = {kind.code: kind.name for kind in kinds.kinds()}
    return (
        Row("Lowest fee", pounds(terms.min_fee_pence) if terms.min_fee_pence else "Not set"),
        Row("Notice", f"{terms.notice_hours} hours"),
        Row("How", " or ".join(how)),
        Row("Kinds of work", ", ".join(names.get(code, code) for code in terms.kinds) or "Any kind"),
        Row("How often", f"Up to {terms.max_per_month} a month, {terms.rest_days} days of rest in between"),
        Row("My supporter comes", "Yes" if terms.supporter_comes else "When I say so"),
    )


def _shown(mine: MyProfile) -> tuple[Row, ...]:
    usual = mine.identity
    identity = Identity(
        name_mode=usual.name_mode, face=usual.face, voice=usual.voice, place=usual.place,
        anonymous_from=usual.anonymous_from,
    )  # fmt: skip
    return tuple(Row(label, text) for label, text in identity_words(identity))


def _contact(mine: MyProfile) -> tuple[Row, ...]:
    rules = {rule.channel: rule for rule in mine.contact_rules}
    rows = []
    for channel, name in CHANNEL.items():
        rule = rules.get(channel)
        if rule is not None and rule.allowed:
            rows.append(
                Row(name, f"{hour(rule.from_hour)} to {hour(rule.to_hour)} (UK time), until {day(rule.review_on)}")
            )
    return tuple(rows)


class About(PersonRead):
    """Everything in one place, each part with a way to change it."""

    template_name = "network/person/about.html"
    title = "About you"

    def context(self) -> Mapping[str, object]:
        mine = my_profile(actor=self.actor, at=self.at)
        details = gate.own_details(actor=self.actor, at=self.at)
        return {
            "parts": (
                Part("In your own words", to("words"), _words(details), "Start with what you want to change."),
                Part("Topics", to("topics"), _topics(mine), "Choose what you would like to be asked about."),
                Part("Your terms", to("terms"), _terms(mine), ""),
                Part("How you are shown", to("shown"), _shown(mine), ""),
                Part("Name and place", to("names"), _person(details), "Nothing written yet."),
                Part("Limits and support", to("limits"), _limits(details), "What is off limits, and who stands by you."),
                Part("Safe ways to reach you", to("contact"), _contact(mine),
                     "You read your messages here. Nothing is sent to you."),
                Part("When you are not free", to("times"),
                     tuple(Row(day(s.starts_at), f"to {day(s.ends_at)}") for s in mine.unavailable), "Nothing noted."),
            ),
            "helped": [_help(h) for h in mine.phone_help],
            "reference": mine.reference,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownHelp:
    """Something staff wrote down by phone, and whether it can still be put back."""

    help: Help
    what: str
    url: str


def _help(row: Help) -> ShownHelp:
    what = ", ".join(_HELPED.get(name, name.replace("_", " ")) for name in row.fields)
    return ShownHelp(row, what, to("undo-help", row.id))


class UndoHelp(PersonAction):
    done = "Put back as it was."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.undo_phone_help(help_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("about")


class DetailsForm(PersonForm):
    """A form over some of the person's own details; each field has the name of its detail."""

    done = "Saved."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("about")
        details = gate.own_details(actor=self.actor, at=self.at)
        return {name: getattr(details, name) for name in self.form_class.base_fields}

    def act(self, data: dict[str, Any]) -> str:
        usecases.save_profile(person_id=self.person_id, profile=ProfileInput(**data), actor=self.actor, at=self.at)
        return to("about")


class WordsForm(Form):
    wants_to_change = WordsField(
        label="What do you want to change?", required=False, max_length=20_000, rows=6,
        help_text="Start here if you like. What should be different, for whom?",
    )  # fmt: skip
    knows = WordsField(
        label="What do you know?", required=False, max_length=20_000, rows=6,
        help_text="What you understand that others miss: how things really work, what helped, what did not.",
    )  # fmt: skip
    can_do = WordsField(
        label="What can you do?", required=False, max_length=20_000,
        help_text="Speak, write, train people, sit on a panel, run a meeting, speak another language.",
    )  # fmt: skip
    story = WordsField(
        label="Your story", required=False, max_length=20_000, rows=8,
        help_text="Only as much as you want. You can leave it empty: nobody needs it to prove anything.",
    )  # fmt: skip
    who_sees = dict.fromkeys(("wants_to_change", "knows", "can_do", "story"), ONLY_YOU)


class OwnWords(DetailsForm):
    form_class = WordsForm
    title = "In your own words"
    intro = "Write it your way. Nobody edits, shortens or scores what you write."


class NamesForm(Form):
    name_full = TextField(label="Full name", required=False, autocomplete="name")
    name_first = TextField(label="First name", required=False, autocomplete="given-name")
    name_other = TextField(
        label="Another name",
        required=False,
        autocomplete="off",
        help_text="A name of your choice to be known by instead.",
    )
    pronouns = TextField(label="Pronouns", required=False, autocomplete="off")
    place_exact = TextField(label="Town", required=False, autocomplete="off")
    place_region = TextField(label="Region", required=False, autocomplete="off", help_text="Such as “the North West”.")
    place_nation = TextField(label="Nation", required=False, autocomplete="off", help_text="Such as “Wales”.")
    phone = PhoneField(label="Phone", required=False)
    cover_name = TextField(
        label="A cover name", required=False, autocomplete="off",
        help_text="What we may call ourselves, or you, if somebody else picks up your phone.",
        who_sees="You, and the coordinators who work with you. Never those who ask.",
    )  # fmt: skip
    who_sees = dict.fromkeys(
        ("name_full", "name_first", "name_other", "pronouns", "place_exact", "place_region", "place_nation"), ONLY_YOU
    ) | {"phone": "Only you, and us at the times you call safe. Those who ask see it only if you tick “contact”."}
    sections = (
        ("Names", "Fill in only what you might want to use.", ("name_full", "name_first", "name_other", "pronouns")),
        (
            "Place",
            "For each request you choose how near they may know.",
            ("place_exact", "place_region", "place_nation"),
        ),
        ("Phone", "", ("phone", "cover_name")),
    )


class Names(DetailsForm):
    form_class = NamesForm
    title = "Name and place"


class LimitsForm(Form):
    off_limits = WordsField(
        label="What is off limits?", required=False, max_length=20_000,
        help_text="What you do not talk about, and questions you will not answer.", who_sees=ONLY_YOU,
    )  # fmt: skip
    access_needs = WordsField(
        label="What do you need to take part?", required=False, max_length=20_000,
        help_text="Anything that makes it possible or easier: breaks, an interpreter, no stairs, childcare, travel paid first.",
        who_sees=ONLY_YOU,
    )  # fmt: skip
    supporter_name = TextField(
        label="Somebody who stands by you", required=False, autocomplete="off",
        help_text="A friend, relative or worker. They decide nothing for you.", who_sees=ONLY_YOU,
    )  # fmt: skip
    supporter_contact = TextField(
        label="How to reach them", required=False, autocomplete="off",
        who_sees="Only you. We do not contact them unless you ask us to.",
    )  # fmt: skip


class Limits(DetailsForm):
    form_class = LimitsForm
    title = "Limits and support"
