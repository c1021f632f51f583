"""What the consent gate costs over SQL written by hand for the same answer: decided, opened and recorded for 20 people.

The people here have only what the gate reads (no accounts, no history, no chain), straight into the tables, so that
100,000 of them are made in a minute.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from tests.bench.wsgi import Answer, Statements

SHOWN = 20
BATCH = 5000
GATE, BY_HAND = "gate: show 20 people", "the same by hand-written SQL"
_DETAILS = {"name_first": "First", "story": "Story", "place_region": "Region"}


def fill(people: int, at: datetime) -> None:
    """One organisation in standing, one request, and so many people who said yes to it."""
    from django.db import connection

    from backend.kernel import crypto
    from backend.kernel.actor import Actor
    from backend.kernel.ids import reference
    from backend.keys import store as data_keys
    from backend.keys.data import Purpose as KeyPurpose
    from network.consent.models import Grant
    from network.organisations.models import Check, Organisation
    from network.people.models import Person
    from network.vault import store
    from network.vault.data import Field, Warrant, WarrantKind
    from network.vault.models import VaultItem

    org = Organisation.objects.create(
        name="The Measured", kind="newsroom", website="https://measured.example", state="in_standing",
        billing_name="M", billing_address="1", billing_email="m@measured.example", created_at=at,
    )  # fmt: skip
    Check.objects.create(
        organisation=org, level="J2", method="switchboard", evidence="made up", checked_by="system:bench",
        checked_at=at, valid_until=(at + timedelta(days=180)).date(),
    )  # fmt: skip
    opportunity = uuid4()
    numbers = iter(range(people))
    while batch := list(islice(numbers, BATCH)):
        rows = [
            Person(reference=reference("P"), known_as=f"P{n}", state="active", created_at=at, joined_at=at)
            for n in batch
        ]
        Person.objects.bulk_create(rows)
        keys = {row.id: crypto.new_key() for row in rows}
        warrant = Warrant.about(WarrantKind.JOIN, Actor.system("bench"), "bench", list(keys))
        data_keys.put(keys, KeyPurpose.DETAILS, at=at)
        VaultItem.objects.opened(warrant).bulk_create(
            VaultItem(
                person_id=pk,
                field=field,
                sealed=crypto.seal(
                    f"{word} of {pk}", raw, table=store.TABLE, column=f"{store.COLUMN}:{field}", row=str(pk), version=1
                ),
                key_version=1,
            )
            for pk, raw in keys.items()
            for field, word in ((Field(name), word) for name, word in _DETAILS.items())
        )
        Grant.objects.bulk_create(
            Grant(
                person_id=row.id, layer="for_request", categories=["name", "place", "story"], purpose="opportunity",
                recipient_kind="organisation", recipient_id=org.id, opportunity_id=opportunity, name_mode="first",
                place="region", starts_at=at, ends_at=at + timedelta(days=90), state="given", wording_id="for_request",
                wording_version=1, changed_at=at, last_event_id=uuid4(), target=f"{org.id}:{opportunity}",
            )
            for row in rows
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@dataclass(frozen=True, slots=True)
class Ask:
    """One disclosure, to be made again and again for ever other people."""

    name: str
    show: Callable[[list[UUID], datetime], dict[UUID, tuple[str, str, str]]]
    next_people: Callable[[], list[UUID]]
    kind: str = "gate"

    def once(self) -> Answer:
        from backend.kernel import clock

        statements, people = Statements(), self.next_people()
        with statements.counted():
            before = time.process_time()
            shown = self.show(people, clock.now())
            cpu = (time.process_time() - before) * 1000
        whole = len(shown) == len(people) and all(
            found == tuple(f"{word} of {pk}" for word in _DETAILS.values()) for pk, found in shown.items()
        )
        return Answer(200 if whole else 500, {}, repr(sorted(shown.values())).encode(), cpu, tuple(statements.sql))


class Scene:
    """The filled database."""

    def __init__(self) -> None:
        from network.consent.models import Grant

        row = Grant.objects.filter(purpose="opportunity").order_by("id").first()
        assert row is not None and row.recipient_id is not None and row.opportunity_id is not None
        self.org, self.opportunity = row.recipient_id, row.opportunity_id
        ids = list(Grant.objects.order_by("id").values_list("person_id", flat=True)[:2000])
        self._groups = [ids[n : n + SHOWN] for n in range(0, len(ids) - SHOWN + 1, SHOWN)]
        self._turn = 0

    def people(self) -> list[UUID]:
        self._turn += 1
        return self._groups[self._turn % len(self._groups)]

    def by_gate(self, people: list[UUID], at: datetime) -> dict[UUID, tuple[str, str, str]]:
        from backend.kernel.actor import Actor
        from network.consent import gate
        from network.consent.data import Category, Purpose, Recipient, Words

        with gate.window():
            shown = gate.disclose(
                person_ids=people, wanted=frozenset({Category.NAME, Category.STORY, Category.PLACE}),
                purpose=Purpose.OPPORTUNITY, recipient=Recipient.organisation(self.org), opportunity=self.opportunity,
                actor=Actor.system("bench"), at=at,
            )  # fmt: skip
        return {
            pk: (str(one.name), one.story.story if isinstance(one.story, Words) else "", str(one.place))
            for pk, one in shown.items()
        }

    def by_hand(self, people: list[UUID], at: datetime) -> dict[UUID, tuple[str, str, str]]:
        """The shortest that gives the same answer and leaves the same record: three statements to read, two to write."""
        from django.db import connection, connections, transaction

        from backend.kernel import crypto
        from backend.kernel.ids import keyed_digest, new_id
        from network.vault import store

        sqlite = connection.vendor == "sqlite"
        now: Any = at.replace(tzinfo=None) if sqlite else at
        today = at.date()

        def key(value: UUID) -> Any:
            return value.hex if sqlite else value

        def uuid(value: Any) -> UUID:
            return UUID(value) if sqlite else value

        marks = ", ".join(["%s"] * len(people))
        ring, found = crypto.keyring(), dict[UUID, dict[str, str]]()
        keys: dict[UUID, bytes] = {}
        with connections["keys"].cursor() as cursor:  # another database, as in the product
            cursor.execute(
                "SELECT owner_id, kek_id, wrapped FROM backend_data_key "
                f"WHERE purpose = 'details' AND destroyed_at IS NULL AND owner_id IN ({marks})",
                [*map(key, people)],
            )
            for owner, kek, wrapped in cursor.fetchall():
                pk = uuid(owner)
                keys[pk] = ring.unwrap(crypto.Wrapped(kek, bytes(wrapped)), owner=f"{pk}:details")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT g.id, g.person_id, g.categories, i.field, i.sealed, i.key_version "
                "FROM network_grant g "
                "JOIN network_person p ON p.id = g.person_id AND p.state IN ('active', 'paused') "
                "JOIN network_vault_item i ON i.person_id = g.person_id "
                "AND i.field IN ('name_first', 'story', 'place_region') "
                f"WHERE g.person_id IN ({marks}) AND g.purpose = 'opportunity' AND g.state = 'given' "
                "AND g.recipient_id = %s AND g.opportunity_id = %s AND g.starts_at <= %s AND g.ends_at > %s "
                "AND EXISTS (SELECT 1 FROM network_organisation o JOIN network_check c ON c.organisation_id = o.id "
                "WHERE o.id = g.recipient_id AND o.state = 'in_standing' AND c.level IN ('J2', 'J3') "
                "AND c.valid_until >= %s)" + ("" if sqlite else " FOR SHARE OF g"),
                [*map(key, people), key(self.org), key(self.opportunity), now, now, today],
            )
            grants: dict[UUID, UUID] = {}
            for grant, person, _, field, sealed, version in cursor.fetchall():
                pk = uuid(person)
                grants[pk] = uuid(grant)
                found.setdefault(pk, {})[field] = crypto.unseal(
                    bytes(sealed), keys[pk], table=store.TABLE, column=f"{store.COLUMN}:{field}", row=str(pk),
                    version=version,
                )  # fmt: skip
            cursor.executemany(
                "INSERT INTO network_release (id, ref, grant_id, organisation_id, first_at) "
                "VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [
                    [
                        key(new_id()), f"cr_{keyed_digest('consent-ref', str(grant), str(self.org))[:32]}", key(grant),
                        key(self.org), now,
                    ]
                    for grant in grants.values()
                ],
            )  # fmt: skip
            cursor.executemany(
                "INSERT INTO backend_access_event (id, at, person_id, actor_ref, actor_role, organisation_id, categories, "
                "purpose, released, context, consents) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    [
                        key(new_id()), now, key(pk), "system:bench", "system", key(self.org),
                        '["name", "story", "place"]', "opportunity", True, f"opportunity:{self.opportunity}",
                        json.dumps([str(grant)]),
                    ]
                    for pk, grant in grants.items()
                ],
            )  # fmt: skip
        return {pk: (one["name_first"], one["story"], one["place_region"]) for pk, one in found.items()}


def targets() -> list[Ask]:
    scene = Scene()
    return [Ask(GATE, scene.by_gate, scene.people), Ask(BY_HAND, scene.by_hand, scene.people)]
