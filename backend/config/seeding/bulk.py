"""Many people and organisations at once, for measurements: straight into the tables, but consistent.

Profiles are sealed, consents are in the chain, and `verify` is content. They have no accounts, so nobody can sign in
as one of them, and no history of requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from django.db import connection, transaction

from backend.config.seeding import people as made_up
from backend.config.seeding import words
from backend.kernel import crypto
from backend.kernel.actor import Actor
from backend.kernel.ids import new_id, reference
from backend.keys import store as data_keys
from backend.keys.data import Purpose
from network.consent import chain, ledger
from network.consent.data import NOT_IDENTIFIED, GrantView, Identity, Recipient
from network.consent.models import ChainHead, ConsentEvent, Grant
from network.consent.policy import lasts
from network.consent.states import PURPOSE_OF, Category, EventType, GrantState, Layer, Method
from network.consent.usecases.joining import COORDINATION_SHOWS
from network.consent.usecases.writing import columns_of
from network.consent.wording import wording
from network.organisations.models import Check, Organisation
from network.people.data import IdentityInput, ProfileInput
from network.people.models import Assignment, Person, PersonTopic, SafeContact, Terms, Topic
from network.people.states import Channel, NameMode, PersonState, Place
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind
from network.vault.models import VaultItem

BATCH = 1000
LAYERS = (Layer.KEEP_RECORD, Layer.COORDINATION, Layer.BE_ASKED)


def add(
    *, people_from: int, people_to: int, organisations_from: int, organisations_to: int, seed: int, at: datetime
) -> None:
    """People numbered from `people_from` up to `people_to`, and organisations likewise. `at`: UTC."""
    random = Random(seed * 7919 + 1)
    _organisations(organisations_from, organisations_to, at)
    numbers = iter(range(people_from, people_to))
    topics = list(Topic.objects.filter(parent__isnull=False).order_by("slug").values_list("id", flat=True))
    coordinator = _coordinator()
    while batch := list(islice(numbers, BATCH)):
        with transaction.atomic():
            _people(batch, topics, coordinator, random, at - timedelta(days=30))
    if people_to > people_from:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # one peer's request fell from 12.5 s to 1.4 with it


def _organisations(first: int, last: int, at: datetime) -> None:
    made = [
        Organisation(
            name=f"{words.TOWNS[n % len(words.TOWNS)]} News {n}",
            kind="newsroom",
            website=f"https://news-{n}.example",
            state="in_standing",
            billing_name=f"News {n}",
            billing_address=f"{n} Example Street\nNorthby",
            billing_email=f"accounts-{n}@example.com",
            created_at=at,
        )
        for n in range(first, last)
    ]
    Organisation.objects.bulk_create(made, batch_size=BATCH)
    Check.objects.bulk_create(
        [
            Check(
                organisation=one,
                level="J2",
                method="switchboard",
                evidence="made up",
                checked_by="system:seed",
                checked_at=at,
                valid_until=(at + timedelta(days=180)).date(),
            )
            for one in made
        ],
        batch_size=BATCH,
    )


def _coordinator() -> UUID | None:
    """Whoever works with the people of the story works with these too."""
    return Assignment.objects.order_by("starts_at").values_list("coordinator_id", flat=True).first()


def _people(numbers: list[int], topics: list[UUID], coordinator: UUID | None, random: Random, at: datetime) -> None:
    rows = [
        Person(
            reference=reference("P"),
            known_as=words.working_name(n),
            state=PersonState.ACTIVE,
            created_at=at,
            joined_at=at,
        )
        for n in numbers
    ]
    Person.objects.bulk_create(rows)
    details = [
        (row, n, made_up.profile(random, n), made_up.identity(random)) for row, n in zip(rows, numbers, strict=True)
    ]
    PersonTopic.objects.bulk_create(
        PersonTopic(person=row, topic_id=topic, tell_me_all=False)
        for row in rows
        for topic in random.sample(topics, k=min(len(topics), random.randint(2, 5)))
    )
    Terms.objects.bulk_create(_terms(row, identity, random, at) for row, _, _, identity in details)
    SafeContact.objects.bulk_create(
        SafeContact(person=row, channel=Channel.IN_APP, allowed=True, review_on=(at + timedelta(days=365)).date())
        for row in rows
    )
    if coordinator is not None:
        Assignment.objects.bulk_create(Assignment(person=row, coordinator_id=coordinator, starts_at=at) for row in rows)
    keys = {row.id: crypto.new_key() for row in rows}
    warrant = Warrant.about(WarrantKind.JOIN, Actor.system("seed"), "seed", list(keys))
    data_keys.put(keys, Purpose.DETAILS, at=at)
    VaultItem.objects.opened(warrant).bulk_create(
        item for row, n, profile, _ in details for item in _items(row.id, n, profile, keys[row.id])
    )
    _consents(rows, keys, at)


def _terms(row: Person, identity: IdentityInput, random: Random, at: datetime) -> Terms:
    terms = made_up.terms(random)
    return Terms(
        person=row,
        min_fee_pence=terms.min_fee_pence,
        notice_hours=terms.notice_hours,
        short_notice_live_ok=terms.short_notice_live_ok,
        kinds=list(terms.kinds),
        in_person_ok=terms.in_person_ok,
        remote_ok=terms.remote_ok,
        max_per_month=terms.max_per_month,
        rest_days=terms.rest_days,
        supporter_comes=terms.supporter_comes,
        name_mode=identity.name_mode,
        face=identity.face,
        voice=identity.voice,
        place=identity.place,
        anonymous_from=list(identity.anonymous_from),
        updated_at=at,
    )


def _items(person_id: UUID, number: int, profile: ProfileInput, key: bytes) -> Iterator[VaultItem]:
    values = {Field(name): text for name in profile.__slots__ if (text := getattr(profile, name))}
    values[Field.EMAIL] = f"person-{number}@example.net"
    for field, text in values.items():
        yield VaultItem(
            person_id=person_id,
            field=field,
            sealed=crypto.seal(
                text, key, table=store.TABLE, column=f"{store.COLUMN}:{field}", row=str(person_id), version=1
            ),
            key_version=1,
            index=store.index_of(field, text) if field in store.INDEXED else "",
        )


def _consents(rows: list[Person], keys: dict[UUID, bytes], at: datetime) -> None:
    """The three consents of joining, each an event in the chain and its projection."""
    ChainHead.objects.get_or_create(name=chain.CHAIN)
    head = ChainHead.objects.select_for_update().get(name=chain.CHAIN)
    seq, last, events, grants = head.seq, head.hash, [], []
    for row in rows:
        ref, actor = ledger.person_ref(row.id), f"user:{row.id}"
        for layer in LAYERS:
            view, event_id, seq = _grant(row.id, layer, at), new_id(), seq + 1
            body = crypto.seal(
                ledger.pack(view, actor_ref=actor, method=Method.WEB, told={}),
                keys[row.id], table=ledger.TABLE, column="body", row=str(event_id), version=1,
            )  # fmt: skip
            digest = chain.envelope_hash(
                prev=last, seq=seq, event_id=event_id, type_=EventType.GIVEN, at=at, ref=ref, grant_id=view.id,
                version=1, body=body,
            )  # fmt: skip
            events.append(
                ConsentEvent(
                    id=event_id, seq=seq, type=EventType.GIVEN, at=at, person_ref=ref, grant_id=view.id,
                    key_version=1, body=body, prev_hash=last, hash=digest,
                )
            )  # fmt: skip
            grants.append(Grant(id=view.id, **columns_of(view, event_id)))
            last = digest
    ConsentEvent.objects.bulk_create(events, batch_size=BATCH)
    Grant.objects.bulk_create(grants, batch_size=BATCH)
    ChainHead.objects.filter(name=chain.CHAIN).update(seq=seq, hash=last)


def _grant(person_id: UUID, layer: Layer, at: datetime) -> GrantView:
    text = wording(layer)
    shown = layer is Layer.COORDINATION
    return GrantView(
        id=new_id(),
        person_id=person_id,
        layer=layer,
        categories=COORDINATION_SHOWS if shown else frozenset[Category](),
        purpose=PURPOSE_OF[layer],
        recipient=Recipient.network(),
        opportunity_id=None,
        formats=frozenset(),
        identity=Identity(name_mode=NameMode.FULL, place=Place.EXACT) if shown else NOT_IDENTIFIED,
        reuse=False,
        starts_at=at,
        ends_at=at + lasts(layer, at)[0],
        state=GrantState.GIVEN,
        wording_id=text.id,
        wording_version=text.version,
        changed_at=at,
        narrowed_at=None,
    )
