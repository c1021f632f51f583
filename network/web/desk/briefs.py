"""Briefs: written in steps and kept as a draft, read through as a person will read them, sent in, followed, ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from backend.kernel.errors import Conflict, Invalid, NotFound, OwnWordsError
from backend.web.fields import WordsField
from backend.web.forms import Form
from backend.web.parts import Row, Task
from backend.web.parts import Step as Moment
from backend.web.words import day, pounds, when
from network.opportunities import queries, usecases
from network.opportunities.data import BriefInput, BriefLine, BriefPage, LanguageFlag, QuestionLine
from network.opportunities.fields import LABELS
from network.opportunities.states import BriefMove, BriefState, Source
from network.organisations.queries import my_organisation
from network.organisations.states import OrganisationState
from network.web.desk.brief_form import BY_SLUG, STEPS, BriefForm, Step, initial_of, step_of
from network.web.desk.kit import DeskAction, DeskForm, DeskRead, OfRequester, SurePage, to
from network.web.desk.words import BRIEF_TONES, MOVES

OPEN = (BriefState.ACCEPTED, BriefState.CHOSEN)
CHANGEABLE = (BriefState.SUBMITTED, BriefState.ON_HOLD, BriefState.ACCEPTED, BriefState.CHOSEN)
ENDED = (BriefState.DECLINED, BriefState.CLOSED, BriefState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class ShownBrief:
    """A brief in a list."""

    line: BriefLine
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownFlag:
    """One phrase to look at again, and where."""

    flag: LanguageFlag
    label: str
    url: str


def shown(line: BriefLine) -> ShownBrief:
    return ShownBrief(line, BRIEF_TONES[line.state], to("brief", line.opportunity_id))


def flags_on(brief: BriefPage, names: frozenset[str] | None = None) -> list[ShownFlag]:
    """The language check, for all fields or for those named."""
    return [
        ShownFlag(flag, LABELS.get(flag.field, ""), to("brief-write", brief.line.opportunity_id, step_of(flag.field)))
        for flag in brief.flags
        if names is None or flag.field in names
    ]


class Briefs(DeskRead):
    template_name = "network/desk/briefs.html"
    title = "Your briefs"

    def context(self) -> Mapping[str, object]:
        lines = [shown(line) for line in queries.briefs_visible_to(self.actor, self.at)]
        mine = my_organisation(self.actor)
        parliament = mine is not None and mine.line.kind == "parliament"
        return {
            "drafts": [b for b in lines if b.line.state == BriefState.DRAFT],
            "live": [b for b in lines if b.line.state not in (BriefState.DRAFT, *ENDED)],
            "ended": [b for b in lines if b.line.state in ENDED],
            "parliament": parliament,
        }


# --- one brief ------------------------------------------------------------------------------------------------------


class OfBrief(OfRequester):
    """A page about one brief of the organisation's own."""

    @cached_property
    def brief(self) -> BriefPage:
        found = queries.brief_visible_to(self.actor, self.id, self.at)
        if found.line.organisation_id != self.organisation_id:
            raise NotFound
        return found

    @property
    def back(self) -> str:
        return to("brief", self.id)


def _tasks(brief: BriefPage, missing: Mapping[str, list[str]]) -> list[Task]:
    left: dict[str, int] = {}
    for name, messages in missing.items():
        left[step_of(name)] = left.get(step_of(name), 0) + len(messages)
    return [
        Task(
            f"{number}. {step.title}",
            to("brief-write", brief.line.opportunity_id, step.slug),
            "to_do" if left.get(step.slug) else "done",
            _answers(left.get(step.slug, 0)),
        )
        for number, step in enumerate(STEPS, 1)
    ]


def _answers(count: int) -> str:
    return "" if not count else ("One answer is still needed" if count == 1 else f"{count} answers are still needed")


def _facts(line: BriefLine) -> list[Row]:
    return [
        Row("Kind of work", line.kind_name),
        Row("When", when(line.starts_at) or None),
        Row("Fee", pounds(line.fee_pence) or None, note="For the person, before expenses."),
        Row("Answers by", when(line.answer_by) or None),
        Row("Our next word by", day(line.next_word_by) or None, note="The same for everybody who asks."),
    ]


def plain_of(brief: BriefPage) -> list[tuple[str, list[Row]]]:
    """The brief as the person reads it: the same words in the same order."""
    return [(s.heading, [Row(p.label, p.text) for p in s.paragraphs]) for s in brief.plain]


def _history(brief: BriefPage) -> list[Moment]:
    return [
        Moment(MOVES.get(m.move, "Changed"), m.at, "" if m.move == "promise" else m.note, "done") for m in brief.history
    ]


class Brief(OfBrief, DeskRead):
    """A draft shows what is left to write; a brief that was sent in shows where it stands. The page has the same shape
    whoever there is to ask (control C2)."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        draft = self.brief.line.state == BriefState.DRAFT
        self.template_name = f"network/desk/{'draft' if draft else 'brief'}.html"  # type: ignore[misc]
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, object]:
        brief, line = self.brief, self.brief.line
        common: dict[str, object] = {"title": line.title, "brief": brief, "back_url": to("briefs"), "id": self.id}
        if line.state == BriefState.DRAFT:
            missing = usecases.still_missing(opportunity_id=self.id, actor=self.actor, at=self.at)
            tasks = _tasks(brief, missing)
            first = next((task for task in tasks if task.state == "to_do"), None)
            return common | {"tasks": tasks, "first": first, "ready": not missing}
        questions = queries.questions_visible_to(self.actor, self.id)
        changeable = line.state in CHANGEABLE
        return common | {
            "shown": shown(line),
            "facts": _facts(line),
            "plain": plain_of(brief),
            "history": _history(brief),
            "waiting": [q for q in questions if q.answered_at is None],
            "answered": [q for q in questions if q.answered_at is not None],
            "may_look": line.state in OPEN,
            "time_to_choose": line.state in OPEN and line.answer_by is not None and line.answer_by <= self.at,
            "changeable": changeable,
            "steps": [Task(step.title, to("brief-write", self.id, step.slug)) for step in STEPS] if changeable else [],
            "can_close": BriefMove.CLOSE in brief.moves,
            "can_withdraw": BriefMove.WITHDRAW in brief.moves,
        }


# --- writing --------------------------------------------------------------------------------------------------------


class NewBrief(DeskForm):
    """The first answer makes the draft."""

    template_name = "network/desk/write.html"
    title = STEPS[0].title
    intro = "You can stop at any point: what you have written is kept as a draft that only your organisation sees."
    button = "Save and go on"
    done = "Your draft is saved."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = to("briefs")
        self.eyebrow = f"Step 1 of {len(STEPS)}"
        return {}

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        return BriefForm(STEPS[0], "", data=data, initial=dict(self.initial()))

    def act(self, data: dict[str, Any]) -> str:
        made = usecases.save_draft(
            brief=BriefInput(kind=data["kind"], title=data["title"]),
            organisation_id=self.organisation_id,
            source=Source.WEB,
            actor=self.actor,
            at=self.at,
        )
        return to("brief-write", made.opportunity_id, STEPS[1].slug)


class Write(OfBrief, DeskForm):
    """One step of a brief: kept as a draft, or as a change that everybody it touches is shown."""

    template_name = "network/desk/write.html"
    form: BriefForm

    @property
    def step(self) -> Step:
        found = BY_SLUG.get(self.kwargs["step"])
        if found is None:
            raise NotFound
        return found

    @property
    def draft(self) -> bool:
        return self.brief.line.state == BriefState.DRAFT

    def open(self) -> None:
        if not self.draft and self.brief.line.state not in CHANGEABLE:
            raise Conflict("This brief cannot be changed now.", next_step="Copy it into a new one, or ask the network.")

    def initial(self) -> Mapping[str, Any]:
        step = self.step
        self.title, self.intro = step.title, step.intro
        self.back_url = self.cancel_url = self.back
        self.eyebrow = (
            f"Step {STEPS.index(step) + 1} of {len(STEPS)}" if self.draft else "Change a brief that was sent in"
        )
        self.button = "Save and go on" if self.draft else "Save the change"
        return initial_of(step, self.brief.written) | {"version": self.brief.version}

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        first = dict(self.initial())
        kind = self.brief.written.kind
        self.form = BriefForm(self.step, kind, data=data, initial=first, draft=self.draft, on=self.at)
        return self.form

    def context(self) -> Mapping[str, object]:
        step = self.step
        names = frozenset(step.names) | (frozenset({"extras"}) if step.extras else frozenset())
        kind = step.slug == "kind"
        return {
            "flags": flags_on(self.brief, names),
            "changing": not self.draft,
            "kinds_note": kind and bool(self.brief.written.kind),
        }

    def show(self, form: Form, status: int = 200, problem: OwnWordsError | None = None) -> HttpResponse:
        if isinstance(problem, Conflict) and form.is_bound:
            # What was typed is still there; sending it again says that it shall stand.
            again = self.request.POST.copy()
            again["version"] = str(self.brief.version)
            form.data = again
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        brief = self.form.brief(self.brief.written)
        version = self.brief.version if data["version"] is None else data["version"]
        if self.draft:
            usecases.save_draft(
                brief=brief,
                organisation_id=self.organisation_id,
                source=Source.WEB,
                opportunity_id=self.id,
                expected_version=version,
                actor=self.actor,
                at=self.at,
            )
            number = STEPS.index(self.step) + 1
            return to("brief-write", self.id, STEPS[number].slug) if number < len(STEPS) else to("brief", self.id)
        usecases.change_brief(
            opportunity_id=self.id, brief=brief, expected_version=version, actor=self.actor, at=self.at
        )
        self.tell("Changed. Everybody whom it touches is shown what was there before and what is there now.")
        return self.back


class Check(OfBrief, DeskForm):
    """The brief as a person will read it, what guides say about some words, and sending it in."""

    template_name = "network/desk/check.html"
    form_class = Form
    title = "Read it as they will"
    button = "Send it in"
    done = "Your brief is in. A coordinator reads it next."

    def open(self) -> None:
        if self.brief.line.state != BriefState.DRAFT:
            raise Conflict("This brief was sent in already.", next_step="Look at it on its own page.")

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.back
        return {}

    def context(self) -> Mapping[str, object]:
        missing = usecases.still_missing(opportunity_id=self.id, actor=self.actor, at=self.at)
        mine = my_organisation(self.actor)
        return {
            "plain": plain_of(self.brief),
            "eyebrow": self.brief.line.title,
            "flags": flags_on(self.brief),
            "missing": [task for task in _tasks(self.brief, missing) if task.state == "to_do"],
            "unchecked": mine is not None and mine.line.state == OrganisationState.APPLIED,
        }

    def act(self, data: dict[str, Any]) -> str:
        try:
            usecases.submit_brief(opportunity_id=self.id, actor=self.actor, at=self.at)
        except Invalid as problem:
            # Each thing that is missing is listed above with a link to its step; one line is enough here.
            raise Invalid({"": ["Some answers are still missing. They are listed on this page."]}) from problem
        return self.back


class CopyBrief(OfBrief, DeskAction):
    done = "Here is a new draft with the same answers. The times are left out on purpose."

    def act(self, data: Mapping[str, Any]) -> str:
        made = usecases.copy_brief(
            opportunity_id=self.brief.line.opportunity_id, source=Source.WEB, actor=self.actor, at=self.at
        )
        return to("brief", made.opportunity_id)


# --- ending ---------------------------------------------------------------------------------------------------------


class ReasonForm(Form):
    reason = WordsField(
        label="The reason", max_length=500, rows=3, who_sees="Everybody who was asked. It is passed on as you write it."
    )


class DraftReasonForm(Form):
    """Nobody has seen a draft, so nobody is owed a reason."""


class Withdraw(OfBrief, SurePage):
    form_class = ReasonForm
    title = "Take this brief back"
    button = "Take it back"
    kind = "warning"
    done = "Taken back."

    def open(self) -> None:
        if BriefMove.WITHDRAW not in self.brief.moves:
            raise Conflict("This brief cannot be taken back now.")

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.brief.line.title
        self.back_url = self.cancel_url = self.back
        self.intro = (
            "Only your organisation has seen this draft. It is closed and kept with your earlier briefs."
            if self.unsent
            else "Nobody is asked any more, and everybody who was asked hears why."
        )
        return {}

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.initial()
        return (DraftReasonForm if self.unsent else ReasonForm)(data=data)

    @property
    def unsent(self) -> bool:
        """Never sent in, whatever its state is now: so that a second sending of the form is read like the first."""
        return self.brief.line.next_word_by is None

    def act(self, data: dict[str, Any]) -> str:
        usecases.withdraw_brief(opportunity_id=self.id, reason=data.get("reason", ""), actor=self.actor, at=self.at)
        return to("briefs")


class Close(OfBrief, SurePage):
    form_class = ReasonForm
    title = "Close this brief"
    intro = "Everybody who was asked and has not heard from you yet hears how it ended."
    button = "Close it"
    done = "Closed. Everybody who was asked hears how it ended."

    def open(self) -> None:
        if BriefMove.CLOSE not in self.brief.moves:
            raise Conflict("This brief cannot be closed now.")

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.brief.line.title
        self.back_url = self.cancel_url = self.back
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.close_brief(opportunity_id=self.id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.back


# --- questions ------------------------------------------------------------------------------------------------------


class AnswerForm(Form):
    answer = WordsField(
        label="Your answer", max_length=2000, who_sees="The person who asked, and the network’s coordinators."
    )


class AnswerQuestion(OfBrief, DeskForm):
    """Answer somebody who said yes and asked something."""

    template_name = "network/desk/question.html"
    form_class = AnswerForm
    title = "Answer a question"
    button = "Send the answer"
    done = "Sent. The person who asked gets a message."

    def _question(self) -> QuestionLine:
        asked: UUID = self.kwargs["question"]
        for question in queries.questions_visible_to(self.actor, self.brief.line.opportunity_id):
            if question.question_id == asked:
                return question
        raise NotFound

    def open(self) -> None:
        if self._question().answered_at is not None:
            raise Conflict("This question was answered already.")

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.brief.line.title
        self.back_url = self.cancel_url = self.back
        return {}

    def context(self) -> Mapping[str, object]:
        return {"question": self._question()}

    def act(self, data: dict[str, Any]) -> str:
        usecases.answer_question(
            question_id=self._question().question_id, answer=data["answer"], actor=self.actor, at=self.at
        )
        return self.back


# --- Parliament -----------------------------------------------------------------------------------------------------


class Calls(DeskRead):
    """Parliament's open calls for evidence, the soonest to close first."""

    template_name = "network/desk/calls.html"
    title = "Open calls for evidence"

    def context(self) -> Mapping[str, object]:
        return {"calls": queries.calls_visible_to(self.actor, self.at), "back_url": to("briefs")}


class StartFromCall(DeskAction):
    done = "Here is a draft with what Parliament has published. The fee, the times and the care are yours to fill in."

    def act(self, data: Mapping[str, Any]) -> str:
        made = usecases.brief_from_call(
            call_id=self.id, organisation_id=self.organisation_id, actor=self.actor, at=self.at
        )
        return to("brief", made.opportunity_id)
