"""Parliament's open calls for evidence, and turning one into a brief."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from backend.kernel.errors import NotFound
from backend.web.fields import OneOfField
from backend.web.forms import Form
from backend.web.words import day, when
from network.opportunities import queries, usecases
from network.opportunities.data import CallLine
from network.opportunities.states import CallState
from network.organisations.queries import organisations_visible_to
from network.organisations.states import OrganisationKind, OrganisationState
from network.web.team.kit import SureForm, TeamAction, TeamRead, to


def facts_of(call: CallLine) -> dict[str, object]:
    return {
        "Committee": ", ".join(word for word in (call.committee, call.house) if word),
        "Opened": day(call.opens_on) or None,
        "Closes": when(call.closes_at) or "No closing date",
        "It used to close": when(call.deadline_moved_from) or None,
    }


class Calls(TeamRead):
    template_name = "network/team/calls.html"
    title = "Calls for evidence"

    def context(self) -> Mapping[str, object]:
        lines = queries.calls_visible_to(self.actor, self.at)
        return {
            "open": [(c, to("call", c.call_id)) for c in lines if c.state == CallState.OPEN],
            "briefed": [(c, to("call", c.call_id)) for c in lines if c.state == CallState.BRIEFED],
        }


class CallForm(Form):
    """The organisations are put in by the page."""

    organisation_id = OneOfField(label="For which organisation?")
    who_sees: ClassVar = {"organisation_id": "The people who are asked see who asks. It has to be one we have checked."}


class Call(SureForm):
    """One call in Parliament's own words, and a form that makes a brief of it."""

    form_class = CallForm
    template_name = "network/team/call.html"
    button = "Make a brief of it"
    done = "Here is a draft. What Parliament does not say, such as the fee, is still open."

    @cached_property
    def call(self) -> CallLine:
        for line in queries.calls_visible_to(self.actor, self.at):
            if line.call_id == self.id:
                return line
        raise NotFound

    def check(self) -> None:
        self.title = self.call.title

    def facts(self) -> Mapping[str, object]:
        return facts_of(self.call)

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        form = super().make_form(data, files)
        field = form.fields["organisation_id"]
        assert isinstance(field, OneOfField)  # noqa: S101 - as declared above
        lines = [o for o in organisations_visible_to(self.actor) if o.state == OrganisationState.IN_STANDING]
        lines.sort(key=lambda o: (o.kind != OrganisationKind.PARLIAMENT, o.name.lower()))
        field.choices = [(str(o.organisation_id), o.name) for o in lines]
        return form

    def context(self) -> Mapping[str, object]:
        return {
            "call": self.call,
            "dismiss_url": to("call-dismiss", self.id),
            "is_open": self.call.state == CallState.OPEN,
            "calls_url": to("calls"),
        }

    def act(self, data: dict[str, Any]) -> str:
        made = usecases.brief_from_call(
            call_id=self.id, organisation_id=UUID(data["organisation_id"]), actor=self.actor, at=self.at
        )
        return to("brief-edit", made.opportunity_id)


class DismissCall(TeamAction):
    done = "Taken off the list."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.dismiss_call(call_id=self.id, actor=self.actor, at=self.at)
        return to("calls")
