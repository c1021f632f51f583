"""The organisation: what we checked and until when, its people, its programs, where its invoices go."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from backend.kernel.errors import NotFound
from backend.web.fields import EmailField, OneOfField, TextField, WordsField
from backend.web.forms import Form
from backend.web.parts import Row
from backend.web.words import day
from network.organisations import usecases
from network.organisations.data import MemberLine, OrganisationPage
from network.organisations.queries import LEVEL_WORDS, my_organisation
from network.organisations.states import CheckLevel, CheckMethod, OrganisationState
from network.web.desk.kit import DeskForm, DeskRead, OfRequester, SurePage, to

API_DOCS = "/api/v1/docs/"  # kept stable for others outside, so it may be written down here
METHODS: Mapping[str, str] = {
    CheckMethod.OUTLET_MAILBOX: "by a message to the organisation’s own address",
    CheckMethod.SWITCHBOARD: "by ringing a number that we found ourselves",
    CheckMethod.PRESS_CARD: "by a press card",
    CheckMethod.PARLIAMENT_DIRECTORY: "by the directory of Parliament",
    CheckMethod.KNOWN_IN_PERSON: "because we know you in person",
}
STATE_TONES: Mapping[str, str] = {
    OrganisationState.APPLIED: "wait",
    OrganisationState.IN_STANDING: "good",
    OrganisationState.REFUSED: "bad",
    OrganisationState.SUSPENDED: "bad",
}
WHAT_IT_MEANS: Mapping[str, str] = {
    OrganisationState.APPLIED: "You can write and send briefs now. Nobody is asked before we have checked who asks: we ring you.",
    OrganisationState.IN_STANDING: "You can send briefs, see who said yes, and book.",
    OrganisationState.REFUSED: "You cannot send briefs. If you think that this is a mistake, complain: a person reads it.",
    OrganisationState.SUSPENDED: "You can send nothing and are shown nothing for now.",
}


class OfOrganisation(OfRequester):
    @cached_property
    def organisation(self) -> OrganisationPage:
        found = my_organisation(self.actor)
        if found is None:
            raise NotFound
        return found

    @property
    def is_owner(self) -> bool:
        return any(m.is_owner and m.user_id == self.actor.user_id for m in self.organisation.members)


class Organisation(OfOrganisation, DeskRead):
    template_name = "network/desk/organisation.html"

    def context(self) -> Mapping[str, object]:
        page, line = self.organisation, self.organisation.line
        change = to("details") if self.is_owner else ""
        return {
            "title": line.name,
            "organisation": page,
            "tone": STATE_TONES[line.state],
            "meaning": WHAT_IT_MEANS[line.state],
            "level": LEVEL_WORDS[CheckLevel(line.level)],
            "no_names": line.state == OrganisationState.IN_STANDING and line.level in (CheckLevel.J0, CheckLevel.J1),
            "checks": [
                (f"Checked {METHODS.get(check.method, '')}", check.checked_at, check.valid_until)
                for check in page.checks
            ],
            "about": [
                Row("Website", line.website),
                Row("What people read about you", page.about or "Nothing yet", change),
            ],
            "billing": [
                Row("Made out to", page.billing_name, change),
                Row("Address", page.billing_address),
                Row("Sent to", page.billing_email),
                Row("Your reference", page.purchase_reference or "None"),
            ],
            "is_owner": self.is_owner,
            "me": self.actor.user_id,
            "until": day(line.valid_until),
            "api_docs": API_DOCS,
        }


class MemberForm(Form):
    name = TextField(label="Their name", max_length=80, autocomplete="off")
    job = TextField(label="Their job", max_length=80, autocomplete="off")
    email = EmailField(label="Their work email address")
    owner = OneOfField(
        label="What may they do?",
        choices=(
            ("no", "Write briefs, see who said yes, book and pay"),
            ("yes", "The same, and look after people and invoices’ details", "Keep two, so that one can be away."),
        ),
    )
    who_sees = {  # noqa: RUF012
        "name": "The people you ask, and the network’s staff.",
        "job": "The people you ask, and the network’s staff.",
        "email": "Nobody. They sign in with it and get our messages there.",
    }

    def take_refusal(self, refusal: Any) -> None:
        """The area names the fields of a member; here the form is about nobody else."""
        refusal.fields = {name.removeprefix("member_"): messages for name, messages in refusal.fields.items()}
        super().take_refusal(refusal)


class AddMember(OfOrganisation, DeskForm):
    form_class = MemberForm
    title = "Add a colleague"
    intro = "They can sign in with a code that we email them. There is no password."
    button = "Add them"
    done = "Added. They can sign in now."

    def initial(self) -> Mapping[str, Any]:
        self.eyebrow = self.organisation.line.name
        self.back_url = self.cancel_url = to("organisation")
        return {"owner": "no"}

    def act(self, data: dict[str, Any]) -> str:
        usecases.add_member(
            organisation_id=self.organisation_id,
            name=data["name"],
            job=data["job"],
            email=data["email"],
            is_owner=data["owner"] == "yes",
            actor=self.actor,
            at=self.at,
        )
        return to("organisation")


class RemoveMember(OfOrganisation, SurePage):
    form_class = Form
    button = "Remove them"
    stay = "Keep them"
    kind = "warning"
    done = "Removed. They can no longer open anything here."

    @cached_property
    def member(self) -> MemberLine:
        wanted: UUID = self.id
        for member in self.organisation.members:
            if member.member_id == wanted:
                return member
        raise NotFound

    def initial(self) -> Mapping[str, Any]:
        self.title = f"Remove {self.member.name}"
        self.eyebrow = self.organisation.line.name
        self.intro = "It takes effect at once. What they have written stays with your organisation."
        self.back_url = self.cancel_url = to("organisation")
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.remove_member(
            organisation_id=self.organisation_id, member_id=self.member.member_id, actor=self.actor, at=self.at
        )
        return to("organisation")


class DetailsForm(Form):
    about = WordsField(
        label="What you do",
        max_length=2000,
        required=False,
        help_text="Who you are and whom you reach, in plain words.",
    )
    billing_name = TextField(label="Who invoices are made out to", max_length=120, autocomplete="organization")
    billing_address = WordsField(label="Address for invoices", max_length=500, rows=4)
    billing_email = EmailField(label="Email address for invoices")
    purchase_reference = TextField(
        label="Your own reference", max_length=60, required=False, help_text="A purchase order number, if you need one."
    )
    sections = (
        ("About you", "", ("about",)),
        ("Invoices", "Invoices that were sent already keep what they say.",
         ("billing_name", "billing_address", "billing_email", "purchase_reference")),
    )  # fmt: skip
    who_sees = {  # noqa: RUF012
        "about": "Everybody you ask.",
        "billing_name": "The network’s finance team.",
        "billing_address": "The network’s finance team.",
        "billing_email": "The network’s finance team.",
        "purchase_reference": "The network’s finance team. It is on each invoice.",
    }


class Details(OfOrganisation, DeskForm):
    form_class = DetailsForm
    title = "About you, and invoices"
    button = "Save"
    done = "Saved."

    def initial(self) -> Mapping[str, Any]:
        page = self.organisation
        self.eyebrow = page.line.name
        self.back_url = self.cancel_url = to("organisation")
        return {
            "about": page.about,
            "billing_name": page.billing_name,
            "billing_address": page.billing_address,
            "billing_email": page.billing_email,
            "purchase_reference": page.purchase_reference,
        }

    def act(self, data: dict[str, Any]) -> str:
        usecases.change_details(organisation_id=self.organisation_id, **data, actor=self.actor, at=self.at)
        return to("organisation")
