"""Who looked at something of the person's, what left the network; and asking about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from backend.audit import queries
from backend.audit.data import Seen
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound, StepUpNeeded
from backend.web.fields import OneOfField, TickField, WordsField
from backend.web.forms import Form
from backend.web.words import day
from network.casework import usecases as casework
from network.casework.queries import look_settings
from network.casework.states import Shown
from network.concerns import usecases as concerns
from network.concerns.queries import my_concerns
from network.concerns.states import ConcernAbout, ConcernKind
from network.organisations.queries import standings
from network.people.queries import my_profile
from network.web.person.kit import PersonForm, PersonRead, to
from network.web.person.words import ROLE, categories_words, hour

_PURPOSE = {
    "opportunity": "for a request you said yes to",
    "coordination": "to support you",
    "subject_export": "because you asked for your data",
    "reuse": "to use again what you agreed to",
    "emergency": "because somebody was worried for your safety",
    "profile": "on your public page",
    "pay": "to pay you",
    "self_bill": "to write your invoice for you",
    "call_back": "to confirm your payment details",
    "onboard": "to set up your payments",
}
PAGE = 50


@dataclass(frozen=True, slots=True)
class ShownLook:
    """One line of the list. `when` is a day and an hour: minutes would tell who was on duty."""

    when: str
    who: str
    what: str
    why: str
    out: bool
    task: str
    ask_url: str
    worry_url: str


def _shown(seen: Seen, names: Mapping[UUID, str]) -> ShownLook:
    who = ROLE.get(seen.actor_role, "Somebody in the network")
    if seen.organisation_id is not None:
        who = names.get(seen.organisation_id, "An organisation that is no longer here")
    task = seen.context.removeprefix("task:") if seen.context.startswith("task:") else ""
    what = "all your data" if "everything" in seen.categories else categories_words(seen.categories)
    why = _PURPOSE.get(seen.purpose, seen.purpose.replace("_", " "))
    if seen.context == "search":
        why = "while looking somebody up by name"
    ask = to("ask", ConcernAbout.LOOK, seen.id)
    local = seen.at.astimezone(LONDON)
    when = f"{day(seen.at)}, between {hour(local.hour)} and {hour((local.hour + 1) % 24)}"
    return ShownLook(when, who, what, why, seen.released, task, ask, f"{ask}?kind={ConcernKind.WORRY}")


class Looked(PersonRead):
    template_name = "network/person/looked.html"
    title = "Who looked"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        shown = look_settings(actor=self.actor).shown
        if shown is Shown.HIDDEN:  # as if there were no such page: somebody else may hold the phone
            raise NotFound
        if shown is Shown.STEP_UP and not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, object]:
        before = None
        if given := self.request.GET.get("before"):
            try:
                before = datetime.fromisoformat(given)
            except ValueError:
                raise NotFound from None
            if before.tzinfo is None:
                raise NotFound
        mine = my_profile(actor=self.actor, at=self.at)
        seen = queries.who_looked(actor=self.actor, at=self.at, before=before, limit=PAGE, also=mine.payee_ref)
        ids = {s.organisation_id for s in seen if s.organisation_id is not None}
        today = self.at.astimezone(LONDON).date()
        names = {pk: standing.name for pk, standing in standings(ids, today).items()} if ids else {}
        following = f"{to('looked')}?before={seen[-1].at.isoformat().replace('+', '%2B')}" if len(seen) == PAGE else ""
        return {
            "looks": [_shown(s, names) for s in seen],
            "next_url": following,
            "first_url": to("looked") if before else "",
            "settings_url": to("looked-settings"),
            "back_url": to("consents"),
        }


class LookedSettingsForm(Form):
    shown = OneOfField(
        label="Who looked",
        help_text="If somebody else may hold your phone, keep this list from them.",
        choices=(
            (Shown.OPEN, "Show it when I am signed in", ""),
            (Shown.STEP_UP, "Ask again that it is me before it is shown", ""),
            (Shown.HIDDEN, "Hide it", "No page says that there is such a list. Come back here to show it again."),
        ),
    )
    watch = TickField(
        label="Tell the safeguarding lead each time staff open a detail of mine",
        help_text="For when you are worried about who looks.",
        required=False,
    )
    who_sees: ClassVar[Mapping[str, str]] = {"shown": "Nobody.", "watch": "The safeguarding lead."}


class LookedSettings(PersonForm):
    form_class = LookedSettingsForm
    title = "What this site shows on this phone"
    button = "Keep it like this"
    done = "Kept."

    def initial(self) -> Mapping[str, Any]:
        mine = look_settings(actor=self.actor)
        if mine.shown is not Shown.OPEN and not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded
        self.back_url = self.cancel_url = to("yours")
        return {"shown": mine.shown, "watch": mine.watch}

    def act(self, data: dict[str, Any]) -> str:
        casework.choose_look_settings(
            shown=Shown(data["shown"]), watch=data["watch"], actor=self.actor, at=self.at
        )  # fmt: skip
        return to("yours")


class AskForm(Form):
    kind = OneOfField(
        label="Who should read it?",
        choices=(
            (ConcernKind.ASK, "My coordinators", "To ask about something, or to get help with it."),
            (ConcernKind.WORRY, "The safeguarding lead", "Something worries me, or it is about a coordinator."),
        ),
    )
    words = WordsField(label="What would you like to say?", max_length=4000)
    who_sees: ClassVar[Mapping[str, str]] = {
        "kind": "Nobody else reads it. A worry is not shown to coordinators.",
        "words": "Only those you choose above. Kept as you write it.",
    }


class Ask(PersonForm):
    """Ask about something, or say that it worries you."""

    form_class = AskForm
    title = "Ask, or say that something worries you"
    button = "Send"
    done = "Sent. You get a message when there is an answer."

    def initial(self) -> Mapping[str, Any]:
        self.about = next((a for a in ConcernAbout if a.value == self.kwargs["about"]), None)
        if self.about is None:
            raise NotFound
        self.cancel_url = to("home")
        worried = self.request.GET.get("kind") == ConcernKind.WORRY
        return {"kind": ConcernKind.WORRY if worried else ConcernKind.ASK}

    def act(self, data: dict[str, Any]) -> str:
        concerns.raise_concern(
            kind=ConcernKind(data["kind"]),
            about=self.about or ConcernAbout.OTHER,
            about_id=self.kwargs.get("id"),
            words=data["words"],
            actor=self.actor,
            at=self.at,
        )
        return to("asked")


class Asked(PersonRead):
    """What the person asked, and the answers."""

    template_name = "network/person/asked.html"
    title = "What you asked"

    def context(self) -> Mapping[str, object]:
        return {
            "concerns": my_concerns(self.actor),
            "ask_url": to("ask", ConcernAbout.OTHER),
            "back_url": to("messages"),
        }
