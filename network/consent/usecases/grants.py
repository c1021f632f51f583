"""Giving, changing and stopping consent. Each act adds one event to the ledger, moves the projection, and tells the
outbox, in one transaction. Nothing here waits for Redis, mail or anybody else (promise 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.consent import events, ledger, receipts, rules
from network.consent.data import NOT_IDENTIFIED, GrantView, Identity, Receipt, Recipient
from network.consent.models import Grant
from network.consent.queries import view_of
from network.consent.states import (
    GRANT,
    PURPOSE_OF,
    RECIPIENT_OF,
    Category,
    EventType,
    Format,
    GrantState,
    Layer,
    Method,
)
from network.consent.wording import lasts, wording
from network.people.states import AnonymousFrom, Face, NameMode, Place, Voice
from network.people.usecases import go_quiet

_TOPIC = {
    EventType.GIVEN: events.CONSENT_GIVEN,
    EventType.RENEWED: events.CONSENT_GIVEN,
    EventType.NARROWED: events.CONSENT_NARROWED,
    EventType.WITHDRAWN: events.CONSENT_WITHDRAWN,
    EventType.EXPIRED: events.CONSENT_EXPIRED,
}
# From showing least to showing most: narrowing may only go left.
_LESS_TO_MORE: tuple[tuple[str, ...], ...] = (
    (NameMode.NONE, NameMode.OTHER, NameMode.FIRST, NameMode.FULL),
    (Face.NONE, Face.NO_FACE, Face.FACE),
    (Voice.NONE, Voice.REVOICED, Voice.OWN),
    (Place.NONE, Place.NATION, Place.REGION, Place.EXACT),
)
_NOTHING: Mapping[str, str] = MappingProxyType({})


def _target(recipient: Recipient, opportunity: UUID | None) -> str:
    parts = [str(part) for part in (recipient.id, opportunity) if part]
    return ":".join(parts)


def _method(actor: Actor) -> Method:
    return Method.LINK if actor.kind is ActorKind.LINK else Method.WEB


def _columns(grant: GrantView, event_id: UUID) -> dict[str, object]:
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
        "target": _target(grant.recipient, grant.opportunity_id),
    }


def _save(
    grant: GrantView,
    type_: EventType,
    *,
    new: bool,
    actor: Actor,
    at: datetime,
    method: Method | None = None,
    told: Mapping[str, str] = _NOTHING,
) -> Receipt:
    """One event, the projection, the outbox. The caller holds the row's lock."""
    how = method or _method(actor)
    event_id = ledger.append(grant=grant, type_=type_, method=how, told=told, actor=actor, at=at)
    columns = _columns(grant, event_id)
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
    return _receipt(grant, event_id, actor)


def _receipt(grant: GrantView, event_id: UUID, actor: Actor) -> Receipt:
    found = ledger.act(event_id, person_id=grant.person_id, actor=actor)
    if found is None:
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


def _check(
    *,
    layer: Layer,
    categories: frozenset[Category],
    recipient: Recipient,
    opportunity: UUID | None,
    identity: Identity,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    problems: dict[str, list[str]] = {}
    if recipient.kind is not RECIPIENT_OF[layer]:
        problems["recipient"] = ["This kind of consent is for somebody else."]
    if (layer is Layer.FOR_REQUEST) != (opportunity is not None):
        problems["opportunity"] = ["Say which request this is for." if opportunity is None else "Not for this."]
    if not categories and layer not in (Layer.KEEP_RECORD, Layer.BE_ASKED):
        problems["categories"] = ["Choose at least one thing to share, or say no."]
    if ends_at <= starts_at:
        problems["ends_at"] = ["Choose an end that is still to come."]
    elif ends_at - starts_at > lasts(layer)[1]:
        problems["ends_at"] = [f"Choose an end within {lasts(layer)[1].days} days."]
    if not set(identity.anonymous_from) <= set(AnonymousFrom):
        problems["anonymous_from"] = ["Choose from the list."]
    if problems:
        raise Invalid(problems)


@transaction.atomic
def give(
    *,
    person_id: UUID,
    layer: Layer,
    categories: frozenset[Category] = frozenset(),
    recipient: Recipient,
    opportunity: UUID | None = None,
    identity: Identity = NOT_IDENTIFIED,
    formats: frozenset[Format] = frozenset(),
    reuse: bool = False,
    ends_at: datetime | None = None,
    told: Mapping[str, str] = _NOTHING,
    method: Method | None = None,
    actor: Actor,
    at: datetime,
) -> Receipt:
    """Say yes. Where the same consent stands already, this is its renewal on the new terms.

    `ends_at` (UTC) is the layer's default when left out. `told` are the facts of the request as the person read them
    (`wording.REQUEST_FACTS`). Only the person may; by a signed link only for a request. Raises NotFound, Invalid.
    """
    if not rules.may_consent(actor, person_id, layer):
        raise NotFound
    end = ends_at or at + lasts(layer)[0]
    _check(
        layer=layer, categories=categories, recipient=recipient, opportunity=opportunity, identity=identity,
        starts_at=at, ends_at=end,
    )  # fmt: skip
    text = wording(layer)
    row = (
        Grant.objects.select_for_update()
        .filter(person_id=person_id, layer=layer, target=_target(recipient, opportunity), state=GrantState.GIVEN)
        .first()
    )
    type_ = EventType.RENEWED if row else EventType.GIVEN
    grant = GrantView(
        id=row.id if row else new_id(),
        person_id=person_id,
        layer=layer,
        categories=categories,
        purpose=PURPOSE_OF[layer],
        recipient=recipient,
        opportunity_id=opportunity,
        formats=formats,
        identity=identity,
        reuse=reuse,
        starts_at=at,
        ends_at=end,
        state=ledger.step(GrantState(row.state) if row else None, type_),
        wording_id=text.id,
        wording_version=text.version,
        changed_at=at,
        narrowed_at=row.narrowed_at if row else None,
    )
    return _save(grant, type_, new=row is None, actor=actor, at=at, method=method, told=told)


def _answered_no(
    type_: EventType, person_id: UUID, layer: Layer, recipient: Recipient, opportunity: UUID | None, actor: Actor,
    at: datetime,
) -> Receipt:  # fmt: skip
    if not rules.may_consent(actor, person_id, layer):
        raise NotFound
    text = wording(layer)
    grant = GrantView(
        id=new_id(),
        person_id=person_id,
        layer=layer,
        categories=frozenset(),
        purpose=PURPOSE_OF[layer],
        recipient=recipient,
        opportunity_id=opportunity,
        formats=frozenset(),
        identity=NOT_IDENTIFIED,
        reuse=False,
        starts_at=at,
        ends_at=at,
        state=ledger.step(None, type_),
        wording_id=text.id,
        wording_version=text.version,
        changed_at=at,
        narrowed_at=None,
    )
    return _save(grant, type_, new=True, actor=actor, at=at)


@transaction.atomic
def refuse(
    *, person_id: UUID, layer: Layer, recipient: Recipient, opportunity: UUID | None = None, actor: Actor, at: datetime
) -> Receipt:
    """Say no. Recorded without a reason, and as easy as yes. Raises NotFound."""
    return _answered_no(EventType.REFUSED, person_id, layer, recipient, opportunity, actor, at)


@transaction.atomic
def defer(
    *, person_id: UUID, layer: Layer, recipient: Recipient, opportunity: UUID | None = None, actor: Actor, at: datetime
) -> Receipt:
    """Say "not now". Raises NotFound."""
    return _answered_no(EventType.DEFERRED, person_id, layer, recipient, opportunity, actor, at)


def _mine(grant_id: UUID, actor: Actor) -> GrantView:
    if actor.person_id is None:
        raise NotFound
    row = Grant.objects.select_for_update().filter(id=grant_id, person_id=actor.person_id).first()
    if row is None:
        raise NotFound
    return view_of(row)


@transaction.atomic
def renew(*, grant_id: UUID, ends_at: datetime | None = None, actor: Actor, at: datetime) -> Receipt:
    """Let a consent that stands go on until `ends_at` (UTC; the layer's default when left out), on the same terms and
    under the wording of today. Raises NotFound, Conflict for one that was stopped, Invalid for an end too far."""
    grant = _mine(grant_id, actor)
    if not rules.may_consent(actor, grant.person_id, grant.layer):
        raise NotFound
    state = next_state(GRANT, grant.state, EventType.RENEWED)
    end, text = ends_at or at + lasts(grant.layer)[0], wording(grant.layer)
    _check(
        layer=grant.layer, categories=grant.categories, recipient=grant.recipient, opportunity=grant.opportunity_id,
        identity=grant.identity, starts_at=at, ends_at=end,
    )  # fmt: skip
    fresh = replace(
        grant, state=state, starts_at=at, ends_at=end, changed_at=at, wording_id=text.id, wording_version=text.version
    )
    return _save(fresh, EventType.RENEWED, new=False, actor=actor, at=at)


@transaction.atomic
def narrow(
    *,
    grant_id: UUID,
    categories: frozenset[Category] | None = None,
    identity: Identity | None = None,
    formats: frozenset[Format] | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Receipt:
    """Share less, be shown less, or end sooner. What is left out stays. Raises NotFound, Conflict, Invalid for more."""
    grant = _mine(grant_id, actor)
    if not rules.may_withdraw(actor, grant.person_id):
        raise NotFound
    state = next_state(GRANT, grant.state, EventType.NARROWED)
    fresh = replace(
        grant,
        categories=grant.categories if categories is None else categories,
        identity=grant.identity if identity is None else identity,
        formats=grant.formats if formats is None else formats,
        ends_at=grant.ends_at if ends_at is None else ends_at,
    )
    problems: dict[str, list[str]] = {}
    if not fresh.categories <= grant.categories or not fresh.formats <= grant.formats:
        problems["categories"] = ["You can take things away here. To share more, give a new consent."]
    elif not fresh.categories and grant.categories:
        problems["categories"] = ["To share nothing, stop this consent."]
    if not _shows_no_more(fresh.identity, grant.identity):
        problems["identity"] = ["You can be shown less here. To be shown more, give a new consent."]
    if not at < fresh.ends_at <= grant.ends_at:
        problems["ends_at"] = ["Choose an earlier end, still to come."]
    if problems:
        raise Invalid(problems)
    fresh = replace(fresh, state=state, changed_at=at, narrowed_at=at)
    return _save(fresh, EventType.NARROWED, new=False, actor=actor, at=at)


def _shows_no_more(new: Identity, old: Identity) -> bool:
    pairs = zip(
        _LESS_TO_MORE,
        ((new.name_mode, old.name_mode), (new.face, old.face), (new.voice, old.voice), (new.place, old.place)),
        strict=True,
    )
    steps = all(order.index(after) <= order.index(before) for order, (after, before) in pairs)
    return steps and set(old.anonymous_from) <= set(new.anonymous_from) <= set(AnonymousFrom)


def _end(grant: GrantView, type_: EventType, *, actor: Actor, at: datetime) -> Receipt:
    state = next_state(GRANT, grant.state, type_)
    return _save(replace(grant, state=state, changed_at=at), type_, new=False, actor=actor, at=at)


@transaction.atomic
def withdraw(*, grant_id: UUID, actor: Actor, at: datetime) -> Receipt:
    """Stop one consent. No reason, no condition; effective when this commits. Stopping twice is stopping once.

    The person, signed in or by a signed link of theirs. Raises NotFound for anybody else.
    """
    grant = _mine(grant_id, actor)
    if not rules.may_withdraw(actor, grant.person_id):
        raise NotFound
    if grant.state is not GrantState.GIVEN:
        last = Grant.objects.values_list("last_event_id", flat=True).get(id=grant_id)
        return _receipt(grant, last, actor)
    return _end(grant, EventType.WITHDRAWN, actor=actor, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What one press of STOP ended."""

    person_id: UUID
    receipts: tuple[Receipt, ...]

    @property
    def grant_ids(self) -> tuple[UUID, ...]:
        return tuple(receipt.grant_id for receipt in self.receipts)


@transaction.atomic
def withdraw_everything(*, person_id: UUID, actor: Actor, at: datetime) -> Stopped:
    """STOP: end every consent but "keep my record", pause requests, and stop every message of ours. One act, no reason.

    The record itself stays, so that the person can still sign in, read what happened and be paid; ending that too is
    leaving (`leave`) or erasure. The person, signed in or by a signed link of theirs. Raises NotFound.
    """
    if not rules.may_withdraw(actor, person_id):
        raise NotFound
    stopped = _end_all(person_id, keep=frozenset({Layer.KEEP_RECORD}), actor=actor, at=at)
    go_quiet(person_id=person_id, actor=actor, at=at)
    return Stopped(person_id=person_id, receipts=stopped)


def _end_all(person_id: UUID, *, keep: frozenset[Layer], actor: Actor, at: datetime) -> tuple[Receipt, ...]:
    rows = Grant.objects.select_for_update().filter(person_id=person_id, state=GrantState.GIVEN)
    grants = [view_of(row) for row in rows.order_by("id")]
    return tuple(_end(grant, EventType.WITHDRAWN, actor=actor, at=at) for grant in grants if grant.layer not in keep)


@transaction.atomic
def end_for_erasure(*, person_id: UUID, actor: Actor, at: datetime) -> int:
    """End what is left of somebody's consents as part of the erasure they asked for. Machinery only; returns how many.
    Safe to repeat. Raises NotFound for anybody else."""
    if actor.kind is not ActorKind.SYSTEM:
        raise NotFound
    return len(_end_all(person_id, keep=frozenset(), actor=actor, at=at))


def expire_due(*, at: datetime, limit: int = 500) -> int:
    """Record the end of every consent whose time has passed. The gate does not wait for this: it reads the end itself.
    Each in its own transaction. Returns how many. Scheduled."""
    due = Grant.objects.filter(state=GrantState.GIVEN, ends_at__lte=at).order_by("ends_at")
    return sum(_expire(grant_id, at) for grant_id in list(due.values_list("id", flat=True)[:limit]))


def end_with_request(*, grant_id: UUID, at: datetime) -> bool:
    """The request that a consent was for has ended without this person: so has the consent (promise 1, "and an end").

    In the caller's transaction. False when it had ended already.
    """
    return bool(_expire(grant_id, at, due=False))


@transaction.atomic
def _expire(grant_id: UUID, at: datetime, *, due: bool = True) -> int:
    row = Grant.objects.select_for_update().filter(id=grant_id, state=GrantState.GIVEN).first()
    if row is None or (due and row.ends_at > at):
        return 0
    _end(view_of(row), EventType.EXPIRED, actor=Actor.system("consent-clock"), at=at)
    return 1


def receipt(*, grant_id: UUID, event_id: UUID | None = None, actor: Actor, at: datetime) -> Receipt:
    """The receipt of the last act about one of the actor's own consents, or of one act. Raises NotFound."""
    row = Grant.objects.filter(id=grant_id, person_id=actor.person_id).first() if actor.person_id else None
    if row is None or not rules.is_signed_in_person(actor, row.person_id):
        raise NotFound
    return _receipt(view_of(row), event_id or row.last_event_id, actor)


def acts(grant_ids: Iterable[UUID]) -> dict[UUID, list[tuple[EventType, datetime]]]:
    """What happened to each of these consents, in order: from the ledger's clear part."""
    found: dict[UUID, list[tuple[EventType, datetime]]] = {}
    for envelope in ledger.envelopes(grant_ids):
        found.setdefault(envelope.grant_id, []).append((envelope.type, envelope.at))
    return found
