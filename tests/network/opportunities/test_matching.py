from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor, Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotFound
from network.consent import usecases as consent
from network.consent.data import Layer
from network.consent.models import Grant
from network.opportunities import matching, queries, usecases
from network.opportunities.models import Invitation, Opportunity
from network.people.models import Person, PersonTopic, Terms, Unavailable
from tests.conftest import AT
from tests.factories.people import actor_of, give_layer, make_coordinator, make_person, make_topic
from tests.factories.requests import (
    TOPIC,
    child_topic,
    invite_one,
    make_brief,
    make_candidate,
    make_organisation,
    say_yes,
    starts_of,
)

pytestmark = pytest.mark.django_db
Team = tuple[Actor, UUID, Actor, UUID]  # coordinator, organisation, its owner, brief


@pytest.fixture
def desk() -> Team:
    """A coordinator, and an accepted brief of an organisation in standing."""
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    opportunity_id = make_brief(organisation_id, owner, accepted_by=coordinator)
    return coordinator, organisation_id, owner, opportunity_id


def matched(opportunity_id: UUID, coordinator: Actor, at: datetime = AT) -> list[UUID]:
    return [c.person_id for c in usecases.match(opportunity_id=opportunity_id, actor=coordinator, at=at)]


def test_somebody_whom_the_brief_fits_is_there_with_reasons_and_no_score(desk: Team) -> None:
    coordinator, _, _, opportunity_id = desk
    person_id = make_candidate()
    (candidate,) = usecases.match(opportunity_id=opportunity_id, actor=coordinator, at=AT)
    assert candidate.person_id == person_id
    assert candidate.reasons == (
        "Chose the topic Leaving Prison",
        "The fee is at or above the least they set",
        "Enough notice",
        "This kind of work, can be done from home",
        "Not asked before",
    )
    event = AccessEvent.objects.get(person_id=person_id, purpose="matching")
    assert (event.released, event.context) == (False, f"opportunity:{opportunity_id}")


@pytest.mark.parametrize(
    "terms",
    [
        {"min_fee_pence": 20_001}, {"kinds": ["podcast"]}, {"notice_hours": 21 * 24 + 1}, {"max_per_month": 0},
        {"in_person_ok": False, "remote_ok": False},
    ],
)  # fmt: skip
def test_a_persons_own_terms_keep_a_brief_away_from_them(desk: Team, terms: Any) -> None:
    coordinator, _, _, opportunity_id = desk
    person_id = make_candidate()
    assert matched(opportunity_id, coordinator) == [person_id]
    Terms.objects.filter(person_id=person_id).update(**terms)
    assert matched(opportunity_id, coordinator) == []
    with pytest.raises(Conflict):
        invite_one(opportunity_id, person_id, coordinator)
    assert Invitation.objects.count() == 0


def test_paused_left_away_withdrawn_and_already_asked_are_not_there(desk: Team) -> None:
    coordinator, _, _, opportunity_id = desk
    here, paused, left, away, silent, asked = (make_candidate() for _ in range(6))
    other = make_person(topics=[make_topic("housing")])
    Person.objects.filter(pk=paused).update(paused_until=AT + timedelta(days=1))
    Person.objects.filter(pk=left).update(state="left")
    starts = starts_of()
    Unavailable.objects.create(
        person_id=away, starts_at=starts + timedelta(hours=1), ends_at=starts + timedelta(hours=9)
    )
    Unavailable.objects.create(
        person_id=here, starts_at=starts + timedelta(hours=2), ends_at=starts + timedelta(hours=9)
    )
    consent.withdraw_everything(person_id=silent, actor=actor_of(silent), at=AT)
    invite_one(opportunity_id, asked, coordinator)
    assert other not in matched(opportunity_id, coordinator)
    assert matched(opportunity_id, coordinator) == [here]


def test_a_wider_or_narrower_topic_is_near_and_another_is_not(desk: Team) -> None:
    coordinator, _, _, opportunity_id = desk
    narrower = make_person(topics=[child_topic("first-night", TOPIC)])
    assert matched(opportunity_id, coordinator) == [narrower]


def test_a_brief_about_a_part_reaches_those_who_chose_the_whole() -> None:
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    child_topic("first-night", TOPIC)
    opportunity_id = make_brief(organisation_id, owner, accepted_by=coordinator, topics=("first-night",))
    whole = make_candidate()
    sibling = make_person(topics=[child_topic("last-night", TOPIC)])
    assert matched(opportunity_id, coordinator) == [whole]
    assert sibling


@pytest.mark.parametrize(
    ("needed", "gives", "fits"),
    [("full", "first", False), ("first", "full", True), ("other", "none", False), ("none", "none", True),
     ("first", "other", False), ("full", "full", True)],
)  # fmt: skip
def test_a_brief_never_asks_for_more_of_a_name_than_somebody_gives(needed: Any, gives: Any, fits: Any) -> None:
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    opportunity_id = make_brief(organisation_id, owner, accepted_by=coordinator, identity_needed=needed)
    person_id = make_candidate()
    Terms.objects.filter(person_id=person_id).update(name_mode=gives)
    assert matched(opportunity_id, coordinator) == ([person_id] if fits else [])


def test_whoever_was_asked_least_and_longest_ago_comes_first(desk: Team) -> None:
    coordinator, organisation_id, owner, opportunity_id = desk
    often, long_ago, lately, never = (make_candidate() for _ in range(4))
    for number, (person_id, days) in enumerate([(often, 40), (often, 30), (long_ago, 20), (lately, 2)]):
        other = make_brief(organisation_id, owner, accepted_by=coordinator, title=f"Other {number}")
        Invitation.objects.create(
            opportunity_id=other, person_id=person_id, invited_by="x", sent_at=AT - timedelta(days=days)
        )
    assert matched(opportunity_id, coordinator) == [never, long_ago, lately, often]


def test_the_turn_among_equals_is_by_lot_and_the_same_each_time(desk: Team) -> None:
    coordinator, organisation_id, owner, opportunity_id = desk
    people = [make_candidate() for _ in range(6)]
    first = matched(opportunity_id, coordinator)
    assert set(first) == set(people)
    assert first == matched(opportunity_id, coordinator)
    others = [make_brief(organisation_id, owner, accepted_by=coordinator) for _ in range(4)]
    assert any(matched(other, coordinator) != first for other in others)


def test_being_chosen_counts_for_the_month_the_rest_and_the_time(desk: Team) -> None:
    coordinator, organisation_id, owner, opportunity_id = desk
    person_id = make_candidate()
    Terms.objects.filter(person_id=person_id).update(max_per_month=2, rest_days=0)
    invitation_id = invite_one(opportunity_id, person_id, coordinator)
    say_yes(invitation_id, person_id)
    Invitation.objects.filter(pk=invitation_id).update(state="chosen")
    starts = starts_of()
    same = make_brief(organisation_id, owner, accepted_by=coordinator)
    week = make_brief(
        organisation_id, owner, accepted_by=coordinator,
        starts_at=starts + timedelta(days=5), ends_at=starts + timedelta(days=5, hours=1),
    )  # fmt: skip
    assert matched(same, coordinator) == []
    assert matched(week, coordinator) == [person_id]
    Terms.objects.filter(person_id=person_id).update(rest_days=7)
    assert matched(week, coordinator) == []
    Terms.objects.filter(person_id=person_id).update(rest_days=0, max_per_month=1)
    assert matched(week, coordinator) == []


def live_soon(organisation_id: UUID, owner: Actor, coordinator: Actor) -> UUID:
    starts = AT + timedelta(hours=10)
    return make_brief(
        organisation_id, owner, accepted_by=coordinator, kind="live_broadcast", recording="live",
        starts_at=starts, ends_at=starts + timedelta(hours=1), answer_by=AT + timedelta(hours=5),
        extras={"channel": "Example FM"},
    )  # fmt: skip


def test_a_live_request_at_short_notice_needs_the_persons_wish_and_the_coordinators_reason() -> None:
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    opportunity_id = live_soon(organisation_id, owner, coordinator)
    person_id, wants = make_candidate(), make_candidate()
    Terms.objects.filter(person_id=person_id).update(notice_hours=0)
    Terms.objects.filter(person_id=wants).update(short_notice_live_ok=True)
    assert matched(opportunity_id, coordinator) == [wants]
    with pytest.raises(Invalid):
        invite_one(opportunity_id, wants, coordinator)
    assert Invitation.objects.count() == 0
    usecases.invite(
        opportunity_id=opportunity_id, person_ids=[wants], short_notice_reason="A verdict is due today.",
        actor=coordinator, at=AT,
    )  # fmt: skip
    assert Invitation.objects.get().person_id == wants


def test_who_asked_to_hear_of_everything_hears_of_it_when_the_brief_is_taken_on() -> None:
    organisation_id, owner = make_organisation()
    everything, usual, silent = make_candidate(tell_me_all=True), make_candidate(), make_candidate(tell_me_all=True)
    Terms.objects.filter(person_id=everything).update(min_fee_pence=90_000)
    consent.withdraw_everything(person_id=silent, actor=actor_of(silent), at=AT)
    make_brief(organisation_id, owner, accepted_by=make_coordinator())
    (line,) = queries.invitations_for(actor_of(everything), AT)
    assert line.why == (
        "Asked to hear of every request about Leaving Prison",
        "The fee is below the least they set.",
    )
    assert queries.invitations_for(actor_of(usual), AT) == []
    assert Invitation.objects.count() == 1


def test_only_a_coordinator_matches_and_invites(desk: Team) -> None:
    _, _, owner, opportunity_id = desk
    person_id = make_candidate()
    for actor in (owner, actor_of(person_id), replace(owner, roles=frozenset({Role.ADMIN}))):
        with pytest.raises(NotFound):
            usecases.match(opportunity_id=opportunity_id, actor=actor, at=AT)
        with pytest.raises(NotFound):
            invite_one(opportunity_id, person_id, actor)
        with pytest.raises(NotFound):
            queries.invitations_of(actor, opportunity_id, AT)
    assert Invitation.objects.count() == 0
    assert not AccessEvent.objects.filter(purpose="matching").exists()


def test_who_is_only_counted_was_not_looked_at(desk: Team) -> None:
    coordinator, _, _, opportunity_id = desk
    fitting = {make_candidate() for _ in range(3)}
    turn = usecases.first_in_turn(opportunity_id=opportunity_id, most=2, actor=coordinator, at=AT)
    assert (len(turn.shown), turn.found) == (2, 3)
    looked_at = set(AccessEvent.objects.filter(purpose="matching").values_list("person_id", flat=True))
    assert looked_at == {one.person_id for one in turn.shown} < fitting


def test_inviting_is_all_or_nothing(desk: Team) -> None:
    coordinator, _, _, opportunity_id = desk
    fits, not_fitting = make_candidate(), make_person(topics=[make_topic("housing")])
    with pytest.raises(Conflict):
        usecases.invite(opportunity_id=opportunity_id, person_ids=[fits, not_fitting], actor=coordinator, at=AT)
    with pytest.raises(Invalid):
        usecases.invite(opportunity_id=opportunity_id, person_ids=[], actor=coordinator, at=AT)
    assert Invitation.objects.count() == 0


def test_nobody_is_invited_before_a_brief_is_taken_on() -> None:
    organisation_id, owner = make_organisation()
    opportunity_id = make_brief(organisation_id, owner)
    person_id = make_candidate()
    with pytest.raises(Conflict):
        invite_one(opportunity_id, person_id, make_coordinator())
    assert Invitation.objects.count() == 0


def test_the_statements_do_not_grow_with_the_people(
    desk: Team, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    coordinator, _, _, opportunity_id = desk
    make_candidate()
    row = Opportunity.objects.get(pk=opportunity_id)
    wanted = matching.wanted_of(row, AT)
    for total in (1, 3, 12):
        with django_assert_num_queries(7):
            assert len(matching.facts_for(wanted)) == total
        with django_assert_max_num_queries(16):
            assert len(matched(opportunity_id, coordinator)) == total
        for _ in range({1: 2, 3: 9, 12: 0}[total]):
            make_candidate()


# --- against brute force --------------------------------------------------------------------------------------------

NAMES = ("none", "other", "first", "full")


def times_of(opportunity: Opportunity) -> tuple[datetime, datetime]:
    assert opportunity.starts_at is not None
    assert opportunity.ends_at is not None
    return opportunity.starts_at, opportunity.ends_at


def brute_force(opportunity: Opportunity, at: datetime) -> set[UUID]:
    """The same question asked of one person at a time, in the plainest way."""
    topics = list(opportunity.topics.all())
    near = {t.id for t in topics} | {t.parent_id for t in topics if t.parent_id}
    for topic in topics:
        near |= set(topic.children.values_list("id", flat=True))
    fitting = set()
    for person in Person.objects.all():
        terms = Terms.objects.get(person=person)
        chosen = Invitation.objects.filter(person=person, state="chosen").select_related("opportunity")
        times = [times_of(i.opportunity) for i in chosen]
        s, e = times_of(opportunity)
        month = (s.astimezone(LONDON).year, s.astimezone(LONDON).month)
        rest = timedelta(days=terms.rest_days)
        live_soon = opportunity.recording == "live" and s - at < timedelta(hours=24)
        checks = [
            person.state == "active",
            person.paused_until is None or person.paused_until <= at,
            any(pt.topic_id in near for pt in PersonTopic.objects.filter(person=person)),
            consent_to_be_asked(person.id, at),
            not Invitation.objects.filter(person=person, opportunity=opportunity).exists(),
            terms.min_fee_pence <= (opportunity.fee_pence or 0),
            not terms.kinds or opportunity.kind in terms.kinds,
            terms.short_notice_live_ok if live_soon else s - at >= timedelta(hours=terms.notice_hours),
            (opportunity.remote and terms.remote_ok) or (bool(opportunity.place) and terms.in_person_ok),
            NAMES.index(opportunity.identity_needed) <= NAMES.index(terms.name_mode),
            not any(u.starts_at < e and s < u.ends_at for u in Unavailable.objects.filter(person=person)),
            not any(a < e and s < b for a, b in times),
            sum((a.astimezone(LONDON).year, a.astimezone(LONDON).month) == month for a, _ in times)
            < terms.max_per_month,
            not any(a < e + rest and s < b + rest for a, b in times),
        ]
        if all(checks):
            fitting.add(person.id)
    return fitting


def consent_to_be_asked(person_id: UUID, at: datetime) -> bool:
    return Grant.objects.filter(
        person_id=person_id, layer=Layer.BE_ASKED, state="given", starts_at__lte=at, ends_at__gt=at
    ).exists()


@pytest.mark.parametrize("seed", range(4))
def test_matching_agrees_with_brute_force(seed: Any) -> None:
    dice = random.Random(seed)
    organisation_id, owner = make_organisation()
    coordinator = make_coordinator()
    child = child_topic("first-night", TOPIC)
    topics = [make_topic(TOPIC), child, make_topic("housing")]
    people = []
    for _ in range(14):
        person_id = make_person(
            topics=dice.sample(topics, dice.choice((1, 1, 2))),
            layers=(Layer.KEEP_RECORD,) if dice.random() < 0.15 else (Layer.KEEP_RECORD, Layer.BE_ASKED),
        )
        Terms.objects.filter(person_id=person_id).update(
            min_fee_pence=dice.choice((0, 0, 15_000, 25_000)),
            notice_hours=dice.choice((0, 48, 48, 900)),
            short_notice_live_ok=dice.random() < 0.5,
            kinds=dice.choice(([], [], ["print_interview"], ["live_broadcast"])),
            in_person_ok=dice.random() < 0.8,
            remote_ok=dice.random() < 0.8,
            max_per_month=dice.choice((0, 1, 2, 2, 2)),
            rest_days=dice.choice((0, 3, 14)),
            name_mode=dice.choice(NAMES),
        )
        if dice.random() < 0.2:
            Person.objects.filter(pk=person_id).update(
                state=dice.choice(("active", "paused", "left")),
                paused_until=dice.choice((None, AT - timedelta(days=1), AT + timedelta(days=1))),
            )
        people.append(person_id)
    briefs = []
    for number in range(5):
        starts = AT + timedelta(days=dice.choice((12, 20, 25, 30)), hours=dice.choice((0, 1)))
        live = number == 4
        if live:
            starts = AT + timedelta(hours=12)
        changes: dict[str, Any] = {"kind": "live_broadcast", "extras": {"channel": "X"}} if live else {}
        briefs.append(
            make_brief(
                organisation_id, owner,
                starts_at=starts, ends_at=starts + timedelta(hours=2),
                answer_by=AT + timedelta(hours=6),
                recording="live" if live else "recorded",
                fee_pence=dice.choice((18_000, 30_000)),
                identity_needed=dice.choice(("none", *NAMES)),
                remote=(remote := dice.random() < 0.5),
                place="" if remote and dice.random() < 0.5 else "Town",
                topics=(dice.choice((TOPIC, "first-night", "housing")),),
                **changes,
            )
        )  # fmt: skip
    for person_id in people:
        if dice.random() < 0.4:
            Invitation.objects.create(
                opportunity_id=dice.choice(briefs), person_id=person_id, invited_by="x", sent_at=AT,
                state=dice.choice(("chosen", "chosen", "no", "stopped")),
            )  # fmt: skip
        if dice.random() < 0.3:
            starts = AT + timedelta(days=dice.choice((12, 20, 25, 30)))
            Unavailable.objects.create(person_id=person_id, starts_at=starts, ends_at=starts + timedelta(hours=1))
    seen = 0
    for opportunity_id in briefs:
        row = Opportunity.objects.get(pk=opportunity_id)
        expected = brute_force(row, AT)
        assert set(matched(opportunity_id, coordinator)) == expected
        seen += len(expected)
    assert seen  # the dice do find somebody, or this would prove nothing


def test_a_consent_given_again_brings_somebody_back(desk: Team) -> None:
    coordinator, _, _, opportunity_id = desk
    person_id = make_person(topics=[make_topic()], layers=(Layer.KEEP_RECORD,))
    assert matched(opportunity_id, coordinator) == []
    give_layer(person_id, Layer.BE_ASKED)
    assert matched(opportunity_id, coordinator) == [person_id]
