"""The projection against the ledger: building it again, and finding every difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.audit import queries as audit
from backend.audit.data import Seen
from backend.kernel.actor import Actor
from backend.kernel.crypto import CannotOpen
from backend.kernel.errors import Conflict
from network.consent import ledger
from network.consent.data import GrantView
from network.consent.models import Grant
from network.consent.queries import view_of
from network.consent.states import STANDS, EventType, GrantState, Purpose
from network.consent.usecases.grants import _columns


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
    folded = ledger.fold(actor=actor)
    Grant.objects.exclude(id__in=list(folded)).delete()
    # The one-live rule is checked row by row: first nothing is live, then each row gets what the ledger says.
    Grant.objects.filter(state=GrantState.GIVEN).update(state=GrantState.EXPIRED)
    for grant_id, found in folded.items():
        Grant.objects.update_or_create(id=grant_id, defaults=_columns(found.grant, found.event_id))
    return len(folded)


def verify(*, actor: Actor, at: datetime) -> tuple[Fault, ...]:
    """The chain, the projection against the ledger, and every release against the consents of its moment."""
    faults = list(_chain())
    try:
        faults += [*_projection(actor), *_releases(actor)]
    except (CannotOpen, Conflict) as problem:  # a body that was moved or changed, or acts that cannot follow each other
        faults.append(Fault("ledger", "events", f"cannot be read: {type(problem).__name__}"))
    return tuple(faults)


def _chain() -> Iterator[Fault]:
    broken = ledger.check_chain()
    if broken:
        yield Fault("chain", str(broken.event_id or f"#{broken.seq}"), f"row {broken.seq} {broken.what}")


def _projection(actor: Actor) -> Iterator[Fault]:
    folded = ledger.fold(actor=actor)
    rows = {row.id: row for row in Grant.objects.all()}
    for grant_id, found in folded.items():
        row = rows.pop(grant_id, None)
        if row is None:
            yield Fault("projection", str(grant_id), "is in the ledger only")
        elif view_of(row) != found.grant or row.last_event_id != found.event_id:
            yield Fault("projection", str(grant_id), "differs from the ledger")
    for grant_id in rows:
        yield Fault("projection", str(grant_id), "is not in the ledger")


def _stood(acts: list[tuple[EventType, datetime]], at: datetime) -> bool:
    """Given and not yet stopped at that moment. At one and the same instant a look and a stop may follow each other."""
    before = [type_ for type_, when in acts if when < at]
    return (bool(before) and STANDS[before[-1]] is GrantState.GIVEN) or any(
        when == at and STANDS[type_] is GrantState.GIVEN for type_, when in acts
    )


def _as_it_was(versions: list[GrantView], at: datetime) -> list[GrantView]:
    """The terms that held at that moment: the last ones before it, and any agreed at that very instant."""
    given = [v for v in versions if v.state is GrantState.GIVEN]
    return [v for v in given if v.changed_at < at][-1:] + [v for v in given if v.changed_at == at]


def _releases(actor: Actor) -> Iterator[Fault]:
    """Each release rests on a consent that stood then, of that person, for that recipient, with those categories."""
    past: dict[UUID, list[tuple[EventType, datetime]]] = {}
    refs: dict[UUID, str] = {}
    for clear in ledger.envelopes():
        past.setdefault(clear.grant_id, []).append((clear.type, clear.at))
        refs[clear.grant_id] = clear.person_ref
    versions = ledger.versions(actor=actor)
    for release in audit.releases():
        if release.purpose not in set(Purpose):
            continue  # payment details have their own book
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
        if all(v.purpose != release.purpose for v in then):
            return "was for something the consent does not name"
        agreed = agreed.union(*(v.categories for v in then))
    return "" if set(release.categories) <= agreed else "carried more than was agreed"
