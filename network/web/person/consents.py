"""What the person shares, with whom and until when; stopping each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kernel.clock import LONDON
from backend.web import navigation
from backend.web.forms import Form
from backend.web.parts import Row
from backend.web.words import day, when
from network.bookings import usecases as bookings
from network.bookings.queries import recalls_visible_to
from network.casework.queries import look_settings
from network.casework.states import Shown
from network.consent import gate, queries, usecases
from network.consent import wording as texts
from network.consent.data import GrantView, Layer, Recipient, RecipientKind, Wording
from network.consent.kinds_of_data import source as kinds_source
from network.consent.states import GrantState
from network.consent.usecases.receipts import my_acts
from network.opportunities.queries import invitations_for
from network.organisations.queries import standings
from network.web.person.kit import PersonAction, PersonForm, PersonRead, SurePage, to
from network.web.person.less import LessForm, less_of
from network.web.person.words import (
    ACT,
    LAYER,
    categories_words,
    formats_words,
    identity_words,
    kinds_words,
)

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
    standing: bool  # live, or resting, or still to begin: the person can stop it
    words: str
    tone: str
    url: str
    stop_url: str


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

    def request_url(self, opportunity_id: UUID | None) -> str:
        """The page of the request that a consent is for, where there is one."""
        lines = invitations_for(self.page.actor, self.page.at)
        found = [line.invitation_id for line in lines if line.opportunity_id == opportunity_id]
        return to("request", found[0]) if found else ""


def _what(grant: GrantView) -> str:
    if grant.layer is Layer.KEEP_RECORD:
        return "What you wrote here, sealed under a key of your own."
    if grant.layer is Layer.BE_ASKED:
        return "Your topics, terms and limits, compared with requests. Nothing goes out."
    return f"{categories_words(grant.categories).capitalize()}." if grant.categories else "Nothing."


def _words(grant: GrantView, at: datetime) -> tuple[str, str]:
    """How a consent stands, in a word or two, and its colour."""
    if grant.state is not GrantState.GIVEN:
        return _STATES[grant.state]
    if not grant.standing(at):
        return "Ended", "quiet"
    if grant.suspended_at is not None:
        return "Rests until you answer", "wait"
    if grant.paused_at is not None:
        return "Rests while you pause", "wait"
    if at < grant.starts_at:
        return f"Begins on {day(grant.starts_at)}", "wait"
    return _STATES[grant.state]


def shown(grant: GrantView, naming: Naming, at: datetime) -> ShownConsent:
    words, tone = _words(grant, at)
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
        live=grant.live(at),
        standing=grant.standing(at),
        words=words,
        tone=tone,
        url=to("consent", grant.id),
        stop_url=to("consent-stop", grant.id),
    )


def organisations_of(grants: tuple[GrantView, ...]) -> set[UUID]:
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
        naming.organisations(organisations_of(grants))
        rows = [shown(grant, naming, self.at) for grant in grants]
        rows.sort(key=lambda row: list(Layer).index(row.grant.layer))
        given = {row.grant.layer for row in rows if row.standing}
        return {
            "live": [row for row in rows if row.standing],
            "over": [row for row in rows if not row.standing],
            "paused": any(row.grant.paused_at for row in rows),
            "offered": [
                Offered(layer, texts.wording(layer), to("consent-give", layer.value))
                for layer in STANDING
                if layer not in given
            ],
            "stop_url": navigation.link(navigation.STOP),
            "recalls": bool(recalls_visible_to(self.actor)),
            "show_looked": look_settings(actor=self.actor).shown is not Shown.HIDDEN,
        }


def _rows(item: ShownConsent, at: datetime) -> list[Row]:
    grant = item.grant
    rows = [
        Row("Who sees it", item.who),
        Row("What they see", item.what),
        Row("What for", item.why),
        Row("Until", f"{when(grant.ends_at)}. It ends then by itself."),
    ]
    if at < grant.starts_at:
        rows.append(Row("From", f"{when(grant.starts_at)}. Until then nothing is shown under it."))
    if grant.layer is Layer.FOR_REQUEST:
        rows += [Row(label, text) for label, text in identity_words(grant.identity)]
        rows.append(Row("Used again later", "Yes, in the same ways" if grant.reuse else "Only after asking you"))
    if grant.formats:
        rows.append(Row("How it may be used", formats_words(grant.formats)))
    rows += [Row(label, text, note=kinds_source()) for label, text in kinds_words(grant.special, grant.criminal)]
    return rows


class Consent(PersonRead):
    """One consent: what it says, what happened to it, and a way to share less or nothing."""

    template_name = "network/person/consent.html"

    def context(self) -> Mapping[str, object]:
        grant = queries.my_consent(self.kwargs["id"], actor=self.actor)
        naming = Naming(self)
        naming.organisations(organisations_of((grant,)))
        item = shown(grant, naming, self.at)
        history = my_acts(grant.id, actor=self.actor)
        return {
            "title": item.heading,
            "item": item,
            "rows": _rows(item, self.at),
            "history": [(ACT[act.type], act.at, to("receipt-of", grant.id, act.id)) for act in history],
            "can_narrow": item.standing and (len(grant.categories) > 1 or grant.layer is Layer.FOR_REQUEST),
            "can_renew": item.live and grant.layer is not Layer.ANONYMITY_WAIVER,
            "see_url": to("consent-see", grant.id) if grant.layer is Layer.FOR_REQUEST else "",
            "change_url": naming.request_url(grant.opportunity_id) if grant.suspended_at else "",
            "again_url": to("consent-again", grant.id) if self._may_be_used_again(grant) else "",
            "waive_url": to("consent-waive", grant.id) if self._may_waive(grant) else "",
            "stop_url": to("consent-stop", grant.id),
            "less_url": to("consent-less", grant.id),
            "renew_url": to("consent-renew", grant.id),
            "receipt_url": to("receipt", grant.id),
            "back_url": to("consents"),
        }

    def _may_be_used_again(self, grant: GrantView) -> bool:
        """What they were shown for a request can be agreed to once more, as a consent of its own."""
        return grant.layer is Layer.FOR_REQUEST and bool(queries.released_to([grant.id])) and bool(grant.categories)

    def _may_waive(self, grant: GrantView) -> bool:
        law = gate.my_protection(actor=self.actor, at=self.at).by_law(self.at)
        return law and grant.recipient.id is not None and grant.layer is Layer.FOR_REQUEST and grant.standing(self.at)


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
        naming.organisations(organisations_of((grant,)))
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
        return LessForm(self.grant, data=data)

    def act(self, data: dict[str, Any]) -> str:
        less = less_of(self.grant, data)
        usecases.narrow(
            grant_id=self.grant.id,
            categories=less.categories,
            identity=less.identity,
            formats=less.formats,
            reuse=less.reuse,
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
