"""Nothing is kept longer than said. How long is dated data (`material/retention.json`), not code.

Each rule is one function in `rules_of_retention`; a rule without a policy, or a policy without a rule, stops the program.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from backend.accounts import housekeeping
from backend.accounts.queries import signed_in_since
from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.outbox.publish import publish
from network.bookings.models import Booking, CarePlan, CheckIn
from network.bookings.states import LIVE
from network.concerns.models import Concern
from network.consent.models import Grant
from network.mentoring.models import Pairing
from network.opportunities.models import Invitation, Opportunity, OpportunityChange, OpportunityHistory, Question
from network.opportunities.states import BriefState
from network.organisations.models import Check, Member, Note, Organisation
from network.organisations.states import OrganisationState
from network.people.events import PERSON_INACTIVE
from network.people.models import JoinInvitation, Person, PersonHistory, PhoneHelp, Unavailable
from network.people.states import PersonState
from network.privacy.inventory import tables
from network.privacy.models import Complaint
from payments import public as payments

FILE = Path(__file__).parents[1] / "material" / "retention.json"
_DOOR = Actor.system("retention")
ASKED, ARCHIVED = "asked whether still here", "archived"
FORGOTTEN = "No longer kept"
_OVER = (BriefState.CLOSED, BriefState.WITHDRAWN, BriefState.DECLINED)


@cache
def policies(on: date) -> dict[str, int]:
    """Rule -> days, by the policy in force on that day (the first one before any is)."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))["policies"]
    found: dict[str, tuple[str, int]] = {}
    for row in sorted(rows, key=lambda r: r["effective_from"], reverse=True):
        known = found.get(row["rule"])
        if known is None or known[0] > on.isoformat():
            found[row["rule"]] = (row["effective_from"], int(row["days"]))
    return {rule: days for rule, (_, days) in found.items()}


def run_retention(*, at: datetime) -> dict[str, int]:
    """Apply every rule once; returns rule -> how many rows it touched. Each rule is its own transaction. Scheduled."""
    from network.privacy.usecases.erasing import sweep_files

    days = policies(at.astimezone(LONDON).date())
    done = {rule: how(at - timedelta(days=days[rule]), at) for rule, how in RULES.items()}
    sweep_files()
    return done


# --- people ---------------------------------------------------------------------------------------------------------


def _never_joined(before: datetime, at: datetime) -> int:
    """Somebody who was invited and never came is forgotten like anybody who asks to be."""
    return _forget(Person.objects.filter(state=PersonState.INVITED, created_at__lt=before), at)


def _forget(rows: QuerySet[Person], at: datetime) -> int:
    from network.privacy.usecases.erasing import erase_person

    ids = list(rows.values_list("id", flat=True))
    for person_id in ids:
        erase_person(person_id=person_id, actor=_DOOR, at=at)
    return len(ids)


@transaction.atomic
def _join_invitations(before: datetime, at: datetime) -> int:
    return JoinInvitation.objects.filter(expires_at__lt=before).delete()[0]


def _quiet_since(before: datetime) -> QuerySet[Person]:
    """People who joined before then and of whom nothing has come since: no signing in, no answer, no consent, no work."""
    theirs = PersonHistory.objects.filter(at__gte=before).exclude(what__in=(ASKED, ARCHIVED))
    return (
        Person.objects.filter(state__in=(PersonState.ACTIVE, PersonState.PAUSED), joined_at__lt=before)
        .exclude(user_id__in=signed_in_since(before))
        .exclude(id__in=theirs.values("person_id"))
        .exclude(id__in=Grant.objects.filter(changed_at__gte=before).values("person_id"))
        .exclude(id__in=Invitation.objects.filter(answered_at__gte=before).values("person_id"))
        .exclude(id__in=Booking.objects.filter(ends_at__gte=before).values("person_id"))
    )


def _noted(what: str, since: datetime) -> QuerySet[PersonHistory]:
    return PersonHistory.objects.filter(what=what, at__gte=since)


@transaction.atomic
def _inactive_asked(before: datetime, at: datetime) -> int:
    """Ask once, by whatever channel the person called safe. Signing in is answer enough."""
    asked = 0
    for person in _quiet_since(before).exclude(id__in=_noted(ASKED, before).values("person_id")):
        PersonHistory.objects.create(person=person, at=at, actor_ref=_DOOR.ref, what=ASKED)
        publish(PERSON_INACTIVE, person.id, key=f"{person.id}:{at.date().isoformat()}", at=at)
        asked += 1
    return asked


@transaction.atomic
def _inactive_archived(before: datetime, at: datetime) -> int:
    """No answer for half a year: they are asked about nothing any more, until they come back."""
    rows = _quiet_since(before).filter(id__in=_noted(ASKED, before).values("person_id"))
    archived = 0
    for person in rows.exclude(id__in=_noted(ARCHIVED, before).values("person_id")):
        Person.objects.filter(id=person.id).update(state=PersonState.PAUSED, paused_until=None)
        PersonHistory.objects.create(person=person, at=at, actor_ref=_DOOR.ref, what=ARCHIVED)
        archived += 1
    return archived


def _inactive_erased(before: datetime, at: datetime) -> int:
    return _forget(_quiet_since(before).filter(id__in=_noted(ARCHIVED, before).values("person_id")), at)


@transaction.atomic
def _phone_help(before: datetime, at: datetime) -> int:
    return PhoneHelp.objects.filter(at__lt=before).delete()[0]


@transaction.atomic
def _times_away(before: datetime, at: datetime) -> int:
    return Unavailable.objects.filter(ends_at__lt=before).delete()[0]


def _finance_identity(before: datetime, at: datetime) -> int:
    """Kept for the law after somebody was forgotten; after that nobody can read who was paid."""
    gone = Person.objects.filter(state=PersonState.ERASED).values_list("payee_ref", flat=True)
    return payments.end_finance_identities(gone, before=before, at=at)


# --- bookings and requests ------------------------------------------------------------------------------------------


def blur_booking_times(rows: QuerySet[Booking]) -> int:
    """Where and when somebody was is not kept: only the day (UTC) stays, for pay and statistics. A booking that is
    still to come is left alone. Safe to repeat."""
    blurred = 0
    for booking in rows.exclude(state__in=LIVE):
        day = booking.starts_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if (booking.starts_at, booking.ends_at) != (day, day + timedelta(days=1)):
            blurred += Booking.objects.filter(id=booking.id).update(starts_at=day, ends_at=day + timedelta(days=1))
    return blurred


@transaction.atomic
def _booking_times(before: datetime, at: datetime) -> int:
    return blur_booking_times(Booking.objects.filter(ends_at__lt=before))


def _over(before: datetime) -> QuerySet[Opportunity]:
    """Requests that ended before then: closed, or chosen from and past."""
    return Opportunity.objects.filter(
        Q(state__in=_OVER, updated_at__lt=before) | Q(state=BriefState.CHOSEN, ends_at__lt=before)
    )


@transaction.atomic
def _briefs(before: datetime, at: datetime) -> int:
    """The words of the request and what they were before; that there was one stays, with its kind, fee and dates."""
    ids = list(_over(before).filter(forgotten_at__isnull=True).values_list("id", flat=True))
    words = {column for column, p in Opportunity.PRIVACY.personal.items() if p.erasure.startswith("kept: no person")}
    words -= {"raised_by", "extras"}
    empty = {column: FORGOTTEN if column in ("audience", "editorial_terms") else "" for column in words}
    Opportunity.objects.filter(id__in=ids).update(**empty, extras={}, forgotten_at=at)  # first: the guards ask for it
    OpportunityChange.objects.filter(opportunity_id__in=ids).delete()
    OpportunityHistory.objects.filter(opportunity_id__in=ids).exclude(note="").update(note="")
    return len(ids)


@transaction.atomic
def _messages(before: datetime, at: datetime) -> int:
    over = _over(before).values("id")
    gone = Question.objects.filter(invitation__opportunity_id__in=over).delete()[0]
    noted = Invitation.objects.filter(opportunity_id__in=over).only("id", "terms_note")
    with_words = [row.id for row in noted if row.__dict__["terms_note"] != ""]
    return gone + Invitation.objects.filter(id__in=with_words).update(terms_note="")


@transaction.atomic
def _notices(before: datetime, at: datetime) -> int:
    notice = next(table for table in tables() if table.name == "network_notice")
    return int(notice.model._default_manager.filter(created_at__lt=before).delete()[0])


@transaction.atomic
def _care(before: datetime, at: datetime) -> int:
    ended = Booking.objects.filter(ends_at__lt=before).exclude(state__in=LIVE).values("id")
    return sum(model.objects.filter(booking_id__in=ended).delete()[0] for model in (CarePlan, CheckIn))


@transaction.atomic
def _concerns(before: datetime, at: datetime) -> int:
    return Concern.objects.filter(answered_at__lt=before).delete()[0]


@transaction.atomic
def _mentoring(before: datetime, at: datetime) -> int:
    return Pairing.objects.filter(ended_at__lt=before).delete()[0]


# --- organisations, complaints, records -----------------------------------------------------------------------------


def _refused(before: datetime) -> QuerySet[Organisation]:
    return Organisation.objects.filter(state=OrganisationState.REFUSED, refused_at__lt=before)


@transaction.atomic
def _refused_evidence(before: datetime, at: datetime) -> int:
    refused = _refused(before).values("id")
    blanked = Check.objects.filter(organisation_id__in=refused).exclude(evidence="").update(evidence="")
    return blanked + Note.objects.filter(organisation_id__in=refused).delete()[0]


@transaction.atomic
def _refused_outcome(before: datetime, at: datetime) -> int:
    """That it was refused stays, as with any applicant we know; why, and whose address it was, goes."""
    rows = _refused(before).exclude(state_reason="", billing_email="")
    return rows.update(state_reason="", billing_email="")


@transaction.atomic
def _members_left(before: datetime, at: datetime) -> int:
    return Member.objects.filter(left_at__lt=before).exclude(name="", job="").update(name="", job="")


@transaction.atomic
def _complaints(before: datetime, at: datetime) -> int:
    return Complaint.objects.filter(answered_at__lt=before).delete()[0]


@transaction.atomic
def _access_events(before: datetime, at: datetime) -> int:
    return AccessEvent.objects.filter(at__lt=before).delete()[0]


def _sessions(before: datetime, at: datetime) -> int:
    """The same as the hourly tidying: here so that one page tells of every rule."""
    return housekeeping.tidy(at)


RULES: dict[str, Callable[[datetime, datetime], int]] = {
    "invited_never_joined": _never_joined,
    "join_invitations": _join_invitations,
    "inactive_erased": _inactive_erased,  # the later stages first: nobody goes through two of them in one night
    "inactive_archived": _inactive_archived,
    "inactive_asked": _inactive_asked,
    "booking_times": _booking_times,
    "briefs": _briefs,
    "messages": _messages,
    "notices": _notices,
    "care": _care,
    "concerns": _concerns,
    "mentoring": _mentoring,
    "refused_evidence": _refused_evidence,
    "refused_outcome": _refused_outcome,
    "members_left": _members_left,
    "complaints": _complaints,
    "access_events": _access_events,
    "phone_help": _phone_help,
    "times_away": _times_away,
    "sessions": _sessions,
    "finance_identity": _finance_identity,
}
