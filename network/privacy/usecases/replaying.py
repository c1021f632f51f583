"""Keeping the list of erasures and withdrawals, and doing them again after a backup was restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from backend.kernel.actor import Actor
from network.consent import ledger
from network.consent import usecases as consent
from network.consent.models import Grant
from network.consent.states import EventType
from network.people.models import Person
from network.privacy import replay_list
from network.privacy.models import Erasure
from network.privacy.replay_list import Entry, What
from network.privacy.usecases import erasing

_ENDS = {EventType.WITHDRAWN: What.WITHDRAWN, EventType.NARROWED: What.NARROWED}
_DOOR = Actor.system("restore")


def _file() -> Path:
    return Path(settings.REPLAY_LIST)


def note_grant(*, grant_id: UUID) -> int:
    """Write down the last withdrawal or narrowing of one grant, and the silence that came with it. A line too many does
    no harm. Returns how many were written."""
    found = [Entry(_ENDS[e.type], grant_id, e.at) for e in ledger.envelopes([grant_id]) if e.type in _ENDS][-1:]
    whose = Grant.objects.filter(id=grant_id).values("person_id")
    return replay_list.append(_file(), [*found, *_quiet(Person.objects.filter(id__in=whose))])


def _quiet(rows: QuerySet[Person]) -> Iterator[Entry]:
    for person_id, since in rows.filter(quiet_since__isnull=False).values_list("id", "quiet_since"):
        assert since is not None  # noqa: S101 - the filter's own
        yield Entry(What.QUIET, person_id, since)


def catch_up(*, at: datetime) -> int:
    """Write down whatever is in the database and not on the list: a worker may have died in between. Scheduled, and
    done before every backup. Returns how many."""
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    known = {(entry.what, entry.id, entry.at) for entry in replay_list.read(path)}
    all_of_it = [
        *(Entry(What.ERASED, e.person_id, e.asked_at) for e in Erasure.objects.order_by("asked_at", "id")),
        *(Entry(_ENDS[e.type], e.grant_id, e.at) for e in ledger.envelopes() if e.type in _ENDS),
        *_quiet(Person.objects.order_by("id")),
    ]
    return replay_list.append(path, [e for e in all_of_it if (e.what, e.id, e.at) not in known])


def replay(*, at: datetime) -> dict[str, int]:
    """Do again all that is on the list and not in this database. Safe to repeat; killed, it is begun again.

    Raises FileNotFoundError without a list and Tampered for one that was changed: then the application stays closed.
    """
    done = dict.fromkeys(What, 0)
    for entry in replay_list.read(_file()):
        done[entry.what] += _HOW[entry.what](entry, at)
    return {what.value: count for what, count in done.items()}


def _erase(entry: Entry, at: datetime) -> bool:
    return erasing.erase_again(person_id=entry.id, asked_at=entry.at, at=at)


def _withdraw(entry: Entry, at: datetime) -> bool:
    return consent.withdraw_again(grant_id=entry.id, actor=_DOOR, at=at)


def _narrow(entry: Entry, at: datetime) -> bool:
    """To what it was narrowed is not on the list. So it ends, and the person may give it anew."""
    narrowed = Grant.objects.filter(id=entry.id).values_list("narrowed_at", flat=True).first()
    return False if narrowed is not None and narrowed >= entry.at else _withdraw(entry, at)


@transaction.atomic
def _hush(entry: Entry, at: datetime) -> bool:
    return Person.objects.filter(id=entry.id, quiet_since__isnull=True).update(quiet_since=entry.at) > 0


_HOW = {What.ERASED: _erase, What.WITHDRAWN: _withdraw, What.NARROWED: _narrow, What.QUIET: _hush}
