"""Organisations: who they are, how we made sure of it, how far we trust them, and what we wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import DateField, OneOfField, TextField, WordsField
from backend.web.forms import Form
from backend.web.parts import Row, Step
from backend.web.words import day
from network.opportunities.queries import briefs_visible_to
from network.organisations import queries, usecases
from network.organisations.data import OrganisationLine, OrganisationPage
from network.organisations.states import CheckLevel, OrganisationMove, OrganisationState
from network.web.team.kit import SureForm, TeamAction, TeamRead, to
from network.web.team.words import BRIEF_TONES, KINDS, LEVELS, METHODS, ORGANISATION_TONES

THEY_READ = "The organisation reads it."


class Organisations(TeamRead):
    template_name = "network/team/organisations.html"
    title = "Organisations"

    def context(self) -> Mapping[str, object]:
        lines = queries.organisations_visible_to(self.actor)
        return {
            "waiting": [self._shown(o) for o in lines if o.state == OrganisationState.APPLIED],
            "others": [self._shown(o) for o in lines if o.state != OrganisationState.APPLIED],
        }

    def _shown(self, line: OrganisationLine) -> Mapping[str, object]:
        today = self.at.astimezone(LONDON).date()
        ends_soon = line.valid_until is not None and line.valid_until <= today + timedelta(days=30)
        return {
            "line": line,
            "url": to("organisation", line.organisation_id),
            "kind": KINDS[line.kind],
            "tone": ORGANISATION_TONES[line.state],
            "level": LEVELS[line.level],
            "again": line.state == OrganisationState.IN_STANDING and (line.valid_until is None or ends_soon),
        }


class Organisation(TeamRead):
    template_name = "network/team/organisation.html"

    def context(self) -> Mapping[str, object]:
        page = queries.organisation_visible_to(self.actor, self.id)
        line, moves = page.line, set(page.moves)
        briefs = [b for b in briefs_visible_to(self.actor, self.at) if b.organisation_id == self.id]
        return {
            "title": line.name,
            "page": page,
            "kind": KINDS[line.kind],
            "tone": ORGANISATION_TONES[line.state],
            "waits": line.state == OrganisationState.APPLIED,
            "can": {move.value: move in moves for move in OrganisationMove},
            "urls": {
                name: to(f"organisation-{name}", self.id) for name in ("check", "refuse", "suspend", "restore", "note")
            },
            "facts": [
                Row("What they are", KINDS[line.kind]),
                Row("Website", line.website),
                Row("How far we checked", LEVELS[line.level]),
                Row("The check stands until", day(line.valid_until) if line.valid_until else "No check is in date"),
                Row("With us since", day(line.created_at)),
                Row("Why", page.state_reason or None),
                Row("Invoices go to", f"{page.billing_name}\n{page.billing_address}\n{page.billing_email}"),
            ],
            "members": [(m.name, m.job, "Owner" if m.is_owner else "Member", day(m.joined_at)) for m in page.members],
            "checks": [
                Step(
                    f"{LEVELS[c.level]} ({c.level})",
                    c.checked_at,
                    f"{METHODS[c.method]}. Evidence: {c.evidence}. Stands until {day(c.valid_until)}.",
                    "done",
                )
                for c in page.checks
            ],
            "notes": queries.notes_about(self.actor, self.id),
            "briefs": [(b, to("brief", b.opportunity_id), BRIEF_TONES[b.state]) for b in briefs[:20]],
        }


class _OrganisationForm(SureForm):
    """A form about one organisation."""

    move: ClassVar[OrganisationMove | None] = None

    @cached_property
    def organisation(self) -> OrganisationPage:
        return queries.organisation_visible_to(self.actor, self.id)

    def check(self) -> None:
        if self.move is not None and self.move not in self.organisation.moves and self.request.method == "GET":
            raise NotFound

    def show(self, form: Form, status: int = 200, problem: Any = None) -> Any:
        self.eyebrow = self.organisation.line.name
        self.back_url = self.cancel_url = to("organisation", self.id)
        return super().show(form, status, problem)


class CheckForm(Form):
    method = OneOfField(label="How did you make sure?", choices=tuple((str(k), v) for k, v in METHODS.items()))
    level = OneOfField(
        label="How surely do we know who asks?",
        choices=(
            (
                CheckLevel.J1,
                "Address known",
                "The mail address is theirs. They see what people say, never who they are.",
            ),
            (CheckLevel.J2, "Called back", "We rang them ourselves and know who asks."),
            (CheckLevel.J3, "Known to us", "We know who asks and have worked with them before."),
        ),
    )
    evidence = TextField(
        label="Where is the evidence?", help_text="Such as “call log, 3 November”. Do not copy it here.", max_length=200
    )
    valid_until = DateField(label="Until when does this check stand?", help_text="A year at most: people change jobs.")
    who_sees: ClassVar = {
        "method": "The coordinators.",
        "level": "The organisation, and in words the people it asks.",
        "evidence": "The coordinators, and the organisation if it asks.",
        "valid_until": "The organisation.",
    }


class Check(_OrganisationForm):
    move = OrganisationMove.CHECK
    form_class = CheckForm
    title = "Check an organisation"
    intro = "Names, contact and place are shown only to organisations that we rang ourselves, or know."
    button = "Record this check"
    done = "Checked. They can ask people from now on, and are told."

    def initial(self) -> Mapping[str, Any]:
        return {"valid_until": self.at.astimezone(LONDON).date() + timedelta(days=365)}

    def facts(self) -> Mapping[str, object]:
        page = self.organisation
        owner = next((f"{m.name}, {m.job}" for m in page.members if m.is_owner), None)
        return {"Website": page.line.website, "Who applied": owner, "What they say": page.about or None}

    def act(self, data: dict[str, Any]) -> str:
        usecases.check_organisation(organisation_id=self.id, actor=self.actor, at=self.at, **data)
        return to("organisation", self.id)


class ReasonForm(Form):
    reason = WordsField(label="Why?", max_length=300, rows=4)
    who_sees: ClassVar = {"reason": THEY_READ}


class Refuse(_OrganisationForm):
    move = OrganisationMove.REFUSE
    form_class = ReasonForm
    title = "Do not work with them"
    button = "Refuse with this reason"
    kind = "warning"
    done = "Refused. They are told why."

    def act(self, data: dict[str, Any]) -> str:
        usecases.refuse(organisation_id=self.id, reason=data["reason"], actor=self.actor, at=self.at)
        return to("organisation", self.id)


class Suspend(_OrganisationForm):
    move = OrganisationMove.SUSPEND
    form_class = ReasonForm
    title = "Suspend them"
    intro = "From that moment they can send nothing, and are shown nothing about anybody."
    button = "Suspend them now"
    kind = "warning"
    done = "Suspended. From now on they are shown nothing about anybody."

    def act(self, data: dict[str, Any]) -> str:
        usecases.suspend(organisation_id=self.id, reason=data["reason"], actor=self.actor, at=self.at)
        return to("organisation", self.id)


class Restore(TeamAction):
    done = "The suspension is lifted. Checks that ran out meanwhile have to be made again."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.restore(organisation_id=self.id, actor=self.actor, at=self.at)
        return to("organisation", self.id)


class NoteForm(Form):
    text = WordsField(label="What happened?", help_text="Facts, not opinions.", max_length=1000, rows=4)
    who_sees: ClassVar = {"text": "The coordinators, and the organisation if it asks. Do not name anybody it asked."}


class WriteNote(_OrganisationForm):
    form_class = NoteForm
    title = "Write a note"
    button = "Keep this note"
    done = "Kept."

    def check(self) -> None:
        self.organisation  # noqa: B018

    def act(self, data: dict[str, Any]) -> str:
        usecases.write_note(organisation_id=self.id, text=data["text"], actor=self.actor, at=self.at)
        return to("organisation", self.id)
