"""Reads. Each takes a constant number of statements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from backend.kernel import clock
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import NotFound
from backend.kernel.states import moves_from
from network.organisations import rules
from network.organisations.data import (
    CheckLine,
    MemberLine,
    NoteLine,
    OrganisationLine,
    OrganisationPage,
    Standing,
)
from network.organisations.models import Check, Member, Note, Organisation
from network.organisations.states import ORGANISATION, CheckLevel, OrganisationState

STATE_WORDS = {
    OrganisationState.APPLIED: "Waiting to be checked",
    OrganisationState.IN_STANDING: "In good standing",
    OrganisationState.REFUSED: "Not accepted",
    OrganisationState.SUSPENDED: "Suspended",
}
LEVEL_WORDS = {
    CheckLevel.J0: "We have not checked who asks yet.",
    CheckLevel.J1: "We know that the address belongs to the organisation.",
    CheckLevel.J2: "We rang the organisation ourselves and know who asks.",
    CheckLevel.J3: "We know who asks and have worked with them before.",
}


def _with_level(on: date) -> QuerySet[Any]:
    """Organisations with the best check that is in date on `on`."""
    best = Check.objects.filter(organisation=OuterRef("pk"), valid_until__gte=on).order_by("-level", "-valid_until")
    return Organisation.objects.annotate(
        level_now=Subquery(best.values("level")[:1]), level_until=Subquery(best.values("valid_until")[:1])
    )


def standing(organisation_id: UUID, on: date) -> Standing:
    """How far the organisation is trusted on that day. Raises NotFound. An internal read: for rules, not for pages."""
    return standings([organisation_id], on).get(organisation_id) or _missing()


def _missing() -> Standing:
    raise NotFound


def standings(organisation_ids: Iterable[UUID], on: date) -> dict[UUID, Standing]:
    """The same for several, in one statement."""
    rows = (
        _with_level(on)
        .filter(pk__in=set(organisation_ids))
        .values_list("id", "name", "state", "level_now", "level_until")
    )
    return {
        pk: Standing(
            organisation_id=pk,
            name=name,
            state=OrganisationState(state),
            level=CheckLevel(level or CheckLevel.J0),
            valid_until=until,
        )
        for pk, name, state, level, until in rows
    }


def _line(row: Organisation) -> OrganisationLine:
    return OrganisationLine(
        organisation_id=row.id,
        name=row.name,
        kind=row.kind,
        website=row.website,
        state=row.state,
        state_words=STATE_WORDS[OrganisationState(row.state)],
        level=getattr(row, "level_now", None) or CheckLevel.J0,
        valid_until=getattr(row, "level_until", None),
        sandbox=row.sandbox,
        created_at=row.created_at,
    )


def _today() -> date:
    return clock.now().astimezone(clock.LONDON).date()


def organisations_visible_to(actor: Actor) -> list[OrganisationLine]:
    """All of them for a coordinator, who first sees those that wait; one's own for a requester; else none."""
    rows = _with_level(_today()).order_by("name")
    if actor.has(Role.COORDINATOR):
        lines = [_line(row) for row in rows]
        return sorted(lines, key=lambda line: (line.state != OrganisationState.APPLIED, line.name.lower()))
    if actor.has(Role.REQUESTER) and actor.organisation_id is not None:
        return [_line(row) for row in rows.filter(pk=actor.organisation_id)]
    return []


def organisation_visible_to(actor: Actor, organisation_id: UUID) -> OrganisationPage:
    """One organisation with its people and checks. Raises NotFound for strangers."""
    if not rules.may_see(actor, organisation_id):
        raise NotFound
    row = _with_level(_today()).filter(pk=organisation_id).first()
    if row is None:
        raise NotFound
    members = Member.objects.filter(organisation=row, left_at__isnull=True).order_by("-is_owner", "name")
    checks = Check.objects.filter(organisation=row).order_by("-checked_at")
    moves = moves_from(ORGANISATION, OrganisationState(row.state)) if rules.may_check(actor) else []
    return OrganisationPage(
        line=_line(row),
        about=row.about,
        state_reason=row.state_reason,
        billing_name=row.billing_name,
        billing_address=row.billing_address,
        billing_email=row.billing_email,
        purchase_reference=row.purchase_reference,
        members=tuple(
            MemberLine(
                member_id=m.id, user_id=m.user_id, name=m.name, job=m.job, is_owner=m.is_owner, joined_at=m.joined_at
            )
            for m in members
        ),
        checks=tuple(
            CheckLine(
                level=c.level, method=c.method, evidence=c.evidence, checked_at=c.checked_at, valid_until=c.valid_until
            )
            for c in checks
        ),
        moves=tuple(moves),
    )


def notes_about(actor: Actor, organisation_id: UUID) -> tuple[NoteLine, ...]:
    """What coordinators wrote down, the newest first. Raises NotFound for anybody else."""
    if not rules.may_check(actor):
        raise NotFound
    rows = Note.objects.filter(organisation_id=organisation_id).order_by("-written_at", "id")[:100]
    return tuple(NoteLine(text=row.text, written_at=row.written_at) for row in rows)


def my_organisation(actor: Actor) -> OrganisationPage | None:
    """The organisation this requester speaks for, or None."""
    if actor.organisation_id is None:
        return None
    try:
        return organisation_visible_to(actor, actor.organisation_id)
    except NotFound:
        return None


def askers_of(organisation_id: UUID) -> tuple[str, ...]:
    """ "Name, job" of the organisation's people: those who are asked may know who asks."""
    rows = Member.objects.filter(organisation_id=organisation_id, left_at__isnull=True).order_by("-is_owner", "name")
    return tuple(f"{name}, {job}" for name, job in rows.values_list("name", "job"))


def about(organisation_id: UUID) -> str:
    """What the organisation says of itself."""
    return Organisation.objects.filter(pk=organisation_id).values_list("about", flat=True).first() or ""
