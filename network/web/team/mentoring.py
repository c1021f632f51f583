"""Mentoring: suggesting that two people meet, and following it. They answer, each for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms

from backend.kernel.clock import LONDON
from backend.web.fields import DateField, OneOfField, WordsField
from backend.web.forms import Form
from backend.web.words import day, pounds
from network.mentoring import queries, usecases
from network.mentoring.data import PairingLine
from network.mentoring.states import PairingMove, PairingState
from network.people.queries import people_visible_to
from network.people.states import PersonState
from network.web.team.kit import SureForm, TeamAction, TeamRead, to
from network.web.team.words import PAIRING_TONES


class Mentoring(TeamRead):
    template_name = "network/team/mentoring.html"
    title = "Mentoring"

    def context(self) -> Mapping[str, object]:
        lines = queries.pairings_visible_to(self.actor, self.at)
        live = (PairingState.PROPOSED, PairingState.ACTIVE)
        return {
            "live": [self._shown(p) for p in lines if p.state in live],
            "over": [self._shown(p) for p in lines if p.state not in live],
            "room": queries.mentors_with_room(self.actor, self.at),
            "propose_url": to("pairing-new"),
        }

    def _shown(self, line: PairingLine) -> Mapping[str, object]:
        return {
            "line": line,
            "names": names_of(line),
            "tone": PAIRING_TONES.get(line.state, "quiet"),
            "url": to("pairing", line.pairing_id),
            "minutes": sum(s.minutes for s in line.sessions),
        }


def names_of(line: PairingLine) -> str:
    return f"{line.mentor} and {line.mentee}"


class ProposeForm(Form):
    """The people are put in by the page."""

    mentor_id = OneOfField(label="Who would pass the mic on?", help_text="They offered to mentor and have room.")
    mentee_id = OneOfField(label="To whom?", help_text="People you work with.")
    why = WordsField(label="Why these two?", max_length=300, rows=3)
    who_sees: ClassVar = {
        "mentor_id": "Neither learns who the other is before both have said yes.",
        "mentee_id": "Neither learns who the other is before both have said yes.",
        "why": "Both read it. Do not say who the other one is.",
    }


class Propose(SureForm):
    form_class = ProposeForm
    title = "Suggest that two people meet"
    intro = "Each says yes or no for themselves. The mentor is paid for every session."
    button = "Suggest it to both"
    done = "Suggested. Each of them decides."

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        mentors = [
            (str(o.person_id), f"{o.known_as}, room for {o.capacity - o.taken}")
            for o in queries.mentors_with_room(self.actor, self.at)
        ]
        mentees = [
            (str(p.person_id), f"{p.known_as} ({p.reference})")
            for p in people_visible_to(actor=self.actor, at=self.at)
            if p.state is PersonState.ACTIVE and p.assigned_to_me
        ]
        for name, choices in (("mentor_id", mentors), ("mentee_id", mentees)):
            field = form.fields[name]
            assert isinstance(field, OneOfField)  # noqa: S101 - as declared above
            field.choices = choices
        return form

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        self.back_url = self.cancel_url = to("mentoring")
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        made = usecases.propose_pairing(
            mentor_id=UUID(data["mentor_id"]),
            mentee_id=UUID(data["mentee_id"]),
            why=data["why"],
            actor=self.actor,
            at=self.at,
        )
        return to("pairing", made)


class Pairing(TeamRead):
    template_name = "network/team/pairing.html"

    def context(self) -> Mapping[str, object]:
        line = queries.pairing_visible_to(self.actor, self.id, self.at)
        return {
            "title": names_of(line),
            "line": line,
            "tone": PAIRING_TONES.get(line.state, "quiet"),
            "facts": [
                ("Mentor", f"{line.mentor}: {'said yes' if line.mentor_said_yes else 'has not said yes'}"),
                ("Mentee", f"{line.mentee}: {'said yes' if line.mentee_said_yes else 'has not said yes'}"),
                ("Suggested", day(line.proposed_at)),
                ("Ended", day(line.ended_at) or None),
                ("Why these two", line.why),
            ],
            "sessions": [(day(s.held_on), f"{s.minutes} minutes", pounds(s.fee), s.reference) for s in line.sessions],
            "can_end": PairingMove.END in line.moves,
            "can_log": line.state in (PairingState.ACTIVE, PairingState.ENDED)
            and line.mentor_said_yes
            and line.mentee_said_yes,
            "end_url": to("pairing-end", self.id),
            "log_url": to("pairing-session", self.id),
        }


class EndPairing(TeamAction):
    done = "Ended. Both are told."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.end_pairing(pairing_id=self.id, actor=self.actor, at=self.at)
        return to("pairing", self.id)


class SessionForm(Form):
    held_on = DateField(label="On which day did they meet?")
    minutes = forms.IntegerField(label="For how many minutes?", min_value=1, max_value=480)
    who_sees: ClassVar = dict.fromkeys(("held_on", "minutes"), "Both of them, and finance.")


class LogSession(SureForm):
    form_class = SessionForm
    title = "Write a session down"
    intro = "The mentor is owed the session rate of that day. Both are told, and can say if it is not right."
    button = "Write it down"

    def check(self) -> None:
        queries.pairing_visible_to(self.actor, self.id, self.at)

    def initial(self) -> Mapping[str, Any]:
        return {"held_on": self.at.astimezone(LONDON).date(), "minutes": 60}

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        line = queries.pairing_visible_to(self.actor, self.id, self.at)
        self.eyebrow = names_of(line)
        self.back_url = self.cancel_url = to("pairing", self.id)
        return super().show(form, status, problem)

    def act(self, data: dict[str, Any]) -> str:
        made = usecases.log_session(
            pairing_id=self.id, held_on=data["held_on"], minutes=data["minutes"], actor=self.actor, at=self.at
        )
        self.tell(f"Written down. The mentor is owed {pounds(made.fee)}, paid by {day(made.pay_by)}.")
        return to("pairing", self.id)
