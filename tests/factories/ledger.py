"""A long ledger in seconds: sealed, chained and projected as the use cases would have left it, in bulk."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from backend.kernel import crypto
from backend.keys import store as data_keys
from backend.keys.data import Purpose
from network.consent import ledger
from network.consent.chain import CHAIN, envelope_hash
from network.consent.data import Category, GrantView, Identity, Recipient
from network.consent.models import ChainHead, ConsentEvent, Grant
from network.consent.states import PURPOSE_OF, EventType, GrantState, Layer, Method
from network.consent.usecases.writing import columns_of
from network.people.states import NameMode
from tests.conftest import AT

BATCH = 5000
# One life of a consent; each event leaves the grant as the use cases would.
LIFE = (EventType.GIVEN, EventType.RENEWED, EventType.NARROWED, EventType.WITHDRAWN)


def _next(grant: GrantView | None, type_: EventType, new_id: UUID, person: UUID, org: UUID, at: datetime) -> GrantView:
    state = ledger.step(grant.state if grant else None, type_)
    fewer = type_ is EventType.NARROWED
    return GrantView(
        id=grant.id if grant else new_id,
        person_id=person,
        layer=Layer.REUSE,
        categories=frozenset({Category.STORY}) if fewer else frozenset({Category.STORY, Category.NAME}),
        purpose=PURPOSE_OF[Layer.REUSE],
        recipient=Recipient.organisation(org),
        opportunity_id=None,
        formats=frozenset(),
        identity=Identity(name_mode=NameMode.FIRST),
        reuse=False,
        starts_at=at if grant is None or type_ is EventType.RENEWED else grant.starts_at,
        ends_at=at + timedelta(days=90) if grant is None or type_ is EventType.RENEWED else grant.ends_at,
        state=state,
        wording_id="reuse",
        wording_version=1,
        changed_at=at,
        narrowed_at=at if fewer else grant.narrowed_at if grant else None,
    )


def fill_ledger(events: int, *, people: int, seed: int, at: datetime = AT) -> list[UUID]:
    """`events` acts of `people` (no accounts, no details), after whatever is there. The people's ids."""
    random = Random(seed)

    def uuid() -> UUID:
        return UUID(int=random.getrandbits(128), version=4)

    ids = [uuid() for _ in range(people)]
    keys = {person: crypto.new_key() for person in ids}
    data_keys.put(keys, Purpose.DETAILS, at=at)
    refs = {person: ledger.person_ref(person) for person in ids}
    head = ChainHead.objects.get_or_create(name=CHAIN)[0]
    seq, last, stamp = head.seq, head.hash, at
    standing: dict[UUID, tuple[GrantView, UUID]] = {}  # person -> what stands, and its last event
    rows: list[ConsentEvent] = []
    done: dict[UUID, tuple[GrantView, UUID]] = {}
    for number in range(events):
        person = ids[number % people]
        before = standing.get(person)
        grant = before[0] if before and before[0].state is GrantState.GIVEN else None
        choices = LIFE[:1] if grant is None else LIFE[1:]
        type_, event_id, seq, stamp = random.choice(choices), uuid(), seq + 1, stamp + timedelta(microseconds=1)
        org = grant.recipient.id if grant and grant.recipient.id else uuid()
        view = _next(grant, type_, uuid(), person, org, stamp)
        body = crypto.seal(
            ledger.pack(view, actor_ref=f"user:{person}", method=Method.WEB, told={}),
            keys[person], table=ledger.TABLE, column="body", row=str(event_id), version=1,
        )  # fmt: skip
        digest = envelope_hash(
            prev=last, seq=seq, event_id=event_id, type_=type_, at=stamp, ref=refs[person], grant_id=view.id, version=1,
            body=body,
        )  # fmt: skip
        rows.append(
            ConsentEvent(
                id=event_id, seq=seq, type=type_, at=stamp, person_ref=refs[person], grant_id=view.id, key_version=1,
                body=body, prev_hash=last, hash=digest,
            )
        )  # fmt: skip
        standing[person] = done[view.id] = (view, event_id)
        last = digest
        if len(rows) == BATCH:
            ConsentEvent.objects.bulk_create(rows)
            rows.clear()
    ConsentEvent.objects.bulk_create(rows)
    Grant.objects.bulk_create(
        (Grant(id=view.id, **columns_of(view, event_id)) for view, event_id in done.values()), batch_size=BATCH
    )
    ChainHead.objects.filter(name=CHAIN).update(seq=seq, hash=last)
    return ids
