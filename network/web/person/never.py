"""The never-tell list: whom the person must never be told to; and what the safeguarding lead asks about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import OneOfField, TextField
from backend.web.forms import Form
from network.nevertell import queries, usecases
from network.nevertell.states import EntryKind
from network.opportunities.queries import titles_of
from network.opportunities.usecases import answer_match
from network.organisations.queries import standings
from network.web.person.kit import KeptPage, PersonAction, ProvedPage, to

KINDS: tuple[tuple[str, str, str], ...] = (
    (EntryKind.NAME, "A person, by name", "First and last name. We also notice names that are spelled much the same."),
    (EntryKind.EMAIL, "An email address", ""),
    (EntryKind.PHONE, "A phone number", ""),
    (EntryKind.DOMAIN, "A website", "Such as example.org. It covers everybody with an address there."),
    (EntryKind.HANDLE, "A name they use online", "Such as @somebody."),
    (EntryKind.OUTLET, "A paper, programme or company", ""),
    (EntryKind.PLACE, "A place", "A town, a building, a venue. We notice it where a request says where it happens."),
)
_LABEL = {kind: label for kind, label, _ in KINDS}
ONLY_MATCH = "Nobody. Sealed. If it matches somebody who asks, the safeguarding lead is told that there is a match."


class NeverForm(Form):
    kind = OneOfField(label="Who or what?", choices=KINDS)
    value = TextField(label="Write it down", max_length=200, autocomplete="off")
    who_sees: ClassVar[Mapping[str, str]] = {
        "kind": ONLY_MATCH,
        "value": "Nobody. Of a name or place that only looks alike, the safeguarding lead sees it, to compare the two.",
    }


class Never(KeptPage):
    template_name = "network/person/never.html"
    form_class = NeverForm
    title = "Never tell"
    intro = "People, outlets and places that must never learn that you are here, or what you do."
    button = "Add to my list"
    done = "Added. It holds from now on, also for what you have been asked already."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = to("contact")
        return {"kind": EntryKind.NAME}

    def context(self) -> Mapping[str, object]:
        asked = queries.asked_of_me(actor=self.actor)
        entries = queries.my_list(actor=self.actor, at=self.at) if self.shown else ()
        return {
            "entries": [
                {"line": line, "kind": _LABEL[line.kind], "url": to("never-remove", line.entry_id)} for line in entries
            ],
            "asked": [to("never-asked", line.hit_id) for line in asked],
        }

    def act(self, data: dict[str, Any]) -> str:
        usecases.add_entry(
            person_id=self.person_id, kind=EntryKind(data["kind"]), value=data["value"], actor=self.actor, at=self.at
        )
        return to("never")


class RemoveNever(PersonAction):
    done = "Taken out of your list."

    def step_up_next(self) -> str:
        return to("never")

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.remove_entry(entry_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("never")


class AskedForm(Form):
    answer = OneOfField(
        label="What do you want?",
        choices=(
            (
                "out",
                "Stay out of it",
                "They see nothing of you. What you were asked is answered with no, without a reason.",
            ),
            ("on", "Go on all the same", "You can be asked, and you decide about each request as always."),
        ),
    )
    who_sees: ClassVar[Mapping[str, str]] = {"answer": "The safeguarding lead."}


class AskedAboutMatch(ProvedPage):
    """Somebody who asks may be connected with the person's list: they alone decide whether to go on."""

    template_name = "network/person/never_asked.html"
    form_class = AskedForm
    title = "Is this connected with your list?"
    button = "That is what I want"
    done = "Thank you. That is how it will be."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("never")
        asked = [line for line in queries.asked_of_me(actor=self.actor) if line.hit_id == self.kwargs["id"]]
        if not asked:
            raise NotFound
        self.asked = asked[0]
        return {}

    def context(self) -> Mapping[str, object]:
        today = self.at.astimezone(LONDON).date()
        standing = standings([self.asked.organisation_id], today).get(self.asked.organisation_id)
        titles = titles_of([self.asked.opportunity_id]) if self.asked.opportunity_id else {}
        return {
            "entry": self.asked.entry,
            "organisation": standing.name if standing else "",
            "brief_title": next(iter(titles.values()), ""),
        }

    def act(self, data: dict[str, Any]) -> str:
        answer_match(hit_id=self.kwargs["id"], go_on=data["answer"] == "on", actor=self.actor, at=self.at)
        return to("never")
