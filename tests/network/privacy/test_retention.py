"""E7: for each rule something whose time is over and something whose time is not. All of the first goes, nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from backend.accounts.models import SignInCode
from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor
from backend.kernel.privacy import our_models
from backend.keys import store as keys
from backend.keys.data import Purpose
from backend.outbox.models import Work
from network.bookings.models import Booking, CarePlan, CheckIn
from network.concerns.models import Concern
from network.mentoring.models import Pairing
from network.notifications.models import Notice
from network.opportunities.models import Opportunity, OpportunityChange, OpportunityHistory, Question
from network.organisations.models import Check, Member, Note
from network.people.models import JoinInvitation, Person, PersonHistory, PhoneHelp, Unavailable
from network.people.states import PersonState
from network.privacy.models import Complaint
from network.privacy.states import ComplaintAbout
from network.privacy.usecases import make_complaint, remind_of_complaints, run_retention
from network.privacy.usecases.retention import ARCHIVED, ASKED, FILE, RULES, policies
from payments import public as payments
from payments.money import Pence
from payments.payees.models import Payee
from tests.conftest import AT
from tests.factories.booked import invitation, opportunity, organisation, person

pytestmark = pytest.mark.django_db

Rows = set[tuple[str, UUID]]
DAY = timedelta(days=1)


def at_table(*rows: Any) -> Rows:
    return {(row._meta.db_table, row.id) for row in rows}


def of_person(row: Person) -> Rows:
    return at_table(row)


def never_joined(when: datetime) -> Rows:
    row = person(state=PersonState.INVITED)
    Person.objects.filter(id=row.id).update(created_at=when, joined_at=None)
    return of_person(row)


def join_invitation(when: datetime) -> Rows:
    return at_table(
        JoinInvitation.objects.create(
            person=person(), token_hash=uuid4().hex, code_digest="x", created_at=when, expires_at=when
        )
    )


def _quiet(when: datetime, *noted: str) -> Person:
    row = person()
    Person.objects.filter(id=row.id).update(joined_at=when, created_at=when)
    for what in noted:
        PersonHistory.objects.create(person=row, at=max(when + 8 * DAY, AT - 300 * DAY), actor_ref="system", what=what)
    return row


def inactive_asked(when: datetime) -> Rows:
    _quiet(when)
    return set()  # nothing goes: they are asked; see below


def inactive_archived(when: datetime) -> Rows:
    return at_table(_quiet(when, ASKED))


def inactive_erased(when: datetime) -> Rows:
    row = _quiet(when, ASKED, ARCHIVED)
    Person.objects.filter(id=row.id).update(state=PersonState.PAUSED)
    return at_table(row, *PersonHistory.objects.filter(person=row))


def _booking(ends: datetime, state: str = "done") -> Booking:
    brief = opportunity(organisation(), starts=AT + 5 * DAY, state="accepted")
    asked = invitation(brief, person())
    return Booking.objects.create(
        reference=uuid4().hex[:16], opportunity=brief, invitation_id=asked.id, organisation=brief.organisation,
        person=asked.person, state=state, starts_at=ends - timedelta(hours=1), ends_at=ends, fee_pence=1,
        pay_by=date(2026, 12, 1), created_at=AT, person_confirmed_at=AT, requester_confirmed_at=AT, done_at=AT,
    )  # fmt: skip


def booking_times(when: datetime) -> Rows:
    return at_table(_booking(when))


def brief(when: datetime) -> Rows:
    row = opportunity(organisation(), state="closed", updated_at=when)
    change = OpportunityChange.objects.create(
        opportunity=row, version=1, at=when, actor_ref="user:x", field="title", before="a", after="b", matters=False
    )
    noted = OpportunityHistory.objects.create(
        opportunity=row, at=when, actor_ref="user:x", move="close", to_state="closed", note="Over now"
    )
    return at_table(row, change, noted)


def messages(when: datetime) -> Rows:
    row = opportunity(organisation(), state="declined", updated_at=when, forgotten_at=when)
    asked = invitation(row, person(), state="no")
    asked.terms_note = "My own words"
    asked.save()
    return at_table(asked, Question.objects.create(invitation=asked, text="Will it be live?", asked_at=AT))


def notices(when: datetime) -> Rows:
    row = Notice.objects.create(
        person_id=person().id, audience="person", topic="t", object_id=uuid4(), source=uuid4(), token=uuid4().hex[:32],
        created_at=when,
    )  # fmt: skip
    return at_table(row)


def care(when: datetime) -> Rows:
    row = _booking(when.replace(hour=0))
    Booking.objects.filter(id=row.id).update(
        starts_at=when.replace(hour=0, minute=0), ends_at=when.replace(hour=0, minute=0) + DAY
    )
    plan = CarePlan.objects.create(booking=row, before="Tea", updated_at=AT)
    return at_table(plan, CheckIn.objects.create(booking=row, kind="day_after", due_at=AT))


def concerns(when: datetime) -> Rows:
    return at_table(
        Concern.objects.create(
            person=person(), kind="ask", about="other", words="Why?", state="answered", raised_at=when, answered_at=when
        )
    )


def mentoring(when: datetime) -> Rows:
    return at_table(
        Pairing.objects.create(
            mentor=person(), mentee=person(), state="ended", proposed_by="user:x", proposed_at=when, ended_at=when
        )
    )


def _refused(when: datetime, **more: Any) -> Any:
    row = organisation(state="refused")
    type(row).objects.filter(id=row.id).update(refused_at=when, **more)
    return row


def refused_evidence(when: datetime) -> Rows:
    row = _refused(when)
    check = Check.objects.create(
        organisation=row, level="J1", method="switchboard", evidence="a call", checked_by="user:x", checked_at=AT,
        valid_until=AT.date(),
    )  # fmt: skip
    return at_table(check, Note.objects.create(organisation=row, text="A fact", written_by="user:x", written_at=AT))


def refused_outcome(when: datetime) -> Rows:
    return at_table(_refused(when, state_reason="Could not be found"))


def members_left(when: datetime) -> Rows:
    return at_table(
        Member.objects.create(
            organisation=organisation(), user_id=uuid4(), name="Ash", job="Producer", joined_at=when, left_at=when
        )
    )


def complaints(when: datetime) -> Rows:
    made = make_complaint(about=ComplaintAbout.SITE, words="It was slow", actor=Actor.nobody(), at=AT)
    Complaint.objects.filter(id=made.complaint_id).update(state="answered", answered_at=when)
    return {("network_complaint", made.complaint_id)}


def access_events(when: datetime) -> Rows:
    row = AccessEvent.objects.create(
        at=when, person_id=uuid4(), actor_ref="user:x", actor_role="coordinator", categories=["name"],
        purpose="coordination", released=False,
    )  # fmt: skip
    return at_table(row)


def phone_help(when: datetime) -> Rows:
    return at_table(PhoneHelp.objects.create(person=person(), at=when, actor_ref="user:x", before=b"x", key_version=1))


def times_away(when: datetime) -> Rows:
    return at_table(Unavailable.objects.create(person=person(), starts_at=when - DAY, ends_at=when))


def sessions(when: datetime) -> Rows:
    return at_table(
        SignInCode.objects.create(
            purpose="sign_in", address_digest="x", code_hash="x", created_at=when, expires_at=when
        )
    )


def finance_identity(when: datetime) -> Rows:
    row = person(state=PersonState.ERASED)
    payments.fee_owed(
        key=f"fee:{row.id}", payee_ref=row.payee_ref, customer_ref=None, reference="BK-1", amount=Pence(100),
        pay_by=when.date(), description_code="session", actor=Actor.system("t"), at=when,
    )  # fmt: skip
    from payments.payouts.models import Payout

    Payout.objects.filter(payee_ref=row.payee_ref).update(state="cancelled")
    Payee.objects.filter(id=row.payee_ref).update(legal_name_sealed=b"sealed", registered_at=when)
    return {("payments_payee", row.payee_ref), ("key", row.payee_ref)}


BUILDERS: dict[str, Callable[[datetime], Rows]] = {
    "invited_never_joined": never_joined,
    "join_invitations": join_invitation,
    "inactive_asked": inactive_asked,
    "inactive_archived": inactive_archived,
    "inactive_erased": inactive_erased,
    "booking_times": booking_times,
    "briefs": brief,
    "messages": messages,
    "notices": notices,
    "care": care,
    "concerns": concerns,
    "mentoring": mentoring,
    "refused_evidence": refused_evidence,
    "refused_outcome": refused_outcome,
    "members_left": members_left,
    "complaints": complaints,
    "access_events": access_events,
    "phone_help": phone_help,
    "times_away": times_away,
    "sessions": sessions,
    "finance_identity": finance_identity,
}


def everything() -> dict[tuple[str, UUID], dict[str, Any]]:
    """Every row of ours, and which payees still have a key."""
    found: dict[tuple[str, Any], dict[str, Any]] = {}
    for model in our_models():
        if model._meta.db_table in ("network_vault_item", "backend_data_key", "backend_work"):
            continue
        for row in model._default_manager.all().values():
            found[model._meta.db_table, row["id"]] = row
    for owner in keys.owners(Purpose.PAYEE):
        found["key", owner] = {}
    return found


def gone_or_changed(before: dict[Any, Any], after: dict[Any, Any]) -> Rows:
    return {place for place, row in before.items() if after.get(place) != row}


def test_every_rule_has_a_policy_and_a_row_here() -> None:
    assert set(BUILDERS) == set(RULES) == set(policies(AT.date()))
    rows = json.loads(FILE.read_text(encoding="utf-8"))["policies"]
    assert all(row["source"] and date.fromisoformat(row["effective_from"]) for row in rows)


@pytest.mark.parametrize("rule", BUILDERS)
def test_what_is_over_goes_and_nothing_else(rule: str) -> None:
    days = timedelta(days=policies(AT.date())[rule])
    expected = BUILDERS[rule](AT - days - 2 * DAY)
    BUILDERS[rule](AT - days + 2 * DAY)
    before = everything()
    assert expected <= set(before)
    done = RULES[rule](AT - days, AT)
    assert done >= 1
    found = gone_or_changed(before, everything())
    assert found == expected, {table for table, _ in found ^ expected}
    assert RULES[rule](AT - days, AT) == 0, "once"


def test_a_whole_night() -> None:
    """All rules on all rows: each does its own, and the counts say so."""
    expected: Rows = set()
    for rule, build in BUILDERS.items():
        days = timedelta(days=policies(AT.date())[rule])
        expected |= build(AT - days - 2 * DAY)
        build(AT - days + 2 * DAY)
    before = everything()
    done = run_retention(at=AT)
    assert all(done.values()), done
    found = gone_or_changed(before, everything())
    assert expected <= found
    assert set(done) == set(RULES)


def test_without_the_rule_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: one rule does nothing, and its row is found."""
    expected = times_away(AT - 60 * DAY)
    monkeypatch.setitem(RULES, "times_away", lambda before, at: 0)
    before = everything()
    run_retention(at=AT)
    assert not expected & gone_or_changed(before, everything())


def test_nobody_is_asked_twice_and_signing_in_is_answer_enough() -> None:
    from backend.accounts.models import User

    quiet, here = _quiet(AT - 400 * DAY), _quiet(AT - 400 * DAY)
    User.objects.create(id=here.user_id, email_index="x", email_sealed=b"", created_at=AT, last_login=AT - 30 * DAY)
    assert run_retention(at=AT)["inactive_asked"] == 1
    assert run_retention(at=AT + DAY)["inactive_asked"] == 0
    asked = PersonHistory.objects.filter(what=ASKED).values_list("person_id", flat=True)
    assert list(asked) == [quiet.id]
    assert Work.objects.filter(topic="person.inactive", object_id=quiet.id).exists()


def test_what_is_append_only_stays_so_until_its_time_is_over() -> None:
    def refused(act: Callable[[], object]) -> bool:
        try:
            with transaction.atomic():
                act()
        except DatabaseError:
            return True
        return False

    brief(AT)
    access_events(AT)
    assert refused(lambda: OpportunityChange.objects.all().delete())
    assert refused(lambda: OpportunityHistory.objects.update(note=""))
    assert refused(lambda: AccessEvent.objects.all().delete())
    Opportunity.objects.update(forgotten_at=AT)
    assert refused(lambda: OpportunityChange.objects.update(before=""))
    assert refused(lambda: OpportunityHistory.objects.update(note="", move="hold"))
    assert refused(lambda: OpportunityHistory.objects.all().delete())
    assert refused(lambda: AccessEvent.objects.update(purpose="x"))
    assert OpportunityHistory.objects.update(note="") == 1
    assert OpportunityChange.objects.all().delete()[0] == 1


def test_a_bank_file_is_still_append_only() -> None:
    """Taking two columns off the table must not have cost it its guard."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type='trigger' AND tbl_name='payments_bank_file'")
        else:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'payments_bank_file'::regclass AND NOT tgisinternal"
            )
        assert cursor.fetchone() == (2,)


def test_the_lead_is_reminded_of_a_complaint_before_its_day() -> None:
    made = make_complaint(about=ComplaintAbout.DATA, words="You kept too much", actor=Actor.nobody(), at=AT)

    def reminders() -> int:
        return Work.objects.filter(topic="complaint.due", object_id=made.complaint_id).values("key").distinct().count()

    told = []
    for day in (0, 22, 23, 24, 28, 29, 30, 31, 38):
        for _ in range(2):
            remind_of_complaints(at=AT + day * DAY)
        told.append(reminders())
    assert told == [0, 0, 1, 1, 1, 2, 2, 3, 4]
    Complaint.objects.update(state="answered", answered_at=AT)
    assert remind_of_complaints(at=AT + 60 * DAY) == 0
