"""Each reference's place in its organisation's lists, and the lists as signed documents.

Every organisation has lists of its own, under an address and with a key for the decoys of their own, and a place is
drawn at random: two organisations cannot join theirs, and a list tells neither how many people there are nor who.
Nothing is kept from one fetch to the next: what was withdrawn reads withdrawn in the next one.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from backend.kernel import signing
from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from backend.kernel.ids import keyed_digest
from network.consent.models import Grant, Release, StatusEntry
from network.consent.rules import GrantFacts, status_of
from network.consent.states import Status
from network.consent.status.bitstring import encoded, pack
from network.consent.status.decoys import Decoys

ENTRIES = 131_072
FULL = 100_000  # then another list begins, so that a free place is always found quickly
KEY = "status-list"
MEDIA_TYPE = "application/vc+jwt"
# A copy may be used this long. Fetch before each use rather: nothing of ours tells the copy that it is old.
TTL = timedelta(minutes=1)
VALID_FOR = timedelta(minutes=10)
# The order is the value in a "message" list. It never changes; new words go to the end, in place of "unused".
MESSAGES = (Status.VALID, Status.NARROWED, Status.SUSPENDED, Status.EXPIRED, Status.WITHDRAWN)
_VALUE = {status: value for value, status in enumerate(MESSAGES)}


class ListPurpose(StrEnum):
    """`revocation`: withdrawn, for good. `suspension`: stop for now. `message`: the whole status, in four bits."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"
    MESSAGE = "message"


SIZE = {ListPurpose.REVOCATION: 1, ListPurpose.SUSPENSION: 1, ListPurpose.MESSAGE: 4}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reference stands: the list's opaque id, and the index in it."""

    list_id: UUID
    index: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one reference. `status` is None for one that was never given to this organisation."""

    reference: str
    status: Status | None
    place: Place | None


def _list_id(organisation_id: UUID, number: int) -> UUID:
    digest = keyed_digest("status-list-id", str(organisation_id), str(number))
    return UUID(hex=digest[:32], version=4)


def _decoys(organisation_id: UUID, number: int, at: datetime) -> Decoys:
    return Decoys(organisation=str(organisation_id), number=number, entries=ENTRIES, at=at)


def _organisation(actor: Actor) -> UUID:
    if actor.organisation_id is None:
        raise NotFound
    return actor.organisation_id


# --- asking ----------------------------------------------------------------------------------------------------------


def ask(references: Collection[str], *, actor: Actor, at: datetime) -> tuple[Asked, ...]:
    """What became of these references, in their order, and where each stands in the lists. Statements do not grow with
    them. Somebody else's reference and one that never was are one answer. Raises NotFound without an organisation."""
    organisation_id = _organisation(actor)
    found = _statuses(organisation_id, references, at)
    places = _places(organisation_id, found, at)
    return tuple(Asked(ref, found.get(ref), places.get(ref)) for ref in dict.fromkeys(references))


def ask_one(reference: str, *, actor: Actor, at: datetime) -> tuple[Status, Place]:
    """The same for one. Raises NotFound for a reference that this organisation was never given."""
    (asked,) = ask([reference], actor=actor, at=at)
    if asked.status is None or asked.place is None:
        raise NotFound
    return asked.status, asked.place


def _statuses(organisation_id: UUID, references: Iterable[str] | None, at: datetime) -> dict[str, Status]:
    releases = Release.objects.filter(organisation_id=organisation_id)
    if references is not None:
        releases = releases.filter(ref__in=list(references))
    grants = {
        pk: GrantFacts(state, starts_at, ends_at, narrowed_at, suspended_at)
        for pk, state, starts_at, ends_at, narrowed_at, suspended_at in Grant.objects.filter(
            id__in=releases.values("grant_id")
        ).values_list("id", "state", "starts_at", "ends_at", "narrowed_at", "suspended_at")
    }
    return {
        ref: status_of(grants.get(grant_id), first_at, at)
        for ref, grant_id, first_at in releases.values_list("ref", "grant_id", "first_at")
    }


# --- places ----------------------------------------------------------------------------------------------------------


def _places(organisation_id: UUID, references: Collection[str], at: datetime) -> dict[str, Place]:
    """The place of each; one that has none yet is given one."""
    found = _taken(organisation_id, references)
    missing = [ref for ref in references if ref not in found]
    if missing:
        _give_places(organisation_id, missing, at)
        found = _taken(organisation_id, references)
    return found


def _taken(organisation_id: UUID, references: Collection[str]) -> dict[str, Place]:
    rows = StatusEntry.objects.filter(organisation_id=organisation_id, ref__in=list(references))
    return {
        ref: Place(_list_id(organisation_id, number), index)
        for ref, number, index in rows.values_list("ref", "number", "index")
    }


@transaction.atomic
def _give_places(organisation_id: UUID, references: list[str], at: datetime) -> None:
    """Draw a free place for each, among those whose made-up life is "valid" at this moment.

    Somebody else may draw the same at the same time: the database lets one through, and the other draws again.
    """
    mine = StatusEntry.objects.filter(organisation_id=organisation_id)
    left = list(references)
    number = mine.aggregate(last=Max("number"))["last"] or 0
    for turn in range(200):
        if not left:
            return
        if mine.filter(number=number).count() + len(left) > FULL or turn % 20 == 19:
            number += 1  # full, or hardly a free place left in it
        decoys = _decoys(organisation_id, number, at)
        drawn = {secrets.randbelow(ENTRIES) for _ in range(len(left) * 8 + 8)}
        used = set(mine.filter(number=number, index__in=drawn).values_list("index", flat=True))
        free = [index for index in drawn - used if decoys.status(index) is Status.VALID]
        secrets.SystemRandom().shuffle(free)
        StatusEntry.objects.bulk_create(
            [
                StatusEntry(ref=ref, organisation_id=organisation_id, number=number, index=index)
                for ref, index in zip(left, free, strict=False)
            ],
            ignore_conflicts=True,
        )
        given = set(mine.filter(ref__in=left).values_list("ref", flat=True))
        left = [ref for ref in left if ref not in given]
    raise RuntimeError("no free place was found in the status lists")


def as_entries(place: Place) -> list[dict[str, Any]]:
    """`credentialStatus` as the standard writes it: one entry for each purpose, all with the same index."""
    return [_entry(place, purpose) for purpose in ListPurpose]


def _entry(place: Place, purpose: ListPurpose) -> dict[str, Any]:
    address = _address(place.list_id, purpose)
    made: dict[str, Any] = {
        "id": f"{address}#{place.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose.value,
        "statusListIndex": str(place.index),
        "statusListCredential": address,
    }
    if SIZE[purpose] > 1:
        made |= {"statusSize": SIZE[purpose], "statusMessage": _messages(SIZE[purpose])}
    return made


def _messages(size: int) -> list[dict[str, str]]:
    words = [status.value for status in MESSAGES] + ["unused"] * (2**size - len(MESSAGES))
    return [{"status": hex(value), "message": word} for value, word in enumerate(words)]


def _address(list_id: UUID, purpose: ListPurpose) -> str:
    return f"{settings.BASE_URL}/api/v1/status-lists/{list_id}/{purpose}"


# --- the documents ---------------------------------------------------------------------------------------------------


def credential(list_id: UUID, purpose: ListPurpose, *, actor: Actor, at: datetime) -> str:
    """One list as a signed credential (VC-JOSE-COSE: a JWT whose payload is the credential), made for this fetch.

    Raises NotFound for a list that is not one of the actor's organisation.
    """
    organisation_id = _organisation(actor)
    mine = StatusEntry.objects.filter(organisation_id=organisation_id)
    last = mine.aggregate(last=Max("number"))["last"] or 0
    number = next((n for n in range(last + 1) if _list_id(organisation_id, n) == list_id), None)
    if number is None:
        raise NotFound
    return signing.jws(
        KEY,
        {"typ": "vc+jwt", "cty": "vc", "iss": settings.BASE_URL},
        _document(list_id, purpose, _values(organisation_id, number, at), at),
    )


def _values(organisation_id: UUID, number: int, at: datetime) -> list[Status]:
    values = _decoys(organisation_id, number, at).all()
    found = _statuses(organisation_id, None, at)
    rows = StatusEntry.objects.filter(organisation_id=organisation_id, number=number)
    for ref, index in rows.values_list("ref", "index"):
        values[index] = found.get(ref, Status.WITHDRAWN)  # its release is gone: nobody is left who consents
    return values


def _document(list_id: UUID, purpose: ListPurpose, values: list[Status], at: datetime) -> dict[str, Any]:
    address, size = _address(list_id, purpose), SIZE[purpose]
    match purpose:
        case ListPurpose.REVOCATION:
            bits = [int(status is Status.WITHDRAWN) for status in values]
        case ListPurpose.SUSPENSION:
            bits = [int(status is Status.SUSPENDED) for status in values]
        case ListPurpose.MESSAGE:
            bits = [_VALUE[status] for status in values]
    subject: dict[str, Any] = {
        "id": f"{address}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose.value,
        "ttl": int(TTL.total_seconds() * 1000),
        "encodedList": encoded(pack(bits, size)),
    }
    if size > 1:
        subject |= {"statusSize": size, "statusMessage": _messages(size)}
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": settings.BASE_URL,
        "validFrom": _stamp(at),
        "validUntil": _stamp(at + VALID_FOR),
        "credentialSubject": subject,
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def public_keys() -> dict[str, Any]:
    """The keys under which lists are signed, as a JWK set."""
    return {"keys": [signing.public_jwk(KEY)]}
