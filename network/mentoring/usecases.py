"""Pairing one person with the next, and paying the mentor for it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.ids import reference
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.mentoring import events, rules
from network.mentoring.data import Logged, Part
from network.mentoring.models import MentoringSession, MentorOffer, Pairing
from network.mentoring.states import PAIRING, PairingMove, PairingState
from network.people.models import Person
from network.people.states import PersonState
from payments import public as payments

MOST_AT_ONCE = 5
LONGEST_MINUTES = 480
WHY_LENGTH = 300


@transaction.atomic
def offer_to_mentor(*, person_id: UUID, capacity: int, open_now: bool, actor: Actor, at: datetime) -> None:
    """Say that one would mentor, and how many at once; or close the offer. Pairings that run go on.

    Only the person. Raises NotFound, Invalid.
    """
    if not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    if not 1 <= capacity <= MOST_AT_ONCE:
        raise Invalid({"capacity": [f"Choose between 1 and {MOST_AT_ONCE} people at once."]})
    MentorOffer.objects.update_or_create(
        person_id=person_id, defaults={"capacity": capacity, "open": open_now, "updated_at": at}
    )


def _has_room(offer: MentorOffer) -> bool:
    return Pairing.objects.filter(mentor_id=offer.person_id, state=PairingState.ACTIVE).count() < offer.capacity


@transaction.atomic
def propose_pairing(*, mentor_id: UUID, mentee_id: UUID, why: str, actor: Actor, at: datetime) -> UUID:
    """A coordinator suggests that two people meet. Nothing starts, and neither learns who the other is, before both
    have said yes. Raises NotFound, NotAllowed, Conflict (no room; proposed already), Invalid."""
    if not rules.is_coordinator(actor):
        raise NotFound
    if mentor_id == mentee_id:
        raise Invalid({"mentee_id": ["Choose two different people."]})
    why = why.strip()
    if not why or len(why) > WHY_LENGTH:
        raise Invalid({"why": [f"Say why these two, in 1 to {WHY_LENGTH} characters. Both will read it."]})
    people = Person.objects.filter(id__in=(mentor_id, mentee_id), state=PersonState.ACTIVE).count()
    offer = MentorOffer.objects.select_for_update(no_key=True).filter(person_id=mentor_id).first()
    if people != 2:
        raise NotFound
    if offer is None or not offer.open:
        raise NotAllowed("This person has not offered to mentor. Only they can offer it.")
    if not _has_room(offer):
        raise Conflict("This mentor is meeting as many people as they said they would. Nothing was changed.")
    pairing = Pairing(mentor_id=mentor_id, mentee_id=mentee_id, why=why, proposed_by=actor.ref, proposed_at=at)
    try:
        with transaction.atomic():
            pairing.save(force_insert=True)
    except IntegrityError:
        raise Conflict("These two have been paired or asked already. Nothing was changed.") from None
    publish(events.PROPOSED, pairing.id, key=str(pairing.id), at=at)
    return pairing.id


def _locked(pairing_id: UUID) -> Pairing:
    """The pairing, held. The mentor's offer is held first, always in this order, so that two answers about one mentor
    count the same room one after the other. Raises NotFound."""
    mentor_id = Pairing.objects.filter(id=pairing_id).values_list("mentor_id", flat=True).first()
    if mentor_id is None:
        raise NotFound
    list(MentorOffer.objects.select_for_update(no_key=True).filter(person_id=mentor_id))
    return Pairing.objects.select_for_update(of=("self",), no_key=True).select_related("mentor").get(id=pairing_id)


def _part(actor: Actor, pairing: Pairing) -> Part:
    part = rules.part_of(actor, mentor_id=pairing.mentor_id, mentee_id=pairing.mentee_id)
    if part is None:
        raise NotFound
    return part


@transaction.atomic
def answer_pairing(*, pairing_id: UUID, yes: bool, actor: Actor, at: datetime) -> PairingState:
    """Yes or no, each for themselves. With the second yes it begins, if the mentor still has room.

    Raises NotFound, NotAllowed (a coordinator), Conflict. Saying yes twice changes nothing.
    """
    pairing = _locked(pairing_id)
    part = _part(actor, pairing)
    then = next_state(PAIRING, PairingState(pairing.state), PairingMove.SAY_YES if yes else PairingMove.DECLINE)
    if part is Part.COORDINATOR:
        raise NotAllowed("Only the two of them can answer, each for themselves.")
    if not yes:
        pairing.state, pairing.ended_at = then, at
        pairing.save(update_fields=["state", "ended_at"])
        publish(events.DECLINED, pairing.id, key=str(pairing.id), at=at)
        return then
    mine, theirs = ("mentor", "mentee") if part is Part.MENTOR else ("mentee", "mentor")
    if getattr(pairing, f"{mine}_yes_at") is None:
        setattr(pairing, f"{mine}_yes_at", at)
    if getattr(pairing, f"{theirs}_yes_at") is not None:
        offer = MentorOffer.objects.filter(person_id=pairing.mentor_id).first()
        if offer is None or not _has_room(offer):
            raise Conflict(
                "The mentor is meeting as many people as they said they would. Nothing was changed.",
                next_step="Try again later, or ask a coordinator for another mentor.",
            )
        pairing.state = then
        publish(events.ACTIVE, pairing.id, key=str(pairing.id), at=at)
    pairing.save(update_fields=["state", f"{mine}_yes_at"])
    return PairingState(pairing.state)


@transaction.atomic
def end_pairing(*, pairing_id: UUID, actor: Actor, at: datetime) -> None:
    """Either of the two ends it, or a coordinator; no reason is asked. Raises NotFound, Conflict."""
    pairing = _locked(pairing_id)
    _part(actor, pairing)
    pairing.state = next_state(PAIRING, PairingState(pairing.state), PairingMove.END)
    pairing.ended_at = at
    pairing.save(update_fields=["state", "ended_at"])
    publish(events.ENDED, pairing.id, key=str(pairing.id), at=at)


@transaction.atomic
def log_session(*, pairing_id: UUID, held_on: date, minutes: int, actor: Actor, at: datetime) -> Logged:
    """Write down a session that took place; the mentor is owed the session rate of that day, borne by the network.

    Once a day for each pairing. It may be logged after the pairing ended, for a day before that.
    Raises NotFound, Conflict (not begun; logged already), Invalid.
    """
    pairing = _locked(pairing_id)
    _part(actor, pairing)
    if pairing.state not in (PairingState.ACTIVE, PairingState.ENDED):
        raise Conflict("These two have not begun to meet. Nothing was changed.")
    began = max(t for t in (pairing.mentor_yes_at, pairing.mentee_yes_at) if t is not None)
    last = (pairing.ended_at or at).astimezone(LONDON).date()
    wrong: dict[str, list[str]] = {}
    if not began.astimezone(LONDON).date() <= held_on <= last:
        wrong["held_on"] = ["Give a day on which you were paired and that has come."]
    if not 1 <= minutes <= LONGEST_MINUTES:
        wrong["minutes"] = [f"Give the length in minutes, from 1 to {LONGEST_MINUTES}."]
    if wrong:
        raise Invalid(wrong)
    fee = payments.session_rate(held_on)
    session = MentoringSession(
        pairing=pairing, reference=reference("MS"), held_on=held_on, minutes=minutes, fee_pence=fee,
        logged_by=actor.ref, logged_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            session.save(force_insert=True)
    except IntegrityError:
        raise Conflict("A session on that day is written down already. Nothing was changed.") from None
    pay_by = payments.pay_by(at.astimezone(LONDON).date())
    payments.fee_owed(
        key=f"session:{session.id}",
        payee_ref=pairing.mentor.payee_ref,
        customer_ref=None,
        reference=session.reference,
        amount=fee,
        pay_by=pay_by,
        description_code="session",
        actor=actor,
        at=at,
    )
    publish(events.SESSION_LOGGED, session.id, key=str(session.id), at=at)
    return Logged(session_id=session.id, reference=session.reference, fee=fee, pay_by=pay_by)
