"""What people asked us or were worried about, complaints, and the safeguarding lead's first page.

A worry goes to the safeguarding lead only, because it may be about a coordinator; so does a complaint.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from backend.audit.queries import entry
from backend.kernel.actor import Role
from backend.kernel.errors import NotFound
from backend.web.fields import WordsField
from backend.web.forms import Form
from backend.web.parts import Task, Tile
from backend.web.words import when
from network.breakglass import queries as glasses
from network.casework import queries as casework
from network.concerns import queries, usecases
from network.concerns.data import ConcernLine
from network.concerns.states import ConcernAbout, ConcernKind, ConcernState
from network.nevertell import queries as never_tell
from network.notifications.queries import unread_count
from network.opportunities.queries import state_of_holds
from network.people.queries import people_visible_to
from network.privacy import usecases as privacy
from network.privacy.data import ComplaintLine
from network.privacy.states import ComplaintAbout, ComplaintState
from network.web.team.kit import SUPPORT, Next, SureForm, TeamRead, count_words, to

ABOUT: Mapping[str, str] = {
    ConcernAbout.LOOK: "about who looked at their details",
    ConcernAbout.BOOKING: "about a booking",
    ConcernAbout.REQUEST: "about a request",
    ConcernAbout.MONEY: "about money",
    ConcernAbout.SESSION: "about a mentoring session",
    ConcernAbout.OTHER: "about something else",
}


class Safeguarding(TeamRead):
    """The safeguarding lead's first page."""

    roles = (Role.SAFEGUARDING,)
    template_name = "network/team/safeguarding.html"
    title = "What needs you"

    def context(self) -> Mapping[str, object]:
        concerns = queries.open_concerns(actor=self.actor, at=self.at)
        complaints = [c for c in privacy.complaints_visible_to(self.actor) if c.state != ComplaintState.ANSWERED]
        unassigned = [p for p in people_visible_to(actor=self.actor, at=self.at) if p.assigned_to_me]
        waiting = []
        if concerns:
            sentence = count_words(
                concerns, "Somebody has asked or is worried.", "{} questions and worries have no answer."
            )
            waiting.append(Next(sentence, "Read what they say", to("asked"), "They see that you have read it."))
        if complaints:
            sentence = count_words(len(complaints), "One complaint is open.", "{} complaints are open.")
            waiting.append(Next(sentence, "Read it" if len(complaints) == 1 else "Read them", to("complaints")))
        for number, one, many, button, url in (
            (casework.open_alerts(actor=self.actor), "A look was unusual.", "{} looks were unusual.", "See why",
             to("alerts")),
            (never_tell.open_hits(actor=self.actor), "Somebody who asks may be on a person’s list.",
             "{} times somebody who asks may be on a person’s list.", "Decide", to("safe-matches")),
            (glasses.to_review(actor=self.actor), "An emergency waits for its review.",
             "{} emergencies wait for their review.", "Look at it again", to("glasses")),
        ):  # fmt: skip
            if number:
                waiting.insert(0, Next(count_words(number, one, many), button, url))
        return {
            "more": [("Never-tell matches", to("safe-matches")), ("Unusual looks", to("alerts"))],
            "next": waiting[0] if waiting else None,
            "also": [Task(item.sentence, item.url, hint=item.hint) for item in waiting[1:]],
            "tiles": [
                Tile("Asked or worried", concerns, "without an answer", to("asked"), "wait" if concerns else "good"),
                Tile("Complaints", len(complaints), "open", to("complaints"), "wait" if complaints else "good"),
                Tile("Briefs held", state_of_holds(), "ever; published"),
                Tile("You work with", len(unassigned), "people", to("people")),
            ],
            "unread": unread_count(self.actor),
            "messages_url": to("messages"),
        }


def look_words(line: ConcernLine) -> str:
    """The entry of “who looked” that somebody asks about, in words: what, when, and for which task."""
    seen = entry(line.about_id) if line.about is ConcernAbout.LOOK and line.about_id else None
    if seen is None or line.person_id != seen.person_id:
        return ""
    task = seen.context.removeprefix("task:") if seen.context.startswith("task:") else ""
    what = " and ".join(seen.categories).replace("_", " ")
    who = "given to an organisation" if seen.released else f"seen by a {seen.actor_role.replace('_', ' ')}"
    return f"{what.capitalize()}, {who}, {when(seen.at)}" + (f", for “{task}”" if task else "")


class Asked(TeamRead):
    """What came to this member of staff: for a coordinator, the questions of the people they work with."""

    roles = SUPPORT
    template_name = "network/team/asked.html"
    title = "Asked and worried"

    def context(self) -> Mapping[str, object]:
        lines = queries.concerns_visible_to(actor=self.actor, at=self.at)
        return {
            "open": [self._shown(c) for c in lines if c.state is ConcernState.OPEN],
            "answered": [self._shown(c) for c in lines if c.state is ConcernState.ANSWERED],
            "lead": self.actor.has(Role.SAFEGUARDING),
        }

    def _shown(self, line: ConcernLine) -> Mapping[str, object]:
        return {
            "line": line,
            "about": ABOUT[line.about],
            "look": look_words(line),
            "worry": line.kind is ConcernKind.WORRY,
            "url": to("asked-answer", line.concern_id),
        }


class AnswerForm(Form):
    answer = WordsField(label="Your answer", max_length=4000, rows=6)
    who_sees: ClassVar = {"answer": "The person who wrote to us."}


class Answer(SureForm):
    roles = SUPPORT
    form_class = AnswerForm
    template_name = "network/team/asked_answer.html"
    title = "Answer"
    button = "Send the answer"
    done = "Answered. The person is told."

    @cached_property
    def line(self) -> ConcernLine:
        return queries.concern_visible_to(actor=self.actor, concern_id=self.id, at=self.at)

    def check(self) -> None:
        self.title = f"Answer {self.line.known_as}"
        self.back_url = self.cancel_url = to("asked")

    def context(self) -> Mapping[str, object]:
        return {"concern": self.line, "about": ABOUT[self.line.about], "look": look_words(self.line)}

    def act(self, data: dict[str, Any]) -> str:
        usecases.answer_concern(concern_id=self.id, answer=data["answer"], actor=self.actor, at=self.at)
        return to("asked")


# --- complaints -----------------------------------------------------------------------------------------------------

COMPLAINT_ABOUT: Mapping[str, str] = {
    ComplaintAbout.DATA: "About somebody’s data",
    ComplaintAbout.TREATMENT: "About how somebody was treated",
    ComplaintAbout.SITE: "About this site",
    ComplaintAbout.OTHER: "About something else",
}


class Complaints(TeamRead):
    roles = (Role.SAFEGUARDING,)
    template_name = "network/team/complaints.html"
    title = "Complaints"

    def context(self) -> Mapping[str, object]:
        lines = privacy.complaints_visible_to(self.actor)
        return {
            "open": [self._shown(c) for c in lines if c.state != ComplaintState.ANSWERED],
            "answered": [self._shown(c) for c in lines if c.state == ComplaintState.ANSWERED],
        }

    def _shown(self, line: ComplaintLine) -> Mapping[str, object]:
        return {"line": line, "about": COMPLAINT_ABOUT[line.about], "url": to("complaint", line.complaint_id)}


class ComplaintForm(Form):
    answer = WordsField(label="What did you answer, and what was done?", max_length=4000, rows=6)
    who_sees: ClassVar = {"answer": "The safeguarding lead. Write to them yourself if they left an address."}


class Complaint(SureForm):
    roles = (Role.SAFEGUARDING,)
    form_class = ComplaintForm
    template_name = "network/team/complaint.html"
    title = "A complaint"
    button = "Write it down and close it"
    done = "Closed, with what was answered and done."

    @cached_property
    def line(self) -> ComplaintLine:
        for line in privacy.complaints_visible_to(self.actor):
            if line.complaint_id == self.id:
                return line
        raise NotFound

    def check(self) -> None:
        self.title = f"Complaint {self.line.reference}"
        self.back_url = self.cancel_url = to("complaints")

    def context(self) -> Mapping[str, object]:
        return {
            "complaint": self.line,
            "about": COMPLAINT_ABOUT[self.line.about],
            "is_open": self.line.state != ComplaintState.ANSWERED,
        }

    def act(self, data: dict[str, Any]) -> str:
        privacy.answer_complaint(complaint_id=self.id, answer=data["answer"], actor=self.actor, at=self.at)
        return to("complaints")
