"""What the person shares, with whom and until when; stopping each; the receipts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web import navigation
from backend.web.fields import DateField, SomeOfField
from backend.web.forms import Form
from backend.web.parts import Row
from backend.web.words import day, when
from network.bookings import usecases as bookings
from network.bookings.queries import recalls_visible_to
from network.consent import queries, usecases
from network.consent import wording as texts
from network.consent.data import Category, GrantView, Identity, Layer, Recipient, RecipientKind, Wording
from network.consent.states import GrantState
from network.consent.usecases.grants import acts
from network.opportunities.queries import invitations_for
from network.organisations.queries import standings
from network.people.states import NameMode, Place
from network.web.person.kit import PersonAction, PersonForm, PersonRead, SurePage, to
from network.web.person.words import ACT, CATEGORY, LAYER, SHARES, categories_words, identity_words

# What the person can say yes to here, in the order of the questions. A request's own consent is given with its answer;
# there is no public page yet, so none is offered.
STANDING = (Layer.KEEP_RECORD, Layer.COORDINATION, Layer.BE_ASKED)
_STATES = {
    GrantState.GIVEN: ("You share this", "good"),
    GrantState.WITHDRAWN: ("You stopped it", "quiet"),
    GrantState.EXPIRED: ("Ended", "quiet"),
    GrantState.REFUSED: ("You said no", "quiet"),
    GrantState.DEFERRED: ("Not now", "quiet"),
}


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """One consent in plain words."""

    grant: GrantView
    heading: str
    who: str
    what: str
    why: str
    until: str
    live: bool
    words: str
    tone: str
    url: str


class Naming:
    """Names of organisations and requests, read once for a page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self._titles: dict[UUID, str] | None = None
        self._names: dict[UUID, str] = {}

    def organisations(self, ids: set[UUID]) -> None:
        today = self.page.at.astimezone(LONDON).date()
        self._names |= {pk: standing.name for pk, standing in standings(ids, today).items()}

    def who(self, recipient: Recipient) -> str:
        match recipient.kind:
            case RecipientKind.ORGANISATION:
                return self._names.get(recipient.id or UUID(int=0), "An organisation that is no longer here")
            case RecipientKind.NETWORK:
                return str(texts.controller()["name"])
            case RecipientKind.PUBLIC:
                return "Everybody"

    def request(self, opportunity_id: UUID | None) -> str:
        if opportunity_id is None:
            return ""
        if self._titles is None:
            lines = invitations_for(self.page.actor, self.page.at)
            self._titles = {line.opportunity_id: line.title for line in lines}
        return self._titles.get(opportunity_id, "")


def _what(grant: GrantView) -> str:
    if grant.layer is Layer.KEEP_RECORD:
        return "What you wrote here, sealed under a key of your own."
    if grant.layer is Layer.BE_ASKED:
        return "Your topics, terms and limits, compared with requests. Nothing goes out."
    return f"{categories_words(grant.categories).capitalize()}." if grant.categories else "Nothing."


def shown(grant: GrantView, naming: Naming, at: datetime) -> ShownConsent:
    words, tone = _STATES[grant.state]
    live = grant.live(at)
    if grant.state is GrantState.GIVEN and not live:
        words, tone = "Ended", "quiet"
    title = naming.request(grant.opportunity_id)
    why = f"For “{title}”." if title else texts.wording(grant.layer, version=grant.wording_version).why
    return ShownConsent(
        grant=grant,
        heading=naming.who(grant.recipient)
        if grant.recipient.kind is RecipientKind.ORGANISATION
        else LAYER[grant.layer],
        who=naming.who(grant.recipient),
        what=_what(grant),
        why=why,
        until=day(grant.ends_at),
        live=live,
        words=words,
        tone=tone,
        url=to("consent", grant.id),
    )


def _organisations(grants: tuple[GrantView, ...]) -> set[UUID]:
    return {g.recipient.id for g in grants if g.recipient.id is not None}


@dataclass(frozen=True, slots=True)
class Offered:
    """A consent that could be given."""

    layer: Layer
    wording: Wording
    url: str


class Consents(PersonRead):
    template_name = "network/person/consents.html"
    title = "What you share"

    def context(self) -> Mapping[str, object]:
        grants = queries.my_consents(actor=self.actor, at=self.at)
        naming = Naming(self)
        naming.organisations(_organisations(grants))
        rows = [shown(grant, naming, self.at) for grant in grants]
        rows.sort(key=lambda row: list(Layer).index(row.grant.layer))
        given = {row.grant.layer for row in rows if row.live}
        return {
            "live": [row for row in rows if row.live],
            "over": [row for row in rows if not row.live],
            "offered": [
                Offered(layer, texts.wording(layer), to("consent-give", layer.value))
                for layer in STANDING
                if layer not in given
            ],
            "stop_url": navigation.link(navigation.STOP),
            "recalls": bool(recalls_visible_to(self.actor)),
        }


def _rows(item: ShownConsent) -> list[Row]:
    grant = item.grant
    rows = [
        Row("Who sees it", item.who),
        Row("What they see", item.what),
        Row("What for", item.why),
        Row("Until", f"{when(grant.ends_at)}. It ends then by itself."),
    ]
    if grant.layer is Layer.FOR_REQUEST:
        rows += [Row(label, text) for label, text in identity_words(grant.identity)]
    return rows


class Consent(PersonRead):
    """One consent: what it says, what happened to it, and a way to share less or nothing."""

    template_name = "network/person/consent.html"

    def context(self) -> Mapping[str, object]:
        grant = queries.my_consent(self.kwargs["id"], actor=self.actor)
        naming = Naming(self)
        naming.organisations(_organisations((grant,)))
        item = shown(grant, naming, self.at)
        history = acts([grant.id]).get(grant.id, [])
        return {
            "title": item.heading,
            "item": item,
            "rows": _rows(item),
            "history": [(ACT[type_], at) for type_, at in history],
            "can_narrow": item.live and len(grant.categories) > 1,
            "can_renew": item.live and grant.layer in STANDING,
            "stop_url": to("consent-stop", grant.id),
            "less_url": to("consent-less", grant.id),
            "renew_url": to("consent-renew", grant.id),
            "receipt_url": to("receipt", grant.id),
            "back_url": to("consents"),
        }


class StopConsent(SurePage):
    """The second of two taps. No reason, no condition."""

    template_name = "network/person/consent_stop.html"
    form_class = Form
    title = "Stop sharing this?"
    button = "Stop it now"
    kind = "warning"
    stay = "No, keep it"
    done = "Stopped. From this moment on they see nothing of it."

    def initial(self) -> Mapping[str, Any]:
        queries.my_consent(self.kwargs["id"], actor=self.actor)
        self.back_url = self.cancel_url = to("consent", self.kwargs["id"])
        return {}

    def context(self) -> Mapping[str, object]:
        grant = queries.my_consent(self.kwargs["id"], actor=self.actor)
        naming = Naming(self)
        naming.organisations(_organisations((grant,)))
        given = queries.released_to([grant.id]).get(grant.id, frozenset())
        return {
            "item": shown(grant, naming, self.at),
            "was_shown": bool(given),
            "for_request": grant.layer is Layer.FOR_REQUEST,
            "is_record": grant.layer is Layer.KEEP_RECORD,
        }

    def act(self, data: dict[str, Any]) -> str:
        bookings.stop_sharing(grant_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("consent", self.kwargs["id"])


class LessForm(Form):
    categories = SomeOfField(label="What may they still see?")
    until = DateField(label="Until", required=False, help_text="Leave it to keep the same end.")
    who_sees: ClassVar[Mapping[str, str]] = {"categories": "Only what stays ticked.", "until": "You and us."}

    def clean_until(self) -> datetime | None:
        on = self.cleaned_data.get("until")
        try:
            return datetime.combine(on, time(23, 59), LONDON).astimezone(UTC) if on else None
        except OverflowError:
            raise ValidationError("Write a date, such as 3 November 2026") from None


class ShareLess(PersonForm):
    """Take something away from what is shared. Adding something is a new yes."""

    form_class = LessForm
    title = "Show less"
    intro = "Untick what they should no longer see. It counts at once."
    button = "Show only this"
    done = "Done. They see only what you left."

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.grant = queries.my_consent(self.kwargs["id"], actor=self.actor)
        self.back_url = self.cancel_url = to("consent", self.grant.id)
        form = LessForm(data=data, initial={"categories": sorted(self.grant.categories)})
        labels = {code: label for code, label, _ in SHARES}
        field = form.fields["categories"]
        if isinstance(field, SomeOfField):
            field.choices = [(c.value, labels.get(c, CATEGORY[c].capitalize())) for c in sorted(self.grant.categories)]
        return form

    def act(self, data: dict[str, Any]) -> str:
        usecases.narrow(
            grant_id=self.grant.id,
            categories=frozenset(Category(c) for c in data["categories"]),
            ends_at=min(data["until"], self.grant.ends_at) if data["until"] else None,
            actor=self.actor,
            at=self.at,
        )
        return to("consent", self.grant.id)


class RenewConsent(PersonAction):
    done = "It goes on. You can still stop it at any time."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.renew(grant_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return to("consent", self.kwargs["id"])


class GiveForm(Form):
    categories = SomeOfField(
        label="What may they open?",
        required=False,
        choices=SHARES,
        help_text="One at a time, when they need it for you.",
    )


class GiveConsent(PersonForm):
    """One question, with the four things one should know before answering. No is as easy as yes."""

    template_name = "network/person/consent_give.html"
    form_class = GiveForm
    button = "Yes"
    done = "Thank you. The receipt is here whenever you want it."

    @property
    def layer(self) -> Layer:
        found = next((layer for layer in STANDING if layer.value == self.kwargs["layer"]), None)
        if found is None:
            raise NotFound
        return found

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        self.back_url = self.cancel_url = to("consents")
        form_class = GiveForm if self.layer is Layer.COORDINATION else Form
        return form_class(data=data)

    def context(self) -> Mapping[str, object]:
        text = texts.wording(self.layer)
        self.title = text.title
        return {"title": text.title, "text": text, "no_url": to("consent-refuse", self.layer.value)}

    def act(self, data: dict[str, Any]) -> str:
        receipt = usecases.give(
            person_id=self.person_id,
            layer=self.layer,
            categories=frozenset(Category(c) for c in data.get("categories", ())),
            recipient=Recipient.network(),
            identity=Identity(name_mode=NameMode.FULL, place=Place.EXACT)
            if self.layer is Layer.COORDINATION
            else Identity(),
            actor=self.actor,
            at=self.at,
        )
        return to("consent", receipt.grant_id)


class RefuseConsent(PersonAction):
    """No, without a reason."""

    done = "Noted: no. Nobody will ask you why."

    def act(self, data: Mapping[str, Any]) -> str:
        layer = next((layer for layer in STANDING if layer.value == self.kwargs["layer"]), None)
        if layer is None:
            raise NotFound
        usecases.refuse(
            person_id=self.person_id, layer=layer, recipient=Recipient.network(), actor=self.actor, at=self.at
        )
        return to("consents")


class ReceiptPage(PersonRead):
    """The receipt of the last act, to read or print."""

    template_name = "network/person/receipt.html"
    title = "Receipt"

    def context(self) -> Mapping[str, object]:
        receipt = usecases.receipt(grant_id=self.kwargs["id"], actor=self.actor, at=self.at)
        naming = Naming(self)
        naming.organisations(_organisations((receipt.grant,)))
        ours = texts.controller()
        return {
            "receipt": receipt,
            "act": ACT[receipt.act],
            "rows": [Row("You said", ACT[receipt.act]), Row("When", when(receipt.at)),
                     *_rows(shown(receipt.grant, naming, self.at)),
                     Row("How to stop it", receipt.wording.withdraw),
                     Row("Who keeps it", f"{ours['name']}, {ours['address']}, {ours['contact']}"),
                     Row("Who to complain to", f"{ours['authority']['name']}: {ours['authority']['url']}"),
                     Row("Number", str(receipt.id))],
            "file_url": to("receipt-file", receipt.grant_id),
            "back_url": to("consent", receipt.grant_id),
        }  # fmt: skip


class ReceiptFile(PersonRead):
    """The same for machines: JSON-LD."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        receipt = usecases.receipt(grant_id=self.kwargs["id"], actor=self.actor, at=self.at)
        body = json.dumps(receipt.json_ld, indent=1, ensure_ascii=False)
        response = HttpResponse(body, content_type="application/ld+json")
        response["Content-Disposition"] = 'attachment; filename="receipt.jsonld"'
        return response
