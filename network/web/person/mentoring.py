"""Passing the mic: offering to mentor, answering a suggestion, writing sessions down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.kernel.clock import LONDON
from backend.web.fields import DateField, OneOfField, PickField
from backend.web.forms import Form
from network.mentoring import queries, usecases
from network.mentoring.data import Part
from network.mentoring.states import PairingMove, PairingState
from network.web.person.kit import PersonAction, PersonForm, PersonRead, to
from payments import public as payments

TONES = {
    PairingState.PROPOSED: "wait",
    PairingState.ACTIVE: "good",
    PairingState.DECLINED: "quiet",
    PairingState.ENDED: "quiet",
}
PARTS = {Part.MENTOR: "You are the mentor", Part.MENTEE: "You are mentored"}


class Mentoring(PersonRead):
    template_name = "network/person/mentoring.html"
    title = "Mentoring"

    def context(self) -> Mapping[str, object]:
        return {
            "offer": queries.my_offer(self.actor),
            "pairings": [
                (line, TONES[line.state], PARTS.get(line.part, ""), to("pairing", line.pairing_id))
                for line in queries.pairings_visible_to(self.actor, self.at)
            ],
            "rate": payments.session_rate(self.at.astimezone(LONDON).date()),
            "offer_url": to("mentoring-offer"),
        }


class OfferForm(Form):
    open_now = OneOfField(
        label="Would you mentor somebody?",
        choices=(("yes", "Yes"), ("no", "Not at the moment", "Anything you have begun goes on.")),
        who_sees="Coordinators. The other person learns who you are only once you have both said yes.",
    )
    capacity = PickField(
        label="How many people at once?", choices=[(str(n), str(n)) for n in range(1, usecases.MOST_AT_ONCE + 1)],
        who_sees="Coordinators.",
    )  # fmt: skip


class MyOffer(PersonForm):
    form_class = OfferForm
    title = "Offer to mentor"
    intro = "You know things that the person behind you needs. You are paid for each session."
    done = "Saved."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("mentoring")
        offer = queries.my_offer(self.actor)
        return {
            "open_now": "yes" if offer is None or offer.open else "no",
            "capacity": str(offer.capacity if offer else 1),
        }

    def act(self, data: dict[str, Any]) -> str:
        usecases.offer_to_mentor(
            person_id=self.person_id,
            capacity=int(data["capacity"]),
            open_now=data["open_now"] == "yes",
            actor=self.actor,
            at=self.at,
        )
        return to("mentoring")


class Pairing(PersonRead):
    template_name = "network/person/pairing.html"

    def context(self) -> Mapping[str, object]:
        line = queries.pairing_visible_to(self.actor, self.kwargs["id"], self.at)
        return {
            "title": f"You and {line.other}" if line.other else "A suggestion for you",
            "line": line,
            "tone": TONES[line.state],
            "part": PARTS.get(line.part, ""),
            "is_mentor": line.part is Part.MENTOR,
            "can_yes": PairingMove.SAY_YES in line.moves,
            "can_no": PairingMove.DECLINE in line.moves,
            "can_end": PairingMove.END in line.moves,
            "can_log": line.state in (PairingState.ACTIVE, PairingState.ENDED),
            "yes_url": to("pairing-yes", line.pairing_id),
            "no_url": to("pairing-no", line.pairing_id),
            "end_url": to("pairing-end", line.pairing_id),
            "log_url": to("pairing-session", line.pairing_id),
            "rate": payments.session_rate(self.at.astimezone(LONDON).date()),
            "back_url": to("mentoring"),
        }


class PairingYes(PersonAction):
    yes = True
    done = "You said yes. It begins when you have both said yes."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.answer_pairing(pairing_id=self.kwargs["id"], yes=self.yes, actor=self.actor, at=self.at)
        return to("pairing", self.kwargs["id"])


class PairingNo(PairingYes):
    yes = False
    done = "You said no. The other person is not told who you are."


class PairingEnd(PersonAction):
    done = "It has ended. Nobody asks why."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.end_pairing(pairing_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("pairing", self.kwargs["id"])


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hour{'s' if hours > 1 else ''}" if hours else "", f"{rest} minutes" if rest else ""]
    return " ".join(part for part in parts if part)


class SessionForm(Form):
    held_on = DateField(label="When did you meet?")
    minutes = PickField(
        label="How long?",
        choices=[(str(minutes), _length(minutes)) for minutes in range(15, 481, 15)],
    )
    who_sees = dict.fromkeys(("held_on", "minutes"), "The two of you, and coordinators. Not what you talked about.")


class LogSession(PersonForm):
    form_class = SessionForm
    title = "Write a session down"
    intro = "Only when and how long. What you talked about stays between you."
    done = "Written down. The mentor is paid for it."

    def initial(self) -> Mapping[str, Any]:
        line = queries.pairing_visible_to(self.actor, self.kwargs["id"], self.at)
        self.eyebrow = f"With {line.other}" if line.other else ""
        self.back_url = self.cancel_url = to("pairing", line.pairing_id)
        return {"held_on": self.at.astimezone(LONDON).date(), "minutes": "60"}

    def act(self, data: dict[str, Any]) -> str:
        usecases.log_session(
            pairing_id=self.kwargs["id"],
            held_on=data["held_on"],
            minutes=int(data["minutes"]),
            actor=self.actor,
            at=self.at,
        )
        return to("pairing", self.kwargs["id"])
