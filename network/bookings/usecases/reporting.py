"""What became of it: the report back, and what has to be recalled when a person takes a consent back."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.bookings import events, rules
from network.bookings.data import Side
from network.bookings.models import Booking, Recall, ReportBack
from network.bookings.states import OPEN_RECALLS, RECALL, RECALL_ANSWERS, BookingState, RecallMove, RecallState
from network.bookings.usecases.steps import locked, side_of
from network.consent.queries import grant_facts, released_to
from network.organisations.models import Organisation

TEXT_LENGTH = 4000
ANSWER_LENGTH = 2000
REMIND_EVERY_DAYS = 7
REMINDERS = 4  # then the coordinator deals with it by hand; a machine that nags for ever is not read


@transaction.atomic
def report_back(*, booking_id: UUID, published: str, url: str, what_changed: str, actor: Actor, at: datetime) -> None:
    """Tell the person what was published and what changed because they spoke (promise 9). It may be added to later.

    Raises NotFound, NotAllowed (the person), Conflict before it took place, Invalid.
    """
    booking = locked(booking_id)
    if side_of(actor, booking) is Side.PERSON:
        raise NotAllowed("The requester owes this to you. Tell your coordinator if it does not come.")
    if booking.state != BookingState.DONE:
        raise Conflict("There is nothing to report before it has taken place. Nothing was changed.")
    published, url, what_changed = published.strip(), url.strip(), what_changed.strip()
    wrong: dict[str, list[str]] = {}
    if not published:
        wrong["published"] = ["Say what was published or said, and where. “Nothing yet” is an answer too."]
    for name, text in (("published", published), ("what_changed", what_changed)):
        if len(text) > TEXT_LENGTH:
            wrong[name] = [f"Keep it to {TEXT_LENGTH:,} characters."]
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc or len(url) > 300):
        wrong["url"] = ["Give a full web address that starts with https://, of at most 300 characters."]
    if wrong:
        raise Invalid(wrong)
    ReportBack.objects.update_or_create(
        booking=booking,
        defaults={
            "published": published,
            "url": url,
            "what_changed": what_changed,
            "reported_by": actor.ref,
            "reported_at": at,
        },
    )
    publish(events.REPORT_BACK, booking.id, key=f"{booking.id}:{at.isoformat()}", at=at)


@transaction.atomic
def remind_to_report(*, at: datetime) -> int:
    """Scheduled: a report that was promised and has not come is asked for on the day and weekly after it, four times.
    Keyed by booking and week, so running it often does no harm. Returns how many reports are overdue."""
    today = at.astimezone(LONDON).date()
    rows = (
        Booking.objects.filter(state=BookingState.DONE, done_at__isnull=False, report_back__isnull=True)
        .annotate(promised=F("opportunity__outcome_promised_by"))
        .values_list("id", "promised", "done_at")
    )
    overdue = 0
    for booking_id, promised, done_at in rows:
        due = promised or (done_at and done_at.astimezone(LONDON).date() + timedelta(days=30))
        if due is None or due > today:
            continue
        overdue += 1
        number = (today - due).days // REMIND_EVERY_DAYS
        if number < REMINDERS:
            publish(events.REPORT_DUE, booking_id, key=f"{booking_id}:{number}", at=at)
    return overdue


@transaction.atomic
def recall_what_was_given(*, grant_id: UUID, at: datetime) -> int:
    """Ask each organisation that was shown something under this consent to stop using it. Repeating it asks nobody
    twice. The gate's own record of releases is the witness, and it outlives the grant and the person: whoever was
    forgotten in between is still asked for. Returns how many were newly asked."""
    grant = grant_facts(grant_id)
    booked = Booking.objects.filter(grant_id=grant_id).values_list("person_id", flat=True).first()
    person_id = grant.person_id if grant else booked
    given = released_to([grant_id]).get(grant_id, frozenset())
    asked = set(Recall.objects.filter(grant_id=grant_id).values_list("organisation_id", flat=True))
    there = Organisation.objects.filter(id__in=given - asked).values_list("id", flat=True)
    recalls = [Recall(organisation_id=o, person_id=person_id, grant_id=grant_id, asked_at=at) for o in there]
    Recall.objects.bulk_create(recalls)
    for recall in recalls:
        publish(events.RECALL_ASKED, recall.id, key=str(recall.id), at=at)
    return len(recalls)


@transaction.atomic
def answer_recall(*, recall_id: UUID, move: RecallMove, answer: str, actor: Actor, at: datetime) -> RecallState:
    """The organisation says what it did: seen, removed, changed, or refused (publishers may; the person is told so).

    Raises NotFound for anybody else, Conflict, Invalid.
    """
    if move not in RECALL_ANSWERS:
        raise Invalid({"move": ["Choose from the list."]})
    recall = Recall.objects.select_for_update(no_key=True).filter(id=recall_id).first()
    if recall is None or not (rules.is_the_requester(actor, recall.organisation_id) or rules.is_coordinator(actor)):
        raise NotFound
    then = next_state(RECALL, RecallState(recall.state), move)
    answer = answer.strip()
    if move is RecallMove.REFUSE and not answer:
        raise Invalid({"answer": ["Say why it stays. The person will read this."]})
    if move is RecallMove.CHANGE and not answer:
        raise Invalid({"answer": ["Say what you changed. The person will read this."]})
    if len(answer) > ANSWER_LENGTH:
        raise Invalid({"answer": [f"Keep it to {ANSWER_LENGTH:,} characters."]})
    recall.state, recall.answered_at = then, at
    recall.answer = answer or recall.answer
    recall.save(update_fields=["state", "answer", "answered_at"])
    publish(events.RECALL_ANSWERED, recall.id, key=f"{recall.id}:{then}", at=at)
    return then


@transaction.atomic
def let_stand(*, recall_id: UUID, actor: Actor, at: datetime) -> None:
    """What was asked back may stay: the person said yes again to the booking that it was for. For the machinery, which
    carries out what the person did. Raises NotFound, Conflict."""
    recall = Recall.objects.select_for_update(no_key=True).filter(id=recall_id).first()
    if recall is None or actor.kind is not ActorKind.SYSTEM:
        raise NotFound
    recall.state, recall.answered_at = next_state(RECALL, RecallState(recall.state), RecallMove.LET_STAND), at
    recall.save(update_fields=["state", "answered_at"])


@transaction.atomic
def chase_recalls(*, at: datetime) -> int:
    """Scheduled: an organisation that has given no final answer is asked again each week, four times; then the
    coordinators are told, once, that a person has to follow it up. Keyed by recall and week, so running it often does
    no harm. Returns how many recalls are open for a week or more."""
    overdue = 0
    rows = Recall.objects.filter(state__in=OPEN_RECALLS, asked_at__lte=at - timedelta(days=REMIND_EVERY_DAYS))
    for recall_id, asked_at in rows.values_list("id", "asked_at"):
        overdue += 1
        number = (at - asked_at).days // REMIND_EVERY_DAYS
        if number <= REMINDERS:
            publish(events.RECALL_DUE, recall_id, key=f"{recall_id}:{number}", at=at)
        else:
            publish(events.RECALL_UNANSWERED, recall_id, key=str(recall_id), at=at)
    return overdue
