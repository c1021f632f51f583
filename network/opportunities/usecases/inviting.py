"""Matching a brief with people, and asking them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.audit.record import record_access
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.publish import publish
from network.opportunities import events, rules
from network.opportunities.data import Candidate, Fitting
from network.opportunities.matching import Facts, candidates, facts_for, unmet, wanted_of
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import BriefState
from network.opportunities.usecases._common import locked, reason_given
from network.organisations.models import Organisation
from network.people.queries import named_for

OPEN = (BriefState.ACCEPTED, BriefState.CHOSEN)
MOST_AT_ONCE = 50


def _coordinates(actor: Actor, organisation_id: UUID) -> bool:
    return rules.may_coordinate(actor)


def match(*, opportunity_id: UUID, actor: Actor, at: datetime) -> list[Candidate]:
    """Everybody whom the brief fits by their own terms. As `first_in_turn` without a limit."""
    return list(first_in_turn(opportunity_id=opportunity_id, most=None, actor=actor, at=at).shown)


@transaction.atomic
def first_in_turn(*, opportunity_id: UUID, most: int | None, actor: Actor, at: datetime) -> Fitting:
    """The first `most` of those whom the brief fits by their own terms, each with the reasons, in fair turn.

    For coordinators only. The run is recorded for each person shown, and for nobody else: who was only counted was not
    looked at. Raises NotFound for anybody else, Conflict before the brief was sent in.
    """
    row = Opportunity.objects.filter(pk=opportunity_id).first()
    if row is None or not rules.may_coordinate(actor):
        raise NotFound
    if row.state not in (BriefState.SUBMITTED, *OPEN):
        raise Conflict("This brief asks nobody now.")
    if _sandbox(row):
        return Fitting((), 0)  # a sandbox's requests reach nobody
    wanted = wanted_of(row, at)
    found = candidates(wanted, facts_for(wanted)) if wanted.starts_at > at else []
    shown = tuple(found[:most])
    record_access(
        actor=actor,
        person_ids=[c.person_id for c in shown],
        categories=["topics", "terms"],
        purpose="matching",
        released=False,
        at=at,
        context=f"opportunity:{row.id}",
    )
    names = named_for(actor, {c.person_id: c.reference for c in shown}, at)
    return Fitting(tuple(replace(c, known_as=names[c.person_id]) for c in shown), len(found))


def _sandbox(row: Opportunity) -> bool:
    return Organisation.objects.filter(pk=row.organisation_id, sandbox=True).exists()


@transaction.atomic
def invite(
    *,
    opportunity_id: UUID,
    person_ids: Sequence[UUID],
    short_notice_reason: str = "",
    actor: Actor,
    at: datetime,
) -> list[UUID]:
    """Ask people about a brief. Only those whom it fits by their own terms; everyone else is not to be asked.

    A live request at short notice also needs a reason from the coordinator, and asks only those who want such work.
    Returns the invitations' ids. Raises NotFound, Conflict, Invalid; then nobody was asked.
    """
    row = locked(opportunity_id, actor, _coordinates)
    if row.state not in OPEN:
        raise Conflict("Take the brief on before you ask people.", next_step="Accept it first.")
    if _sandbox(row):
        raise Conflict("This is a sandbox. It reaches nobody.")
    ids = list(dict.fromkeys(person_ids))
    if not ids:
        raise Invalid({"person_ids": ["Choose at least one person."]})
    if len(ids) > MOST_AT_ONCE:
        raise Invalid({"person_ids": [f"Ask {MOST_AT_ONCE} people at most at one time."]})
    wanted = wanted_of(row, at)
    if wanted.starts_at <= at:
        raise Conflict("The work itself has begun.")
    if wanted.short_notice_live:
        reason_given(short_notice_reason, field="short_notice_reason")
    fitting = {c.person_id: c.reasons for c in candidates(wanted, facts_for(wanted))}
    if not set(ids) <= set(fitting):
        raise Conflict(
            "Some of these people cannot be asked about this now, by their own terms, or were asked already.",
            next_step="Look at the list again.",
        )
    return _send(row, {person_id: fitting[person_id] for person_id in ids}, by=actor.ref, at=at)


def _send(row: Opportunity, people: Mapping[UUID, Iterable[str]], *, by: str, at: datetime) -> list[UUID]:
    rows = [
        Invitation(
            opportunity=row, person_id=person_id, invited_by=by, why=list(why), sent_at=at, version_seen=row.version
        )
        for person_id, why in people.items()
    ]
    Invitation.objects.bulk_create(rows)
    for invitation in rows:
        publish(events.INVITATION_SENT, invitation.id, key=str(invitation.id), at=at)
    return [invitation.id for invitation in rows]


def tell_those_who_asked(row: Opportunity, *, at: datetime) -> list[UUID]:
    """Tell everybody who asked to hear of every request on one of its topics (promise 3), whatever staff think.

    They see which of their own terms it does not meet. In the transaction of `accept`.
    """
    if _sandbox(row):
        return []
    wanted = wanted_of(row, at)
    people = {
        facts.person_id: _told(facts, wanted_unmet=unmet(facts, wanted))
        for facts in facts_for(wanted)
        if facts.tell_me_all
    }
    return _send(row, people, by=Actor.system("tell-me-all").ref, at=at)


def _told(facts: Facts, *, wanted_unmet: list[str]) -> tuple[str, ...]:
    asked = tuple(f"Asked to hear of every request about {name}" for name in facts.tell_me_all)
    return asked + tuple(wanted_unmet)
