"""The people who said yes, as far as each agreed to be shown for this brief; choosing, and giving reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from backend.kernel.errors import NotFound
from backend.web.fields import TickField
from backend.web.forms import Form
from backend.web.pages import SeeOther
from backend.web.parts import Row
from backend.web.words import day, pounds
from network.consent import gate
from network.consent.data import Contact, Disclosed, Words
from network.opportunities import usecases
from network.opportunities.data import Card, Cards
from network.opportunities.states import BriefState, InvitationState
from network.people.states import NameMode, Place
from network.web.desk.briefs import OfBrief, ReasonForm
from network.web.desk.kit import DeskRead, DeskWindow, SurePage, to
from network.web.desk.words import ASK_FIRST, FACE, FORMATS, FROM, NAMED, PLACE, REUSE, VOICE

OPEN = (BriefState.ACCEPTED, BriefState.CHOSEN)


@dataclass(frozen=True, slots=True)
class OwnWord:
    """Something the person wrote, under a heading of ours."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card as the page shows it."""

    card: Card
    heading: str
    chosen: bool
    rows: list[Row]
    words: list[OwnWord]
    how: list[Row]
    choose_url: str
    pass_url: str
    anchor: str = "person-1"


def heading_of(seen: Disclosed, number: int) -> str:
    """Their name where they share one; otherwise a number that means nothing."""
    return str(seen.name) if seen.name else f"Person {number}"


def detail_rows(seen: Disclosed) -> list[Row]:
    """What was agreed to be shown, and, said as plainly, what was not."""
    rows = [Row("Name", seen.name_words)]
    if seen.pronouns:
        rows.append(Row("Pronouns", seen.pronouns))
    if isinstance(seen.contact, Contact):
        rows.append(Row("Contact", "\n".join(filter(None, (seen.contact.email, seen.contact.phone)))))
    else:
        rows.append(Row("Contact", "Through us", note="They share no address or number."))
    rows.append(Row("Where they live", seen.place or "Not shared"))
    rows.append(Row("Topics", ", ".join(seen.topics) if seen.topics else "Not shared"))
    rows.append(Row("What they need to take part", seen.access_needs or "Not shared"))
    return rows


def how_rows(seen: Disclosed) -> list[Row]:
    """How they may be shown: part of what they agreed to, and part of what the requester promised."""
    identity = seen.identity
    rows = [
        Row("Named", NAMED[identity.name_mode] if seen.name else NAMED[NameMode.NONE]),
        Row("Pictures", FACE[identity.face]),
        Row("Voice", VOICE[identity.voice]),
        Row("Place", PLACE[identity.place] if seen.place else PLACE[Place.NONE]),
    ]
    if seen.formats:
        rows.append(Row("Use it only", ", ".join(FORMATS[f] for f in seen.formats)))
    rows.append(Row("Use it again", REUSE if seen.reuse else ASK_FIRST))
    if identity.anonymous_from:
        rows.append(Row("Not to be recognised by", ", ".join(FROM.get(f, f) for f in identity.anonymous_from)))
    if seen.ends_at:
        rows.append(Row("They share this until", day(seen.ends_at), note=f"Consent reference {seen.consent_ref}"))
    return rows


def own_words(seen: Disclosed) -> list[OwnWord]:
    if not isinstance(seen.story, Words):
        return []
    told = (
        ("What they want to change", seen.story.wants_to_change),
        ("What they know", seen.story.knows),
        ("What they can do", seen.story.can_do),
        ("Their story", seen.story.story),
        ("What is off limits", seen.story.off_limits),
    )
    return [OwnWord(label, text) for label, text in told if text]


def shown(card: Card, number: int, opportunity_id: UUID) -> ShownCard:
    return ShownCard(
        card=card,
        heading=heading_of(card.shown, number),
        chosen=card.state == InvitationState.CHOSEN,
        rows=detail_rows(card.shown),
        words=own_words(card.shown),
        how=how_rows(card.shown),
        choose_url=to("person-choose", opportunity_id, card.public_id),
        pass_url=to("person-pass", opportunity_id, card.public_id),
        anchor=f"person-{number}",
    )


def people_context(
    *, title: str, opportunity_id: UUID, found: Cards, answer_by: datetime | None, at: datetime
) -> Mapping[str, object]:
    """What the page of those who said yes shows. Somebody who looks at what would be shown of them gets it from here
    too, so that the two pages cannot differ."""
    return {
        "eyebrow": title,
        "cards": [shown(card, number, opportunity_id) for number, card in enumerate(found.cards, 1)],
        "found": found,
        "open": found.state in OPEN,
        "answers_closed": answer_by is not None and answer_by <= at,
        "back_url": to("brief", opportunity_id),
    }


class Boundaries(OfBrief, SurePage):
    """What a requester promises before they read about anybody; asked once for each brief and each of its people."""

    template_name = "network/desk/boundaries.html"
    form_class = Form
    title = "Before you read about people"
    intro = "They decide what you see of them, and for how long. In return they ask this of you."
    button = "I promise this"
    stay = "Not now"

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.brief.line.title
        self.back_url = self.cancel_url = self.back
        return {}

    def context(self) -> Mapping[str, object]:
        return {"points": usecases.boundaries()}

    def act(self, data: dict[str, Any]) -> str:
        usecases.accept_boundaries(opportunity_id=self.brief.line.opportunity_id, actor=self.actor, at=self.at)
        return to("people", self.id)


class Promised(OfBrief):
    """A page about people, for somebody who has promised to keep to their boundaries."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.actor.organisation_id is not None and self.actor.has(*self.roles):
            try:
                brief = self.brief
            except NotFound as problem:
                return self.refused(problem)
            kept = usecases.boundaries_accepted(opportunity_id=brief.line.opportunity_id, actor=self.actor)
            if not kept:
                return SeeOther(to("boundaries", self.id))
        return super().dispatch(request, *args, **kwargs)

    @property
    def cards(self) -> Cards:
        return usecases.cards_for(opportunity_id=self.id, actor=self.actor, at=self.at)

    def one(self) -> ShownCard:
        """The card that the address names. Raises NotFound for anybody who is not on it (any more)."""
        public_id: UUID = self.kwargs["public_id"]
        for number, card in enumerate(self.cards.cards, 1):
            if card.public_id == public_id:
                return shown(card, number, self.id)
        raise NotFound


class People(Promised, DeskWindow, DeskRead):
    """The same page, words and statements for nobody and for many."""

    template_name = "network/desk/people.html"
    title = "Who said yes"

    def context(self) -> Mapping[str, object]:
        line = self.brief.line
        return people_context(
            title=line.title, opportunity_id=self.id, found=self.cards, answer_by=line.answer_by, at=self.at
        )


class PersonPage(Promised, SurePage):
    """A question about one person, asked with what they share in view."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with gate.window():
            return super().get(request, *args, **kwargs)

    def show(self, form: Form, status: int = 200, problem: Any = None) -> HttpResponse:
        with gate.window():
            return super().show(form, status, problem)

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.brief.line.title
        self.back_url = self.cancel_url = to("people", self.id)
        return {}

    def context(self) -> Mapping[str, object]:
        return {"person": self.one()}


class ChooseForm(Form):
    """Nothing to fill in; somebody who asks for more is chosen by agreeing to their fee."""

    agree = TickField(label="We agree to the fee that this person asks for")
    who_sees = {"agree": "The person, in their booking."}  # noqa: RUF012


class Choose(PersonPage):
    template_name = "network/desk/choose.html"
    form_class = ChooseForm
    title = "Choose this person"
    button = "Choose them"
    done = "Chosen. A booking is being made: both of you confirm it next."

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.initial()
        form = ChooseForm(data=data)
        with gate.window():
            person = self.one()
        self._fee = person.card.fee_pence
        if person.card.asks_for_more:
            form.fields["agree"].label = f"We agree to the fee of {pounds(person.card.fee_pence)} that they ask for"
        else:
            del form.fields["agree"]
        return form

    def act(self, data: dict[str, Any]) -> str:
        usecases.choose(
            opportunity_id=self.id,
            public_id=self.kwargs["public_id"],
            fee_pence=self._fee if data.get("agree") else None,
            actor=self.actor,
            at=self.at,
        )
        return to("bookings")


class PassOverForm(ReasonForm):
    who_sees = {"reason": "This person, exactly as you write it. Be honest and kind."}  # noqa: RUF012


class PassOver(PersonPage):
    """Everybody who said yes hears why they were not chosen (promise 9)."""

    template_name = "network/desk/pass.html"
    form_class = PassOverForm
    title = "Say why not this time"
    button = "Send the reason"
    done = "Sent. What they showed you for this brief can no longer be seen."

    def act(self, data: dict[str, Any]) -> str:
        usecases.pass_over(
            opportunity_id=self.id,
            public_id=self.kwargs["public_id"],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )
        return to("people", self.id)
