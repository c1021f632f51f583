"""The first page: what waits for the person, the next booking, the next money. Everything else is one tap away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.web.parts import Task
from network.bookings import queries as bookings
from network.bookings.states import LIVE, BookingState
from network.casework.queries import look_settings
from network.casework.states import Shown
from network.consent import gate
from network.consent.data import Layer
from network.consent.queries import my_consents
from network.mentoring import queries as mentoring
from network.mentoring.states import PairingMove
from network.notifications.queries import unread_count
from network.opportunities import queries as requests
from network.opportunities.data import InvitationLine
from network.opportunities.states import InvitationState
from network.people.data import MyProfile
from network.people.queries import my_profile
from network.people.states import PersonState
from network.web.person.bookings import shown as shown_booking
from network.web.person.kit import PersonRead, to
from payments import public as payments


@dataclass(frozen=True, slots=True)
class Next:
    """One thing that waits for the person, in one sentence and one button."""

    sentence: str
    button: str
    url: str
    hint: str = ""


def requests_waiting(actor: Actor) -> int:
    """For the menu: how many requests have no answer yet."""
    lines = requests.invitations_for(actor, clock.now())
    return sum(line.state == InvitationState.SENT for line in lines)


def messages_waiting(actor: Actor) -> int:
    return unread_count(actor)


def _count(number: int, one: str, many: str) -> str:
    words = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
    return one if number == 1 else many.format(words.get(number, str(number)))


class Home(PersonRead):
    template_name = "network/person/home.html"
    title = "Your start page"

    def context(self) -> Mapping[str, object]:
        mine = my_profile(actor=self.actor, at=self.at)
        coming = [b for b in bookings.bookings_visible_to(self.actor, self.at, live_only=True) if b.ends_at > self.at]
        coming.sort(key=lambda b: b.starts_at)
        paid = payments.money_for([mine.payee_ref]).get(mine.payee_ref, ())
        owed = sorted(
            (p for p in paid if not p.is_paid and p.state not in ("settled", "cancelled")), key=lambda p: p.pay_by
        )
        choice = payments.payment_choice(payee_ref=mine.payee_ref, owner=mine.person_id, actor=self.actor, at=self.at)
        asked = requests.invitations_for(self.actor, self.at)
        waiting = [
            *self._requests(asked),
            *self._changed(asked),
            *self._bookings(),
            *self._check_ins(),
            *self._pairings(),
        ]
        if owed and choice.route is None:
            waiting.append(
                Next("You are owed money. Tell us how to pay you.", "Choose how you are paid", to("money-how"))
            )
        confirmed = next((b for b in coming if b.state in LIVE), None)
        return {
            "next": waiting[0] if waiting else None,
            "also": [Task(item.sentence, item.url, hint=item.hint) for item in waiting[1:]],
            "quiet": mine.quiet,
            "paused": mine.state is PersonState.PAUSED,
            "paused_until": mine.paused_until,
            "booking": shown_booking(confirmed, self.at) if confirmed else None,
            "money": owed[0] if owed else None,
            "money_url": to("money"),
            "setup": self._setup(mine, choice.route is None),
            "unread": unread_count(self.actor),
            "messages_url": to("messages"),
            "more": [
                Task("Mentoring", to("mentoring"), hint="Stand beside somebody, or have somebody beside you"),
                *self._looked(),
                Task("Ask something, or say that something worries you", to("asked")),
                Task("Your data and your pace", to("yours"), hint="Pause, a copy of everything, leaving"),
            ],
        }

    def _looked(self) -> list[Task]:
        if look_settings(actor=self.actor).shown is Shown.HIDDEN:
            return []
        return [Task("Who looked", to("looked"), hint="Every look at something of yours")]

    def _changed(self, asked: list[InvitationLine]) -> list[Next]:
        return [
            Next("A request you said yes to has changed.", "Read it", to("request", line.invitation_id), line.title)
            for line in asked
            if line.changed_since_yes
        ]

    def _requests(self, asked: list[InvitationLine]) -> list[Next]:
        lines = [
            line
            for line in asked
            if line.state == InvitationState.SENT and (line.answer_by is None or line.answer_by > self.at)
        ]
        if not lines:
            return []
        url = to("request", lines[0].invitation_id) if len(lines) == 1 else to("requests")
        sentence = _count(len(lines), "You have one request to answer.", "You have {} requests to answer.")
        return [Next(sentence, "Read it" if len(lines) == 1 else "Read them", url, "In your own time. You can say no.")]

    def _bookings(self) -> list[Next]:
        lines = [
            line for line in bookings.bookings_visible_to(self.actor, self.at, live_only=True)
            if line.state is BookingState.AGREEING and line.next_actor == "you"
        ]  # fmt: skip
        return [
            Next("There is an agreement to read and confirm.", "Read it", to("booking", line.booking_id), line.title)
            for line in lines
        ]

    def _check_ins(self) -> list[Next]:
        return [
            Next(
                "How is it going? We would like to know.", "Answer", to("check-in", check.check_in_id), check.kind_words
            )
            for check in bookings.check_ins_for(self.actor)
        ]

    def _pairings(self) -> list[Next]:
        return [
            Next("There is a suggestion for you to read.", "Read it", to("pairing", line.pairing_id), "Mentoring")
            for line in mentoring.pairings_visible_to(self.actor, self.at)
            if PairingMove.SAY_YES in line.moves
        ]

    def _setup(self, mine: MyProfile, no_route: bool) -> list[Task]:
        """What would help to begin with. It is an offer, not a score: nothing is counted."""
        details = gate.own_details(actor=self.actor, at=self.at)
        given = {g.layer for g in my_consents(actor=self.actor, at=self.at) if g.live(self.at)}
        tasks = []
        if not (details.wants_to_change or details.knows or details.can_do):
            tasks.append(Task("Say what you want to change", to("words"), hint="In your own words"))
        if not mine.topics:
            tasks.append(Task("Choose your topics", to("topics"), hint="What you would like to be asked about"))
        if mine.terms.min_fee_pence == 0 and not mine.terms.kinds:
            tasks.append(Task("Set your terms", to("terms"), hint="Fee, notice, kinds of work"))
        if not any(rule.usable(self.at) and rule.channel.value != "in_app" for rule in mine.contact_rules):
            tasks.append(Task("Say how we may reach you", to("contact"), hint="Until then you read messages here"))
        if Layer.BE_ASKED not in given and not mine.quiet:
            tasks.append(Task("Let us ask you about requests", to("consent-give", Layer.BE_ASKED.value)))
        if no_route:
            tasks.append(Task("Choose how you are paid", to("money-how")))
        return tasks
