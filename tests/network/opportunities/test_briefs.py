from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.outbox import registry
from backend.outbox.data import Subscription
from backend.outbox.models import Work
from network.opportunities import events, kinds, queries, usecases
from network.opportunities.data import Acknowledged, BriefInput
from network.opportunities.models import Opportunity, OpportunityChange, OpportunityHistory
from network.opportunities.states import Source
from network.organisations import usecases as organisations
from network.organisations.models import Organisation
from payments.public import fee_floor
from tests.conftest import AT
from tests.factories.people import actor_of, make_coordinator
from tests.factories.requests import (
    apply,
    brief_input,
    invite_one,
    make_brief,
    make_candidate,
    make_organisation,
    program_actor,
    say_yes,
)

pytestmark = pytest.mark.django_db
Heard = Callable[[str], list[UUID]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Everything that requests publish, as rows of the outbox."""
    before = [s for t in registry.known_topics() for s in registry.subscribers_of(t)]
    topics = [value for name, value in vars(events).items() if name.isupper()]
    registry.connect([Subscription(topic, f"test.{topic}", lambda item: None) for topic in topics])
    yield lambda topic: list(Work.objects.filter(topic=topic).values_list("object_id", flat=True))
    registry.connect(before)


def send(organisation_id: UUID, actor: Actor, **changes: Any) -> Acknowledged:
    return usecases.send_brief(
        brief=brief_input(**changes), organisation_id=organisation_id, source=Source.API, actor=actor, at=AT
    )


def test_a_brief_without_fee_deadline_format_audience_recording_and_editorial_terms_is_refused() -> None:
    organisation_id, owner = make_organisation()
    with pytest.raises(Invalid) as error:
        send(
            organisation_id, owner,
            fee_pence=None, answer_by=None, kind="", audience="", recording="", editorial_terms=" ",
        )  # fmt: skip
    assert {"fee_pence", "answer_by", "kind", "audience", "recording", "editorial_terms"} <= set(error.value.fields)
    assert Opportunity.objects.count() == 0


def test_every_missing_answer_is_told_at_once() -> None:
    organisation_id, owner = make_organisation()
    with pytest.raises(Invalid) as error:
        usecases.send_brief(
            brief=BriefInput(kind="print_interview"),
            organisation_id=organisation_id, source=Source.WEB, actor=owner, at=AT,
        )  # fmt: skip
    assert set(error.value.fields) == {
        "title", "purpose", "why_lived_experience", "who_decides", "question_areas", "audience", "recording", "edited",
        "editorial_terms", "quote_check", "first_shown", "online_how_long", "reuse", "identity_needed", "welfare_risks",
        "welfare_support", "place", "fee_pence", "expenses", "starts_at", "ends_at", "answer_by", "point_of_no_return",
        "outcome_report", "topics", "extras.publication",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": AT - timedelta(days=1)}, "starts_at"),
        ({"ends_at": AT + timedelta(days=20)}, "ends_at"),
        ({"answer_by": AT - timedelta(hours=1)}, "answer_by"),
        ({"answer_by": AT + timedelta(days=22)}, "answer_by"),
        ({"starts_at": (AT + timedelta(days=21)).replace(tzinfo=None)}, "starts_at"),
        ({"starts_at": AT + timedelta(days=4000), "ends_at": AT + timedelta(days=4001)}, "starts_at"),
        ({"recording": "hologram"}, "recording"),
        ({"topics": ("no-such-topic",)}, "topics"),
        ({"title": "x" * 161}, "title"),
        ({"remote": False, "place": ""}, "place"),
        ({"extras": {"publication": "X", "shoe_size": "9"}}, "extras.shoe_size"),
        ({"preparation_minutes": -5}, "preparation_minutes"),
        ({"fee_pence": -1}, "fee_pence"),
        ({"outcome_promised_by": AT.date()}, "outcome_promised_by"),
    ],
)
def test_one_wrong_answer_is_told_by_its_field(changes: Any, field: Any) -> None:
    organisation_id, owner = make_organisation()
    with pytest.raises(Invalid) as error:
        send(organisation_id, owner, **changes)
    assert field in error.value.fields
    assert Opportunity.objects.count() == 0


def test_the_fee_is_at_or_above_the_floor_of_the_kind() -> None:
    organisation_id, owner = make_organisation()
    floor = fee_floor(kinds.kind("print_interview").rate, AT.date())
    assert floor > 0
    with pytest.raises(Invalid) as error:
        send(organisation_id, owner, fee_pence=floor - 1)
    assert set(error.value.fields) == {"fee_pence"}
    send(organisation_id, owner, fee_pence=floor)
    assert Opportunity.objects.get().fee_pence == floor


def test_the_database_itself_refuses_a_live_brief_without_a_fee() -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Opportunity.objects.filter(pk=opportunity_id).update(fee_pence=None)


def test_a_draft_may_leave_everything_out_and_is_taken_up_again() -> None:
    organisation_id, owner = make_organisation()
    draft = usecases.save_draft(
        brief=BriefInput(kind="podcast"), organisation_id=organisation_id, source=Source.WEB, actor=owner, at=AT
    )
    again = usecases.save_draft(
        brief=BriefInput(kind="podcast", title="A talk"), organisation_id=organisation_id, source=Source.WEB,
        opportunity_id=draft.opportunity_id, expected_version=1, actor=owner, at=AT,
    )  # fmt: skip
    assert (again.opportunity_id, again.version, again.state) == (draft.opportunity_id, 2, "draft")
    with pytest.raises(Conflict):
        usecases.save_draft(
            brief=BriefInput(kind="podcast", title="Old"), organisation_id=organisation_id, source=Source.WEB,
            opportunity_id=draft.opportunity_id, expected_version=1, actor=owner, at=AT,
        )  # fmt: skip
    with pytest.raises(Invalid):
        usecases.submit_brief(opportunity_id=draft.opportunity_id, actor=owner, at=AT)
    row = Opportunity.objects.get()
    assert (row.title, row.state) == ("A talk", "draft")
    assert row.preparation_minutes == kinds.kind("podcast").preparation_minutes


def test_what_was_written_is_what_is_read_again() -> None:
    organisation_id, owner = make_organisation()
    written = brief_input(preparation_minutes=30, outcome_promised_by=(AT + timedelta(days=40)).date())
    made = usecases.send_brief(
        brief=written, organisation_id=organisation_id, source=Source.WEB, actor=owner, at=AT
    )  # fmt: skip
    page = queries.brief_visible_to(owner, made.opportunity_id, AT)
    assert page.written == written


def test_the_acknowledgement_is_the_same_for_nobody_and_for_many() -> None:
    organisation_id, owner = make_organisation()
    empty = send(organisation_id, owner)
    for _ in range(3):
        make_candidate()
    full = send(organisation_id, owner)
    blank: dict[str, Any] = {"opportunity_id": empty.opportunity_id, "reference": empty.reference}
    assert replace(full, **blank) == empty
    assert empty.next_word_by == AT.date() + timedelta(days=2)
    lines = queries.briefs_visible_to(owner, AT)
    assert len({(line.state_words, line.next_step, line.next_word_by) for line in lines}) == 1


def test_next_word_skips_the_weekend() -> None:
    organisation_id, owner = make_organisation()
    friday = AT + timedelta(days=4)
    made = usecases.send_brief(
        brief=brief_input(at=friday), organisation_id=organisation_id, source=Source.WEB, actor=owner, at=friday
    )
    assert made.next_word_by == friday.date() + timedelta(days=4)


def test_strangers_get_the_same_as_no_such_thing_and_nothing_changes() -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    _, rival = make_organisation()
    person = actor_of(make_candidate())
    before = Opportunity.objects.values().get()
    for actor in (rival, person, Actor.nobody(), program_actor(organisation_id, "invoices:read")):
        with pytest.raises(NotFound):
            queries.brief_visible_to(actor, opportunity_id, AT)
        with pytest.raises(NotFound):
            usecases.change_brief(opportunity_id=opportunity_id, brief=brief_input(title="Mine"), actor=actor, at=AT)
        with pytest.raises(NotFound):
            usecases.withdraw_brief(opportunity_id=opportunity_id, reason="Mine", actor=actor, at=AT)
        with pytest.raises(NotFound):
            usecases.copy_brief(opportunity_id=opportunity_id, source=Source.WEB, actor=actor, at=AT)
        with pytest.raises(NotFound):
            send(organisation_id, actor)
        with pytest.raises(NotFound):
            usecases.accept(opportunity_id=opportunity_id, actor=actor, at=AT)
    with pytest.raises(NotFound):
        usecases.accept(opportunity_id=opportunity_id, actor=owner, at=AT)
    assert Opportunity.objects.values().get() == before
    assert OpportunityHistory.objects.count() == 1


def test_a_program_that_may_only_read_cannot_write() -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    reader = program_actor(organisation_id, "briefs:read")
    assert queries.brief_visible_to(reader, opportunity_id, AT).line.state == "submitted"
    with pytest.raises(NotFound):
        send(organisation_id, reader)
    assert Opportunity.objects.count() == 1


def test_a_coordinator_does_not_read_a_requesters_unsent_draft() -> None:
    organisation_id, owner = make_organisation()
    draft = usecases.save_draft(
        brief=BriefInput(kind="podcast"), organisation_id=organisation_id, source=Source.WEB, actor=owner, at=AT
    )
    coordinator = make_coordinator()
    with pytest.raises(NotFound):
        queries.brief_visible_to(coordinator, draft.opportunity_id, AT)
    assert queries.briefs_visible_to(coordinator, AT) == []
    assert len(queries.briefs_visible_to(owner, AT)) == 1


def test_a_suspended_organisation_sends_nothing() -> None:
    organisation_id, owner = make_organisation()
    organisations.suspend(organisation_id=organisation_id, reason="x", actor=make_coordinator(), at=AT)
    with pytest.raises(NotAllowed):
        send(organisation_id, owner)
    assert Opportunity.objects.count() == 0


def test_an_unchecked_organisation_may_send_but_nobody_is_asked_for_it() -> None:
    organisation_id, owner = apply()
    opportunity_id = make_brief(organisation_id, owner)
    coordinator = make_coordinator()
    with pytest.raises(Conflict):
        usecases.accept(opportunity_id=opportunity_id, actor=coordinator, at=AT)
    assert Opportunity.objects.get().state == "submitted"
    line = queries.inbox(coordinator, AT)[0]
    assert line.what_next.startswith("Check the organisation")


def test_a_change_is_kept_before_and_after_and_a_yes_rests_until_it_is_said_again(heard: Heard) -> None:
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    opportunity_id = make_brief(organisation_id, owner, accepted_by=coordinator)
    person_id = make_candidate()
    invitation_id = invite_one(opportunity_id, person_id, coordinator)
    say_yes(invitation_id, person_id)
    changed = usecases.change_brief(
        opportunity_id=opportunity_id, brief=brief_input(audience="The whole country", access_notes="A lift"),
        expected_version=1, actor=owner, at=AT,
    )  # fmt: skip
    assert changed.version == 2
    rows = {c.field: (c.before, c.after, c.matters) for c in OpportunityChange.objects.all()}
    assert rows == {
        "audience": ("About 40,000 readers in the county.", "The whole country", True),
        "access_notes": ("", "A lift", False),
    }
    page = queries.invitation_visible_to(actor_of(person_id), invitation_id, AT)
    assert page.changed_since_yes
    assert {c.field for c in page.changes} == {"audience", "access_notes"}
    assert "yes" in page.moves
    assert heard(events.INVITATION_CHANGED) == [invitation_id]
    say_yes(invitation_id, person_id)
    assert not queries.invitation_visible_to(actor_of(person_id), invitation_id, AT).changed_since_yes


def test_a_change_that_does_not_matter_leaves_a_yes_alone(heard: Heard) -> None:
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    opportunity_id = make_brief(organisation_id, owner, accepted_by=coordinator)
    person_id = make_candidate()
    invitation_id = invite_one(opportunity_id, person_id, coordinator)
    say_yes(invitation_id, person_id)
    usecases.change_brief(
        opportunity_id=opportunity_id, brief=brief_input(access_notes="A lift"), actor=owner, at=AT
    )  # fmt: skip
    assert not queries.invitation_visible_to(actor_of(person_id), invitation_id, AT).changed_since_yes
    assert heard(events.INVITATION_CHANGED) == []
    assert heard(events.BRIEF_CHANGED) == [opportunity_id]


def test_saving_the_same_again_changes_nothing(heard: Heard) -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    page = queries.brief_visible_to(owner, opportunity_id, AT)
    again = usecases.change_brief(opportunity_id=opportunity_id, brief=page.written, actor=owner, at=AT)
    assert again.version == 1
    assert OpportunityChange.objects.count() == 0
    assert heard(events.BRIEF_CHANGED) == []


def test_an_older_page_cannot_overwrite_a_newer_brief() -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    usecases.change_brief(opportunity_id=opportunity_id, brief=brief_input(title="B"), actor=owner, at=AT)
    with pytest.raises(Conflict):
        usecases.change_brief(
            opportunity_id=opportunity_id, brief=brief_input(title="C"), expected_version=1, actor=owner, at=AT
        )
    assert Opportunity.objects.get().title == "B"


def test_a_copy_is_a_draft_without_times() -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    copy = usecases.copy_brief(opportunity_id=opportunity_id, source=Source.WEB, actor=owner, at=AT)
    page = queries.brief_visible_to(owner, copy.opportunity_id, AT)
    assert (page.line.state, page.written.starts_at, page.written.answer_by) == ("draft", None, None)
    assert page.written.question_areas == brief_input().question_areas
    assert page.written.topics == brief_input().topics


def test_a_hold_has_a_reason_and_ends_by_itself(heard: Heard) -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    coordinator = make_coordinator()
    until = AT + timedelta(days=3)
    with pytest.raises(Invalid):
        usecases.hold(opportunity_id=opportunity_id, reason="", until=until, actor=coordinator, at=AT)
    with pytest.raises(Invalid):
        usecases.hold(
            opportunity_id=opportunity_id, reason="x", until=AT + timedelta(days=15), actor=coordinator, at=AT
        )
    assert Opportunity.objects.get().state == "submitted"
    usecases.hold(
        opportunity_id=opportunity_id, reason="We ask about the place.", until=until, actor=coordinator, at=AT
    )
    assert "We ask about the place." in queries.brief_visible_to(owner, opportunity_id, AT).line.next_step
    assert usecases.end_holds(until - timedelta(seconds=1)) == 0
    assert usecases.end_holds(until) == 1
    assert usecases.end_holds(until) == 0
    assert Opportunity.objects.get().state == "submitted"
    assert heard(events.BRIEF_BACK) == [opportunity_id]
    assert queries.state_of_holds() == 1


def test_a_declined_brief_says_why_and_moves_no_more() -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    coordinator = make_coordinator()
    usecases.decline(opportunity_id=opportunity_id, reason="We have no one for this.", actor=coordinator, at=AT)
    assert queries.brief_visible_to(owner, opportunity_id, AT).line.next_step == "We have no one for this."
    with pytest.raises(Conflict):
        usecases.accept(opportunity_id=opportunity_id, actor=coordinator, at=AT)
    assert Opportunity.objects.get().state == "declined"


def test_the_inbox_is_for_coordinators_and_the_most_pressing_comes_first() -> None:
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    later = make_brief(organisation_id, owner, accepted_by=coordinator)
    sooner = make_brief(organisation_id, owner)
    assert [line.line.opportunity_id for line in queries.inbox(coordinator, AT)] == [sooner, later]
    assert queries.inbox(owner, AT) == []


@pytest.mark.parametrize("reader", ["owner", "coordinator"])
def test_lists_take_as_many_statements_for_one_as_for_four(reader: Any, django_assert_num_queries: Any) -> None:
    organisation_id, owner = make_organisation()
    actor = owner if reader == "owner" else make_coordinator()
    make_brief(organisation_id, owner)
    for total in (1, 4):
        with django_assert_num_queries(1):
            assert len(queries.briefs_visible_to(actor, AT)) == total
        if reader == "coordinator":
            with django_assert_num_queries(2):
                assert len(queries.inbox(actor, AT)) == total
        for _ in range(4 - total):
            make_brief(organisation_id, owner)


def test_a_sandbox_reaches_nobody() -> None:
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    Organisation.objects.filter(pk=organisation_id).update(sandbox=True)
    person_id = make_candidate(tell_me_all=True)
    opportunity_id = make_brief(organisation_id, owner, accepted_by=coordinator)
    assert usecases.match(opportunity_id=opportunity_id, actor=coordinator, at=AT) == []
    with pytest.raises(Conflict):
        invite_one(opportunity_id, person_id, coordinator)
    assert queries.invitations_for(actor_of(person_id), AT) == []
