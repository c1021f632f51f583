"""What cannot be agreed to, whoever agrees."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Invalid
from network.consent import gate
from network.consent.data import Identity, Recipient
from network.consent.policy import lasts
from network.consent.states import (
    RECIPIENT_OF,
    WAIVABLE,
    Category,
    Layer,
    RecipientKind,
)
from network.people.states import AnonymousFrom, Face


def check(
    *,
    layer: Layer,
    categories: frozenset[Category],
    recipient: Recipient,
    opportunity: UUID | None,
    identity: Identity,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Refuse a consent that cannot be, for anybody: wrong recipient, no end, too long. Raises Invalid with each field."""
    problems: dict[str, list[str]] = {}
    if layer is Layer.ANONYMITY_WAIVER and not categories <= WAIVABLE:
        problems["categories"] = ["Choose from the list."]
    if recipient.kind is not RECIPIENT_OF[layer]:
        problems["recipient"] = ["This kind of consent is for somebody else."]
    if (layer is Layer.FOR_REQUEST) != (opportunity is not None):
        problems["opportunity"] = ["Say which request this is for." if opportunity is None else "Not for this."]
    if not categories and layer not in (Layer.KEEP_RECORD, Layer.BE_ASKED):
        problems["categories"] = ["Choose at least one thing to share, or say no."]
    if ends_at <= starts_at:
        problems["ends_at"] = ["Choose an end that is still to come."]
    elif ends_at - starts_at > lasts(layer, starts_at)[1]:
        problems["ends_at"] = [f"Choose an end within {lasts(layer, starts_at)[1].days} days."]
    if not set(identity.anonymous_from) <= set(AnonymousFrom):
        problems["anonymous_from"] = ["Choose from the list."]
    if problems:
        raise Invalid(problems)


_KEPT_BACK = {
    Category.NAME: "name_mode",
    Category.PHOTO: "face",
    Category.PLACE: "place",
    Category.CONTACT: "shares",
}


def check_anonymity(
    *, person_id: UUID, layer: Layer, categories: frozenset[Category], recipient: Recipient, identity: Identity,
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    """What a law keeps back cannot be agreed to either, until there is a waiver for that one publisher. Whoever came by
    a link is told only to sign in: somebody else may hold it."""
    if RECIPIENT_OF[layer] is RecipientKind.NETWORK or layer is Layer.ANONYMITY_WAIVER:
        return
    kept = gate.kept_back_by_law(person_id=person_id, recipient=recipient, identity=identity, at=at)
    if not kept:
        return
    chosen = {Category.PHOTO: Category.PHOTO in categories or identity.face is Face.FACE,
              Category.CONTACT: Category.CONTACT in categories}  # fmt: skip
    words = (
        "The law keeps you anonymous. Choose what does not name you, or look at “How you are protected” under Sharing."
        if actor.kind is ActorKind.USER
        else "Sign in to choose this."
    )
    problems = {_KEPT_BACK[c]: [words] for c in kept if chosen.get(c, True)}
    if problems:
        raise Invalid(problems)
