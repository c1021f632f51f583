"""Everything we hold about one person, for that person: JSON for machines, a page for people, in one ZIP.

Other people's data is left out: who did what appears as a role, never as a name or an account, and of a row about two
people the words stay out. It is made while the person waits, in the app; it is never stored, and never mailed.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string

from backend.audit import queries as audit
from backend.audit.record import record_access
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound, StepUpNeeded
from network.bookings.models import Booking
from network.breakglass import queries as breakglass
from network.consent import ledger
from network.consent import usecases as consent
from network.consent.data import Receipt
from network.nevertell import queries as nevertell
from network.organisations.models import Organisation
from network.people.models import Person
from network.people.queries import topic_names
from network.people.states import PersonState
from network.privacy.data import Export
from network.privacy.inventory import each_row, tables
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind
from payments import public as payments

PURPOSE = "subject_export"


@transaction.atomic
def export_person(*, person_id: UUID, actor: Actor, at: datetime) -> Export:
    """The person's own data as a file. Recorded like any other release.

    The person, signed in and freshly proved; or the network's machinery for somebody who asked another way.
    Raises NotFound, StepUpNeeded.
    """
    machinery = actor.kind is ActorKind.SYSTEM
    if not machinery and not (actor.is_person(person_id) and actor.kind is ActorKind.USER):
        raise NotFound
    if not machinery and not actor.has_stepped_up(at):
        raise StepUpNeeded
    person = Person.objects.filter(id=person_id).exclude(state=PersonState.ERASED).first()
    if person is None:
        raise NotFound
    data = _gather(person, actor, at)
    record_access(actor=actor, person_ids=[person_id], categories=["everything"], purpose=PURPOSE, released=True, at=at)
    receipts = consent.receipts_for_export(person_id=person_id, actor=actor)
    return Export(filename="my-data.zip", content=_zip(data, receipts, at))


def _gather(person: Person, actor: Actor, at: datetime) -> dict[str, Any]:
    warrant = Warrant.about(WarrantKind.EXPORT, actor, PURPOSE, [person.id])
    details = store.read(warrant, [person.id], Field)[person.id]
    # Looks at their payment details stand under the payee's own reference.
    looked = sorted((*audit.about(person.id, at=at), *audit.about(person.payee_ref, at=at)), key=lambda seen: seen.at)
    names = dict(Organisation.objects.values_list("id", "name"))
    kept_back = {
        "network_broken_glass": breakglass.kept_back(person.id, at),
        "network_never_tell_hit": nevertell.untold(person.id),
    }
    return {
        "about": {
            "reference": person.reference,
            "state": person.state,
            "joined": person.joined_at,
            "topics": list(topic_names([person.id]).get(person.id, ())),
        },
        "details": {field.value: details[field] for field in Field if field in details},
        "never tell": [
            {"kind": kind, "who or what": value}
            for kind, value in nevertell.for_export(person_id=person.id, actor=actor)
        ],
        "consents": _consents(person.id, actor, names),
        "who looked": [
            {
                "when": seen.at,
                "role": seen.actor_role,
                "organisation": names.get(seen.organisation_id, "") if seen.organisation_id else "",
                "what": list(seen.categories),
                "why": seen.purpose,
                "left the network": seen.released,
            }
            for seen in looked
        ],
        "bookings": _bookings(person.id),
        "pay": _money(person.payee_ref),
        "records": {
            table.name.removeprefix("network_"): rows
            for table in tables()
            if (rows := [dict(row) for row in each_row(table, person.id, kept_back.get(table.name, ()))])
        },
    }


def _bookings(person_id: UUID) -> list[dict[str, Any]]:
    """What was agreed, with whom; who else took part is theirs to know, not ours to hand on."""
    rows = Booking.objects.select_related("organisation", "opportunity").filter(person_id=person_id)
    return [
        {
            "reference": row.reference,
            "with": row.organisation.name,
            "about": row.opportunity.title,
            "state": row.state,
            "from": row.starts_at,
            "until": row.ends_at,
            "fee in pence": row.fee_pence,
            "paid by": row.pay_by,
        }
        for row in rows.order_by("starts_at", "id")
    ]


def _consents(person_id: UUID, actor: Actor, names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    folded = ledger.fold(actor=actor, person_ids=[person_id])
    return [
        {
            "layer": found.grant.layer,
            "categories": sorted(found.grant.categories),
            "recipient": found.grant.recipient.kind,
            "who": names.get(found.grant.recipient.id, "") if found.grant.recipient.id else "",
            "state": found.grant.state,
            "from": found.grant.starts_at,
            "until": found.grant.ends_at,
            "name shown": found.grant.identity.name_mode,
            "history": [{"act": clear.type, "when": clear.at} for clear in ledger.envelopes([found.grant.id])],
        }
        for found in folded.values()
    ]


def _money(payee_ref: UUID) -> list[dict[str, Any]]:
    return [
        {
            "reference": line.reference,
            "for": line.description,
            "pence": int(line.amount),
            "state": line.state_words,
            "pay by": line.pay_by,
            "paid on": line.paid_on,
        }
        for line in payments.money_for([payee_ref]).get(payee_ref, ())
    ]


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    raise TypeError(type(value).__name__)


def _sections(data: Mapping[str, Any]) -> list[tuple[str, list[list[tuple[str, str]]]]]:
    """The same data as headings with lists of lines, for the readable page."""

    def lines(item: Mapping[str, Any]) -> list[tuple[str, str]]:
        plain = json.loads(json.dumps(item, default=_plain))
        return [(key.replace("_", " "), _line(value)) for key, value in plain.items() if value not in ("", None, [])]

    sections = []
    for heading, value in data.items():
        if heading == "records":
            sections += [(name.replace("_", " "), [lines(row) for row in rows]) for name, rows in value.items()]
        else:
            sections.append((heading, [lines(v) for v in (value if isinstance(value, list) else [value])]))
    return sections


def _line(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_line(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_line(v)}" for k, v in value.items())
    return str(value)


def _zip(data: Mapping[str, Any], receipts: Iterable[Receipt], at: datetime) -> bytes:
    page = render_to_string("network/privacy/export.html", {"sections": _sections(data), "at": at})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("data.json", json.dumps(data, default=_plain, indent=2, ensure_ascii=False)),
            ("readable.html", page),
            *(
                (f"receipts/{number:03d}.jsonld", json.dumps(one.json_ld, default=_plain, indent=2, ensure_ascii=False))
                for number, one in enumerate(receipts, start=1)
            ),
        ):
            entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, 0, 0, 0))  # the day, and no exact time (bar P9)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return buffer.getvalue()
