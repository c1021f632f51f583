from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from backend.kernel.sealed import SealedTextField
from network.bookings.states import BookingState, CheckInKind, CheckInState, RecallState
from network.opportunities.models import Opportunity
from network.organisations.models import Organisation
from network.people.models import Person

_WHERE = Personal(
    Sensitivity.S4, "person", "the person; coordinators; the requester when released", "14 days after", "deleted"
)
_CARE = Personal(Sensitivity.S3, "person", "the person; coordinators assigned", "12 months", "deleted")
_ABOUT = Personal(Sensitivity.S2, "person", "the person; coordinators; the requester", "6 years", "severed")


class Booking(Row):
    """An agreed appearance. The database refuses two live ones for one person at one time (migration 0002)."""

    reference = models.CharField(max_length=16, unique=True)
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="bookings")
    invitation_id = models.UUIDField(unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="bookings")
    state = models.CharField(max_length=10, default=BookingState.AGREEING)
    state_reason = models.CharField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    fee_pence = models.PositiveIntegerField()
    pay_by = models.DateField()
    grant_id = models.UUIDField(null=True)
    point_of_no_return_at = models.DateTimeField(null=True)
    point_of_no_return = models.TextField(blank=True)
    person_confirmed_at = models.DateTimeField(null=True)
    requester_confirmed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    # At STOP the person kept it for now: they are asked again until then, and it stops by itself without an answer.
    asked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    PRIVACY = Declares(
        technical="id reference opportunity invitation_id organisation state fee_pence pay_by grant_id "
        "point_of_no_return_at point_of_no_return person_confirmed_at requester_confirmed_at done_at created_at "
        "version",
        personal={
            "person": _ABOUT,
            "state_reason": _ABOUT,
            "asked_until": _ABOUT,
            "starts_at": _WHERE,
            "ends_at": _WHERE,
        },
    )

    class Meta:
        db_table = "network_booking"
        indexes: ClassVar = [models.Index(fields=["state", "ends_at"], name="booking_by_end")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=list(BookingState)), name="booking_state_known"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="booking_time_forwards"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[BookingState.CONFIRMED, BookingState.DONE])
                | models.Q(person_confirmed_at__isnull=False, requester_confirmed_at__isnull=False),
                name="confirmed_by_both",
            ),
        ]


class BookingHistory(Row):
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    move = models.CharField(max_length=20)
    to_state = models.CharField(max_length=10)
    note = models.CharField(max_length=500, blank=True)

    PRIVACY = Declares(technical="id booking at move to_state", personal=dict.fromkeys(("actor_ref", "note"), _ABOUT))

    class Meta:
        db_table = "network_booking_history"


class CarePlan(Row):
    """What the person wants before, on the day and after. Their words; they can always read and change them."""

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="care_plan")
    before = SealedTextField(about="booking.person_id", blank=True)
    on_the_day = SealedTextField(about="booking.person_id", blank=True)
    after = SealedTextField(about="booking.person_id", blank=True)
    if_no_answer = SealedTextField(about="booking.person_id", blank=True)
    updated_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id booking updated_at",
        personal=dict.fromkeys(("before", "on_the_day", "after", "if_no_answer"), _CARE),
    )

    class Meta:
        db_table = "network_care_plan"


class CheckIn(Row):
    """A moment when we ask how it is going, by the person's own channel."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="check_ins")
    kind = models.CharField(max_length=12)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=CheckInState.PLANNED)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = SealedTextField(about="booking.person_id", blank=True)
    wants_a_call = models.BooleanField(default=False)
    followed_up_at = models.DateTimeField(null=True)  # staff called, or did what the care plan asks for
    followed_up_by = models.CharField(max_length=80, blank=True)

    PRIVACY = Declares(
        technical="id booking kind due_at state sent_at answered_at followed_up_at followed_up_by",
        personal=dict.fromkeys(("answer", "wants_a_call"), _CARE),
    )

    class Meta:
        db_table = "network_check_in"
        indexes: ClassVar = [models.Index(fields=["state", "due_at"], name="check_in_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "kind"], name="one_check_in_of_a_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=list(CheckInKind), state__in=list(CheckInState)), name="check_in_known"
            ),
        ]


class ReportBack(Row):
    """What was published and what changed because somebody spoke (promise 9)."""

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="report_back")
    published = models.TextField()
    url = models.URLField(max_length=300, blank=True)
    what_changed = models.TextField(blank=True)
    reported_by = models.CharField(max_length=80)
    reported_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id booking reported_at",
        personal=dict.fromkeys(("published", "url", "what_changed", "reported_by"), _ABOUT),
    )

    class Meta:
        db_table = "network_report_back"


class Recall(Row):
    """We asked an organisation to stop using what it was given. Tracked to an answer."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True)  # null: forgotten before it was asked
    grant_id = models.UUIDField()
    state = models.CharField(max_length=14, default=RecallState.ASKED)
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id organisation grant_id state asked_at answered_at",
        personal=dict.fromkeys(("person", "answer"), _ABOUT),
    )

    class Meta:
        db_table = "network_recall"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "grant_id"], name="one_recall_per_grant"),
            models.CheckConstraint(condition=models.Q(state__in=list(RecallState)), name="recall_state_known"),
        ]
