"""Who is kept from whom. Worked out anew at every use, so that no entry and no new colleague is one moment behind.

Four statements, whoever there is and whatever matches: a match must not be told by the clock (bar P3).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.audit.record import record_access
from backend.kernel.actor import Actor
from backend.kernel.crypto import blind_index
from backend.kernel.errors import NotFound, StepUpNeeded
from backend.kernel.states import moves_from
from network.nevertell import likeness, rules
from network.nevertell.data import AskedLine, EntryLine, HitLine, Match
from network.nevertell.models import NeverTellAsker, NeverTellEntry, NeverTellHit
from network.nevertell.states import HIT, IN_MEMORY, IN_WORDS, LEADS_MOVES, EntryKind, HitMove, HitState, How
from network.vault import store
from network.vault.data import Warrant, WarrantKind

TABLE = "network_never_tell_entry"
PURPOSE = "never_tell"
_NOBODY = UUID(int=0)
_DOOR = Actor.system("never-tell")


def digest(kind: EntryKind, normalised: str) -> str:
    return blind_index(f"never-tell:{kind}", normalised) if normalised else ""


def opened(rows: Iterable[NeverTellEntry], actor: Actor, purpose: str) -> dict[UUID, str]:
    """The values of these entries, by entry. Two statements whoever they are, or one when there is nobody."""
    found = list(rows)
    people = {row.person_id for row in found} or {_NOBODY}
    warrant = Warrant.about(WarrantKind.NEVER_TELL, actor, purpose, people)
    bodies = [store.SealedBody(row.person_id, str(row.id), bytes(row.sealed), row.key_version) for row in found]
    return {UUID(row): text for row, text in store.open_bodies(warrant, bodies, table=TABLE).items()}


class Said:
    """An asker's row, unpacked once for any number of entries."""

    def __init__(self, row: NeverTellAsker) -> None:
        self.id = row.id
        self.digests = frozenset(row.digests)
        said = json.loads(row.said) if row.said else {}
        self.names: list[str] = said.get("names", [])
        self.text: list[str] = said.get("words", [])
        self.joined = f" {' '.join(w for w in self.text if w not in likeness.EMPTY_WORDS)} "

    def found(self, kind: EntryKind, hashed: str, value: str) -> tuple[How, str] | None:
        """What of this asker an entry fits: how, and the words (or the hash) it fitted."""
        if hashed and hashed in self.digests:
            return How.EXACT, hashed
        if kind in IN_WORDS:
            phrase = likeness.phrase(value)
            how = How.EXACT if kind is EntryKind.OUTLET else How.SIMILAR
            return (how, phrase) if phrase and f" {phrase} " in self.joined else None
        if kind is not EntryKind.NAME:
            return None
        like = likeness.first_like(value, self.names) or likeness.name_in(value, self.text)
        return (How.SIMILAR, like) if like else None


def against_of(words: str) -> str:
    return blind_index("never-tell:against", words)


def matches(
    askers: Iterable[NeverTellAsker], entries: Collection[NeverTellEntry], values: Mapping[UUID, str]
) -> Iterator[Match]:
    for said in [Said(row) for row in askers]:
        for row in entries:
            kind = EntryKind(row.kind)
            found = said.found(kind, row.digest, values.get(row.id, ""))
            how, words = found or (How.SIMILAR, "")
            against = against_of(words)  # also when nothing fits: a match must not take longer
            if found:
                yield Match(person_id=row.person_id, entry_id=row.id, asker_id=said.id, how=how, against=against)


def kept_from(person_ids: Collection[UUID], *, organisation_id: UUID, opportunity_id: UUID | None) -> frozenset[UUID]:
    """Those of these people whose list names somebody of this organisation, or something in this brief. For the gate
    and for matching; never for a page."""
    ids = list(person_ids) or [_NOBODY]
    askers = NeverTellAsker.objects.filter(
        Q(organisation_id=organisation_id, opportunity_id__isnull=True) | Q(opportunity_id=opportunity_id or _NOBODY)
    )
    entries = list(NeverTellEntry.objects.filter(person_id__in=ids))
    values = opened((row for row in entries if row.kind in IN_MEMORY), _DOOR, "matching")
    let_pass = set(
        NeverTellHit.objects.filter(person_id__in=ids, state=HitState.CLEARED).values_list(
            "entry_id", "asker_id", "against"
        )
    )
    return frozenset(
        match.person_id
        for match in matches(askers, entries, values)
        if (match.entry_id, match.asker_id, match.against) not in let_pass
    )


# --- the person's own page ------------------------------------------------------------------------------------------


def my_list(*, actor: Actor, at: datetime) -> tuple[EntryLine, ...]:
    """Somebody's own list, for themselves. Raises NotFound for anybody else, and StepUpNeeded without a fresh proof:
    whoever is on the list may be holding the phone."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    rows = list(NeverTellEntry.objects.filter(person_id=actor.person_id).order_by("-added_at", "id"))
    values = opened(rows, actor, "own list")
    return tuple(
        EntryLine(entry_id=r.id, kind=EntryKind(r.kind), value=values.get(r.id, ""), added_at=r.added_at) for r in rows
    )


def for_export(*, person_id: UUID, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Kind and value of each entry, for the person's own copy of everything. Only the export calls this."""
    rows = list(NeverTellEntry.objects.filter(person_id=person_id).order_by("added_at", "id"))
    values = opened(rows, actor, "subject export")
    return tuple((row.kind, values.get(row.id, "")) for row in rows)


def untold(person_id: UUID) -> frozenset[UUID]:
    """Matches that the person's own copy leaves out: the safeguarding lead has not asked them about these."""
    told = (HitState.ASKED, HitState.STAYS_OUT)
    rows = NeverTellHit.objects.filter(person_id=person_id).exclude(state__in=told)
    return frozenset(rows.values_list("id", flat=True))


def asked_of_me(*, actor: Actor) -> tuple[AskedLine, ...]:
    """What the safeguarding lead asked this person about. Raises NotFound for anybody else."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    hits = list(
        NeverTellHit.objects.filter(person_id=actor.person_id, state=HitState.ASKED)
        .select_related("entry", "asker")
        .order_by("found_at", "id")
    )
    values = opened((hit.entry for hit in hits), actor, "own list")
    return tuple(
        AskedLine(
            hit_id=hit.id,
            organisation_id=hit.asker.organisation_id,
            opportunity_id=hit.asker.opportunity_id,
            entry=values.get(hit.entry_id, ""),
        )
        for hit in hits
    )


# --- the safeguarding lead ------------------------------------------------------------------------------------------


def _line(hit: NeverTellHit, entry: str = "", found: str = "") -> HitLine:
    how = How(hit.how)
    moves = [m for m in moves_from(HIT, HitState(hit.state)) if m in LEADS_MOVES and rules.may_move(HitMove(m), how)]
    return HitLine(
        hit_id=hit.id,
        person_id=hit.person_id,
        organisation_id=hit.asker.organisation_id,
        opportunity_id=hit.asker.opportunity_id,
        kind=EntryKind(hit.entry.kind),
        how=how,
        state=HitState(hit.state),
        found_at=hit.found_at,
        moves=tuple(moves),
        entry=entry,
        found=found,
    )


@transaction.atomic
def hits_visible_to(*, actor: Actor, at: datetime, limit: int = 100) -> tuple[HitLine, ...]:
    """Matches for the safeguarding lead, those without a decision first. Nobody's entry is opened. Recorded, for the
    data-protection officer: the person is not told of matches by their list of who looked (threat model 5.6).
    Raises NotFound for anybody else."""
    if not rules.is_lead(actor):
        raise NotFound
    rows = NeverTellHit.objects.select_related("entry", "asker").order_by("-found_at", "id")
    open_first = sorted(rows[:limit], key=lambda hit: hit.state != HitState.FOUND)
    _record([hit.person_id for hit in open_first], actor, at)
    return tuple(_line(hit) for hit in open_first)


@transaction.atomic
def hit_visible_to(*, hit_id: UUID, actor: Actor, at: datetime) -> HitLine:
    """One match. Of a name or place that only looks alike, both sides are opened to be compared. Raises NotFound."""
    if not rules.is_lead(actor):
        raise NotFound
    hit = NeverTellHit.objects.select_related("entry", "asker").filter(id=hit_id).first()
    if hit is None:
        raise NotFound
    _record([hit.person_id], actor, at)
    if hit.how != How.SIMILAR:
        return _line(hit)
    value = opened([hit.entry], actor, PURPOSE).get(hit.entry_id, "")
    found = Said(hit.asker).found(EntryKind(hit.entry.kind), "", value)
    return _line(hit, value, found[1] if found else "")


def _record(person_ids: Iterable[UUID], actor: Actor, at: datetime) -> None:
    record_access(
        actor=actor, person_ids=set(person_ids), categories=["never_tell"], purpose=PURPOSE, released=False, at=at
    )


def open_hits(*, actor: Actor) -> int:
    """How many matches wait for the safeguarding lead."""
    return NeverTellHit.objects.filter(state=HitState.FOUND)[:100].count() if rules.is_lead(actor) else 0


def facts_of_hit(hit_id: UUID) -> tuple[UUID, str] | None:
    """Person and state, for addressing a message. For machinery only."""
    return NeverTellHit.objects.filter(id=hit_id).values_list("person_id", "state").first()
