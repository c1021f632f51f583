"""People: inviting somebody, those one works with, one person's terms, one detail for one task, and who works with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render

from backend.accounts.queries import known_as, users_with_role
from backend.kernel.actor import Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound, TooMany
from backend.web.fields import DateField, EmailField, OneOfField, TextField
from backend.web.forms import Form
from backend.web.parts import Row
from backend.web.words import day, pounds, when
from network.bookings.data import BookingLine
from network.bookings.following import bookings_of_people
from network.casework import queries as casework
from network.casework import usecases as looking
from network.casework.data import OTHER
from network.casework.usecases import LONGEST_NOTE
from network.consent import gate
from network.consent.data import WITHHELD, Contact, Disclosed, Words
from network.consent.states import Category
from network.opportunities.kinds import kind
from network.people import queries, usecases
from network.people.data import ContactRule, Invited, PersonAtWork, PersonCard
from network.people.states import Channel, PersonState
from network.web.team.kit import SUPPORT, SureForm, TeamAction, TeamRead, to
from network.web.team.words import CHANNELS, FACES, NAMES, PLACES, VOICES, person_words

DETAILS = (
    (Category.CONTACT, "How to reach them", "Email and telephone. Mind the hours and channels they call safe."),
    (Category.NAME, "Their name", ""),
    (Category.PLACE, "Where they are", "To book travel, or to keep somebody away from there."),
    (Category.ACCESS_NEEDS, "What they need to take part", ""),
    (Category.TOPICS, "Their topics", "What they chose to be asked about."),
    (Category.STORY, "Their own words", "What they want to change, know, can do and will not talk about."),
)


def next_for(card: PersonCard, bookings: Sequence[BookingLine], at: datetime) -> str:
    """What happens next with somebody, in a few words."""
    if card.state is PersonState.INVITED:
        return "Waits for them to join."
    if card.state is PersonState.PAUSED:
        return f"Not now, until {day(card.paused_until)}." if card.paused_until else "Not now. They say when."
    if card.state is not PersonState.ACTIVE:
        return ""
    coming = [b for b in bookings if b.ends_at > at]
    if coming:
        return f"{coming[0].title}, {day(coming[0].starts_at)}."
    if bookings:
        return f"Did “{bookings[0].title}” take place?"
    if card.assigned_to_me and not card.topics:
        return "Has not chosen topics yet."
    return "Nothing is planned."


class People(TeamRead):
    roles = SUPPORT
    template_name = "network/team/people.html"
    title = "People"

    def context(self) -> Mapping[str, object]:
        cards = queries.people_visible_to(actor=self.actor, at=self.at)
        here = [c for c in cards if c.state in (PersonState.INVITED, PersonState.ACTIVE, PersonState.PAUSED)]
        bookings = bookings_of_people(self.actor, [c.person_id for c in here], self.at)
        return {
            "people": [
                {
                    "card": card,
                    "url": to("person", card.person_id),
                    "words": person_words(card.state)[0],
                    "tone": person_words(card.state)[1],
                    "next": next_for(card, bookings.get(card.person_id, ()), self.at),
                }
                for card in here
            ],
            "invite_url": to("person-invite"),
            "search_url": to("person-search"),
            "all": self.actor.has(Role.SAFEGUARDING),
        }


class SearchForm(Form):
    term = TextField(label="Part of a name", help_text="At least three letters, or a reference.", max_length=60)
    who_sees: ClassVar = {"term": "Nobody. We keep that you searched, and a scrambled form of what for."}


class Search(SureForm):
    """Find somebody one works with. By POST, so that no name stands in an address or a history."""

    roles = SUPPORT
    form_class = SearchForm
    template_name = "network/team/person_search.html"
    title = "Find somebody"
    intro = "Among the people you work with. Whoever is found by their own name sees that you looked."
    button = "Find"
    once = False  # each search is written down

    def check(self) -> None:
        self.back_url = self.cancel_url = to("people")

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        with gate.window():
            found = looking.search(term=data["term"], actor=self.actor, at=self.at)
            rows = [(one, to("person", one.person_id)) for one in found]
            return self.page(
                form=self.make_form(), found=rows, searched=True, button=self.button, intro=self.intro,
                back_url=self.back_url, cancel_url=self.cancel_url,
            )  # fmt: skip


# --- inviting -------------------------------------------------------------------------------------------------------


class InviteForm(Form):
    known_as = TextField(
        label="A working name", help_text="For lists. Not their own name: a colour, a tree, a bird.", max_length=60
    )
    email = EmailField(label="Their email address", help_text="Only if they told you that we may write to it.")
    who_sees: ClassVar = {
        "known_as": "Staff, and later the person.",
        "email": "Nobody. It is sealed, and used for the invitation. The mail says nothing about us.",
    }


class Invite(SureForm):
    """Invite somebody. The code is shown once, to be said by voice."""

    roles = SUPPORT
    form_class = InviteForm
    title = "Invite somebody"
    intro = "Talk to them first. They get a mail that says nothing, and a code from you by voice."
    button = "Invite them"

    def check(self) -> None:
        self.cancel_url = self.back_url = self.success_url = to("people")

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        made = usecases.invite_person(known_as=data["known_as"], email=data["email"], actor=self.actor, at=self.at)
        return self.shown_once(made, data["known_as"])

    def shown_once(self, made: Invited, name: str) -> HttpResponse:
        return render(self.request, "network/team/invited.html", invited_context(made, name))


def invited_context(made: Invited, name: str) -> dict[str, object]:
    return {
        "title": "Say this code to them",
        "code": made.code,
        "name": name,
        "until": made.expires_at,
        "person_url": to("person", made.person_id),
    }


class InviteAgain(TeamAction):
    """A new link and a new code; the old ones stop working."""

    roles = SUPPORT

    @property
    def success_url(self) -> str:  # type: ignore[override]
        return to("person", self.id)

    def act(self, data: Mapping[str, Any]) -> HttpResponseBase:
        card = queries.person_visible_to(actor=self.actor, person_id=self.id, at=self.at)
        made = usecases.invite_again(person_id=self.id, actor=self.actor, at=self.at)
        return render(self.request, "network/team/invited.html", invited_context(made, card.known_as))


# --- one person -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Colleague:
    user_id: UUID
    name: str
    is_me: bool
    until: datetime | None


def hours(rule: ContactRule, at: datetime) -> str:
    """When a channel may be used, in words."""
    if not rule.allowed:
        return "No"
    if not rule.usable(at):
        return "Ask them again: what they said is out of date"
    whole_day = (rule.from_hour, rule.to_hour) == (0, 24)
    said = ["At any hour" if whole_day else f"Between {rule.from_hour}:00 and {rule.to_hour}:00"]
    if rule.channel is Channel.PHONE:
        said.append("a message may be left" if rule.voicemail_ok else "leave no message")
    if rule.others_can_see:
        said.append("others may see it")
    return ", ".join(said)


class Person(TeamRead):
    roles = SUPPORT
    template_name = "network/team/person.html"

    def context(self) -> Mapping[str, object]:
        card = queries.person_visible_to(actor=self.actor, person_id=self.id, at=self.at)
        mine = card.assigned_to_me
        work = casework.person_at_work(actor=self.actor, person_id=self.id, at=self.at) if mine else None
        bookings = bookings_of_people(self.actor, [self.id], self.at).get(self.id, ())
        words, tone = person_words(card.state)
        with_them = queries.assignments_of(self.id, self.at)
        names, me = known_as(s.coordinator_id for s in with_them), self.actor.user_id
        safeguarding = self.actor.has(Role.SAFEGUARDING)
        return {
            "title": card.known_as,
            "card": card,
            "words": words,
            "tone": tone,
            "next": next_for(card, bookings, self.at),
            "invited": card.state is PersonState.INVITED,
            "mine": mine,
            "work": work,
            "terms": self._terms(work) if work else (),
            "contact": self._contact(work) if work else (),
            "away": [(when(s.starts_at), when(s.ends_at)) for s in work.unavailable] if work else (),
            "bookings": [(b, to("booking", b.booking_id)) for b in bookings],
            "colleagues": [
                Colleague(s.coordinator_id, names.get(s.coordinator_id, ""), s.coordinator_id == me, s.until)
                for s in with_them
            ],
            "protect_url": to("person-protect", card.person_id) if safeguarding else "",
            "may_assign": card.assigned_to_me or safeguarding,
            "urls": {name: to(f"person-{name}", self.id) for name in ("reveal", "assign", "end", "again")},
            "emergency_url": to("glass-ask", self.id),
        }

    def _terms(self, work: PersonAtWork) -> list[Row]:
        terms, identity = work.terms, work.identity
        where = [w for w, ok in (("In person", terms.in_person_ok), ("from home", terms.remote_ok)) if ok]
        return [
            Row("Least fee", pounds(terms.min_fee_pence) if terms.min_fee_pence else "The network’s own floor"),
            Row("Notice", f"{terms.notice_hours} hours"),
            Row("Live at short notice", "Yes" if terms.short_notice_live_ok else "No"),
            Row("Kinds of work", "\n".join(kind(code).name for code in terms.kinds) or "Any"),
            Row("Where", " or ".join(where).capitalize() or "Nowhere at present"),
            Row("How often", f"At most {terms.max_per_month} in a month"),
            Row("Rest after each", f"{terms.rest_days} days" if terms.rest_days else None),
            Row("Brings a supporter", "Yes" if terms.supporter_comes else "Not usually"),
            Row("Usually named as", NAMES[identity.name_mode], note="Each request asks again."),
            Row("Picture and voice", f"{FACES[identity.face]}. {VOICES[identity.voice]}."),
            Row("Place", PLACES[identity.place]),
        ]

    def _contact(self, work: PersonAtWork) -> list[tuple[str, str]]:
        if work.quiet:
            return [("All messages", "Stopped by the person")]
        return [
            (CHANNELS[rule.channel], hours(rule, self.at))
            for rule in work.contact_rules
            if rule.channel is not Channel.IN_APP
        ] or [("Outside this site", "No way is called safe yet")]


class RevealForm(Form):
    """The open tasks are put in by the page."""

    category = OneOfField(
        label="Which detail do you need?", choices=tuple((str(c), label, hint) for c, label, hint in DETAILS)
    )
    task = OneOfField(label="What do you need it for?")
    note = TextField(
        label="In a few words", help_text="Such as “book the train”. Needed when it is for something else.",
        max_length=LONGEST_NOTE, required=False,
    )  # fmt: skip
    who_sees: ClassVar = {
        "category": "The person sees that you looked, at what, and when.",
        "task": "The person reads this.",
        "note": "The person reads this. Do not name anybody.",
    }


class Reveal(SureForm):
    """One detail, for one task, shown once. Recorded in the same moment; the person can read the record."""

    roles = SUPPORT
    form_class = RevealForm
    title = "Look at one detail"
    intro = "It is shown once. The person sees that you looked, and why."
    button = "Show it to me once"

    @cached_property
    def card(self) -> PersonCard:
        card = queries.person_visible_to(actor=self.actor, person_id=self.id, at=self.at)
        if not card.assigned_to_me:
            raise NotFound
        return card

    def check(self) -> None:
        self.card  # noqa: B018

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        tasks = casework.open_tasks(actor=self.actor, person_id=self.id, at=self.at)
        field = form.fields["task"]
        assert isinstance(field, OneOfField)  # noqa: S101 - as declared above
        field.choices = [(task.key, f"{task.label}, {task.hint}") for task in tasks] + [
            (OTHER, "Something else. The safeguarding lead is told")
        ]
        return form

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        self.eyebrow = self.card.known_as
        self.back_url = self.cancel_url = to("person", self.id)
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        category = Category(data["category"])
        with gate.window():
            answer = looking.reveal(
                person_id=self.id, category=category, task=data["task"], note=data["note"], actor=self.actor, at=self.at
            )
            if answer.shown is None:
                return self._too_many(answer.over_budget)
            shown = answer.shown
            rows = revealed(shown, category)
            return render(
                self.request,
                "network/team/revealed.html",
                {
                    "title": {c: label for c, label, _ in DETAILS}[category],
                    "card": self.card,
                    "rows": rows,
                    "words": shown.story if category is Category.STORY and isinstance(shown.story, Words) else None,
                    "task": data["note"] or "the task you chose",
                    "person_url": to("person", self.id),
                },
            )

    def _too_many(self, most: int) -> HttpResponseBase:
        """Nothing was shown. The lead knows already, so this says what to do and stops nobody's evening."""
        problem = TooMany(
            f"You have opened details of {most} people today, which is the most for one day. Nothing was shown.",
            next_step="Ask the safeguarding lead to share the work, or go on tomorrow. They have been told. "
            "If somebody is in danger now, use “In an emergency” on the person’s page.",
        )
        return render(self.request, "pages/problem.html", {"problem": problem}, status=problem.status)


def revealed(shown: Disclosed, category: Category) -> list[tuple[str, str]]:
    """What the gate gave of one category; nothing when they did not agree to that."""
    match category:
        case Category.CONTACT if isinstance(shown.contact, Contact):
            found = [("Email", shown.contact.email), ("Telephone", shown.contact.phone)]
        case Category.NAME if shown.name is not WITHHELD:
            found = [("Name", str(shown.name))]
            if shown.pronouns is not WITHHELD:
                found.append(("Pronouns", str(shown.pronouns)))
        case Category.PLACE if shown.place is not WITHHELD:
            found = [("Place", str(shown.place))]
        case Category.ACCESS_NEEDS if shown.access_needs is not WITHHELD:
            found = [("What they need", str(shown.access_needs))]
        case Category.TOPICS if shown.topics is not WITHHELD:
            found = [("Topics", " · ".join(shown.topics))]
        case Category.STORY if isinstance(shown.story, Words):
            words = shown.story
            found = [
                ("What they want to change", words.wants_to_change),
                ("What they know", words.knows),
                ("What they can do", words.can_do),
                ("What happened", words.story),
                ("Off limits", words.off_limits),
            ]
        case _:
            found = []
    return [(label, value) for label, value in found if value]


# --- who works with whom --------------------------------------------------------------------------------------------


class AssignForm(Form):
    """The colleagues are put in by the page."""

    coordinator_id = OneOfField(label="Who shall work with them too?")
    until = DateField(
        label="Until", required=False, help_text="Their last day, if you know it. Empty: until somebody ends it."
    )
    who_sees: ClassVar = dict.fromkeys(("coordinator_id", "until"), "The person sees who works with them.")

    def clean_until(self) -> datetime | None:
        on = self.cleaned_data.get("until")
        try:
            return datetime.combine(on + timedelta(days=1), time(), LONDON).astimezone(UTC) if on else None
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None


class Assign(SureForm):
    roles = SUPPORT
    form_class = AssignForm
    title = "Share the work"
    intro = "Whoever works with somebody sees their terms, plans and check-ins. Ask the person first."
    button = "Let them work together"
    done = "Done. The person sees who works with them."

    @cached_property
    def card(self) -> PersonCard:
        card = queries.person_visible_to(actor=self.actor, person_id=self.id, at=self.at)
        if not (card.assigned_to_me or self.actor.has(Role.SAFEGUARDING)):
            raise NotFound
        return card

    def check(self) -> None:
        self.card  # noqa: B018

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        there = set(queries.coordinators_of(self.id, self.at))
        names = known_as(u for u in users_with_role(Role.COORDINATOR, at=self.at) if u not in there)
        field = form.fields["coordinator_id"]
        assert isinstance(field, OneOfField)  # noqa: S101 - as declared above
        named = sorted((name or "Without a name", str(user)) for user, name in names.items())
        field.choices = [(user, name) for name, user in named]
        return form

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        self.eyebrow = self.card.known_as
        self.back_url = self.cancel_url = to("person", self.id)
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        usecases.assign(
            person_id=self.id, coordinator_id=UUID(data["coordinator_id"]), until=data["until"], actor=self.actor,
            at=self.at,
        )  # fmt: skip
        return to("person", self.id)


class EndAssignment(TeamAction):
    """From then on that coordinator sees nothing of the person."""

    roles = SUPPORT

    def act(self, data: Mapping[str, Any]) -> str:
        try:
            coordinator_id = UUID(str(data.get("coordinator_id", "")))
        except ValueError:
            raise NotFound from None
        usecases.end_assignment(person_id=self.id, coordinator_id=coordinator_id, actor=self.actor, at=self.at)
        mine = coordinator_id == self.actor.user_id
        self.tell("You do not work with them any more." if mine else "They do not work together any more.")
        return to("people") if mine and not self.actor.has(Role.SAFEGUARDING) else to("person", self.id)
