"""The person's own terms: topics, work and pay, and how they are usually shown. Each request still asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid
from backend.web.fields import MoneyField, OneOfField, SomeOfField, TickField
from backend.web.forms import Form
from backend.web.words import pounds
from network.opportunities import kinds
from network.people import usecases
from network.people.data import IdentityInput, TermsInput, TopicNode
from network.people.queries import my_profile, topics_tree
from network.people.states import Face, NameMode, Place, Voice
from network.web.person.kit import PersonForm, to
from network.web.person.words import ANONYMITY, ANONYMOUS, FACES, NAMES, PLACES, VOICES
from payments import public as payments

COORDINATORS = "You and your coordinators."


def topics_form(tree: tuple[TopicNode, ...]) -> type[Form]:
    """One section for each main topic: itself and what is below it, and "show me every request on these"."""
    fields: dict[str, forms.Field] = {}
    sections = []
    for node in tree:
        chosen, every = f"t_{node.slug}", f"all_{node.slug}"
        choices = [(str(node.id), f"Anything about {node.name[:1].lower()}{node.name[1:]}")]
        choices += [(str(child.id), child.name) for child in node.children]
        fields[chosen] = SomeOfField(label=node.name, choices=choices, required=False)
        fields[every] = TickField(label="Show me every request on what I ticked here", required=False)
        sections.append((node.name, "", (chosen, every)))
    return type("TopicsForm", (Form,), {**fields, "sections": tuple(sections)})


class Topics(PersonForm):
    title = "What would you like to be asked about?"
    intro = "Choose as many or as few as you like. Those who send requests never see this list unless you show it."
    done = "Saved. We ask you only about these."
    template_name = "network/person/topics.html"

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.back_url = self.cancel_url = to("about")
        self.tree = topics_tree()
        mine = {t.id: t.tell_me_all for t in my_profile(actor=self.actor, at=self.at).topics}
        first: dict[str, Any] = {}
        for node in self.tree:
            here = [i for i in (node.id, *(c.id for c in node.children)) if i in mine]
            first[f"t_{node.slug}"] = [str(i) for i in here]
            first[f"all_{node.slug}"] = bool(here) and all(mine[i] for i in here)
        return topics_form(self.tree)(data=data, initial=first)

    def act(self, data: dict[str, Any]) -> str:
        topics: dict[UUID, bool] = {}
        for node in self.tree:
            for chosen in data[f"t_{node.slug}"]:
                topics[UUID(chosen)] = data[f"all_{node.slug}"]
        usecases.choose_topics(person_id=self.person_id, topics=topics, actor=self.actor, at=self.at)
        return to("about")


_NOTICE = (
    ("0", "No notice"),
    ("24", "A day"),
    ("48", "2 days"),
    ("120", "5 days"),
    ("168", "A week"),
    ("336", "2 weeks"),
)
_OFTEN = tuple((str(n), "Once a month" if n == 1 else f"Up to {n} times a month") for n in (1, 2, 4, 8))
_REST = (("0", "No rest needed"), ("3", "3 days"), ("7", "A week"), ("14", "2 weeks"), ("30", "A month"))


def _with(choices: tuple[tuple[str, str], ...], value: int, words: str) -> list[tuple[str, str]]:
    """The choices, and the one that stands if it is another: opening the form must not change anything."""
    found = list(choices)
    if str(value) not in dict(choices):
        found.append((str(value), words))
    return found


class TermsForm(Form):
    min_fee_pence = MoneyField(
        label="The lowest fee you would take", help_text="We do not ask you about anything that pays less.",
        maximum=10_000_000, who_sees=COORDINATORS,
    )  # fmt: skip
    kinds = SomeOfField(
        label="Kinds of work you would do", required=False, help_text="Tick none to be asked about any kind.",
        who_sees=COORDINATORS,
    )  # fmt: skip
    how = SomeOfField(
        label="How", choices=(("in_person", "In person"), ("remote", "From where I am, by phone or video")),
        who_sees=COORDINATORS,
    )  # fmt: skip
    notice_hours = OneOfField(label="How much notice do you need?", who_sees=COORDINATORS)
    short_notice_live_ok = TickField(
        label="Live programmes may ask me with less notice than that", required=False, who_sees=COORDINATORS
    )
    max_per_month = OneOfField(label="How often at most?", who_sees=COORDINATORS)
    rest_days = OneOfField(label="Rest in between", who_sees=COORDINATORS)
    supporter_comes = TickField(label="My supporter always comes with me", required=False, who_sees=COORDINATORS)
    sections = (
        ("Pay and work", "", ("min_fee_pence", "kinds", "how")),
        ("Time", "", ("notice_hours", "short_notice_live_ok", "max_per_month", "rest_days")),
        ("Company", "", ("supporter_comes",)),
    )


class MyTerms(PersonForm):
    form_class = TermsForm
    title = "What terms would work for you?"
    intro = "They are yours. They go with you to every request, and you can change them at any time."
    done = "Saved. These are your terms."

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.back_url = self.cancel_url = to("about")
        terms = my_profile(actor=self.actor, at=self.at).terms
        how = [code for code, ok in (("in_person", terms.in_person_ok), ("remote", terms.remote_ok)) if ok]
        form = TermsForm(
            data=data,
            initial={
                "min_fee_pence": terms.min_fee_pence, "kinds": terms.kinds, "how": how,
                "notice_hours": str(terms.notice_hours), "short_notice_live_ok": terms.short_notice_live_ok,
                "max_per_month": str(terms.max_per_month), "rest_days": str(terms.rest_days),
                "supporter_comes": terms.supporter_comes,
            },
        )  # fmt: skip
        self._choices(form, "kinds", [(kind.code, kind.name) for kind in kinds.kinds()])
        self._choices(form, "notice_hours", _with(_NOTICE, terms.notice_hours, f"{terms.notice_hours} hours"))
        self._choices(form, "max_per_month", _with(_OFTEN, terms.max_per_month, f"Up to {terms.max_per_month} times"))
        self._choices(form, "rest_days", _with(_REST, terms.rest_days, f"{terms.rest_days} days"))
        floor = payments.fee_floor("", self.at.astimezone(LONDON).date())
        form.fields[
            "min_fee_pence"
        ].help_text = (
            f"We do not ask you about anything that pays less. Nobody here is asked for less than {pounds(floor)}."
        )
        return form

    @staticmethod
    def _choices(form: Form, name: str, choices: list[tuple[str, str]]) -> None:
        field = form.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def act(self, data: dict[str, Any]) -> str:
        usecases.set_terms(
            person_id=self.person_id,
            terms=TermsInput(
                min_fee_pence=data["min_fee_pence"],
                notice_hours=int(data["notice_hours"]),
                short_notice_live_ok=data["short_notice_live_ok"],
                kinds=tuple(data["kinds"]),
                in_person_ok="in_person" in data["how"],
                remote_ok="remote" in data["how"],
                max_per_month=int(data["max_per_month"]),
                rest_days=int(data["rest_days"]),
                supporter_comes=data["supporter_comes"],
            ),
            actor=self.actor,
            at=self.at,
        )
        return to("about")


class ShownForm(Form):
    name_mode = OneOfField(label="Name", choices=NAMES)
    face = OneOfField(label="Face", choices=FACES)
    voice = OneOfField(label="Voice", choices=VOICES)
    place = OneOfField(label="Place", choices=PLACES)
    anonymous_from = SomeOfField(label="Who must not recognise you?", choices=ANONYMOUS, required=False)
    who_sees = dict.fromkeys(
        ("name_mode", "face", "voice", "place", "anonymous_from"), "Only you. Each request asks you again."
    )


class Shown(PersonForm):
    form_class = ShownForm
    template_name = "network/person/shown.html"
    title = "How would you usually like to be shown?"
    intro = "This only fills in the form for you. Nothing is shown to anybody until you say yes to one request."
    done = "Saved."

    def context(self) -> Mapping[str, object]:
        return {"anonymity": ANONYMITY}

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("about")
        usual = my_profile(actor=self.actor, at=self.at).identity
        return {
            "name_mode": usual.name_mode, "face": usual.face, "voice": usual.voice, "place": usual.place,
            "anonymous_from": usual.anonymous_from,
        }  # fmt: skip

    def act(self, data: dict[str, Any]) -> str:
        try:
            identity = IdentityInput(
                name_mode=NameMode(data["name_mode"]),
                face=Face(data["face"]),
                voice=Voice(data["voice"]),
                place=Place(data["place"]),
                anonymous_from=tuple(data["anonymous_from"]),
            )
        except ValueError as error:  # the form's own choices make this impossible
            raise Invalid({"": ["Choose from the lists."]}) from error
        usecases.set_identity(person_id=self.person_id, identity=identity, actor=self.actor, at=self.at)
        return to("about")
