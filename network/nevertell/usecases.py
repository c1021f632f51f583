"""Writing the list, saying what is known of those who ask, and what the lead and the person decide about a match."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from backend.kernel.ids import keyed_digest, new_id
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.nevertell import events, likeness, rules
from network.nevertell.data import Traits
from network.nevertell.models import NeverTellAsker, NeverTellEntry, NeverTellHit
from network.nevertell.queries import TABLE, digest, matches, opened
from network.nevertell.states import HASHED, HIT, IN_MEMORY, LEADS_MOVES, EntryKind, HitMove, HitState, How
from network.vault import store
from network.vault.data import Warrant, WarrantKind

LONGEST = 200
MOST = 100
_DOOR = Actor.system("never-tell")
_FORM = {
    EntryKind.EMAIL: (likeness.email, "Write an email address, like name@example.org."),
    EntryKind.PHONE: (likeness.phone, "Write a phone number with at least seven digits."),
    EntryKind.DOMAIN: (likeness.domain, "Write a website, like example.org."),
    EntryKind.HANDLE: (likeness.handle, "Write the name they use online, like @somebody."),
    EntryKind.OUTLET: (likeness.phrase, "Write the name of the paper, programme or company."),
    EntryKind.PLACE: (likeness.phrase, "Write the name of the place."),
    EntryKind.NAME: (lambda v: " ".join(likeness.name_parts(v)), "Write a name."),
}


@transaction.atomic
def add_entry(*, person_id: UUID, kind: EntryKind, value: str, actor: Actor, at: datetime) -> UUID:
    """Somebody must never learn of this person. Only the person writes it. It holds from this commit on.

    Raises NotFound, Invalid.
    """
    if not rules.is_self(actor, person_id):
        raise NotFound
    text = value.replace("\x00", "").strip()
    written, hint = _FORM[kind]
    normal = written(text)
    if not normal or len(text) > LONGEST:
        raise Invalid({"value": [hint if len(text) <= LONGEST else f"Keep it to {LONGEST} characters."]})
    if NeverTellEntry.objects.filter(person_id=person_id).count() >= MOST:
        raise Invalid({"value": [f"The list holds {MOST} lines. Take one out first, or talk to your coordinator."]})
    entry_id = new_id()
    warrant = Warrant.about(WarrantKind.OWN, actor, "never-tell list", [person_id])
    body = store.seal_body(warrant, person_id, text, table=TABLE, row=str(entry_id), at=at)
    NeverTellEntry.objects.create(
        id=entry_id,
        person_id=person_id,
        kind=kind,
        sealed=body.sealed,
        key_version=body.version,
        digest=digest(kind, normal) if kind in HASHED else "",
        added_at=at,
    )
    publish(events.ENTRY_ADDED, entry_id, key=str(entry_id), at=at)
    return entry_id


@transaction.atomic
def remove_entry(*, entry_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a line out; what matched it is forgotten with it. Only the person. Raises NotFound, and StepUpNeeded without
    a fresh proof: whoever is on the list may be holding the phone."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    if not NeverTellEntry.objects.filter(id=entry_id, person_id=actor.person_id).delete()[0]:
        raise NotFound


# --- what is known of those who ask ---------------------------------------------------------------------------------


def _digests(traits: Traits) -> Set[str]:
    hosts = {likeness.domain(v) for v in (*traits.websites, *traits.emails)}
    found: dict[EntryKind, set[str]] = {
        EntryKind.EMAIL: {likeness.email(v) for v in traits.emails} | likeness.emails_in(traits.words),
        EntryKind.PHONE: {likeness.phone(v) for v in traits.phones} | likeness.phones_in(traits.words),
        EntryKind.DOMAIN: {h for host in hosts for h in likeness.hosts_of(host)} | likeness.hosts_in(traits.words),
        EntryKind.HANDLE: likeness.handles_in(" ".join((traits.words, *traits.websites))),
        EntryKind.OUTLET: {likeness.phrase(v) for v in traits.outlets},
    }
    return {digest(kind, value) for kind, values in found.items() for value in values if value}


@transaction.atomic
def know_asker(*, organisation_id: UUID, opportunity_id: UUID | None = None, traits: Traits, at: datetime) -> None:
    """Keep what is known of an organisation, or of one brief, for comparing. In the transaction that changes it; the
    same work whoever has a list and whatever is on it."""
    said = json.dumps({"names": list(traits.names), "words": likeness.words(traits.words)})
    digests = sorted(_digests(traits))
    row = NeverTellAsker.objects.select_for_update().filter(
        organisation_id=organisation_id, opportunity_id=opportunity_id
    ).first()  # fmt: skip
    if row is None:
        row = NeverTellAsker(organisation_id=organisation_id, opportunity_id=opportunity_id)
    elif (row.said, list(row.digests)) == (said, digests):
        return
    row.said, row.digests, row.changed_at = said, digests, at
    row.save()
    publish(events.ASKER_CHANGED, row.id, key=f"{row.id}:{keyed_digest('asker', said, *digests)[:32]}", at=at)


# --- matches --------------------------------------------------------------------------------------------------------


def _keep(askers: Iterable[NeverTellAsker], entries: list[NeverTellEntry], at: datetime) -> int:
    values = opened((row for row in entries if row.kind in IN_MEMORY), _DOOR, "matching")
    found = 0
    for match in matches(askers, entries, values):
        hit, new = NeverTellHit.objects.get_or_create(
            entry_id=match.entry_id,
            asker_id=match.asker_id,
            against=match.against,
            defaults={"person_id": match.person_id, "how": match.how, "found_at": at},
        )
        if new:
            publish(events.HIT_FOUND, hit.id, key=str(hit.id), at=at)
            found += 1
    return found


@transaction.atomic
def look_at_asker(*, asker_id: UUID, at: datetime) -> int:
    """Hold every list against one asker and tell the safeguarding lead of what is new. It protects nobody by itself:
    `kept_from` does that at each use. Returns how many were new."""
    return _keep(NeverTellAsker.objects.filter(id=asker_id), list(NeverTellEntry.objects.all()), at)


@transaction.atomic
def look_at_entry(*, entry_id: UUID, at: datetime) -> int:
    """Hold one new line against everybody who asks. Returns how many matches were new."""
    entries = list(NeverTellEntry.objects.filter(id=entry_id))
    return _keep(NeverTellAsker.objects.all(), entries, at) if entries else 0


@transaction.atomic
def decide(*, hit_id: UUID, move: HitMove, actor: Actor, at: datetime) -> None:
    """What the safeguarding lead does about a match: ask the person, note it, or say that a similar name is another.

    Whatever they do or leave, the person stays out of it until they themselves say otherwise; only a name that is not
    the same lets them in. Raises NotFound, Conflict.
    """
    if not rules.is_lead(actor) or move not in LEADS_MOVES:
        raise NotFound
    _move(hit_id, move, None, actor, at)
    if move is HitMove.ASK:
        publish(events.HIT_ASKED, hit_id, key=f"{hit_id}:{at.isoformat()}", at=at)


@transaction.atomic
def answer(*, hit_id: UUID, go_on: bool, actor: Actor, at: datetime) -> None:
    """The person says whether to stay out of something or to go on all the same. Raises NotFound, Conflict."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    _move(hit_id, HitMove.GO_ON if go_on else HitMove.STAY_OUT, actor.person_id, actor, at)


def _move(hit_id: UUID, move: HitMove, person_id: UUID | None, actor: Actor, at: datetime) -> None:
    rows = NeverTellHit.objects.filter(id=hit_id)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    hit = rows.first()
    if hit is None or not rules.may_move(move, How(hit.how)):
        raise NotFound
    to = next_state(HIT, HitState(hit.state), move)
    changed = rows.filter(state=hit.state).update(state=to, decided_by=actor.ref, decided_at=at)
    if changed != 1:
        raise Conflict("Somebody else decided this a moment ago. Nothing was changed.")
