"""The append-only ledger: writing one event, and folding events into what stands (`chain` checks that it holds).

The chain runs over a clear envelope and the sealed body, so it can be checked without any key, by anybody, after
any erasure. The body holds the whole grant as it stood after the act, so that the fold of a grant is its last event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.crypto import CannotOpen, blind_index
from backend.kernel.errors import Conflict
from backend.kernel.ids import new_id
from backend.kernel.states import next_state
from network.consent.chain import CHAIN, envelope_hash
from network.consent.data import GrantView, Identity, Recipient
from network.consent.models import ChainHead, ConsentEvent
from network.consent.states import (
    FIRST,
    GRANT,
    STANDS,
    Category,
    EventType,
    Format,
    GrantState,
    Layer,
    Method,
    Purpose,
    RecipientKind,
)
from network.people.states import Face, NameMode, Place, Voice
from network.vault import store
from network.vault.data import Warrant, WarrantKind

TABLE = "network_consent_event"
_ONCE_SPECIAL = {"story", "topics", "access_needs"}


def person_ref(person_id: UUID) -> str:
    """How the clear envelope speaks of a person: a keyed digest that outlives key rotation."""
    return blind_index("consent-person", str(person_id))


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def pack(grant: GrantView, *, actor_ref: str, method: Method, told: Mapping[str, str]) -> str:
    """The body of an event: the whole grant after the act, and what the person was told of the request. Categories and
    ids, never a person's values."""
    return json.dumps(
        {
            "person": str(grant.person_id),
            "layer": grant.layer,
            "categories": sorted(grant.categories),
            "purpose": grant.purpose,
            "recipient": [grant.recipient.kind, str(grant.recipient.id or "")],
            "opportunity": str(grant.opportunity_id or ""),
            "formats": sorted(grant.formats),
            "identity": [
                grant.identity.name_mode,
                grant.identity.face,
                grant.identity.voice,
                grant.identity.place,
                list(grant.identity.anonymous_from),
            ],
            "reuse": grant.reuse,
            "special": sorted(grant.special),
            "criminal": sorted(grant.criminal),
            "rests": [_iso(grant.suspended_at), _iso(grant.paused_at)],
            "starts": grant.starts_at.astimezone(UTC).isoformat(),
            "ends": grant.ends_at.astimezone(UTC).isoformat(),
            "wording": [grant.wording_id, grant.wording_version],
            "by": actor_ref,
            "method": method,
            "told": dict(told),
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def unpack(
    text: str, *, grant_id: UUID, state: GrantState, changed_at: datetime, narrowed_at: datetime | None
) -> GrantView:
    """The reverse of `pack`, with the state that the fold has reached."""
    body: dict[str, Any] = json.loads(text)
    kind, recipient_id = body["recipient"]
    name_mode, face, voice, place, anonymous_from = body["identity"]
    suspended, paused = body.get("rests", ["", ""])
    return GrantView(
        id=grant_id,
        person_id=UUID(body["person"]),
        layer=Layer(body["layer"]),
        categories=frozenset(Category(c) for c in body["categories"]),
        purpose=Purpose(body["purpose"]),
        recipient=Recipient(RecipientKind(kind), UUID(recipient_id) if recipient_id else None),
        opportunity_id=UUID(body["opportunity"]) if body["opportunity"] else None,
        formats=frozenset(Format(f) for f in body["formats"]),
        identity=Identity(
            name_mode=NameMode(name_mode),
            face=Face(face),
            voice=Voice(voice),
            place=Place(place),
            anonymous_from=tuple(anonymous_from),
        ),
        reuse=body["reuse"],
        starts_at=datetime.fromisoformat(body["starts"]),
        ends_at=datetime.fromisoformat(body["ends"]),
        state=state,
        wording_id=body["wording"][0],
        wording_version=body["wording"][1],
        changed_at=changed_at,
        narrowed_at=narrowed_at,
        # Events of before these were kept: the three that were then always taken for special-category data.
        special=frozenset(Category(c) for c in body.get("special", _ONCE_SPECIAL & set(body["categories"]))),
        criminal=frozenset(Category(c) for c in body.get("criminal", ())),
        suspended_at=_moment(suspended),
        paused_at=_moment(paused),
    )


def append(
    *, grant: GrantView, type_: EventType, method: Method, told: Mapping[str, str], actor: Actor, at: datetime
) -> UUID:
    """Add one event to the end of the chain and return its id. In the caller's transaction; the head row is locked, and
    moved by compare-and-swap because SQLite ignores the lock. Raises Conflict when somebody else got there first."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("append() belongs in the transaction of the change it records")
    ChainHead.objects.get_or_create(name=CHAIN)
    head = ChainHead.objects.select_for_update().get(name=CHAIN)
    event_id, seq = new_id(), head.seq + 1
    warrant = Warrant.about(WarrantKind.LEDGER, actor, "consent", [grant.person_id])
    body = store.seal_body(
        warrant,
        grant.person_id,
        pack(grant, actor_ref=actor.ref, method=method, told=told),
        table=TABLE,
        row=str(event_id),
        at=at,
    )
    ref = person_ref(grant.person_id)
    digest = envelope_hash(
        prev=head.hash, seq=seq, event_id=event_id, type_=type_, at=at, ref=ref, grant_id=grant.id,
        version=body.version, body=body.sealed,
    )  # fmt: skip
    if ChainHead.objects.filter(name=CHAIN, seq=head.seq, hash=head.hash).update(seq=seq, hash=digest) != 1:
        raise Conflict("Somebody else was recording at the same moment. Nothing was changed; please try again.")
    ConsentEvent.objects.create(
        id=event_id, seq=seq, type=type_, at=at, person_ref=ref, grant_id=grant.id, key_version=body.version,
        body=body.sealed, prev_hash=head.hash, hash=digest,
    )  # fmt: skip
    return event_id


@dataclass(frozen=True, slots=True)
class Envelope:
    """The clear part of one event."""

    id: UUID
    seq: int
    type: EventType
    at: datetime
    person_ref: str
    grant_id: UUID


def envelopes(grant_ids: Iterable[UUID] | None = None) -> Iterator[Envelope]:
    """The clear part of the ledger in its order, for all grants or for some."""
    rows = ConsentEvent.objects.order_by("seq")
    if grant_ids is not None:
        rows = rows.filter(grant_id__in=list(grant_ids))
    names = ("id", "seq", "type", "at", "person_ref", "grant_id")
    for row_id, seq, type_, at, ref, grant_id in rows.values_list(*names).iterator(chunk_size=1000):
        yield Envelope(row_id, seq, EventType(type_), at, ref, grant_id)


@dataclass(frozen=True, slots=True)
class Folded:
    """A grant as the ledger says it stands, and the event that made it so."""

    grant: GrantView
    event_id: UUID
    method: Method


def step(state: GrantState | None, type_: EventType) -> GrantState:
    """Where one event leads. Raises Conflict for one that cannot follow."""
    if state is None:
        if type_ not in FIRST:
            raise Conflict("The first record of a consent must say that it was given, refused or put off.")
        return FIRST[type_]
    return next_state(GRANT, state, type_)


def people_in_batches(*, actor: Actor, size: int = 500) -> Iterator[frozenset[UUID]]:
    """Everybody whose key exists, some at a time, so that memory does not grow with the network."""
    warrant = Warrant(kind=WarrantKind.VERIFY, actor=actor, purpose="verify")
    after: UUID | None = None
    while found := store.next_people_with_keys(warrant, after=after, limit=size):
        yield frozenset(found)
        after = found[-1]


def with_keys(person_ids: Iterable[UUID], *, actor: Actor) -> frozenset[UUID]:
    """Those of them whose key exists."""
    return store.keys_exist(Warrant.about(WarrantKind.LEDGER, actor, "verify", person_ids))


def _opened(
    actor: Actor, person_ids: Iterable[UUID], grant_ids: Iterable[UUID] | None = None
) -> tuple[list[ConsentEvent], dict[str, str]]:
    """The events of these people (of `grant_ids` only, when given), in order, with their opened bodies."""
    people = frozenset(person_ids)
    warrant = Warrant.about(WarrantKind.LEDGER, actor, "consent", people)
    by_ref = {person_ref(p): p for p in people}
    rows = ConsentEvent.objects.filter(person_ref__in=list(by_ref)).order_by("seq")
    if grant_ids is not None:
        rows = rows.filter(grant_id__in=list(grant_ids))
    bodies = [store.SealedBody(by_ref[r.person_ref], str(r.id), bytes(r.body), r.key_version) for r in rows]
    texts = store.open_bodies(warrant, bodies, table=TABLE)
    return [row for row in rows if str(row.id) in texts], texts


def grants_of(person_id: UUID) -> frozenset[UUID]:
    """Every consent of somebody that the ledger knows."""
    rows = ConsentEvent.objects.filter(person_ref=person_ref(person_id))
    return frozenset(rows.values_list("grant_id", flat=True))


def fold(*, actor: Actor, person_ids: Iterable[UUID], grant_id: UUID | None = None) -> dict[UUID, Folded]:
    """What stands, from the ledger alone, of these people (of one of their consents, when given). Constant statements.

    Raises Conflict when events cannot follow each other, CannotOpen when a body is not where it was sealed.
    """
    rows, texts = _opened(actor, person_ids, None if grant_id is None else [grant_id])
    states: dict[UUID, GrantState] = {}
    narrowed: dict[UUID, datetime | None] = {}
    found: dict[UUID, Folded] = {}
    for row in rows:
        type_, text = EventType(row.type), texts[str(row.id)]
        state = states[row.grant_id] = step(states.get(row.grant_id), type_)
        if type_ is EventType.NARROWED:
            narrowed[row.grant_id] = row.at
        view = unpack(
            text, grant_id=row.grant_id, state=state, changed_at=row.at, narrowed_at=narrowed.get(row.grant_id)
        )
        found[row.grant_id] = Folded(view, row.id, Method(json.loads(text)["method"]))
    return found


def versions(*, actor: Actor, person_ids: Iterable[UUID], grant_ids: Iterable[UUID]) -> dict[UUID, list[GrantView]]:
    """Each of these consents as it was after each of its events, in order. Those of people whose key was destroyed, or
    whose events no longer open, are absent."""
    people, wanted = frozenset(person_ids), list(grant_ids)
    try:
        rows, texts = _opened(actor, people, wanted)
    except CannotOpen:
        rows, texts = [], {}
        for grant_id in wanted:
            with suppress(CannotOpen):
                more, opened = _opened(actor, people, [grant_id])
                rows, texts = rows + more, texts | opened
    found: dict[UUID, list[GrantView]] = {}
    for row in rows:
        state = STANDS[EventType(row.type)]
        view = unpack(texts[str(row.id)], grant_id=row.grant_id, state=state, changed_at=row.at, narrowed_at=None)
        found.setdefault(row.grant_id, []).append(view)
    return found


@dataclass(frozen=True, slots=True)
class Act:
    """One event of one person, opened."""

    clear: Envelope
    grant: GrantView
    method: Method
    told: Mapping[str, str]


def act(event_id: UUID, *, person_id: UUID, actor: Actor) -> Act | None:
    """One event of one person. None when it is not theirs or can no longer be opened."""
    row = ConsentEvent.objects.filter(id=event_id, person_ref=person_ref(person_id)).first()
    if row is None:
        return None
    warrant = Warrant.about(WarrantKind.LEDGER, actor, "receipt", [person_id])
    body = store.SealedBody(person_id, str(row.id), bytes(row.body), row.key_version)
    text = store.open_bodies(warrant, [body], table=TABLE).get(str(row.id))
    if text is None:
        return None
    said, type_ = json.loads(text), EventType(row.type)
    clear = Envelope(row.id, row.seq, type_, row.at, row.person_ref, row.grant_id)
    grant = unpack(text, grant_id=row.grant_id, state=STANDS[type_], changed_at=row.at, narrowed_at=None)
    return Act(clear, grant, Method(said["method"]), said.get("told", {}))
