"""Briefs, who was asked about them, and what they answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from backend.kernel.sealed import SealedTextField
from network.opportunities.states import BriefState, CallState, InvitationState
from network.organisations.models import Organisation
from network.people.models import Person, Topic

_BRIEF = Personal(
    Sensitivity.S2, "requester", "staff; the people invited", "12 months after closing", "kept: no person in it"
)
_ANSWER = Personal(
    Sensitivity.S2, "person", "the person; coordinators; the requester only after yes", "12 months", "deleted"
)


class ParliamentCall(Row):
    """An open call for evidence read from Parliament's Committees API, refreshed daily; deadlines do move."""

    external_id = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=300)
    committee = models.CharField(max_length=200, blank=True)
    house = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=80, blank=True)
    scope = models.TextField(blank=True)  # terms of reference, as plain text
    url = models.URLField(max_length=300)
    opens_on = models.DateField(null=True)
    closes_at = models.DateTimeField(null=True)  # null: rolling, no end given
    contact_email = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10, default=CallState.OPEN)
    first_seen_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    deadline_moved_from = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id external_id title committee house kind scope url opens_on closes_at contact_email state "
        "first_seen_at refreshed_at deadline_moved_from"
    )

    class Meta:
        db_table = "network_parliament_call"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=list(CallState)), name="call_state_known")
        ]


class Opportunity(Row):
    """A brief and what became of it. The words are the requester's; a person reads all of them before answering."""

    reference = models.CharField(max_length=16, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="opportunities")
    raised_by = models.CharField(max_length=80)  # actor ref
    source = models.CharField(max_length=12)  # web, api, parliament
    parliament_call = models.ForeignKey(ParliamentCall, on_delete=models.SET_NULL, null=True)
    state = models.CharField(max_length=12, default=BriefState.DRAFT)
    state_reason = models.CharField(max_length=500, blank=True)
    hold_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    version_that_matters = models.PositiveIntegerField(default=1)  # the last change that a yes must have seen
    next_word_by = models.DateField(null=True)  # told to the requester; never depends on who there is to ask

    kind = models.CharField(max_length=40)  # code of a kind of work
    title = models.CharField(max_length=160, blank=True)
    purpose = models.TextField(blank=True)
    why_lived_experience = models.TextField(blank=True)
    who_decides = models.TextField(blank=True)
    question_areas = models.TextField(blank=True)
    other_contributors = models.TextField(blank=True)
    audience = models.TextField(blank=True)
    recording = models.CharField(max_length=20, blank=True)  # live, recorded, written, not_recorded
    edited = models.BooleanField(null=True)
    editorial_terms = models.TextField(blank=True)
    quote_check = models.CharField(max_length=20, blank=True)  # none, read_back, see_quotes, correct_facts
    first_shown = models.TextField(blank=True)
    online_how_long = models.CharField(max_length=200, blank=True)
    reuse = models.CharField(max_length=200, blank=True)
    identity_needed = models.CharField(max_length=20, blank=True)  # full, first, other, none
    welfare_risks = models.TextField(blank=True)
    welfare_support = models.TextField(blank=True)
    remote = models.BooleanField(default=False)
    place = models.CharField(max_length=200, blank=True)
    access_notes = models.TextField(blank=True)
    who_is_in_the_room = models.TextField(blank=True)
    supporter_welcome = models.BooleanField(default=True)
    fee_pence = models.PositiveIntegerField(null=True)
    expenses = models.TextField(blank=True)
    preparation_minutes = models.PositiveIntegerField(default=0)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)  # the deadline for people's answers
    point_of_no_return = models.TextField(blank=True)
    outcome_report = models.TextField(blank=True)
    outcome_promised_by = models.DateField(null=True)
    extras = models.JSONField(default=dict)  # the kind's own questions: name -> short answer
    topics = models.ManyToManyField(Topic, db_table="network_opportunity_topic")

    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True)  # the words are gone: their time was over

    _words = (
        "title purpose why_lived_experience who_decides question_areas other_contributors audience editorial_terms "
        "first_shown welfare_risks welfare_support place access_notes who_is_in_the_room outcome_report "
        "state_reason raised_by extras"
    )
    PRIVACY = Declares(
        technical="id reference organisation source parliament_call state hold_until version version_that_matters "
        "next_word_by kind recording edited quote_check online_how_long reuse identity_needed remote supporter_welcome "
        "fee_pence expenses preparation_minutes starts_at ends_at answer_by point_of_no_return outcome_promised_by created_at "
        "submitted_at updated_at forgotten_at",
        personal=dict.fromkeys(_words.split(), _BRIEF),
    )

    class Meta:
        db_table = "network_opportunity"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=list(BriefState)), name="brief_state_known"),
            # Promise 5: no brief goes out without a fee, a deadline and the terms people need to decide.
            models.CheckConstraint(
                condition=models.Q(state__in=[BriefState.DRAFT, BriefState.WITHDRAWN])
                | (
                    models.Q(fee_pence__isnull=False, answer_by__isnull=False)
                    & ~models.Q(audience="")
                    & ~models.Q(recording="")
                    & ~models.Q(editorial_terms="")
                ),
                name="no_brief_without_terms",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True)
                | models.Q(ends_at__isnull=False, ends_at__gt=models.F("starts_at")),
                name="brief_time_forwards",
            ),
        ]


class OpportunityChange(Row):
    """One field that changed after a brief was sent in: before and after. Append-only."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    field = models.CharField(max_length=40)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    matters = models.BooleanField()

    PRIVACY = Declares(
        technical="id opportunity version at field matters",
        personal=dict.fromkeys(("actor_ref", "before", "after"), _BRIEF),
    )

    class Meta:
        db_table = "network_opportunity_change"


class OpportunityHistory(Row):
    """Each move of a brief: who, when, what, why. Append-only."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)
    move = models.CharField(max_length=20)
    to_state = models.CharField(max_length=12)
    note = models.CharField(max_length=500, blank=True)

    PRIVACY = Declares(
        technical="id opportunity at move to_state", personal=dict.fromkeys(("actor_ref", "note"), _BRIEF)
    )

    class Meta:
        db_table = "network_opportunity_history"


class Invitation(Row):
    """One person asked about one brief. Only that person moves it to an answer (promise 3)."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    state = models.CharField(max_length=12, default=InvitationState.SENT)
    invited_by = models.CharField(max_length=80)
    why = models.JSONField(default=list)  # reasons in words, shown to the coordinator and the person
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    agreed_fee_pence = models.PositiveIntegerField(null=True)
    terms_note = SealedTextField(about="person_id", blank=True)  # "yes, with these terms", the person's own words
    grant_id = models.UUIDField(null=True)  # the consent given for this request
    outcome_reason = models.CharField(max_length=500, blank=True)  # told to the person, always
    version_seen = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    PRIVACY = Declares(
        technical="id opportunity sent_at answered_at version_seen version grant_id",
        personal=dict.fromkeys(
            ("person", "state", "invited_by", "why", "agreed_fee_pence", "terms_note", "outcome_reason"), _ANSWER
        ),
    )

    class Meta:
        db_table = "network_invitation"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opportunity", "person"], name="asked_once"),
            models.CheckConstraint(condition=models.Q(state__in=list(InvitationState)), name="invitation_state_known"),
            # Nobody who was passed over goes without a reason (promise 9).
            models.CheckConstraint(
                condition=~models.Q(state=InvitationState.NOT_CHOSEN) | ~models.Q(outcome_reason=""),
                name="passed_over_with_a_reason",
            ),
        ]


class Question(Row):
    """A question a person asked before answering, and the reply."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="questions")
    text = SealedTextField(about="invitation.person_id")
    asked_at = models.DateTimeField()
    answer = SealedTextField(about="invitation.person_id", blank=True)
    answered_by = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id invitation asked_at answered_at",
        personal=dict.fromkeys(("text", "answer", "answered_by"), _ANSWER),
    )

    class Meta:
        db_table = "network_question"
