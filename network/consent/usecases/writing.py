"""One act on one consent: an event in the ledger, the projection, the outbox, in one transaction.

Nothing here asks who may; the use cases beside it do, and hold the row's lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.consent import events, ledger, receipts
from network.consent.data import GrantView, Receipt, Recipient
from network.consent.kinds_of_data import kinds_of
from network.consent.models import Grant
from network.consent.queries import view_of
from network.consent.states import (
    GRANT,
    DataKind,
    EventType,
    Method,
)
from network.consent.wording import wording
from network.people.queries import topics_of

_TOPIC = {
    EventType.GIVEN: events.CONSENT_GIVEN,
    EventType.RENEWED: events.CONSENT_GIVEN,
    EventType.NARROWED: events.CONSENT_NARROWED,
    EventType.WITHDRAWN: events.CONSENT_WITHDRAWN,
    EventType.EXPIRED: events.CONSENT_EXPIRED,
    EventType.SUSPENDED: events.CONSENT_SUSPENDED,
    EventType.REAFFIRMED: events.CONSENT_REAFFIRMED,
}
NOTHING: Mapping[str, str] = MappingProxyType({})


def target_of(recipient: Recipient, opportunity: UUID | None) -> str:
    """What a consent is for, in one column: for each person and layer only one is live for each."""
    parts = [str(part) for part in (recipient.id, opportunity) if part]
    return ":".join(parts)


def _method(actor: Actor) -> Method:
    return Method.LINK if actor.kind is ActorKind.LINK else Method.WEB


def columns_of(grant: GrantView, event_id: UUID) -> dict[str, object]:
    """The row of the projection for a consent as it stands after this event."""
    return {
        "person_id": grant.person_id,
        "layer": grant.layer,
        "categories": sorted(grant.categories),
        "purpose": grant.purpose,
        "recipient_kind": grant.recipient.kind,
        "recipient_id": grant.recipient.id,
        "opportunity_id": grant.opportunity_id,
        "formats": sorted(grant.formats),
        "name_mode": grant.identity.name_mode,
        "face": grant.identity.face,
        "voice": grant.identity.voice,
        "place": grant.identity.place,
        "anonymous_from": list(grant.identity.anonymous_from),
        "reuse": grant.reuse,
        "starts_at": grant.starts_at,
        "ends_at": grant.ends_at,
        "state": grant.state,
        "wording_id": grant.wording_id,
        "wording_version": grant.wording_version,
        "changed_at": grant.changed_at,
        "narrowed_at": grant.narrowed_at,
        "last_event_id": event_id,
        "target": target_of(grant.recipient, grant.opportunity_id),
        "special": sorted(grant.special),
        "criminal": sorted(grant.criminal),
        "suspended_at": grant.suspended_at,
        "paused_at": grant.paused_at,
    }


def marked(grant: GrantView) -> GrantView:
    """With the kinds of data that its categories are for this person today: what they agree to is said by its kind."""
    kinds = kinds_of(grant.categories, topics_of(grant.person_id))
    return replace(
        grant,
        special=frozenset(c for c, found in kinds.items() if DataKind.SPECIAL in found),
        criminal=frozenset(c for c, found in kinds.items() if DataKind.CRIMINAL in found),
    )


def save(
    grant: GrantView,
    type_: EventType,
    *,
    new: bool,
    actor: Actor,
    at: datetime,
    method: Method | None = None,
    told: Mapping[str, str] = NOTHING,
) -> Receipt:
    """One event, the projection, the outbox. The caller holds the row's lock. What the person was told of the request
    stays with each later act, so that its receipt names the same organisation and the same facts."""
    how = method or _method(actor)
    if not told and not new:
        told = _told_before(grant, actor)
    event_id = ledger.append(grant=grant, type_=type_, method=how, told=told, actor=actor, at=at)
    columns = columns_of(grant, event_id)
    if new:
        try:
            with transaction.atomic():
                Grant.objects.create(id=grant.id, **columns)
        except IntegrityError:
            raise Conflict("You answered this somewhere else a moment ago. Nothing was changed.") from None
    else:
        Grant.objects.filter(id=grant.id).update(**columns)
    if type_ in _TOPIC:
        publish(_TOPIC[type_], grant.id, key=str(event_id), at=at)
    return receipt_of(grant, event_id, actor)


def _told_before(grant: GrantView, actor: Actor) -> Mapping[str, str]:
    last = Grant.objects.values_list("last_event_id", flat=True).get(id=grant.id)
    found = ledger.act(last, person_id=grant.person_id, actor=actor)
    return found.told if found else NOTHING


def receipt_of(grant: GrantView, event_id: UUID, actor: Actor) -> Receipt:
    """The receipt of one act about this consent. Raises NotFound."""
    found = ledger.act(event_id, person_id=grant.person_id, actor=actor)
    if found is None or found.grant.id != grant.id:
        raise NotFound
    then = replace(found.grant, narrowed_at=grant.narrowed_at)
    text = wording(then.layer, version=then.wording_version, facts=found.told)
    return receipts.build(
        grant=then,
        event=found.clear,
        method=found.method,
        wording=text,
        told=found.told,
        subject=found.clear.person_ref,
    )


def mine(grant_id: UUID, actor: Actor) -> GrantView:
    """One of the actor's own consents, its row locked. Raises NotFound."""
    if actor.person_id is None:
        raise NotFound
    row = Grant.objects.select_for_update().filter(id=grant_id, person_id=actor.person_id).first()
    if row is None:
        raise NotFound
    return view_of(row)


def end(grant: GrantView, type_: EventType, *, actor: Actor, at: datetime) -> Receipt:
    """Withdrawn or expired: the consent ends now, and rests no more. The caller holds the row's lock."""
    state = next_state(GRANT, grant.state, type_)
    over = replace(grant, state=state, changed_at=at, suspended_at=None, paused_at=None)
    return save(over, type_, new=False, actor=actor, at=at)
