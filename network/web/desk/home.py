"""The requester's first page: the next task, and everything else that waits, in the order of what is owed to people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from backend.kernel.clock import LONDON
from backend.web.parts import Task
from backend.web.words import day, pounds, when_short
from network.bookings import queries as bookings
from network.bookings.data import BookingLine
from network.bookings.states import LIVE, OPEN_RECALLS, BookingState
from network.notifications import queries as notices
from network.opportunities import queries as requests
from network.opportunities.data import BriefLine
from network.opportunities.states import BriefState
from network.organisations.queries import my_organisation
from network.organisations.states import OrganisationState
from network.web.desk import briefs as brief_pages
from network.web.desk.bookings import recalls_of, shown
from network.web.desk.invoices import invoices_of
from network.web.desk.kit import DeskRead, to

SOON = timedelta(days=14)


class Home(DeskRead):
    template_name = "network/desk/home.html"
    title = "Your desk"

    def context(self) -> Mapping[str, object]:
        briefs = requests.briefs_visible_to(self.actor, self.at)
        booked = bookings.bookings_visible_to(self.actor, self.at)
        organisation = my_organisation(self.actor)
        tasks = [*self._recalls(), *self._bookings(booked), *self._briefs(briefs), *self._invoices(), *_drafts(briefs)]
        coming = [b for b in booked if b.state in LIVE and self.at < b.starts_at <= self.at + SOON]
        live = [b for b in briefs if b.state not in (BriefState.DRAFT, *brief_pages.ENDED)]
        return {
            "organisation": organisation,
            "unchecked": organisation is not None and organisation.line.state == OrganisationState.APPLIED,
            "barred": organisation is not None
            and organisation.line.state in (OrganisationState.REFUSED, OrganisationState.SUSPENDED),
            "next": tasks[0] if tasks else None,
            "more": tasks[1:],
            "coming": [shown(b, self.at) for b in sorted(coming, key=lambda b: b.starts_at)],
            "live": [brief_pages.shown(b) for b in live[:5]],
            "unread": notices.unread_count(self.actor),
        }

    def _recalls(self) -> list[Task]:
        return [
            Task(
                "Stop using something, and say what you did",
                recall.url,
                "late" if recall.line.state == "asked" else "waiting",
                f"{recall.heading}. Asked {day(recall.line.asked_at)}.",
            )
            for recall in recalls_of(self)
            if recall.line.state in OPEN_RECALLS
        ]

    def _bookings(self, lines: tuple[BookingLine, ...]) -> list[Task]:
        tasks = []
        for line in lines:
            if line.next_actor != "you":
                continue
            title = {
                BookingState.AGREEING: "Confirm a booking",
                BookingState.CONFIRMED: "Say that it took place",
                BookingState.DONE: "Tell them what came of it",
            }[line.state]
            url = to("booking", line.booking_id)
            tasks.append(Task(title, url, "to_do", f"{line.title}, {when_short(line.starts_at)}."))
        return tasks

    def _briefs(self, lines: list[BriefLine]) -> list[Task]:
        tasks = []
        asked = requests.open_questions_for(self.actor)
        for line in lines:
            url = to("brief", line.opportunity_id)
            if count := asked.get(line.opportunity_id):
                what = "Answer a question" if count == 1 else f"Answer {count} questions"
                tasks.append(Task(what, url, "to_do", line.title))
            if line.answer_by is None or line.answer_by > self.at:
                continue
            if line.state == BriefState.ACCEPTED:
                tasks.append(Task("See the answers and choose", to("people", line.opportunity_id), "to_do", line.title))
            elif line.state == BriefState.CHOSEN:
                tasks.append(Task("Give reasons to the others, then close", url, "to_do", line.title))
        return tasks

    def _invoices(self) -> list[Task]:
        today = self.at.astimezone(LONDON).date()
        return [
            Task(
                "Pay an invoice",
                invoice.url,
                "late" if invoice.line.due_on < today else "to_do",
                f"{invoice.line.number}, {pounds(invoice.line.outstanding)}, by {day(invoice.line.due_on)}.",
            )
            for invoice in invoices_of(self)
            if invoice.owed
        ]


def _drafts(lines: list[BriefLine]) -> list[Task]:
    return [
        Task("Finish a draft", to("brief", line.opportunity_id), "draft", line.title)
        for line in lines
        if line.state == BriefState.DRAFT
    ]
