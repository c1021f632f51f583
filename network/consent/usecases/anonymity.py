"""Anonymity by law (facts B1, control C19), and the waiver that a person may sign for one publisher.

What is being shown is finished first: each of these takes the person's consents, which a look holds until its answer is
built.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from network.consent import gate, rules
from network.consent.data import Category, Identity, Receipt, Recipient
from network.consent.models import Grant
from network.consent.policy import in_days
from network.consent.states import GrantState, Layer
from network.consent.usecases.grants import give_now
from network.people import usecases as people

COOLING_OFF = "waiver_cooling_off"


def _hold(person_id: UUID) -> None:
    list(Grant.objects.select_for_update().filter(person_id=person_id, state=GrantState.GIVEN).order_by("id"))


@transaction.atomic
def keep_anonymous(*, person_id: UUID, regime: str, actor: Actor, at: datetime) -> None:
    """A law keeps this person anonymous for life: from this commit on nothing that names them goes to anybody without a
    live waiver for them. By the person, or by the safeguarding lead, which the person is told. Raises NotFound, Invalid."""
    _hold(person_id)
    people.protect(person_id=person_id, regime_code=regime, actor=actor, at=at)


@transaction.atomic
def stop_keeping_anonymous(*, person_id: UUID, actor: Actor, at: datetime) -> datetime:
    """It does not apply after all. Only the person, with a fresh proof that it is them; and it holds on for as long as a
    waiver would wait, so that nobody can be pressed round the waiver. Returns when it ends (UTC).

    Raises NotFound, StepUpNeeded, Conflict.
    """
    if not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    _hold(person_id)
    mine = gate.my_protection(actor=actor, at=at)
    if not mine.by_law(at) or mine.until is not None:
        raise Conflict("There is nothing to take off. Nothing was changed.")
    until = at + in_days(COOLING_OFF, at)
    people.stop_protecting(person_id=person_id, until=until, actor=actor, at=at)
    return until


@transaction.atomic
def waive_anonymity(
    *,
    person_id: UUID,
    organisation_id: UUID,
    organisation: str,
    categories: frozenset[Category],
    of_age: bool,
    freely: bool,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Receipt:
    """Sign, for one publisher, that it may be given what names the person. A written record of its own, which takes effect
    after the cooling-off and can be taken back at any time (`withdraw`). Signing again starts the wait again.

    `of_age`: they say that they are 16 or over; `freely`: that nobody pressed them. `organisation` is the name as they
    read it. Only the person, signed in, with a fresh proof. Raises NotFound, StepUpNeeded, Conflict, Invalid.
    """
    if not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    if not gate.my_protection(actor=actor, at=at).by_law(at):
        raise Conflict("There is nothing to lift: you have not told us of a law that keeps you anonymous.")
    problems: dict[str, list[str]] = {}
    if not of_age:
        problems["of_age"] = ["Only somebody aged 16 or over can sign this."]
    if not freely:
        problems["freely"] = ["Sign only if nobody pressed you. You owe it to nobody."]
    if problems:
        raise Invalid(problems)
    _hold(person_id)
    return give_now(
        person_id=person_id, layer=Layer.ANONYMITY_WAIVER, categories=categories,
        recipient=Recipient.organisation(organisation_id), opportunity=None, identity=Identity(), formats=frozenset(),
        reuse=False, starts_at=at + in_days(COOLING_OFF, at), ends_at=ends_at,
        told={"organisation": organisation, "declared": "16 or over; signed freely"}, method=None, actor=actor, at=at,
    )  # fmt: skip
