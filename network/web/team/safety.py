"""Matches with never-tell lists and unusual looks, for the safeguarding lead."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from backend.accounts.queries import known_as
from backend.kernel.actor import Role
from backend.kernel.clock import LONDON
from backend.web.fields import OneOfField
from backend.web.forms import Form
from network.casework import queries as casework
from network.casework import usecases as looking
from network.casework.states import AlertKind, AlertState
from network.nevertell import queries, usecases
from network.nevertell.data import HitLine
from network.nevertell.states import EntryKind, HitMove, HitState, How
from network.opportunities.queries import titles_of
from network.organisations.queries import standings
from network.people.queries import person_visible_to, working_names
from network.web.team.kit import SureForm, TeamAction, TeamRead, to

LEAD = (Role.SAFEGUARDING,)
KIND: Mapping[str, str] = {
    EntryKind.NAME: "a name",
    EntryKind.EMAIL: "an email address",
    EntryKind.PHONE: "a phone number",
    EntryKind.DOMAIN: "a website",
    EntryKind.HANDLE: "a name used online",
    EntryKind.OUTLET: "an outlet",
    EntryKind.PLACE: "a place",
}
STATE: Mapping[str, tuple[str, str]] = {
    HitState.FOUND: ("To decide", "wait"),
    HitState.ASKED: ("The person was asked", "info"),
    HitState.NOTED: ("Noted", "quiet"),
    HitState.STAYS_OUT: ("They stay out", "quiet"),
    HitState.CLEARED: ("Cleared", "good"),
}
MOVE: Mapping[str, tuple[str, str]] = {
    HitMove.ASK: ("Ask the person", "They read what may be connected, and decide whether to go on."),
    HitMove.NOTE: ("Leave it as it is", "The person stays out of it and is not asked."),
    HitMove.NOT_THE_SAME: ("It is not the same", "The person can be asked and told of to them again."),
}
ALERT: Mapping[str, str] = {
    AlertKind.BUDGET: "tried to open details of more people than a day allows. Nothing was shown",
    AlertKind.SURNAME: "opened a detail of somebody with their own surname",
    AlertKind.NO_TASK: "opened a detail for something that is no open task",
    AlertKind.HOURS: "opened a detail at an unusual hour",
    AlertKind.WATCHED: "opened a detail of somebody who asked that you hear of it",
}


class Matches(TeamRead):
    """Where lists and those who ask have met. The person is out of it from the first moment, whatever happens here."""

    roles = LEAD
    template_name = "network/team/matches.html"
    title = "Never-tell matches"

    def context(self) -> Mapping[str, object]:
        hits = queries.hits_visible_to(actor=self.actor, at=self.at)
        today = self.at.astimezone(LONDON).date()
        names = {pk: s.name for pk, s in standings({h.organisation_id for h in hits}, today).items()}
        titles = titles_of([h.opportunity_id for h in hits if h.opportunity_id])
        people = working_names(actor=self.actor, person_ids={h.person_id for h in hits})
        return {
            "matches": [
                {
                    "who": people.get(hit.person_id, ""),
                    "organisation": names.get(hit.organisation_id, ""),
                    "request": titles.get(hit.opportunity_id, "") if hit.opportunity_id else "",
                    "kind": KIND[hit.kind],
                    "exact": hit.how is How.EXACT,
                    "words": STATE[hit.state][0],
                    "tone": STATE[hit.state][1],
                    "found_at": hit.found_at,
                    "url": to("safe-match", hit.hit_id) if hit.moves else "",
                }
                for hit in hits
            ],
            "back_url": to("safeguarding"),
        }


class DecideForm(Form):
    """The moves are put in by the page."""

    move = OneOfField(label="What do you decide?")
    who_sees: ClassVar = {"move": "Nobody but you, unless you ask the person."}


class Match(SureForm):
    roles = LEAD
    form_class = DecideForm
    template_name = "network/team/safe_match.html"
    title = "A match"
    button = "Decide"
    done = "Written down."

    @cached_property
    def hit(self) -> HitLine:
        return queries.hit_visible_to(hit_id=self.id, actor=self.actor, at=self.at)

    def check(self) -> None:
        self.back_url = self.cancel_url = to("safe-matches")
        self.eyebrow = person_visible_to(actor=self.actor, person_id=self.hit.person_id, at=self.at).known_as

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        field = form.fields["move"]
        assert isinstance(field, OneOfField)  # noqa: S101 - as declared above
        field.choices = [(move, f"{MOVE[move][0]}. {MOVE[move][1]}") for move in self.hit.moves]
        return form

    def context(self) -> Mapping[str, object]:
        hit, today = self.hit, self.at.astimezone(LONDON).date()
        standing = standings([hit.organisation_id], today).get(hit.organisation_id)
        titles = titles_of([hit.opportunity_id]) if hit.opportunity_id else {}
        return {
            "hit": hit,
            "entry_kind": KIND[hit.kind],
            "similar": hit.how is How.SIMILAR,
            "organisation": standing.name if standing else "",
            "brief_title": next(iter(titles.values()), ""),
        }

    def act(self, data: dict[str, Any]) -> str:
        usecases.decide(hit_id=self.id, move=HitMove(data["move"]), actor=self.actor, at=self.at)
        return to("safe-matches")


class Alerts(TeamRead):
    """Unusual looks: to be talked about, not to be punished by a machine."""

    roles = LEAD
    template_name = "network/team/alerts.html"
    title = "Unusual looks"

    def context(self) -> Mapping[str, object]:
        lines = casework.alerts_visible_to(actor=self.actor)
        names = known_as({line.staff_id for line in lines})
        return {
            "alerts": [
                {
                    "who": names.get(line.staff_id) or "A colleague",
                    "what": ALERT[line.kind],
                    "person": line.known_as,
                    "at": line.at,
                    "open": line.state is AlertState.OPEN,
                    "url": to("alert-seen", line.alert_id),
                }
                for line in lines
            ],
            "back_url": to("safeguarding"),
        }


class AlertSeen(TeamAction):
    roles = LEAD
    done = "Written down that you have seen it."

    def act(self, data: Mapping[str, Any]) -> str:
        looking.mark_alert_seen(alert_id=self.id, actor=self.actor, at=self.at)
        return to("alerts")
