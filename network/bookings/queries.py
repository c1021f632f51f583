"""Reads of bookings. Each asks first what this actor may see; a stranger gets NotFound or an empty list.

What a requester sees of a person comes through the consent gate each time and is never copied into a booking.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Prefetch, Q, QuerySet, Value, When

from backend.audit.record import record_access
from backend.kernel.actor import Actor, ActorKind
from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.kernel.ids import pairwise_id
from backend.kernel.sealed import open_rows
from backend.kernel.states import moves_from
from network.bookings import rules
from network.bookings.data import (
    CHECK_IN_WORDS,
    STATE_WORDS,
    BookingLine,
    BookingPage,
    Care,
    CheckInLine,
    LateTerms,
    NoReturn,
    RecallLine,
    Report,
    Side,
    SideView,
)
from network.bookings.models import Booking, CarePlan, CheckIn, Recall, ReportBack
from network.bookings.states import (
    BOOKING,
    LIVE,
    OPEN_RECALLS,
    BookingMove,
    BookingState,
    CheckInKind,
    CheckInState,
    RecallState,
)
from network.consent import gate
from network.consent.data import Category, Disclosed, Purpose, Recipient
from network.consent.models import Release
from network.consent.queries import with_live
from network.consent.states import Layer
from network.opportunities.queries import formats_of
from network.people.queries import assigned_to
from payments import public as payments
from payments.money import Pence

PAGE = 50
REPORT_WITHIN = timedelta(days=30)
WANTED = frozenset({Category.NAME, Category.CONTACT, Category.PHOTO, Category.PLACE, Category.ACCESS_NEEDS})

RECALL_WORDS = {
    RecallState.ASKED: "Asked to stop using it",
    RecallState.ACKNOWLEDGED: "They have seen it and are dealing with it",
    RecallState.REMOVED: "Taken down",
    RecallState.CHANGED: "Changed, so that nobody is recognised in it",
    RecallState.REFUSED: "They will not take it down",
    RecallState.NOT_NEEDED: "No longer asked: there is a new yes",
}


def _visible(actor: Actor) -> QuerySet[Booking]:
    """The rows this actor may see. An actor who is nobody here gets none."""
    rows = Booking.objects.select_related("person", "organisation", "opportunity")
    if actor.kind is ActorKind.USER and actor.person_id is not None:
        return rows.filter(person_id=actor.person_id)
    if actor.organisation_id is not None and rules.is_the_requester(actor, actor.organisation_id, writes=False):
        return rows.filter(organisation_id=actor.organisation_id)
    if rules.is_coordinator(actor):
        return rows
    return rows.none()


def _side(actor: Actor, booking: Booking) -> Side:
    if rules.is_the_person(actor, booking.person_id):
        return Side.PERSON
    if rules.is_the_requester(actor, booking.organisation_id, writes=False):
        return Side.REQUESTER
    return Side.COORDINATOR


def _assigned(actor: Actor, person_ids: Iterable[UUID], at: datetime) -> frozenset[UUID]:
    """The people among `person_ids` whom this coordinator works with now (control C21)."""
    return assigned_to(actor, list(person_ids), at)


def _next(booking: Booking, side: Side, at: datetime, *, reported: bool) -> tuple[str, str]:
    """Who acts next, and how, in words for `side`."""
    person, requester = booking.person_confirmed_at is None, booking.requester_confirmed_at is None
    if booking.asked_until is not None and booking.state in LIVE:
        if side is Side.PERSON:
            return "you", "You kept this when you stopped everything. Say whether it goes on, or stop it."
        return "the person", "The person is thinking about whether this goes on. You hear from us either way."
    match BookingState(booking.state):
        case BookingState.AGREEING:
            if side is Side.PERSON:
                if person:
                    return "you", "Read what was agreed. Then confirm it, or stop."
                return "the requester", "You have confirmed. The requester confirms next."
            if side is Side.REQUESTER:
                if requester:
                    return "you", "Read what was agreed and confirm it."
                return "the person", "You have confirmed. The person confirms next."
            if person and requester:
                return "the person", "Both sides still have to confirm."
            return ("the person", "The person confirms next.") if person else (
                "the requester", "The requester confirms next.",
            )  # fmt: skip
        case BookingState.CONFIRMED:
            if at < booking.ends_at:
                return "nobody", "Everything is agreed."
            if side is Side.PERSON:
                return "the requester", "The requester or our team says that it took place. Then you are paid."
            return "you", "Say that it took place, so that the person is paid."
        case BookingState.DONE:
            if reported:
                return "nobody", "Everything is done."
            if side is Side.REQUESTER:
                return "you", "Tell the person what was published and what changed."
            return "the requester", "The requester tells you what came of it." if side is Side.PERSON else (
                "The requester reports back to the person."
            )
        case BookingState.CANCELLED:
            return "nobody", "This was cancelled."
        case BookingState.STOPPED:
            return "nobody", "You stopped this." if side is Side.PERSON else "The person stopped this."


def _line(booking: Booking, side: Side, at: datetime, *, reported: bool, assigned: frozenset[UUID]) -> BookingLine:
    next_actor, next_step = _next(booking, side, at, reported=reported)
    who = ""
    if side is Side.COORDINATOR:
        who = booking.person.known_as if booking.person_id in assigned else booking.person.reference
    state = BookingState(booking.state)
    return BookingLine(
        booking_id=booking.id,
        reference=booking.reference,
        state=state,
        state_words=STATE_WORDS[state],
        title=booking.opportunity.title,
        organisation=booking.organisation.name,
        who=who,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        fee=Pence(booking.fee_pence),
        pay_by=booking.pay_by,
        next_actor=next_actor,
        next_step=next_step,
    )


def bookings_visible_to(
    actor: Actor,
    at: datetime,
    *,
    live_only: bool = False,
    before: tuple[datetime, UUID] | None = None,
    limit: int | None = None,
) -> tuple[BookingLine, ...]:
    """One page of bookings, the latest first. `before` is the (starts_at, id) of the last line of the page before.

    A list names nobody: what a person shares is on the page of the one booking. Three statements at most.
    """
    rows = (
        _visible(actor)
        .order_by("-starts_at", "-id")
        .prefetch_related(Prefetch("report_back", queryset=ReportBack.objects.only("id", "booking_id")))
    )
    if live_only:
        rows = rows.filter(state__in=LIVE)
    if before is not None:
        rows = rows.filter(Q(starts_at__lt=before[0]) | Q(starts_at=before[0], id__lt=before[1]))
    found = list(rows[: limit or PAGE])
    assigned = _assigned(actor, {b.person_id for b in found}, at) if rules.is_coordinator(actor) else frozenset()
    return tuple(_line(b, _side(actor, b), at, reported=hasattr(b, "report_back"), assigned=assigned) for b in found)


def _moves(booking: Booking, side: Side, at: datetime) -> tuple[BookingMove, ...]:
    own = {
        Side.PERSON: {BookingMove.CONFIRM, BookingMove.STOP},
        Side.REQUESTER: {BookingMove.CONFIRM, BookingMove.MARK_DONE, BookingMove.CANCEL},
        Side.COORDINATOR: {BookingMove.MARK_DONE, BookingMove.CANCEL},
    }[side]
    if side is not Side.COORDINATOR and getattr(booking, f"{side}_confirmed_at") is not None:
        own = own - {BookingMove.CONFIRM}
    if at < booking.starts_at:
        own = own - {BookingMove.MARK_DONE}
    return tuple(move for move in moves_from(BOOKING, BookingState(booking.state)) if move in own)


def _check_ins(booking: Booking) -> tuple[CheckInLine, ...]:
    rows = CheckIn.objects.select_related("booking").filter(booking=booking).order_by("due_at")
    return tuple(_check_in(row) for row in open_rows(rows))


def _check_in(row: CheckIn) -> CheckInLine:
    kind = CheckInKind(row.kind)
    return CheckInLine(
        check_in_id=row.id,
        kind=kind,
        kind_words=CHECK_IN_WORDS[kind],
        due_at=row.due_at,
        state=CheckInState(row.state),
        answer=row.answer,
        wants_a_call=row.wants_a_call,
        followed_up_at=row.followed_up_at,
    )


def _recalls(rows: QuerySet[Recall], *, for_organisation: bool) -> tuple[RecallLine, ...]:
    """One page of recalls as lines; three statements."""
    waiting = Case(When(state__in=OPEN_RECALLS, then=Value(0)), default=Value(1))  # no page may push these off
    found = list(rows.select_related("organisation").order_by(waiting, "-asked_at", "id")[:PAGE])
    grants = {row.grant_id for row in found}
    references = dict(Booking.objects.filter(grant_id__in=grants).values_list("grant_id", "reference"))
    releases = Release.objects.filter(grant_id__in=grants).values_list("grant_id", "organisation_id", "ref")
    refs = {(grant_id, organisation_id): ref for grant_id, organisation_id, ref in releases}
    lines = []
    for row in found:
        state = RecallState(row.state)
        lines.append(
            RecallLine(
                recall_id=row.id,
                public_id=pairwise_id(row.organisation_id, row.person_id)
                if for_organisation and row.person_id
                else None,
                consent_ref=refs.get((row.grant_id, row.organisation_id), "") if for_organisation else "",
                booking_reference=references.get(row.grant_id, ""),
                organisation="" if for_organisation else row.organisation.name,
                state=state,
                state_words=RECALL_WORDS[state],
                asked_at=row.asked_at,
                answer=row.answer,
                answered_at=row.answered_at,
            )
        )
    return tuple(lines)


def late_terms(booking: Booking, at: datetime) -> LateTerms:
    """What a cancellation by the requester costs now and at the last moment, by the dated policy."""
    fee = Pence(booking.fee_pence)
    hours, percent = payments.late_cancellation_terms(at.astimezone(LONDON).date())
    return LateTerms(
        hours=hours,
        percent=percent,
        if_cancelled_now=payments.late_cancellation_fee(fee, starts_at=booking.starts_at, at=at),
        on_the_day=payments.late_cancellation_fee(fee, starts_at=booking.starts_at, at=booking.starts_at),
    )


def _shown(booking: Booking, actor: Actor, at: datetime) -> Disclosed | None:
    """What the requester may see of the person now. Nothing for a booking that was called off: its purpose is over."""
    if booking.state in (BookingState.CANCELLED, BookingState.STOPPED):
        return None
    shown = gate.disclose(
        person_ids=[booking.person_id],
        wanted=WANTED,
        purpose=Purpose.OPPORTUNITY,
        recipient=Recipient.organisation(booking.organisation_id),
        opportunity=booking.opportunity_id,
        formats=formats_of(booking.opportunity),
        actor=actor,
        at=at,
    )
    return shown.get(booking.person_id)


@transaction.atomic
def booking_visible_to(actor: Actor, booking_id: UUID, at: datetime) -> BookingPage:
    """One booking. Call it inside `gate.window()`, in which the body is rendered, so that no answer finishes after the
    person was told "withdrawn". A coordinator's look at the care plan is recorded and the person sees it.

    Raises NotFound for a stranger.
    """
    booking = _visible(actor).filter(id=booking_id).first()
    if booking is None:
        raise NotFound
    side = _side(actor, booking)
    person, requester = side is Side.PERSON, side is Side.REQUESTER
    assigned = _assigned(actor, {booking.person_id}, at) if side is Side.COORDINATOR else frozenset()
    # Who does not let coordinators help them any more keeps their plan to themselves: staff see what is to be done.
    cares = person or booking.person_id in with_live(assigned, Layer.COORDINATION, at)
    plans = CarePlan.objects.select_related("booking").filter(booking=booking) if cares else CarePlan.objects.none()
    plan = next(iter(open_rows(plans)), None)
    check_ins = _check_ins(booking) if cares else ()
    if cares and not person:
        record_access(
            actor=actor, person_ids=[booking.person_id], categories=["care_plan"], purpose="coordination",
            released=False, at=at, context=f"booking:{booking.id}",
        )  # fmt: skip
    report = ReportBack.objects.filter(booking=booking).first()
    recalls = (
        Recall.objects.filter(grant_id=booking.grant_id) if booking.grant_id is not None else Recall.objects.none()
    )
    if requester:
        recalls = recalls.filter(organisation_id=booking.organisation_id)
    shown = _shown(booking, actor, at) if requester else None
    payee = booking.person.payee_ref
    pay = () if requester else tuple(
        line for line in payments.money_for([payee]).get(payee, ()) if line.reference == booking.reference
    )  # fmt: skip
    invoices = () if person else payments.invoices_for(booking.organisation_id)
    due = booking.opportunity.outcome_promised_by or (
        (booking.done_at + REPORT_WITHIN).astimezone(LONDON).date() if booking.done_at else None
    )
    moment = booking.point_of_no_return_at
    return BookingPage(
        line=_line(booking, side, at, reported=report is not None, assigned=assigned),
        side=side,
        opportunity_id=booking.opportunity_id,
        person_id=None if requester else booking.person_id,
        public_id=pairwise_id(booking.organisation_id, booking.person_id) if requester else None,
        shown=shown,
        sharing=shown is not None,
        place=booking.opportunity.place,
        remote=booking.opportunity.remote,
        purpose=booking.opportunity.purpose,
        who_is_in_the_room=booking.opportunity.who_is_in_the_room,
        editorial_terms=booking.opportunity.editorial_terms,
        person_confirmed_at=booking.person_confirmed_at,
        requester_confirmed_at=booking.requester_confirmed_at,
        done_at=booking.done_at,
        state_reason=booking.state_reason,
        asked_until=booking.asked_until if booking.state in LIVE else None,
        no_return=NoReturn(
            at=moment,
            words=booking.point_of_no_return,
            left=moment - at if moment is not None and moment > at else None,
        ),
        late=late_terms(booking, at),
        care=None
        if plan is None
        else Care(
            before=plan.before,
            on_the_day=plan.on_the_day,
            after=plan.after,
            if_no_answer=plan.if_no_answer,
            updated_at=plan.updated_at,
        ),
        check_ins=check_ins,
        report=None
        if report is None
        else Report(
            published=report.published,
            url=report.url,
            what_changed=report.what_changed,
            reported_at=report.reported_at,
        ),
        report_due_on=due,
        recalls=_recalls(recalls, for_organisation=requester),
        pay=pay,
        invoice=next((i for i in invoices if i.reference == booking.reference), None),
        moves=_moves(booking, side, at),
    )


def booking_of_invitation(invitation_id: UUID) -> UUID | None:
    """The booking that came of an invitation, for pages that already checked who looks."""
    return Booking.objects.filter(invitation_id=invitation_id).values_list("id", flat=True).first()


def recalls_visible_to(actor: Actor, *, only: UUID | None = None) -> tuple[RecallLine, ...]:
    """Requests to stop using something: one's own, those to one's organisation, or all for coordinators. The newest
    page of them, or `only` one."""
    rows = Recall.objects.all() if only is None else Recall.objects.filter(id=only)
    organisation = False
    if actor.kind is ActorKind.USER and actor.person_id is not None:
        rows = rows.filter(person_id=actor.person_id)
    elif actor.organisation_id is not None and rules.is_the_requester(actor, actor.organisation_id, writes=False):
        rows, organisation = rows.filter(organisation_id=actor.organisation_id), True
    elif not rules.is_coordinator(actor):
        return ()
    return _recalls(rows, for_organisation=organisation)


def check_ins_for(actor: Actor) -> tuple[CheckInLine, ...]:
    """The person's own check-ins that wait for an answer, oldest first."""
    if actor.kind is not ActorKind.USER or actor.person_id is None:
        return ()
    rows = (
        CheckIn.objects.select_related("booking")
        .filter(booking__person_id=actor.person_id, state__in=(CheckInState.SENT, CheckInState.NO_ANSWER))
        .order_by("due_at")
    )
    return tuple(_check_in(row) for row in open_rows(rows[:PAGE]))


def side_for(actor: Actor, booking_id: UUID) -> SideView | None:
    """From where this actor sees the booking, with its bare time; None for a stranger."""
    booking = _visible(actor).filter(id=booking_id).first()
    if booking is None:
        return None
    return SideView(
        side=_side(actor, booking),
        reference=booking.reference,
        state=BookingState(booking.state),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
    )
