"""Reads of mentoring: each of the two sees their own pairings, coordinators see all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import NotFound
from backend.kernel.states import moves_from
from network.mentoring import rules
from network.mentoring.data import STATE_WORDS, Offer, PairingLine, Part, SessionLine
from network.mentoring.models import MentorOffer, Pairing
from network.mentoring.states import PAIRING, PairingMove, PairingState
from network.people.queries import named_for
from network.people.states import PersonState
from payments import public as payments
from payments.money import Pence
from payments.public import PayLine

PAGE = 50


def _next(pairing: Pairing, part: Part) -> tuple[str, str]:
    match PairingState(pairing.state):
        case PairingState.PROPOSED:
            if part is Part.COORDINATOR:
                return "the two people", "Each says yes or no for themselves."
            if getattr(pairing, f"{part}_yes_at") is None:
                return "you", "Say yes or no. Nobody is told who the other is before both have said yes."
            return "the other person", "You said yes. The other person answers next."
        case PairingState.ACTIVE:
            return "both", "Meet, and write each session down so that the mentor is paid."
        case PairingState.DECLINED | PairingState.ENDED:
            return "nobody", "This is over."


def _moves(pairing: Pairing, part: Part) -> tuple[PairingMove, ...]:
    able = set(moves_from(PAIRING, PairingState(pairing.state)))
    if part is Part.COORDINATOR:
        able &= {PairingMove.END}
    elif getattr(pairing, f"{part}_yes_at") is not None:
        able -= {PairingMove.SAY_YES}
    return tuple(move for move in PairingMove if move in able)


def _line(pairing: Pairing, part: Part, pay: tuple[PayLine, ...], names: Mapping[UUID, str]) -> PairingLine:
    state = PairingState(pairing.state)
    met = pairing.mentor_yes_at is not None and pairing.mentee_yes_at is not None and state != PairingState.DECLINED
    other = ""
    if met and part is not Part.COORDINATOR:
        other = (pairing.mentee if part is Part.MENTOR else pairing.mentor).known_as
    sessions = tuple(
        SessionLine(
            session_id=s.id, reference=s.reference, held_on=s.held_on, minutes=s.minutes, fee=Pence(s.fee_pence)
        )
        for s in sorted(pairing.sessions.all(), key=lambda s: s.held_on, reverse=True)
    )
    references = {s.reference for s in sessions}
    next_actor, next_step = _next(pairing, part)
    staff = part is Part.COORDINATOR
    return PairingLine(
        pairing_id=pairing.id,
        part=part,
        state=state,
        state_words=STATE_WORDS[state],
        why=pairing.why,
        other=other,
        mentor=names[pairing.mentor_id] if staff else "",
        mentee=names[pairing.mentee_id] if staff else "",
        mentor_said_yes=pairing.mentor_yes_at is not None,
        mentee_said_yes=pairing.mentee_yes_at is not None,
        proposed_at=pairing.proposed_at,
        ended_at=pairing.ended_at,
        sessions=sessions,
        pay=tuple(p for p in pay if p.reference in references) if part is Part.MENTOR else (),
        next_actor=next_actor,
        next_step=next_step,
        moves=_moves(pairing, part),
    )


def pairings_visible_to(actor: Actor, at: datetime, *, only: UUID | None = None) -> tuple[PairingLine, ...]:
    """The latest pairings of this actor, with their sessions. Five statements at most, whatever their number.

    A coordinator reads the working names of those they work with, and references of the others."""
    rows = (
        Pairing.objects.select_related("mentor", "mentee").prefetch_related("sessions").order_by("-proposed_at", "id")
    )
    if actor.kind is ActorKind.USER and actor.person_id is not None:
        rows = rows.filter(Q(mentor_id=actor.person_id) | Q(mentee_id=actor.person_id))
    elif not rules.is_coordinator(actor):
        return ()
    if only is not None:
        rows = rows.filter(id=only)
    found = [
        (p, part)
        for p in rows[:PAGE]
        if (part := rules.part_of(actor, mentor_id=p.mentor_id, mentee_id=p.mentee_id)) is not None
    ]
    own = next((p.mentor.payee_ref for p, part in found if part is Part.MENTOR), None)
    pay = tuple(payments.money_for([own]).get(own, ())) if own is not None else ()
    both = {one.id: one.reference for p, part in found if part is Part.COORDINATOR for one in (p.mentor, p.mentee)}
    names = named_for(actor, both, at) if both else {}
    return tuple(_line(p, part, pay, names) for p, part in found)


def pairing_visible_to(actor: Actor, pairing_id: UUID, at: datetime) -> PairingLine:
    """One pairing. Raises NotFound for a stranger."""
    found = pairings_visible_to(actor, at, only=pairing_id)
    if not found:
        raise NotFound
    return found[0]


def my_offer(actor: Actor) -> Offer | None:
    """The person's own offer to mentor."""
    if actor.kind is not ActorKind.USER or actor.person_id is None:
        return None
    found = _offers(Q(person_id=actor.person_id))
    return found[0] if found else None


def mentors_with_room(actor: Actor, at: datetime) -> tuple[Offer, ...]:
    """For coordinators: who offers to mentor and has room, the least taken first. Those whom they do not work with are
    called by their reference."""
    if not rules.is_coordinator(actor):
        return ()
    rows = MentorOffer.objects.filter(open=True, person__state=PersonState.ACTIVE)
    references = dict(rows.values_list("person_id", "person__reference"))
    names = named_for(actor, references, at)
    found = [replace(o, known_as=names[o.person_id]) for o in _offers(Q(person_id__in=list(references))) if o.has_room]
    return tuple(sorted(found, key=lambda o: (o.taken, o.known_as)))


def _offers(which: Q) -> list[Offer]:
    active = Count("person__mentoring", filter=Q(person__mentoring__state=PairingState.ACTIVE))
    return [
        Offer(person_id=o.person_id, known_as=o.person.known_as, capacity=o.capacity, open=o.open, taken=o.n)
        for o in MentorOffer.objects.filter(which).select_related("person").annotate(n=active)
    ]
