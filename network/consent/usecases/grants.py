"""Giving, changing and stopping consent. Each act adds one event to the ledger, moves the projection, and tells the
outbox, in one transaction. Nothing here waits for Redis, mail or anybody else (promise 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.states import next_state
from network.consent import ledger, rules
from network.consent.data import NOT_IDENTIFIED, GrantView, Identity, Receipt, Recipient
from network.consent.models import Grant
from network.consent.policy import lasts
from network.consent.states import (
    GRANT,
    PURPOSE_OF,
    Category,
    EventType,
    Format,
    GrantState,
    Layer,
    Method,
)
from network.consent.usecases.checks import check, check_anonymity
from network.consent.usecases.writing import NOTHING, marked, mine, save, target_of
from network.consent.wording import wording
from network.people.states import AnonymousFrom, Face, NameMode, Place, Voice

# From showing least to showing most: narrowing may only go left.
LESS_TO_MORE: tuple[tuple[str, ...], ...] = (
    (NameMode.NONE, NameMode.OTHER, NameMode.FIRST, NameMode.FULL),
    (Face.NONE, Face.NO_FACE, Face.FACE),
    (Voice.NONE, Voice.REVOICED, Voice.OWN),
    (Place.NONE, Place.NATION, Place.REGION, Place.EXACT),
)


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
    told: Mapping[str, str] = NOTHING,
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
    if layer is Layer.ANONYMITY_WAIVER:
        raise Conflict("This is signed on a page of its own.")  # waive_anonymity
    return give_now(
        person_id=person_id, layer=layer, categories=categories, recipient=recipient, opportunity=opportunity,
        identity=identity, formats=formats, reuse=reuse, starts_at=at, ends_at=ends_at, told=told, method=method,
        actor=actor, at=at,
    )  # fmt: skip


def give_now(
    *,
    person_id: UUID,
    layer: Layer,
    categories: frozenset[Category],
    recipient: Recipient,
    opportunity: UUID | None,
    identity: Identity,
    formats: frozenset[Format],
    reuse: bool,
    starts_at: datetime,
    ends_at: datetime | None,
    told: Mapping[str, str],
    method: Method | None,
    actor: Actor,
    at: datetime,
) -> Receipt:
    """Give a consent inside the caller's transaction, who has asked whether the actor may. Raises Invalid, Conflict."""
    end = ends_at or starts_at + lasts(layer, at)[0]
    check(
        layer=layer, categories=categories, recipient=recipient, opportunity=opportunity, identity=identity,
        starts_at=starts_at, ends_at=end,
    )  # fmt: skip
    check_anonymity(
        person_id=person_id, layer=layer, categories=categories, recipient=recipient, identity=identity, actor=actor,
        at=at,
    )  # fmt: skip
    text = wording(layer)
    row = (
        Grant.objects.select_for_update()
        .filter(person_id=person_id, layer=layer, target=target_of(recipient, opportunity), state=GrantState.GIVEN)
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
        starts_at=starts_at,
        ends_at=end,
        state=ledger.step(GrantState(row.state) if row else None, type_),
        wording_id=text.id,
        wording_version=text.version,
        changed_at=at,
        narrowed_at=row.narrowed_at if row else None,
    )
    return save(marked(grant), type_, new=row is None, actor=actor, at=at, method=method, told=told)


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
    return save(grant, type_, new=True, actor=actor, at=at)


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


@transaction.atomic
def renew(*, grant_id: UUID, ends_at: datetime | None = None, actor: Actor, at: datetime) -> Receipt:
    """Let a consent that stands go on until `ends_at` (UTC; the layer's default when left out), on the same terms and
    under the wording of today. Raises NotFound, Conflict for one that was stopped, Invalid for an end too far."""
    grant = mine(grant_id, actor)
    if not rules.may_consent(actor, grant.person_id, grant.layer):
        raise NotFound
    state = next_state(GRANT, grant.state, EventType.RENEWED)
    if grant.rests:
        raise Conflict(
            "This rests at the moment, so it cannot go on longer. Nothing was changed.",
            next_step="Look at what changed first." if grant.suspended_at else "Come back from your pause first.",
        )
    if grant.layer is Layer.ANONYMITY_WAIVER:
        raise Conflict("Each waiver is signed anew. Nothing was changed.")
    end, text = ends_at or at + lasts(grant.layer, at)[0], wording(grant.layer)
    check(
        layer=grant.layer, categories=grant.categories, recipient=grant.recipient, opportunity=grant.opportunity_id,
        identity=grant.identity, starts_at=at, ends_at=end,
    )  # fmt: skip
    check_anonymity(
        person_id=grant.person_id, layer=grant.layer, categories=grant.categories, recipient=grant.recipient,
        identity=grant.identity, actor=actor, at=at,
    )  # fmt: skip
    fresh = replace(
        grant, state=state, starts_at=at, ends_at=end, changed_at=at, wording_id=text.id, wording_version=text.version
    )
    return save(marked(fresh), EventType.RENEWED, new=False, actor=actor, at=at)


@transaction.atomic
def narrow(
    *,
    grant_id: UUID,
    categories: frozenset[Category] | None = None,
    identity: Identity | None = None,
    formats: frozenset[Format] | None = None,
    reuse: bool | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Receipt:
    """Share less, be shown less, be used in fewer ways, or end sooner. What is left out stays.

    Raises NotFound, Conflict, Invalid for more.
    """
    grant = mine(grant_id, actor)
    if not rules.may_withdraw(actor, grant.person_id):
        raise NotFound
    state = next_state(GRANT, grant.state, EventType.NARROWED)
    fresh = replace(
        grant,
        categories=grant.categories if categories is None else categories,
        identity=grant.identity if identity is None else identity,
        formats=grant.formats if formats is None else formats,
        reuse=grant.reuse if reuse is None else reuse,
        ends_at=grant.ends_at if ends_at is None else ends_at,
    )
    problems: dict[str, list[str]] = {}
    if not fresh.categories <= grant.categories:
        problems["categories"] = ["You can take things away here. To share more, give a new consent."]
    elif not fresh.categories and grant.categories:
        problems["categories"] = ["To share nothing, stop this consent."]
    if not fresh.formats <= grant.formats:
        problems["formats"] = ["You can take ways away here. To allow more, give a new consent."]
    elif not fresh.formats and grant.formats:
        problems["formats"] = ["To allow no way at all, stop this consent."]
    if fresh.reuse and not grant.reuse:
        problems["reuse"] = ["To allow more, give a new consent."]
    if not _shows_no_more(fresh.identity, grant.identity):
        problems["identity"] = ["You can be shown less here. To be shown more, give a new consent."]
    if not at < fresh.ends_at <= grant.ends_at:
        problems["ends_at"] = ["Choose an earlier end, still to come."]
    if problems:
        raise Invalid(problems)
    fresh = replace(
        fresh, state=state, changed_at=at, narrowed_at=at, special=grant.special & fresh.categories,
        criminal=grant.criminal & fresh.categories,
    )  # fmt: skip
    return save(fresh, EventType.NARROWED, new=False, actor=actor, at=at)


def _shows_no_more(new: Identity, old: Identity) -> bool:
    pairs = zip(
        LESS_TO_MORE,
        ((new.name_mode, old.name_mode), (new.face, old.face), (new.voice, old.voice), (new.place, old.place)),
        strict=True,
    )
    steps = all(order.index(after) <= order.index(before) for order, (after, before) in pairs)
    return steps and set(old.anonymous_from) <= set(new.anonymous_from) <= set(AnonymousFrom)
