"""The person's answer: yes (after seeing exactly what would be shown), no, not now, or a question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound, OwnWordsError
from backend.web.fields import DateField, MoneyField, OneOfField, SomeOfField, TickField, WordsField
from backend.web.forms import Form
from backend.web.pages import ActionPage, FormPage
from backend.web.parts import Row
from network.bookings import usecases as bookings
from network.consent.data import WITHHELD, Category, Contact, Disclosed, Identity, Words
from network.opportunities import usecases
from network.opportunities.states import InvitationMove, InvitationState
from network.opportunities.usecases.trying import Seen, asked_for, seen_after_yes
from network.people.queries import my_profile
from network.people.states import Face, NameMode, Place, Voice
from network.web.person.kit import to
from network.web.person.preview import exactly
from network.web.person.requests import Door, LinkDoor, OwnDoor
from network.web.person.words import ANONYMITY, ANONYMOUS, FACES, NAMES, PLACES, SHARES, VOICES, categories_words


class YesForm(Form):
    """What to show, to whom, as whom, until when. Nothing is ticked beforehand."""

    shares = SomeOfField(label="What may they see?", choices=SHARES)
    name_mode = OneOfField(label="Your name", choices=NAMES)
    face = OneOfField(label="Your face", choices=FACES)
    voice = OneOfField(label="Your voice", choices=VOICES)
    place = OneOfField(label="Where you live", choices=PLACES)
    anonymous_from = SomeOfField(
        label="Who must not recognise you?", choices=ANONYMOUS, required=False,
        help_text="They are told to keep to this.",
    )  # fmt: skip
    reuse = TickField(label="They may use it again later, in the same ways, without asking me", required=False)
    fee_pence = MoneyField(label="Your fee for this", required=False)
    terms_note = WordsField(
        label="Anything they must know", required=False, max_length=2000,
        help_text="Your terms for this, in your own words: breaks, questions you will not answer, who comes with you.",
    )  # fmt: skip
    share_until = DateField(label="Share until", required=False)
    version_read = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=1_000_000)
    sections = (
        ("What they may see", "Only what you tick, only for this request.", ("shares",)),
        ("How you are shown", ANONYMITY, ("name_mode", "face", "voice", "place", "anonymous_from")),
        ("Your terms", "", ("fee_pence", "terms_note", "share_until", "reuse")),
    )

    def clean_share_until(self) -> datetime | None:
        on = self.cleaned_data.get("share_until")
        if on is None:
            return None
        try:
            return datetime.combine(on, time(23, 59), LONDON).astimezone(UTC)
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        shares = data.get("shares") or []
        if Category.NAME in shares and data.get("name_mode") == NameMode.NONE:
            self.add_error("name_mode", "You ticked “A name”. Choose which one, or untick it.")
        if Category.PLACE in shares and data.get("place") == Place.NONE:
            self.add_error("place", "You ticked “Where I live”. Choose how near, or untick it.")
        return data


def identity_of(data: Mapping[str, Any]) -> Identity:
    return Identity(
        name_mode=NameMode(data["name_mode"]),
        face=Face(data["face"]),
        voice=Voice(data["voice"]),
        place=Place(data["place"]),
        anonymous_from=tuple(data["anonymous_from"]),
    )


def seen_rows(seen: Disclosed) -> list[Row]:
    """What the gate would give, line by line; what it would not is said to be withheld."""
    rows = [Row("Name", seen.name_words)]
    if seen.pronouns:
        rows.append(Row("Pronouns", seen.pronouns))
    if isinstance(seen.contact, Contact):
        rows.append(Row("Contact", "\n".join(filter(None, (seen.contact.email, seen.contact.phone)))))
    else:
        rows.append(Row("Contact", "Not shown. They reach you through us."))
    rows.append(Row("Place", seen.place or "Not shown"))
    rows.append(Row("Topics", ", ".join(seen.topics) if seen.topics is not WITHHELD else "Not shown"))
    rows.append(Row("What you need to take part", seen.access_needs or "Not shown"))
    if isinstance(seen.story, Words):
        told = (
            ("What you want to change", seen.story.wants_to_change),
            ("What you know", seen.story.knows),
            ("What you can do", seen.story.can_do),
            ("Your story", seen.story.story),
            ("What you do not talk about", seen.story.off_limits),
        )
        rows += [Row(label, text) for label, text in told if text]
    else:
        rows.append(Row("Your own words", "Not shown"))
    return rows


class Yes(Door, FormPage):
    """Choose, look at what they would see, then say yes. Going back changes nothing."""

    template_name = "network/person/request_yes.html"
    form_class = YesForm
    title = "Say yes"
    button = "Next: what would they see?"
    done = "You said yes. They see only what you chose. You can take it back at any time."

    def initial(self) -> Mapping[str, Any]:
        invitation = self.invitation
        self.back_url = self.cancel_url = self.step()
        first: dict[str, Any] = {
            "fee_pence": invitation.line.fee_pence,
            "share_until": invitation.consent_ends_at.astimezone(LONDON).date(),
            "version_read": invitation.version,
        }
        if not self.by_link:
            usual = my_profile(actor=self.actor, at=self.at).identity
            first |= {
                "terms_note": invitation.terms_note,
                "name_mode": usual.name_mode, "face": usual.face, "voice": usual.voice, "place": usual.place,
                "anonymous_from": usual.anonymous_from,
            }  # fmt: skip
        return first

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        name = self.invitation.line.organisation
        only = f"Only {name}, and only for this request."
        form.who_sees = {  # type: ignore[misc]  # the organisation is named beside each answer
            "shares": only,
            "name_mode": only,
            "face": only,
            "voice": only,
            "place": only,
            "anonymous_from": only,
            "fee_pence": f"{name}. You never need to ask for less than they offer.",
            "terms_note": only,
            "reuse": f"{name}. Without it they have to ask you first.",
            "share_until": "You and us. After that day they see nothing more.",
        }
        return form

    def context(self) -> Mapping[str, object]:
        asked = asked_for(invitation_id=self.invitation_id, actor=self.answering, at=self.at)
        return {"invitation": self.invitation, "text": asked}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "change" in request.POST:
            return self.show(self.make_form(request.POST))
        if "sure" in request.POST:
            return super().post(request, *args, **kwargs)
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        return self._check(form)

    def _check(self, form: Form) -> HttpResponseBase:
        """The second step: exactly what the gate would show."""
        data = form.cleaned_data
        rows: list[Row] = []
        seen: Seen | None = None
        try:
            if not self.by_link:
                seen = seen_after_yes(
                    invitation_id=self.invitation_id,
                    fee_pence=data["fee_pence"],
                    terms_note=data["terms_note"],
                    shares=frozenset(Category(c) for c in data["shares"]),
                    identity=identity_of(data),
                    reuse=data["reuse"],
                    share_until=data["share_until"],
                    version_read=data["version_read"],
                    actor=self.answering,
                    at=self.at,
                )
                rows = seen_rows(seen.shown) if seen.shown else []
        except Invalid as problem:
            form.take_refusal(problem)
            return self.show(form, status=problem.status)
        except NotFound:
            raise
        except OwnWordsError as problem:
            return self.show(form, status=problem.status, problem=problem)
        kept = [
            (name, value)
            for name, values in self.request.POST.lists()
            if name not in ("csrfmiddlewaretoken", "once", "sure", "change")
            for value in values
        ]
        self.template_name = "network/person/request_check.html"  # type: ignore[misc]
        return self.page(
            rows=rows,
            exact=exactly(seen, self.at) if seen else None,
            kept=kept,
            ticked=categories_words(data["shares"]),
            until=data["share_until"],
            here=self.step("yes"),
            back_url=self.step(),
            title="What would they see?",
        )

    def act(self, data: dict[str, Any]) -> str:
        usecases.answer_invitation(
            invitation_id=self.invitation_id,
            move=InvitationMove.YES,
            fee_pence=data["fee_pence"],
            # By the link what was written before is not shown, so leaving it empty does not take it away.
            terms_note=data["terms_note"] or (self.invitation.terms_note if self.by_link else ""),
            shares=frozenset(Category(c) for c in data["shares"]),
            identity=identity_of(data),
            reuse=data["reuse"],
            share_until=data["share_until"],
            version_read=data["version_read"],
            actor=self.answering,
            at=self.at,
        )
        return self.after_answer()


class SayYes(OwnDoor, Yes):
    """Yes, signed in."""


class SayYesByLink(LinkDoor, Yes):
    """Yes, by the link: the choices are repeated, but no detail is shown to whoever holds the link."""


# --- no, not now, a question ----------------------------------------------------------------------------------------


class No(Door, ActionPage):
    """One press, no reason. A yes before it is taken back with all that it showed."""

    move = InvitationMove.NO
    done = "You said no. Nobody will ask you why."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.answer_invitation(invitation_id=self.invitation_id, move=self.move, actor=self.answering, at=self.at)
        return self.after_answer()


class SayNo(OwnDoor, No):
    """No, signed in."""


class SayNoByLink(LinkDoor, No):
    """No, by the link."""


class SayNotNow(SayNo):
    move = InvitationMove.NOT_NOW
    done = "Not now. You can change your mind while it is open."


class SayNotNowByLink(SayNoByLink):
    move = InvitationMove.NOT_NOW
    done = SayNotNow.done


# --- a request that changed after a yes ------------------------------------------------------------------------------


class Still(Door, ActionPage):
    """Yes, also to what changed: as they chose it before. The version they read comes with the button."""

    done = "Thank you. They can see again what you chose to show, under what you have just read."

    def act(self, data: Mapping[str, Any]) -> str:
        read = str(data.get("version", ""))
        usecases.answer_change(
            invitation_id=self.invitation_id,
            version_read=int(read) if read.isascii() and read.isdigit() else 0,
            actor=self.answering,
            at=self.at,
        )
        return self.after_answer()


class TakeBack(Door, ActionPage):
    """No, not with what changed: one press, no reason, also for somebody who was chosen."""

    done = "Taken back. They see nothing of you for it. Nobody will ask you why."

    def act(self, data: Mapping[str, Any]) -> str:
        invitation = self.invitation
        if invitation.line.state == InvitationState.CHOSEN and invitation.grant_id is not None:
            bookings.stop_sharing(grant_id=invitation.grant_id, actor=self.answering, at=self.at)
            return reverse("answer-stopped") if self.by_link else to("consent", invitation.grant_id)
        usecases.answer_invitation(
            invitation_id=self.invitation_id, move=InvitationMove.NO, actor=self.answering, at=self.at
        )
        return self.after_answer()


class SayStill(OwnDoor, Still):
    """Yes again, signed in."""


class SayStillByLink(LinkDoor, Still):
    """Yes again, by the link."""


class TakeBackYes(OwnDoor, TakeBack):
    """No more, signed in."""


class TakeBackYesByLink(LinkDoor, TakeBack):
    """No more, by the link."""


class QuestionForm(Form):
    text = WordsField(
        label="Your question", max_length=2000,
        who_sees="Your coordinators; and those who ask, without your name, once you have said yes.",
    )  # fmt: skip


class Question(Door, FormPage):
    form_class = QuestionForm
    title = "Ask a question"
    intro = "Ask whatever helps you decide. We pass it on without saying who asks."
    button = "Send the question"
    done = "Sent. You get a message when there is an answer."

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.invitation.line.title
        self.back_url = self.cancel_url = self.step()
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.ask_question(invitation_id=self.invitation_id, text=data["text"], actor=self.answering, at=self.at)
        return self.after_answer()


class AskQuestion(OwnDoor, Question):
    """A question, signed in."""


class AskQuestionByLink(LinkDoor, Question):
    """A question, by the link."""
