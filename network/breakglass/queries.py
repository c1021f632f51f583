"""Reading emergencies; and the one question of the gate: is this glass open to this person now?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F

from backend.audit.seals import sealed_contexts
from backend.kernel.actor import Actor, Role
from backend.kernel.clock import database_now
from backend.kernel.errors import NotFound
from network.breakglass import policy, rules
from network.breakglass.data import GlassLine, Opened
from network.breakglass.models import BrokenGlass
from network.breakglass.states import Emergency, FieldGroup, GlassMove, GlassState

PAGE = 100
_TO_REVIEW = (GlassState.OPEN, GlassState.ENDED)


def context_of(glass_id: UUID) -> str:
    """How its looks are written in the list of who looked, and by which they are sealed."""
    return f"glass:{glass_id}"


def look_through(*, glass_id: UUID, actor: Actor) -> Opened:
    """For the gate, inside its transaction: the glass if it is open, to whoever asked for it, at this moment by the
    database's own clock. Counted. Raises NotFound in every other case."""
    now = database_now()
    if actor.user_id is None or not rules.may_ask(actor):
        raise NotFound
    rows = BrokenGlass.objects.filter(
        id=glass_id, state=GlassState.OPEN, asked_by=actor.user_id, opened_at__lte=now, ends_at__gt=now,
        opened_at__gt=now - policy.minutes("open_minutes", now),
    )  # fmt: skip
    if rows.update(looks=F("looks") + 1) != 1:
        raise NotFound
    row = BrokenGlass.objects.get(id=glass_id)
    return Opened(
        glass_id=row.id, person_id=row.person_id, group=FieldGroup(row.group), category=Emergency(row.category)
    )


def state_now(row: BrokenGlass, now: datetime) -> GlassState:
    """The state by the clock: nobody has to come by for a glass to be closed again."""
    if row.state == GlassState.OPEN and row.ends_at is not None and row.ends_at <= now:
        return GlassState.ENDED
    if row.state == GlassState.ASKED and row.asked_at + policy.minutes("ask_lasts_minutes", now) <= now:
        return GlassState.LAPSED
    return GlassState(row.state)


def _moves(row: BrokenGlass, actor: Actor, state: GlassState, now: datetime) -> list[GlassMove]:
    mine = actor.user_id == row.asked_by
    if state is GlassState.ASKED and mine:
        alone = now >= row.asked_at + policy.minutes("wait_minutes", now)
        return [*([GlassMove.OPEN_ALONE] if alone else []), GlassMove.TAKE_BACK]
    if state is GlassState.ASKED and rules.is_second(actor, row.asked_by, row.asked_session):
        return [GlassMove.APPROVE, GlassMove.REFUSE]
    if state is GlassState.OPEN and mine:
        return [GlassMove.END]
    if state is GlassState.ENDED and rules.may_review(actor, row.asked_by, asked_by_lead=row.asked_by_lead):
        return [GlassMove.REVIEW]
    return []


def _line(row: BrokenGlass, actor: Actor, now: datetime, sealed: Iterable[str]) -> GlassLine:
    state = state_now(row, now)
    words = rules.may_read_words(actor)
    return GlassLine(
        glass_id=row.id,
        person_id=row.person_id,
        category=Emergency(row.category),
        group=FieldGroup(row.group),
        state=state,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        alone_from=row.asked_at + policy.minutes("wait_minutes", now),
        alone=row.alone,
        opened_at=row.opened_at,
        ends_at=row.ends_at,
        review_by=row.opened_at + policy.hours("review_hours", now) if row.opened_at else None,
        answered_by=row.answered_by,
        outcome=row.outcome,
        reason=row.reason if words else "",
        review=row.review if words else "",
        seal_wanted=row.seal_wanted,
        sealed=context_of(row.id) in sealed,
        mine=row.asked_by == actor.user_id,
        moves=tuple(_moves(row, actor, state, now)),
    )


def glasses_visible_to(*, actor: Actor) -> tuple[GlassLine, ...]:
    """Emergencies for those concerned: coordinators see their own and those that wait for a second person; the
    safeguarding lead and the administrator see all. Empty for anybody else. Those without a review come first."""
    if not rules.may_see(actor) or actor.user_id is None:
        return ()
    now = database_now()
    rows = BrokenGlass.objects.order_by("-asked_at", "id")
    everything = actor.has(Role.SAFEGUARDING, Role.ADMIN)
    if not everything:
        rows = rows.filter(state=GlassState.ASKED) | rows.filter(asked_by=actor.user_id)
    found = list(rows.order_by("-asked_at", "id")[:PAGE])
    sealed = sealed_contexts({row.person_id for row in found}, now)
    lines = [_line(row, actor, now, sealed) for row in found]
    return tuple(sorted(lines, key=lambda line: (line.state is not GlassState.ASKED, not line.unreviewed)))


def glass_visible_to(*, glass_id: UUID, actor: Actor) -> GlassLine:
    """One of them. Raises NotFound."""
    found = next((line for line in glasses_visible_to(actor=actor) if line.glass_id == glass_id), None)
    if found is None:
        raise NotFound
    return found


def to_review(*, actor: Actor) -> int:
    """How many wait for a review, for whoever must see to it."""
    if not (rules.may_see(actor) and actor.has(Role.SAFEGUARDING, Role.ADMIN)):
        return 0
    return BrokenGlass.objects.filter(state__in=_TO_REVIEW)[:PAGE].count()


def kept_back(person_id: UUID, at: datetime) -> frozenset[UUID]:
    """Emergencies that the person's own copy leaves out for now: sealed ones, and those for which a seal is wanted
    and nobody has answered yet."""
    rows = list(
        BrokenGlass.objects.filter(person_id=person_id).only("id", "state", "asked_at", "ends_at", "seal_wanted")
    )
    sealed = sealed_contexts({person_id}, at)
    return frozenset(
        row.id
        for row in rows
        if context_of(row.id) in sealed or (row.seal_wanted and state_now(row, at) is GlassState.ASKED)
    )


def facts_of_glass(glass_id: UUID, at: datetime) -> tuple[UUID, str, bool] | None:
    """Person, state, and whether it is sealed, for addressing a message. For machinery only."""
    row = BrokenGlass.objects.filter(id=glass_id).first()
    if row is None:
        return None
    return row.person_id, row.state, context_of(row.id) in sealed_contexts({row.person_id}, at)
