"""Being forgotten: a saga of small steps, each in its own transaction, recorded with what it did, and safe to repeat.

Killed anywhere, it goes on where it stopped. Destroying the person's key makes what backups and the ledger still hold
unreadable; the chain stays verifiable because it runs over ciphertext.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.accounts import usecases as accounts
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound, StepUpNeeded
from backend.outbox.publish import cancel, publish
from network.bookings.models import Booking
from network.consent import usecases as consent
from network.consent.models import Grant
from network.people.models import DoNotInvite, Person
from network.people.states import PersonState
from network.privacy import events
from network.privacy.data import Certificate
from network.privacy.inventory import blanked, tables
from network.privacy.models import Erasure, ErasureStep
from network.privacy.states import ErasureState, Step
from network.privacy.usecases.retention import blur_booking_times
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind

_DOOR = Actor.system("erasure")
GONE = "Somebody who left"
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
    return certificate(erasure_id)


def erase_person(*, person_id: UUID, never_invite: bool = False, actor: Actor, at: datetime) -> Certificate:
    """Ask and carry out at once. Raises NotFound, StepUpNeeded."""
    erasure_id = ask_to_be_erased(person_id=person_id, never_invite=never_invite, actor=actor, at=at)
    return carry_out(erasure_id=erasure_id, at=at)


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


def _stop_consents(erasure: Erasure, at: datetime) -> None:
    """First of all, and by the ledger, so that bookings stop and organisations are asked as after any withdrawal."""
    consent.end_for_erasure(person_id=erasure.person_id, actor=_DOOR, at=at)
    Person.objects.filter(id=erasure.person_id).update(quiet_since=at)


def _close_account(erasure: Erasure, at: datetime) -> None:
    """End every session now; the address is forgotten later. An account with other roles keeps those."""
    user_id = _user_of(erasure)
    if user_id is not None:
        accounts.end_all_sessions(user_id=user_id, at=at)


def _cancel_work(erasure: Erasure, at: datetime) -> None:
    """Nothing more is sent about the person. What consents ended just now sets in motion stays: it asks others to
    stop."""
    cancel(erasure.person_id)


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


_HOW: dict[Step, Callable[[Erasure, datetime], None]] = {
    Step.STOP_CONSENTS: _stop_consents,
    Step.CLOSE_ACCOUNT: _close_account,
    Step.CANCEL_WORK: _cancel_work,
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
        kept=KEPT,
        steps=tuple(step for step in Step if step in set(done)),
    )
