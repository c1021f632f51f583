"""Being forgotten: a saga of small steps, each in its own transaction, recorded with what it did, and safe to repeat.

Killed anywhere, it goes on where it stopped. Destroying the person's key makes what backups and the ledger still hold
unreadable; the chain stays verifiable because it runs over ciphertext.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connections, transaction

from backend.accounts import usecases as accounts
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.errors import NotFound, StepUpNeeded
from backend.kernel.ids import new_secret, secret_hash
from backend.outbox.publish import cancel, publish
from network.bookings import usecases as bookings
from network.bookings.models import Booking, Recall
from network.bookings.usecases import recall_what_was_given
from network.consent import usecases as consent
from network.consent.models import Grant
from network.people.models import DoNotInvite, Person
from network.people.states import PersonState
from network.privacy import events, replay_list
from network.privacy.data import Certificate
from network.privacy.inventory import blanked, tables
from network.privacy.models import Erasure, ErasureStep
from network.privacy.replay_list import Entry, What
from network.privacy.states import ErasureState, Step
from network.privacy.usecases.retention import blur_booking_times
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind

_DOOR = Actor.system("erasure")
GONE = "Somebody who left"
_SENDS = frozenset({"network_notice", "network_delivery"})
KEPT = (
    "Amounts, dates and invoice numbers of what was paid, and the legal name on them, for as long as tax law asks.",
    "The consent ledger and the list of who looked: without a name, and unreadable since the key is destroyed.",
    "What was published is outside our control. We asked each organisation to stop using it.",
)


@transaction.atomic
def ask_to_be_erased(*, person_id: UUID, never_invite: bool = False, actor: Actor, at: datetime) -> UUID:
    """Ask to be forgotten. Nothing can take it back once it runs, so it needs a fresh proof. Asking twice is once.

    The person, signed in; or the network's machinery for somebody who asked another way. Returns the erasure's id.
    Raises NotFound, StepUpNeeded.
    """
    machinery = actor.kind is ActorKind.SYSTEM
    if not machinery and not (actor.is_person(person_id) and actor.kind is ActorKind.USER):
        raise NotFound
    if not machinery and not actor.has_stepped_up(at):
        raise StepUpNeeded
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None:
        raise NotFound
    if not machinery:  # nothing is shown or sent from this commit on, whenever the saga gets its turn
        bookings.stop_everything(person_id=person_id, actor=actor, at=at)
    known = Erasure.objects.filter(person_id=person_id).values_list("id", flat=True).first()
    if known is not None:
        return known
    erasure = Erasure.objects.create(person_id=person_id, asked_by=actor.ref, asked_at=at, never_invite=never_invite)
    publish(events.ERASURE_ASKED, erasure.id, key=str(erasure.id), at=at)
    return erasure.id


def carry_out(*, erasure_id: UUID, at: datetime) -> Certificate:
    """Do every step that is not done yet. Not one transaction on purpose. Raises NotFound."""
    erasure = Erasure.objects.filter(id=erasure_id).first()
    if erasure is None:
        raise NotFound
    for step in Step:
        _do(erasure_id, step, at)
    sweep_files()
    return certificate(erasure_id)


def erase_person(*, person_id: UUID, never_invite: bool = False, actor: Actor, at: datetime) -> Certificate:
    """Ask and carry out at once. Raises NotFound, StepUpNeeded."""
    erasure_id = ask_to_be_erased(person_id=person_id, never_invite=never_invite, actor=actor, at=at)
    return carry_out(erasure_id=erasure_id, at=at)


def erase_again(*, person_id: UUID, asked_at: datetime, at: datetime) -> bool:
    """After a restore: every step once more, whatever the restored database says was done, because the keys may have
    come back without the rows or the rows without the keys. False when nothing of the person was there."""
    there = Person.objects.filter(id=person_id).exclude(state=PersonState.ERASED).exists()
    erasure, _ = Erasure.objects.get_or_create(
        person_id=person_id, defaults={"asked_by": _DOOR.ref, "asked_at": asked_at}
    )
    for step in Step:
        with transaction.atomic():
            if step is not Step.LIST:  # there it is: that is why we are here
                _HOW[step](erasure, at)
            ErasureStep.objects.get_or_create(erasure=erasure, name=step, defaults={"done_at": at})
    return there


def certificate_secret(*, erasure_id: UUID, actor: Actor) -> str:
    """The secret part of the certificate's address: no message is ever sent, the person keeps the address or does not.
    Given once, to whoever just asked to be forgotten. Raises NotFound."""
    if actor.person_id is None:
        raise NotFound
    secret = new_secret()
    mine = Erasure.objects.filter(id=erasure_id, person_id=actor.person_id, certificate_hash="")
    if not mine.update(certificate_hash=secret_hash(secret)):
        raise NotFound
    return secret


def certificate_by_secret(secret: str) -> Certificate:
    """The certificate behind an address, for whoever has it. It names nobody. Raises NotFound."""
    found = Erasure.objects.filter(certificate_hash=secret_hash(secret)).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    return certificate(found)


@transaction.atomic
def _do(erasure_id: UUID, step: Step, at: datetime) -> None:
    erasure = Erasure.objects.select_for_update().get(id=erasure_id)
    if ErasureStep.objects.filter(erasure=erasure, name=step).exists():
        return
    _HOW[step](erasure, at)
    ErasureStep.objects.create(erasure=erasure, name=step, done_at=at)


def _warrant(erasure: Erasure) -> Warrant:
    return Warrant.about(WarrantKind.ERASE, _DOOR, "erasure", [erasure.person_id])


def _user_of(erasure: Erasure) -> UUID | None:
    return Person.objects.filter(id=erasure.person_id).values_list("user_id", flat=True).first()


def _list(erasure: Erasure, at: datetime) -> None:
    replay_list.append(Path(settings.REPLAY_LIST), [Entry(What.ERASED, erasure.person_id, erasure.asked_at)])


def _stop_consents(erasure: Erasure, at: datetime) -> None:
    """By the ledger, so that bookings stop and organisations are asked as after any withdrawal."""
    consent.end_for_erasure(person_id=erasure.person_id, actor=_DOOR, at=at)


def _close_account(erasure: Erasure, at: datetime) -> None:
    """End every session, the role and who may see them, now; the address is forgotten later. An account with other
    roles keeps those."""
    user_id = _user_of(erasure)
    if user_id is not None:
        accounts.end_all_sessions(user_id=user_id, at=at)
        with contextlib.suppress(NotFound):  # ended before
            accounts.end_role(user_id=user_id, role=Role.SPOKESPERSON, scope_id=erasure.person_id, actor=_DOOR, at=at)
    Person.objects.filter(id=erasure.person_id).update(quiet_since=at)


def _cancel_work(erasure: Erasure, at: datetime) -> None:
    """Nothing more is sent to the person or about them. What consents ended just now sets in motion stays: it asks
    others to stop."""
    cancel(erasure.person_id)
    for table in tables():
        if table.name in _SENDS:
            for row_id in table.rows(erasure.person_id).values_list("id", flat=True):
                cancel(row_id)


def _tell(erasure: Erasure, at: datetime) -> None:
    """Here and not only by the events of the consents that ended, so that nobody is left out when those come late."""
    grants = list(Grant.objects.filter(person_id=erasure.person_id).values_list("id", flat=True))
    for grant_id in grants:
        recall_what_was_given(grant_id=grant_id, at=at)
    asked = Recall.objects.filter(grant_id__in=grants).values_list("organisation_id", flat=True)
    Erasure.objects.filter(id=erasure.id).update(asked_others=len(set(asked)))


def _keep_away(erasure: Erasure, at: datetime) -> None:
    if not erasure.never_invite:
        return
    email = store.read(_warrant(erasure), [erasure.person_id], [Field.EMAIL])[erasure.person_id].get(Field.EMAIL)
    if email:
        try:
            with transaction.atomic():
                DoNotInvite.objects.create(email_index=store.index_of(Field.EMAIL, email), created_at=at)
        except IntegrityError:
            return  # they asked for it before


def _forget_rows(erasure: Erasure, at: datetime) -> None:
    """Each table by its own declaration: rows that are only about the person go; elsewhere their columns are emptied.

    The chain of recall is read from grants by what was withdrawn a moment ago, so grants go last of all."""
    removed: dict[str, int] = dict(erasure.removed)
    blur_booking_times(Booking.objects.filter(person_id=erasure.person_id))
    for table in tables():
        if table.model is Grant:
            continue
        rows = table.rows(erasure.person_id)
        if table.whole_rows_go:
            removed[table.name] = rows.delete()[0]
            continue
        fields = {f.name: f for f in table.model._meta.concrete_fields}
        empty = {
            column: blanked(fields[column])
            for column in table.columns("deleted", "blanked", "overwritten")
            if table.model is not Booking
        }
        if empty:
            removed[table.name] = rows.update(**empty)
    Erasure.objects.filter(id=erasure.id).update(removed=removed)


def _forget_account(erasure: Erasure, at: datetime) -> None:
    user_id = _user_of(erasure)
    if user_id is not None:
        accounts.forget_user(user_id=user_id, actor=_DOOR, at=at)


def _destroy_key(erasure: Erasure, at: datetime) -> None:
    store.destroy(_warrant(erasure), erasure.person_id, at=at)
    Grant.objects.filter(person_id=erasure.person_id).delete()


def _tombstone(erasure: Erasure, at: datetime) -> None:
    Person.objects.filter(id=erasure.person_id).update(
        state=PersonState.ERASED, known_as=GONE, user_id=None, paused_until=None, quiet_since=at
    )
    Erasure.objects.filter(id=erasure.id).update(state=ErasureState.DONE, finished_at=at)
    publish(events.ERASURE_DONE, erasure.id, key=str(erasure.id), at=at)


def sweep_files() -> None:
    """Deleted rows leave the files too: SQLite writes its log back and empties it, PostgreSQL clears dead rows away. No
    transaction can hold this, so it is no step; the nightly job does it again for whoever was killed before it."""
    names = sorted({table.name for table in tables()} | {"network_person", "network_vault_item", "backend_user"})
    for alias, touched in (("default", names), ("keys", ["backend_data_key"])):
        connection = connections[alias]
        if connection.in_atomic_block:  # part of something larger
            continue
        every = [f'VACUUM "{name}"' for name in touched]
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            for statement in ["PRAGMA wal_checkpoint(TRUNCATE)"] if connection.vendor == "sqlite" else every:
                cursor.execute(statement)


_HOW: dict[Step, Callable[[Erasure, datetime], None]] = {
    Step.LIST: _list,
    Step.CLOSE_ACCOUNT: _close_account,
    Step.STOP_CONSENTS: _stop_consents,
    Step.CANCEL_WORK: _cancel_work,
    Step.TELL: _tell,
    Step.KEEP_AWAY: _keep_away,
    Step.FORGET_ROWS: _forget_rows,
    Step.FORGET_ACCOUNT: _forget_account,
    Step.DESTROY_KEY: _destroy_key,
    Step.TOMBSTONE: _tombstone,
}


def certificate(erasure_id: UUID) -> Certificate:
    """What was erased and what was kept. Raises NotFound."""
    erasure = Erasure.objects.filter(id=erasure_id).first()
    if erasure is None:
        raise NotFound
    done = ErasureStep.objects.filter(erasure=erasure).values_list("name", flat=True)
    return Certificate(
        erasure_id=erasure.id,
        state=ErasureState(erasure.state),
        asked_at=erasure.asked_at,
        finished_at=erasure.finished_at,
        removed=dict(erasure.removed),
        asked_others=erasure.asked_others,
        kept=KEPT,
        steps=tuple(step for step in Step if step in set(done)),
    )
