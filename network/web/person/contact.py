"""Safe ways and times to reach somebody, and when they are not free. Unknown means: only here, in the app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms

from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid
from backend.web.fields import DateField, PickField, TickField, WhenField
from backend.web.forms import Form
from network.people import usecases
from network.people.data import ContactRule
from network.people.queries import my_profile
from network.people.states import Channel
from network.web.person.kit import PersonAction, PersonForm, to
from network.web.person.words import CHANNEL, hour

US = "Only us. We never write to a way or a time that you did not tick."
ASK_AGAIN = timedelta(days=60)  # threat model 1.5: what is safe changes, so ask again


_HOURS = [(str(number), hour(number)) for number in range(25)]


def _contact_form() -> type[Form]:
    fields: dict[str, forms.Field] = {}
    sections = []
    for channel, name in CHANNEL.items():
        code = channel.value
        fields[f"{code}_allowed"] = TickField(label=f"{name} is safe for me", required=False, who_sees=US)
        fields[f"{code}_private"] = TickField(label="Nobody else can see or hear it", required=False)
        if channel is Channel.PHONE:
            fields[f"{code}_voicemail"] = TickField(label="You may leave a voicemail", required=False)
        fields[f"{code}_from"] = PickField(label="From (UK time)", choices=_HOURS[:24])
        fields[f"{code}_to"] = PickField(label="Until (UK time)", choices=_HOURS[1:])
        fields[f"{code}_until"] = DateField(
            label="Ask me again on", help_text="After that day we do not use it until you say so."
        )
        names = tuple(n for n in fields if n.startswith(f"{code}_"))
        sections.append((name, "", names))
    return type("ContactForm", (Form,), {**fields, "sections": tuple(sections)})


ContactForm = _contact_form()


class Contact(PersonForm):
    form_class = ContactForm
    template_name = "network/person/contact.html"
    title = "Safe ways to reach you"
    intro = "You can always read your messages here. Tick another way only if it is safe."
    done = "Saved. No message goes out about this change."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("about")
        rules = {rule.channel: rule for rule in my_profile(actor=self.actor, at=self.at).contact_rules}
        first: dict[str, Any] = {}
        again = self.at.astimezone(LONDON).date() + ASK_AGAIN
        for channel in CHANNEL:
            rule, code = rules.get(channel), channel.value
            first[f"{code}_allowed"] = bool(rule and rule.usable(self.at))
            first[f"{code}_private"] = bool(rule and not rule.others_can_see)
            first[f"{code}_voicemail"] = bool(rule and rule.voicemail_ok)
            first[f"{code}_from"] = str(rule.from_hour if rule else 9)
            first[f"{code}_to"] = str(rule.to_hour if rule else 20)
            first[f"{code}_until"] = rule.review_on if rule and rule.usable(self.at) else again
        return first

    def act(self, data: dict[str, Any]) -> str:
        rules = [
            ContactRule(
                channel=channel,
                allowed=data[f"{channel.value}_allowed"],
                from_hour=int(data[f"{channel.value}_from"]),
                to_hour=int(data[f"{channel.value}_to"]),
                others_can_see=not data[f"{channel.value}_private"],
                voicemail_ok=bool(data.get(f"{channel.value}_voicemail")),
                review_on=data[f"{channel.value}_until"],
            )
            for channel in CHANNEL
        ]
        try:
            usecases.set_safe_contact(person_id=self.person_id, contact=rules, actor=self.actor, at=self.at)
        except Invalid as problem:  # the rule's messages are by channel; the form's first field of it carries them
            found = {
                f"{name}_until" if "day" in " ".join(m) else f"{name}_to": m
                for name, m in problem.fields.items()
                if name
            }
            raise Invalid(found or problem.fields, problem.detail) from problem
        return to("about")


class TimeForm(Form):
    starts_at = WhenField(label="From", who_sees="You and your coordinators. Those who ask only find you not free.")
    ends_at = WhenField(label="Until")


class Times(PersonForm):
    """Times away, with the next one to add."""

    form_class = TimeForm
    template_name = "network/person/times.html"
    title = "When you are not free"
    intro = "You need not say why. We do not ask you about anything at these times."
    button = "Add this time"
    done = "Added."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = to("about")
        return {}

    def context(self) -> Mapping[str, object]:
        return {"spans": my_profile(actor=self.actor, at=self.at).unavailable}

    def act(self, data: dict[str, Any]) -> str:
        usecases.add_unavailable(person_id=self.person_id, **data, actor=self.actor, at=self.at)
        return to("times")


class RemoveTime(PersonAction):
    done = "Taken out."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.remove_unavailable(unavailable_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("times")
