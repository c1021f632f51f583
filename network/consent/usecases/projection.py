"""The projection against the ledger: building it again, and finding every difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from backend.audit import queries as audit
from backend.audit.data import Seen
from backend.kernel.actor import Actor
from backend.kernel.crypto import CannotOpen
from backend.kernel.errors import Conflict
from network.consent import anchors, chain, ledger
from network.consent.data import GrantView
from network.consent.models import Grant
from network.consent.queries import view_of
from network.consent.states import STANDS, EventType, GrantState, Purpose, rests
from network.consent.usecases.writing import columns_of


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must never be. `where` is an id or a place in the chain; no detail of a person."""

    code: str
    where: str
    detail: str


@transaction.atomic
def rebuild_projection(*, actor: Actor) -> int:
    """Write every grant anew from the ledger, for everybody whose key exists. Returns how many.

    Grants that the ledger does not know are removed: the ledger is the truth.
    """
    count = 0
    for people in ledger.people_in_batches(actor=actor):
        folded = ledger.fold(actor=actor, person_ids=people)
        Grant.objects.filter(person_id__in=people).exclude(id__in=list(folded)).delete()
        # The one-live rule is checked row by row: first nothing is live, then each row gets what the ledger says.
        Grant.objects.filter(person_id__in=people, state=GrantState.GIVEN).update(
            state=GrantState.EXPIRED, suspended_at=None, paused_at=None
        )
        for grant_id, found in folded.items():
            Grant.objects.update_or_create(id=grant_id, defaults=columns_of(found.grant, found.event_id))
        count += len(folded)
    for ownerless in _grants_without_ledger(actor):
        Grant.objects.filter(id__in=ownerless).delete()
    return count


def verify(*, actor: Actor, at: datetime, anchor_file: Path | None = None) -> tuple[Fault, ...]:
    """The chain, the projection against the ledger, every release against the consents of its moment, and (given a
    file of them) the anchors. Everything is read in batches: memory does not grow with the ledger, nor with people.
    The first MOST faults."""
    return tuple(islice(_faults(actor, anchor_file), MOST))


def _faults(actor: Actor, anchor_file: Path | None) -> Iterator[Fault]:
    for broken in chain.faults():
        yield Fault("chain", str(broken.event_id or f"#{broken.seq}"), f"row {broken.seq} {broken.what}")
    for people in ledger.people_in_batches(actor=actor):
        yield from _projection(people, actor)
    for ids in _grants_without_ledger(actor):
        yield from (Fault("projection", str(grant_id), "is not in the ledger") for grant_id in ids)
    for some in _batches(audit.releases(), 500):
        yield from _releases(some, actor)
    if anchor_file is not None:
        yield from (Fault("anchor", where, what) for where, what in anchors.check(anchor_file))


T = TypeVar("T")
BATCH = 1000
MOST = 5000  # a database that is wrong everywhere is told by its first faults


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while found := list(islice(items, size)):
        yield found


def _grants_without_ledger(actor: Actor) -> Iterator[list[UUID]]:
    """Grants of nobody whose key exists, a batch at a time."""
    after: UUID | None = None
    while True:
        rows = Grant.objects.filter(id__gt=after) if after else Grant.objects.all()
        found = list(rows.order_by("id").values_list("id", "person_id")[:BATCH])
        if not found:
            return
        known = ledger.with_keys({person_id for _, person_id in found}, actor=actor)
        yield [grant_id for grant_id, person_id in found if person_id not in known]
        after = found[-1][0]


def _projection(people: frozenset[UUID], actor: Actor) -> Iterator[Fault]:
    """What stands of some people against their ledger. A difference is looked at twice: somebody may have acted
    between our two reads."""
    try:
        if not list(_differences(people, actor)):
            return
    except (CannotOpen, Conflict, ValueError, KeyError):  # a body that was moved or changed, or acts out of order
        pass
    for person_id in sorted(people):
        try:
            yield from _differences(frozenset({person_id}), actor)
        except (CannotOpen, Conflict, ValueError, KeyError):
            yield from _unreadable(person_id, actor)


def _differences(people: frozenset[UUID], actor: Actor) -> Iterator[Fault]:
    rows = {row.id: row for row in Grant.objects.filter(person_id__in=people)}
    for grant_id, found in ledger.fold(actor=actor, person_ids=people).items():
        row = rows.pop(grant_id, None)
        if row is None:
            yield Fault("projection", str(grant_id), "is in the ledger only")
        elif view_of(row) != found.grant or row.last_event_id != found.event_id:
            yield Fault("projection", str(grant_id), "differs from the ledger")
    for grant_id in rows:
        yield Fault("projection", str(grant_id), "is not in the ledger")


def _unreadable(person_id: UUID, actor: Actor) -> Iterator[Fault]:
    """Which consents of one person can no longer be told from the ledger."""
    known = Grant.objects.filter(person_id=person_id).values_list("id", flat=True)
    for grant_id in sorted({*known, *ledger.grants_of(person_id)}):
        try:
            ledger.fold(actor=actor, person_ids=[person_id], grant_id=grant_id)
        except CannotOpen:
            yield Fault("ledger", str(grant_id), "has an event that does not open where it stands")
        except (Conflict, ValueError, KeyError):
            yield Fault("ledger", str(grant_id), "has events that cannot follow each other")


def _stood(acts: list[tuple[EventType, datetime]], at: datetime) -> bool:
    """Given and not yet stopped at that moment. At one and the same instant a look and a stop may follow each other."""
    before = [type_ for type_, when in acts if when < at]
    then = [type_ for type_, when in acts if when == at]
    reached = (before, *([*before, *then[: n + 1]] for n in range(len(then))))
    return any(_shows(so_far) for so_far in reached)


def _shows(acts: list[EventType]) -> bool:
    return bool(acts) and STANDS[acts[-1]] is GrantState.GIVEN and not rests(acts)


def _as_it_was(versions: list[GrantView], at: datetime) -> list[GrantView]:
    """The terms that held at that moment: the last ones before it, and any agreed at that very instant."""
    last = [v for v in versions if v.changed_at < at][-1:]
    then = [v for v in versions if v.changed_at == at]
    return [v for v in last + then if v.state is GrantState.GIVEN and not v.rests]


def _releases(releases: list[Seen], actor: Actor) -> Iterator[Fault]:
    """Each release rests on a consent that stood then, of that person, for that recipient, with those categories."""
    ours = [release for release in releases if release.purpose in set(Purpose)]  # payment details have their own book
    grant_ids = {grant_id for release in ours for grant_id in release.consents}
    past: dict[UUID, list[tuple[EventType, datetime]]] = {}
    refs: dict[UUID, str] = {}
    for clear in ledger.envelopes(grant_ids):
        past.setdefault(clear.grant_id, []).append((clear.type, clear.at))
        refs[clear.grant_id] = clear.person_ref
    versions = ledger.versions(actor=actor, person_ids={r.person_id for r in ours}, grant_ids=grant_ids)
    for release in ours:
        wrong = _what_is_wrong(release, past, refs, versions)
        if wrong:
            yield Fault("release", str(release.id), wrong)


def _what_is_wrong(
    release: Seen,
    past: dict[UUID, list[tuple[EventType, datetime]]],
    refs: dict[UUID, str],
    versions: dict[UUID, list[GrantView]],
) -> str:
    if not release.consents:
        return "rests on no consent"
    agreed: set[str] = set()
    for grant_id in release.consents:
        if refs.get(grant_id) != ledger.person_ref(release.person_id):
            return "rests on a consent of somebody else, or on none"
        if not _stood(past[grant_id], release.at):
            return "rests on a consent that did not stand then"
        if grant_id not in versions:  # erased since: only the clear part can be checked
            agreed.update(release.categories)
            continue
        then = [v for v in _as_it_was(versions[grant_id], release.at) if v.starts_at <= release.at < v.ends_at]
        if not then:
            return "rests on a consent outside its time"
        if all(v.recipient.id != release.organisation_id for v in then):
            return "went to somebody the consent does not name"
        if not any(v.purpose == release.purpose or (release.purpose == Purpose.REUSE and v.reuse) for v in then):
            return "was for something the consent does not name"
        agreed = agreed.union(*(v.categories for v in then))
    return "" if set(release.categories) <= agreed else "carried more than was agreed"
