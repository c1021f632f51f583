"""Briefs: reading them, taking them on or not, whom they fit, whom to ask, and what people asked and answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import SomeOfField, WhenField, WordsField
from backend.web.forms import Form
from backend.web.parts import Cell, Step
from backend.web.words import day, pounds, when
from network.bookings.queries import booking_of_invitation
from network.opportunities import kinds, queries, usecases
from network.opportunities.data import BriefPage, Fitting, InboxLine, InvitationLine, QuestionLine
from network.opportunities.fields import LABELS
from network.opportunities.states import BriefMove, BriefState, InvitationState, Recording
from network.organisations.queries import organisation_visible_to
from network.web.team.kit import SureForm, TeamAction, TeamForm, TeamRead, how_long, short_day, to
from network.web.team.words import BRIEF_TONES, LEVELS, MOVES

ASKING = (BriefState.ACCEPTED, BriefState.CHOSEN)
SHOWN_AT_ONCE = 30  # more than anybody asks about one brief; the others' turn comes later
READERS = "The requester reads it."


class Briefs(TeamRead):
    template_name = "network/team/briefs.html"
    title = "Briefs"

    def context(self) -> Mapping[str, object]:
        live = queries.inbox(self.actor, self.at)
        known = {item.line.opportunity_id for item in live}
        others = [line for line in queries.briefs_visible_to(self.actor, self.at) if line.opportunity_id not in known]
        return {
            "groups": [
                (heading, [self._shown(item) for item in live if item.line.state in states])
                for heading, states in (
                    ("To read", (BriefState.SUBMITTED,)),
                    ("People are being asked", (BriefState.ACCEPTED,)),
                    ("Somebody is chosen", (BriefState.CHOSEN,)),
                    ("On hold", (BriefState.ON_HOLD,)),
                )
            ],
            "any": bool(live),
            "drafts": [(line, to("brief", line.opportunity_id)) for line in others if line.state == BriefState.DRAFT],
            "over": [
                (Cell(line.title, url=to("brief", line.opportunity_id)), line.organisation, line.state_words)
                for line in others
                if line.state != BriefState.DRAFT
            ][:50],
            "holds": queries.state_of_holds(),
        }

    def _shown(self, item: InboxLine) -> Mapping[str, object]:
        return {
            "item": item,
            "url": to("brief", item.line.opportunity_id),
            "due": how_long(item.due_at, self.at) if item.due_at else "",
            "late": item.due_at is not None and item.due_at < self.at,
        }


class OneBrief(TeamRead):
    """What every page of one brief needs."""

    @cached_property
    def brief(self) -> BriefPage:
        return queries.brief_visible_to(self.actor, self.id, self.at)


class Brief(OneBrief):
    template_name = "network/team/brief.html"

    def context(self) -> Mapping[str, object]:
        brief, line = self.brief, self.brief.line
        item = next((i for i in queries.inbox(self.actor, self.at) if i.line.opportunity_id == self.id), None)
        asked = queries.invitations_of(self.actor, self.id, self.at) if line.state != BriefState.DRAFT else []
        names = {i.invitation_id: i.known_as for i in asked}
        questions = queries.questions_visible_to(self.actor, self.id)
        organisation = organisation_visible_to(self.actor, line.organisation_id).line
        moves = set(brief.moves)
        return {
            "title": line.title,
            "brief": brief,
            "tone": BRIEF_TONES[line.state],
            "what_next": item.what_next if item else line.next_step,
            "due": how_long(item.due_at, self.at) if item and item.due_at else "",
            "organisation": organisation,
            "organisation_url": to("organisation", line.organisation_id),
            "level": LEVELS[organisation.level],
            "can": {
                "accept": BriefMove.ACCEPT in moves,
                "hold": BriefMove.HOLD in moves,
                "decline": BriefMove.DECLINE in moves,
                "close": BriefMove.CLOSE in moves,
                "match": line.state in (BriefState.SUBMITTED, *ASKING),
                "edit": line.state in (BriefState.DRAFT, BriefState.SUBMITTED, BriefState.ON_HOLD, BriefState.ACCEPTED),
            },
            "unchecked": organisation.state != "in_standing",
            "urls": {
                name: to(f"brief-{name}", self.id) for name in ("accept", "hold", "ask", "decline", "close", "edit")
            }
            | {"match": to("match", self.id)},
            "facts": self._facts(brief),
            "flags": [(LABELS.get(flag.field, ""), flag) for flag in brief.flags],
            "questions": [self._question(q, names.get(q.invitation_id, "")) for q in questions],
            "open_question": next((to("question", q.question_id) for q in questions if q.answered_at is None), ""),
            "asked_rows": [self._asked(i) for i in asked],
            "steps": [
                Step(MOVES.get(m.move, m.move), m.at, f"{m.by}. {m.note}" if m.note else f"{m.by}.", "done")
                for m in brief.history
            ],
            "changes": list(reversed(brief.changes)),
        }

    def _facts(self, brief: BriefPage) -> list[tuple[str, object]]:
        line = brief.line
        return [
            ("Reference", line.reference),
            ("Fee", pounds(line.fee_pence) or None),
            ("When", when(line.starts_at) or None),
            ("Answers by", when(line.answer_by) or None),
            ("Our next word by", day(line.next_word_by) or None),
            ("Comes back", when(brief.hold_until) or None),
        ]

    def _question(self, question: QuestionLine, name: str) -> Mapping[str, object]:
        return {"question": question, "name": name, "url": to("question", question.question_id)}

    def _asked(self, line: InvitationLine) -> tuple[object, ...]:
        booking = booking_of_invitation(line.invitation_id) if line.state == InvitationState.CHOSEN else None
        return (
            line.known_as,
            Cell(line.state_words, url=to("booking", booking) if booking else ""),
            short_day(line.answered_at) if line.answered_at else "Not yet",
            ". ".join(line.why),
        )


# --- what a coordinator does with a brief ---------------------------------------------------------------------------


class Accept(TeamAction):
    done = "Taken on. The requester is told. People who asked to hear of every such request have been told too."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.accept(opportunity_id=self.id, actor=self.actor, at=self.at)
        return to("match", self.id)


class _BriefForm(SureForm):
    """A form about one brief."""

    move: ClassVar[BriefMove | None] = None

    @cached_property
    def brief(self) -> BriefPage:
        return queries.brief_visible_to(self.actor, self.id, self.at)

    def check(self) -> None:
        if self.move is not None and self.move not in self.brief.moves and self.request.method == "GET":
            raise NotFound

    def context(self) -> Mapping[str, object]:
        return {"eyebrow": self.brief.line.title, "back_url": to("brief", self.id), "cancel_url": to("brief", self.id)}

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        self.back_url = self.cancel_url = to("brief", self.id)
        self.eyebrow = f"{self.brief.line.title} · {self.brief.line.organisation}"
        return super().show(form, status, problem)


class HoldForm(Form):
    reason = WordsField(label="Why does it wait?", max_length=500, rows=3)
    until = WhenField(label="Until when?", help_text="Then it comes back to us by itself. Two weeks at most.")
    who_sees: ClassVar = {"reason": READERS, "until": READERS}


class Hold(_BriefForm):
    move = BriefMove.HOLD
    form_class = HoldForm
    title = "Let it wait"
    intro = "A hold has a reason and an end. The number of holds is published."
    button = "Put it on hold"
    done = "On hold. The requester is told why, and until when."

    def initial(self) -> Mapping[str, Any]:
        return {"until": in_days(self.at, 3)}

    def act(self, data: dict[str, Any]) -> str:
        usecases.hold(opportunity_id=self.id, reason=data["reason"], until=data["until"], actor=self.actor, at=self.at)
        return to("brief", self.id)


class AskForm(Form):
    question = WordsField(label="What do you need to know?", max_length=460, rows=4)
    until = WhenField(label="Look again on", help_text="The brief rests until then, or until you take it on.")
    who_sees: ClassVar = {"question": READERS, "until": READERS}


class AskRequester(_BriefForm):
    """A question to the requester is a hold whose reason is the question: they answer by changing their brief."""

    move = BriefMove.HOLD
    form_class = AskForm
    title = "Ask the requester"
    intro = "They are told, and answer by changing their brief. Until then it rests."
    button = "Ask"
    done = "Asked. The brief rests until they have changed it, or until the day you chose."

    def initial(self) -> Mapping[str, Any]:
        return {"until": in_days(self.at, 2)}

    def act(self, data: dict[str, Any]) -> str:
        usecases.hold(
            opportunity_id=self.id,
            reason=f"We need to know: {data['question'].strip()}" if data["question"].strip() else "",
            until=data["until"],
            actor=self.actor,
            at=self.at,
        )
        return to("brief", self.id)


class DeclineForm(Form):
    reason = WordsField(label="Why can we not take it on?", max_length=500, rows=4)
    who_sees: ClassVar = {"reason": f"{READERS} Be kind and clear: what would have to be different?"}


class Decline(_BriefForm):
    move = BriefMove.DECLINE
    form_class = DeclineForm
    title = "Do not take it on"
    button = "Decline with this reason"
    kind = "warning"
    done = "Declined. The requester is told why."

    def act(self, data: dict[str, Any]) -> str:
        usecases.decline(opportunity_id=self.id, reason=data["reason"], actor=self.actor, at=self.at)
        return to("brief", self.id)


class CloseForm(Form):
    reason = WordsField(label="How did it end?", max_length=500, rows=4)
    who_sees: ClassVar = {"reason": "The requester, and everybody who was asked and hears how it ended."}


class Close(_BriefForm):
    move = BriefMove.CLOSE
    form_class = CloseForm
    title = "Close this brief"
    intro = "Everybody who was asked hears how it ended. Those who said yes and were not chosen hear why."
    button = "Close it and tell everybody"
    kind = "warning"
    done = "Closed. Everybody is told."

    def act(self, data: dict[str, Any]) -> str:
        usecases.close_brief(opportunity_id=self.id, reason=data["reason"], actor=self.actor, at=self.at)
        return to("brief", self.id)


def in_days(at: datetime, days: int) -> datetime:
    """Five in the afternoon in London, so many days on."""
    return (at.astimezone(LONDON) + timedelta(days=days)).replace(hour=17, minute=0, second=0, microsecond=0)


# --- whom it fits, and asking them ----------------------------------------------------------------------------------


class InviteForm(Form):
    """The candidates are put in by the page."""

    person_ids = SomeOfField(label="Whom do you ask?", help_text="In fair turn: the one asked least comes first.")
    short_notice_reason = WordsField(
        label="Why ask at such short notice?", required=False, max_length=500, rows=3,
        help_text="It is live and soon. Only people who want such work are here, and we still need a reason.",
    )  # fmt: skip
    who_sees: ClassVar = {
        "person_ids": "Each person you ask sees the whole brief and why we thought of them. "
        "The requester sees nothing of who was asked.",
        "short_notice_reason": "The coordinators.",
    }


class Match(TeamForm):
    """Whom the brief fits by their own terms, and why. Choosing is the coordinator's; answering is theirs."""

    form_class = InviteForm
    template_name = "network/team/match.html"
    title = "Whom does it fit?"
    button = "Ask these people"

    @cached_property
    def brief(self) -> BriefPage:
        return queries.brief_visible_to(self.actor, self.id, self.at)

    @cached_property
    def fitting(self) -> Fitting:
        return usecases.first_in_turn(opportunity_id=self.id, most=SHOWN_AT_ONCE, actor=self.actor, at=self.at)

    def check(self) -> None:
        self.brief  # noqa: B018 - a brief that is not there is refused before anybody is looked at

    @property
    def short_notice(self) -> bool:
        line, written = self.brief.line, self.brief.written
        limit = kinds.policy("short_notice_live_hours", self.at.astimezone(LONDON).date())
        live = written.recording == Recording.LIVE or kinds.kind(line.kind).live
        return live and line.starts_at is not None and line.starts_at - self.at < timedelta(hours=limit)

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        people = form.fields["person_ids"]
        assert isinstance(people, SomeOfField)  # noqa: S101 - as declared above
        shown = self.fitting.shown
        people.choices = [(str(c.person_id), f"{c.known_as} ({c.reference})") for c in shown]
        form.option_hints = {"person_ids": {str(c.person_id): ". ".join(c.reasons) + "." for c in shown}}  # type: ignore[misc]
        if not self.short_notice:
            del form.fields["short_notice_reason"]
        return form

    def context(self) -> Mapping[str, object]:
        line = self.brief.line
        return {
            "brief": self.brief,
            "can_ask": line.state in ASKING and bool(self.fitting.shown),
            "found": self.fitting.found,
            "candidates": self.fitting.shown,
            "more": self.fitting.found - len(self.fitting.shown),
            "taken_on": line.state in ASKING,
            "brief_url": to("brief", self.id),
            "edit_url": to("brief-edit", self.id),
        }

    def act(self, data: dict[str, Any]) -> str:
        sent = usecases.invite(
            opportunity_id=self.id,
            person_ids=[UUID(value) for value in data["person_ids"]],
            short_notice_reason=data.get("short_notice_reason", ""),
            actor=self.actor,
            at=self.at,
        )
        self.tell(f"Asked {len(sent)} {'person' if len(sent) == 1 else 'people'}. Each decides for themselves.")
        return to("brief", self.id)


# --- what people asked ----------------------------------------------------------------------------------------------


class AnswerForm(Form):
    answer = WordsField(label="Your answer", max_length=2000, rows=6)
    who_sees: ClassVar = {"answer": "The person who asked."}


class Question(SureForm):
    """One question of somebody who was asked. The requester learns of it only through us."""

    form_class = AnswerForm
    title = "Answer a question"
    button = "Send the answer"
    done = "Answered. The person is told."
    template_name = "network/team/question.html"

    @cached_property
    def _found(self) -> tuple[QuestionLine, UUID]:
        _, opportunity_id = queries.invitation_of_question(self.id)
        for question in queries.questions_visible_to(self.actor, opportunity_id):
            if question.question_id == self.id:
                return question, opportunity_id
        raise NotFound

    def check(self) -> None:
        self._found  # noqa: B018

    def context(self) -> Mapping[str, object]:
        question, opportunity_id = self._found
        brief = queries.brief_visible_to(self.actor, opportunity_id, self.at)
        return {"question": question, "brief": brief, "brief_url": to("brief", opportunity_id)}

    def act(self, data: dict[str, Any]) -> str:
        usecases.answer_question(question_id=self.id, answer=data["answer"], actor=self.actor, at=self.at)
        return to("brief", self._found[1]) + "#questions"
