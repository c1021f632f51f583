"""Breaking the glass: asking, the second person, looking, and judging it afterwards (threat model 5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.shortcuts import render

from backend.accounts.queries import known_as
from backend.kernel.actor import Role
from backend.kernel.errors import Conflict, StepUpNeeded
from backend.web.fields import OneOfField, TickField, WordsField
from backend.web.forms import Form
from network.breakglass import queries, usecases
from network.breakglass.data import GlassLine
from network.breakglass.states import Emergency, FieldGroup, GlassMove, GlassState, Outcome
from network.consent import gate
from network.people.queries import reference_of
from network.web.team.kit import SUPPORT, SureForm, TeamAction, TeamRead, to

OVERSIGHT = (*SUPPORT, Role.ADMIN)
EMERGENCIES = (
    (Emergency.LIFE, "Somebody may be hurt, or in danger of their life", "Ring 999 first if it cannot wait."),
    (Emergency.CHILD, "A child may be in danger", ""),
    (Emergency.MISSING, "They did not arrive, and nobody can reach them", ""),
    (Emergency.HEALTH, "They were taken ill", ""),
)
GROUPS = (
    (FieldGroup.CONTACT, "How to reach them", "Email and telephone"),
    (FieldGroup.SUPPORTER, "Their supporter", "The name and contact that they gave"),
    (FieldGroup.NAME, "Their name", ""),
    (FieldGroup.PLACE, "Where they live", "Town and region"),
    (FieldGroup.ACCESS_NEEDS, "What they need to take part", ""),
)
OUTCOMES = (
    (Outcome.RIGHT, "It was needed, and right", ""),
    (Outcome.AVOIDABLE, "Meant well; another way would have done", ""),
    (Outcome.WRONG, "It should not have happened", "Talk to the person and to the data-protection officer."),
)
STATES: Mapping[str, tuple[str, str]] = {
    GlassState.ASKED: ("Waits for a second person", "wait"),
    GlassState.OPEN: ("Open", "bad"),
    GlassState.REFUSED: ("Refused", "quiet"),
    GlassState.TAKEN_BACK: ("Taken back", "quiet"),
    GlassState.LAPSED: ("Nobody opened it in time", "quiet"),
    GlassState.ENDED: ("Closed, waits for its review", "wait"),
    GlassState.REVIEWED: ("Reviewed", "good"),
}
FIELDS: Mapping[str, str] = {
    "email": "Email",
    "phone": "Telephone",
    "supporter_name": "Supporter",
    "supporter_contact": "How to reach the supporter",
    "name_full": "Name",
    "name_first": "First name",
    "pronouns": "Pronouns",
    "place_exact": "Town",
    "place_region": "Region",
    "access_needs": "What they need",
}


def _label(choices: tuple[tuple[str, str, str], ...], value: str) -> str:
    return next((label for code, label, _ in choices if code == value), "")


class AskForm(Form):
    category = OneOfField(label="What is happening?", choices=EMERGENCIES)
    group = OneOfField(label="Which one do you need?", choices=GROUPS)
    reason = WordsField(label="Why, and why now?", help_text="At least 20 characters.", max_length=2000, rows=4)
    seal = TickField(
        label="Knowing it now would put them in danger: keep it from their list for 30 days",
        help_text="Only if the second person agrees, and one of you is the safeguarding lead.",
        required=False,
    )
    who_sees: ClassVar = {
        "category": "The second person, whoever reviews it, and the network’s administrator.",
        "group": "The person, in their list of who looked.",
        "reason": "The second person, and whoever reviews it.",
    }


class Ask(SureForm):
    roles = SUPPORT
    form_class = AskForm
    title = "Break the glass"
    intro = "For danger to somebody’s life or welfare, and nothing else. A second person is called now."
    button = "Call a second person"
    kind = "warning"

    def check(self) -> None:
        self.eyebrow = reference_of(self.id, erased_too=False)
        if not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded
        self.back_url = self.cancel_url = to("people")

    def act(self, data: dict[str, Any]) -> str:
        made = usecases.ask(
            person_id=self.id, category=Emergency(data["category"]), group=FieldGroup(data["group"]),
            reason=data["reason"], seal=data["seal"], actor=self.actor, at=self.at,
        )  # fmt: skip
        return to("glass", made)


class Glasses(TeamRead):
    roles = OVERSIGHT
    template_name = "network/team/glasses.html"
    title = "Emergencies"

    def context(self) -> Mapping[str, object]:
        lines = queries.glasses_visible_to(actor=self.actor)
        names = known_as({line.asked_by for line in lines})
        return {"glasses": [_shown(line, names.get(line.asked_by, ""), to("glass", line.glass_id)) for line in lines]}


def _shown(line: GlassLine, by: str, url: str) -> Mapping[str, object]:
    return {
        "line": line,
        "reference": reference_of(line.person_id),
        "by": by or "A colleague",
        "what": _label(EMERGENCIES, line.category),
        "group": _label(GROUPS, line.group),
        "words": STATES[line.state][0],
        "tone": STATES[line.state][1],
        "url": url,
    }


class Glass(TeamRead):
    roles = OVERSIGHT
    template_name = "network/team/glass.html"

    def context(self) -> Mapping[str, object]:
        line = queries.glass_visible_to(glass_id=self.id, actor=self.actor)
        names = known_as({line.asked_by, *([line.answered_by] if line.answered_by else [])})
        lead = self.actor.has(Role.SAFEGUARDING, Role.ADMIN)
        return {
            **_shown(line, names.get(line.asked_by, ""), ""),
            "title": f"Emergency, {reference_of(line.person_id)}",
            "second": names.get(line.answered_by, "A colleague") if line.answered_by else "",
            "moves": frozenset(str(move) for move in line.moves),
            "may_look": line.mine and line.state is GlassState.OPEN,
            "may_seal": lead and line.opened_at is not None and not line.alone,
            "outcome": _label(OUTCOMES, line.outcome),
            "urls": {
                name: to(f"glass-{name}", self.id)
                for name in ("look", "approve", "refuse", "alone", "close", "review", "seal", "seal-agree")
            },
            "seal_agree_url": to("glass-seal-agree", self.id),
            "back_url": to("glasses"),
        }


class OneGlass(SureForm):
    """A form about one emergency, for those whose move it is."""

    move: ClassVar[GlassMove]

    @cached_property
    def line(self) -> GlassLine:
        return queries.glass_visible_to(glass_id=self.id, actor=self.actor)

    def check(self) -> None:
        self.back_url = self.cancel_url = to("glass", self.id)
        if self.move not in self.line.moves:
            raise Conflict("This cannot be done now, or not by you.", next_step="Look at it again.")

    def facts(self) -> Mapping[str, object]:
        return {
            "What is happening": _label(EMERGENCIES, self.line.category),
            "Asked for": _label(GROUPS, self.line.group),
            "Why": self.line.reason or None,
        }


class ApproveForm(Form):
    seal = TickField(
        label="I agree that knowing it now would put them in danger: keep it from their list for 30 days",
        required=False,
    )


class Approve(OneGlass):
    """The second person. It needs a fresh proof that it is them."""

    roles = SUPPORT
    form_class = ApproveForm
    move = GlassMove.APPROVE
    title = "Open it together?"
    intro = "It opens one group of details for half an hour, to whoever asked. The person sees it."
    button = "Yes, open it"
    kind = "warning"
    done = "Opened, for half an hour, to whoever asked."

    def check(self) -> None:
        super().check()
        if not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        if not self.line.seal_wanted:
            del form.fields["seal"]
        return form

    def act(self, data: dict[str, Any]) -> str:
        usecases.approve(glass_id=self.id, seal=data.get("seal", False), actor=self.actor, at=self.at)
        return to("glass", self.id)


class GlassAction(TeamAction):
    roles = SUPPORT

    def step_up_next(self) -> str:
        return to("glass", self.id)


class Refuse(GlassAction):
    done = "Refused. Nothing was opened."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.refuse(glass_id=self.id, actor=self.actor, at=self.at)
        return to("glasses")


class OpenAlone(GlassAction):
    done = "Opened. The safeguarding lead and the administrator have been told that you were alone."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.open_alone(glass_id=self.id, actor=self.actor, at=self.at)
        return to("glass", self.id)


class CloseGlass(GlassAction):
    done = "Closed."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.close(glass_id=self.id, actor=self.actor, at=self.at)
        return to("glass", self.id)


class Look(GlassAction):
    """What is behind the glass, to read and no more. By POST: nothing of it stands in a history."""

    once = False  # each look is written down

    def act(self, data: Mapping[str, Any]) -> HttpResponseBase:
        with gate.window():
            found = gate.break_glass(glass_id=self.id, actor=self.actor, at=self.at)
            rows = [(FIELDS[field], value or "They have not told us") for field, value in found]
            line = queries.glass_visible_to(glass_id=self.id, actor=self.actor)
            return render(
                self.request,
                "network/team/glass_look.html",
                {"title": _label(GROUPS, line.group), "rows": rows, "line": line, "back_url": to("glass", self.id)},
            )


class ReviewForm(Form):
    outcome = OneOfField(label="Looking back", choices=OUTCOMES)
    words = WordsField(label="What did you find, and what follows?", help_text="At least 20 characters.",
                       max_length=2000, rows=5)  # fmt: skip
    who_sees: ClassVar = {
        "outcome": "Those concerned, and the network’s administrator.",
        "words": "Whoever asked, the second person and safeguarding leads.",
    }


class Review(OneGlass):
    roles = (Role.SAFEGUARDING, Role.ADMIN)
    form_class = ReviewForm
    move = GlassMove.REVIEW
    title = "Look at it again"
    button = "Keep the review"
    done = "Reviewed."

    def act(self, data: dict[str, Any]) -> str:
        usecases.review(
            glass_id=self.id, outcome=Outcome(data["outcome"]), words=data["words"], actor=self.actor, at=self.at
        )
        return to("glass", self.id)


class SealLook(GlassAction):
    roles = (Role.SAFEGUARDING, Role.ADMIN)
    done = "Asked for. It is kept back only when a second person agrees."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.ask_to_seal(glass_id=self.id, actor=self.actor, at=self.at)
        return to("glass", self.id)


class AgreeToSeal(GlassAction):
    roles = (Role.SAFEGUARDING, Role.ADMIN)
    done = "Kept back for 30 days. It shows by itself after that."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.confirm_seal(glass_id=self.id, actor=self.actor, at=self.at)
        return to("glass", self.id)
