"""Breaking the glass: asking, the second person, opening alone, closing, judging it afterwards; and what the clock does.

Every time here is the database's, so that a wrong clock of one machine neither opens a glass early nor keeps it open.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.audit import seals
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.clock import LONDON, database_now
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.breakglass import events, policy, rules
from network.breakglass.models import BrokenGlass
from network.breakglass.queries import context_of, state_now
from network.breakglass.states import GLASS, Emergency, FieldGroup, GlassMove, GlassState, Outcome

LONGEST = 2000


def _proved(actor: Actor, now: datetime) -> None:
    if not actor.has_stepped_up(now):
        raise StepUpNeeded


def _words(text: str, field: str, now: datetime) -> str:
    least = policy.number("shortest_reason", now)
    text = text.replace("\x00", "").strip()
    if not least <= len(text) <= LONGEST:
        raise Invalid({field: [f"Write at least {least} characters. It is read when this is looked at again."]})
    return text


def _row(glass_id: UUID) -> BrokenGlass:
    row = BrokenGlass.objects.select_for_update().filter(id=glass_id).first()
    if row is None:
        raise NotFound
    return row


def _move(row: BrokenGlass, move: GlassMove, now: datetime, **values: object) -> None:
    """Look up the move from the state by the clock, and save if nobody was faster."""
    state = next_state(GLASS, state_now(row, now), move)
    changed = BrokenGlass.objects.filter(id=row.id, state=row.state).update(state=state, **values)
    if changed != 1:
        raise Conflict("Somebody else was faster. Nothing was changed.", next_step="Look at it again.")
    row.state = state


@transaction.atomic
def ask(
    *, person_id: UUID, category: Emergency, group: FieldGroup, reason: str, seal: bool = False, actor: Actor,
    at: datetime,
) -> UUID:  # fmt: skip
    """Ask to open one group of details of one person, because somebody is in danger. A second person is called at
    once. `seal` asks them to keep it from the person's list for now, too. Raises NotFound, StepUpNeeded, Invalid."""
    if not rules.may_ask(actor) or actor.user_id is None or actor.is_person(person_id):
        raise NotFound
    now = database_now()
    _proved(actor, now)
    row = BrokenGlass.objects.create(
        person_id=person_id,
        category=category,
        group=group,
        reason=_words(reason, "reason", now),
        asked_by=actor.user_id,
        asked_by_lead=seals.is_lead(actor),
        asked_session=actor.session_ref,
        asked_at=now,
        seal_wanted=seal,
    )
    publish(events.ASKED, row.id, key=str(row.id), at=at)
    return row.id


@transaction.atomic
def approve(*, glass_id: UUID, seal: bool = False, actor: Actor, at: datetime) -> None:
    """The second person says yes: it opens for half an hour, to whoever asked. With `seal`, both agree to keep it from
    the person's list for now: one of the two must be a safeguarding lead. Raises NotFound, StepUpNeeded, Conflict,
    Invalid."""
    row = _row(glass_id)
    if not rules.is_second(actor, row.asked_by, row.asked_session):
        raise NotFound
    now = database_now()
    _proved(actor, now)
    _move(
        row, GlassMove.APPROVE, now,
        answered_by=actor.user_id, answered_at=now, opened_at=now, ends_at=now + policy.minutes("open_minutes", now),
    )  # fmt: skip
    if seal:
        if not row.seal_wanted:
            raise Invalid({"seal": ["Whoever asked did not ask for this."]})
        seals.by_two(
            person_id=row.person_id, context=context_of(row.id), first=row.asked_by, first_is_lead=row.asked_by_lead,
            actor=actor, at=now,
        )  # fmt: skip
    publish(events.OPENED, row.id, key=str(row.id), at=at)


@transaction.atomic
def open_alone(*, glass_id: UUID, actor: Actor, at: datetime) -> None:
    """Nobody answered in time: open it without a second person. Everybody who must know is told at once, and it is
    never sealed. Raises NotFound, StepUpNeeded, Conflict."""
    row = _row(glass_id)
    if not rules.may_ask(actor) or actor.user_id != row.asked_by:
        raise NotFound
    now = database_now()
    _proved(actor, now)
    if now < row.asked_at + policy.minutes("wait_minutes", now):
        raise Conflict(
            "A second person has been called and may still answer.",
            next_step="Ring them. If nobody answers in time, you can open it alone.",
        )
    _move(
        row, GlassMove.OPEN_ALONE, now,
        alone=True, opened_at=now, ends_at=now + policy.minutes("open_minutes", now),
    )  # fmt: skip
    publish(events.ALONE, row.id, key=str(row.id), at=at)
    publish(events.OPENED, row.id, key=str(row.id), at=at)


@transaction.atomic
def refuse(*, glass_id: UUID, actor: Actor, at: datetime) -> None:
    """The second person says no. Raises NotFound, Conflict."""
    row = _row(glass_id)
    if not rules.is_second(actor, row.asked_by, row.asked_session):
        raise NotFound
    now = database_now()
    _move(row, GlassMove.REFUSE, now, answered_by=actor.user_id, answered_at=now)


@transaction.atomic
def close(*, glass_id: UUID, actor: Actor, at: datetime) -> None:
    """Whoever asked takes it back, or closes it before its time. Raises NotFound, Conflict."""
    row = _row(glass_id)
    if not rules.may_ask(actor) or actor.user_id != row.asked_by:
        raise NotFound
    now = database_now()
    if state_now(row, now) is GlassState.ASKED:
        _move(row, GlassMove.TAKE_BACK, now)
    elif row.opened_at is not None and row.opened_at < now:
        _move(row, GlassMove.END, now, ends_at=now)
    else:
        raise Conflict("There is nothing to close.")


@transaction.atomic
def review(*, glass_id: UUID, outcome: Outcome, words: str, actor: Actor, at: datetime) -> None:
    """Somebody else judges it. Raises NotFound, Conflict while it is open or after it was judged, Invalid."""
    row = _row(glass_id)
    if not rules.may_review(actor, row.asked_by, asked_by_lead=row.asked_by_lead):
        raise NotFound
    now = database_now()
    said = _words(words, "words", now)
    _move(row, GlassMove.REVIEW, now, reviewed_by=actor.user_id, reviewed_at=now, outcome=outcome)
    row.review = said  # sealed for its row, so it is written with it
    row.save(update_fields=["review"])


def chase(*, at: datetime) -> int:
    """What the clock does: close what has had its time, remind daily of what nobody has judged and call when it is
    late, and show again what was sealed. Safe to repeat. Returns how many wait for a review. Scheduled."""
    with transaction.atomic():
        now = database_now()
        BrokenGlass.objects.filter(state=GlassState.OPEN, ends_at__lte=now).update(state=GlassState.ENDED)
        too_old = now - policy.minutes("ask_lasts_minutes", now)
        BrokenGlass.objects.filter(state=GlassState.ASKED, asked_at__lte=too_old).update(state=GlassState.LAPSED)
        waiting = BrokenGlass.objects.filter(state=GlassState.ENDED)
        day = now.astimezone(LONDON).date().isoformat()
        for glass_id in waiting.values_list("id", flat=True):
            publish(events.REVIEW_DUE, glass_id, key=f"{glass_id}:{day}", at=at)
        for seal_id, person_id, ended in seals.ended_seals(at=now):
            publish(events.UNSEALED, person_id, key=f"{seal_id}:{ended.isoformat()}", at=at)
        return waiting.count()


@transaction.atomic
def ask_to_seal(*, glass_id: UUID, actor: Actor, at: datetime) -> None:
    """Ask a second person to keep an opened glass from the person's list for now, or, while it is sealed, for one more
    term. Raises NotFound, StepUpNeeded, Conflict."""
    row = _opened(glass_id, actor)
    seals.ask(person_id=row.person_id, context=context_of(row.id), actor=actor, at=database_now())


@transaction.atomic
def confirm_seal(*, glass_id: UUID, actor: Actor, at: datetime) -> None:
    """The second person agrees. Raises NotFound, StepUpNeeded, Conflict."""
    row = _opened(glass_id, actor)
    seals.confirm(person_id=row.person_id, context=context_of(row.id), actor=actor, at=database_now())


def _opened(glass_id: UUID, actor: Actor) -> BrokenGlass:
    row = BrokenGlass.objects.filter(id=glass_id, opened_at__isnull=False).first()
    if row is None or actor.kind is not ActorKind.USER or not seals.may_seal(actor):
        raise NotFound
    return row
