"""Writing a brief with its requester: a draft made from a call of Parliament, or a change they asked us for. The same
steps and the same words as on the requester's own pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import HttpResponse, QueryDict

from backend.kernel.errors import Conflict, Invalid, NotFound, OwnWordsError
from backend.web.forms import Form
from backend.web.parts import Task
from network.opportunities import queries, usecases
from network.opportunities.data import BriefPage
from network.opportunities.states import BriefState, Source
from network.web.desk.brief_form import BY_SLUG, STEPS, BriefForm, Step, initial_of, step_of
from network.web.team.kit import OfCoordinators, SureForm, TeamForm, to

CHANGEABLE = (BriefState.SUBMITTED, BriefState.ON_HOLD, BriefState.ACCEPTED, BriefState.CHOSEN)


class _OfBrief(OfCoordinators):
    @cached_property
    def brief(self) -> BriefPage:
        found = queries.brief_visible_to(self.actor, self.id, self.at)
        if found.line.state != BriefState.DRAFT and found.line.state not in CHANGEABLE:
            raise Conflict("This brief cannot be changed now.")
        return found

    @property
    def draft(self) -> bool:
        return bool(self.brief.line.state == BriefState.DRAFT)


class Edit(_OfBrief, SureForm):
    """The steps of a brief; for a draft also what is still open, and sending it in."""

    form_class = Form
    template_name = "network/team/brief_edit.html"
    button = "Send it in"
    done = "The brief is in. Read it as it will be read, then take it on."

    def check(self) -> None:
        self.title = "Fill in this draft" if self.draft else "Change it with them"
        self.back_url = to("brief", self.id)
        self.eyebrow = f"{self.brief.line.title} · {self.brief.line.organisation}"

    def context(self) -> Mapping[str, object]:
        missing = usecases.still_missing(opportunity_id=self.id, actor=self.actor, at=self.at) if self.draft else {}
        left: dict[str, int] = {}
        for name, messages in missing.items():
            left[step_of(name)] = left.get(step_of(name), 0) + len(messages)
        return {
            "brief": self.brief,
            "draft": self.draft,
            "ready": self.draft and not missing,
            "tasks": [
                Task(
                    f"{number}. {step.title}",
                    to("brief-write", self.id, step.slug),
                    ("to_do" if left.get(step.slug) else "done") if self.draft else "",
                    "" if not left.get(step.slug) else f"Still open: {left[step.slug]}",
                )
                for number, step in enumerate(STEPS, 1)
            ],
        }

    def act(self, data: dict[str, Any]) -> str:
        try:
            usecases.submit_brief(opportunity_id=self.id, actor=self.actor, at=self.at)
        except Invalid as problem:
            # What is missing is counted on the steps below; one line is enough here.
            raise Invalid({"": ["Some answers are still missing. The steps below say where."]}) from problem
        return to("brief", self.id)


class Write(_OfBrief, TeamForm):
    """One step."""

    template_name = "network/team/brief_write.html"
    form: BriefForm

    @property
    def step(self) -> Step:
        found = BY_SLUG.get(self.kwargs["step"])
        if found is None:
            raise NotFound
        return found

    def check(self) -> None:
        self.title, self.intro = self.step.title, self.step.intro
        self.back_url = self.cancel_url = to("brief-edit", self.id)
        self.eyebrow = f"{self.brief.line.title} · step {STEPS.index(self.step) + 1} of {len(STEPS)}"
        self.button = "Save and go on" if self.draft else "Save the change"

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        first = initial_of(self.step, self.brief.written) | {"version": self.brief.version}
        kind = self.brief.written.kind
        self.form = BriefForm(self.step, kind, data=data, initial=first, draft=self.draft, on=self.at)
        return self.form

    def context(self) -> Mapping[str, object]:
        return {"changing": not self.draft}

    def show(self, form: Form, status: int = 200, problem: OwnWordsError | None = None) -> HttpResponse:
        if isinstance(problem, Conflict) and form.is_bound:
            # What was typed is still there; sending it again says that it shall stand.
            kept = QueryDict(mutable=True)
            kept.update(self.request.POST)
            kept["version"] = str(self.brief.version)
            form.data = kept
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        brief = self.form.brief(self.brief.written)
        version = self.brief.version if data["version"] is None else data["version"]
        if self.draft:
            usecases.save_draft(
                brief=brief,
                organisation_id=self.brief.line.organisation_id,
                source=Source(self.brief.line.source),
                opportunity_id=self.id,
                expected_version=version,
                actor=self.actor,
                at=self.at,
            )
            number = STEPS.index(self.step) + 1
            return to("brief-write", self.id, STEPS[number].slug) if number < len(STEPS) else to("brief-edit", self.id)
        usecases.change_brief(
            opportunity_id=self.id, brief=brief, expected_version=version, actor=self.actor, at=self.at
        )
        self.tell("Changed. Everybody whom it touches is shown what was there before and what is there now.")
        return to("brief", self.id)
