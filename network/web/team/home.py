"""The coordinators' first page: the one next thing, what else waits, and what is coming up. People come first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from backend.kernel import clock
from backend.kernel.actor import Actor
from backend.web.parts import Task, Tile
from network.bookings.data import BookingLine
from network.bookings.following import bookings_to_follow, check_ins_to_follow
from network.bookings.queries import bookings_visible_to, recalls_visible_to
from network.bookings.states import OPEN_RECALLS, BookingState
from network.concerns.queries import open_concerns
from network.notifications.queries import unread_count
from network.opportunities.data import InboxLine
from network.opportunities.queries import calls_visible_to, inbox
from network.opportunities.states import BriefState, CallState
from network.organisations.queries import organisations_visible_to
from network.organisations.states import OrganisationState
from network.web.team.kit import Next, TeamRead, count_words, how_long, to

SOON = timedelta(days=14)


def to_read(actor: Actor) -> int:
    """For the menu: how many briefs wait to be read."""
    return sum(item.line.state == BriefState.SUBMITTED for item in inbox(actor, clock.now()))


class Home(TeamRead):
    template_name = "network/team/home.html"
    title = "What needs you"

    def context(self) -> Mapping[str, object]:
        briefs = inbox(self.actor, self.at)
        check_ins = check_ins_to_follow(self.actor, self.at)
        follow = bookings_to_follow(self.actor, self.at)
        organisations = organisations_visible_to(self.actor)
        applied = [o for o in organisations if o.state == OrganisationState.APPLIED]
        recalls = [r for r in recalls_visible_to(self.actor) if r.state in OPEN_RECALLS]
        coming = sorted(
            (b for b in bookings_visible_to(self.actor, self.at, live_only=True) if b.ends_at > self.at),
            key=lambda b: b.starts_at,
        )
        undone = [b for b in follow if b.state is BookingState.CONFIRMED]
        reports = [b for b in follow if b.state is BookingState.DONE]
        waiting = [
            *self._check_ins(len(check_ins)),
            *self._asked(),
            *self._questions(briefs),
            *self._briefs(briefs),
            *(
                Next(
                    count_words(len(applied), "One organisation waits to be checked.",
                                "{} organisations wait to be checked."),
                    "Check it" if len(applied) == 1 else "See them",
                    to("organisation", applied[0].organisation_id) if len(applied) == 1 else to("organisations"),
                    applied[0].name if len(applied) == 1 else "",
                )
                for _ in applied[:1]
            ),
            *self._undone(undone),
            *self._asking(briefs),
            *(
                Next(count_words(len(recalls), "One recall has no final answer.", "{} recalls have no final answer."),
                     "Follow it up" if len(recalls) == 1 else "Follow them up", to("recalls"))
                for _ in recalls[:1]
            ),
            *(
                Next(count_words(len(reports), "One report back is overdue.", "{} reports back are overdue."),
                     "See whom to remind", to("bookings"), "People hear what came of it because somebody asks.")
                for _ in reports[:1]
            ),
        ]  # fmt: skip
        return {
            "next": waiting[0] if waiting else None,
            "also": [Task(item.sentence, item.url, hint=item.hint) for item in waiting[1:]],
            "tiles": self._tiles(briefs, len(check_ins), len(applied), len(recalls), len(reports)),
            "coming": [
                Task(
                    f"{line.title} · {line.organisation}",
                    to("booking", line.booking_id),
                    hint=f"{line.who}. {how_long(line.starts_at, self.at).capitalize()}. {line.state_words}.",
                )
                for line in coming
                if line.starts_at < self.at + SOON
            ][:5],
            "calls": self._calls(),
            "calls_url": to("calls"),
            "unread": unread_count(self.actor),
            "messages_url": to("messages"),
        }

    def _check_ins(self, number: int) -> list[Next]:
        if not number:
            return []
        sentence = count_words(number, "Somebody may need you: one check-in.", "People may need you: {} check-ins.")
        return [Next(sentence, "See what they asked for", to("check-ins"), "No answer, or a call was asked for.")]

    def _asked(self) -> list[Next]:
        number = open_concerns(actor=self.actor, at=self.at)
        if not number:
            return []
        sentence = count_words(
            number, "Somebody you work with asked something.", "People you work with asked {} things."
        )
        return [Next(sentence, "Read and answer", to("asked"))]

    def _questions(self, briefs: list[InboxLine]) -> list[Next]:
        asked = [item for item in briefs if item.open_questions]
        number = sum(item.open_questions for item in asked)
        if not number:
            return []
        sentence = count_words(number, "Somebody asked a question about a brief.", "There are {} questions to answer.")
        return [Next(sentence, "Answer", to("brief", asked[0].line.opportunity_id) + "#questions", asked[0].line.title)]

    def _briefs(self, briefs: list[InboxLine]) -> list[Next]:
        new = [item for item in briefs if item.line.state == BriefState.SUBMITTED]
        if not new:
            return []
        first = new[0]
        sentence = count_words(len(new), "One brief waits to be read.", "{} briefs wait to be read.")
        due = f", our word is due {how_long(first.due_at, self.at)}" if first.due_at else ""
        hint = f"{first.line.title}, {first.line.organisation}{due}"
        return [Next(sentence, "Read the first" if len(new) > 1 else "Read it",
                     to("brief", first.line.opportunity_id), hint)]  # fmt: skip

    def _asking(self, briefs: list[InboxLine]) -> list[Next]:
        """Briefs that were taken on and about which nobody was asked yet, or whose time for answers has passed."""
        empty = [item for item in briefs if item.line.state == BriefState.ACCEPTED and not item.asked]
        late = [
            item
            for item in briefs
            if item.line.state == BriefState.ACCEPTED
            and item.asked
            and item.line.answer_by is not None
            and item.line.answer_by <= self.at
        ]
        found = [
            Next(count_words(len(empty), "Nobody has been asked about one brief yet.",
                             "Nobody has been asked about {} briefs yet."),
                 "Find people", to("match", item.line.opportunity_id), item.line.title)
            for item in empty[:1]
        ]  # fmt: skip
        return found + [
            Next(count_words(len(late), "The time for answers to one brief has passed.",
                             "The time for answers to {} briefs has passed."),
                 "Look at it", to("brief", item.line.opportunity_id), f"{item.line.title}. {item.what_next}")
            for item in late[:1]
        ]  # fmt: skip

    def _undone(self, undone: list[BookingLine]) -> list[Next]:
        sentence = count_words(
            len(undone), "Did it take place? One booking waits.", "Did they take place? {} bookings wait."
        )
        return [
            Next(sentence, "Say what happened", to("booking", line.booking_id), f"{line.title}. The fee waits for it.")
            for line in undone[:1]
        ]

    def _tiles(self, briefs: list[InboxLine], check_ins: int, applied: int, recalls: int, reports: int) -> list[Tile]:
        new = sum(item.line.state == BriefState.SUBMITTED for item in briefs)
        questions = sum(item.open_questions for item in briefs)
        yes = sum(item.said_yes for item in briefs)
        return [
            Tile("Briefs to read", new, "", to("briefs"), "wait" if new else ""),
            Tile("Questions", questions, "from people who were asked", to("briefs"), "wait" if questions else ""),
            Tile("Said yes", yes, "and wait for the requester", to("briefs"), "good" if yes else ""),
            Tile("Check-ins", check_ins, "without an answer, or a call", to("check-ins"), "wait" if check_ins else ""),
            Tile("Organisations", applied, "to check", to("organisations"), "wait" if applied else ""),
            Tile("Recalls", recalls, "open", to("recalls"), "wait" if recalls else ""),
            Tile("Reports back", reports, "overdue", to("bookings"), "wait" if reports else ""),
        ]

    def _calls(self) -> list[Task]:
        lines = [c for c in calls_visible_to(self.actor, self.at) if c.state == CallState.OPEN and c.closes_at]
        return [
            Task(line.title, to("call", line.call_id), hint=f"{line.committee}. {line.closes_words}.")
            for line in lines[:3]
        ]
