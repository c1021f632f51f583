"""Joining, profiles, terms, safe contact, pausing, assignment: who may, what is kept, what strangers learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import RoleGrant, User
from backend.kernel import ids
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.data import Subscription
from backend.outbox.models import Work
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Layer
from network.consent.queries import my_consents
from network.people import events, queries, usecases
from network.people.data import ContactRule, IdentityInput, Invited, ProfileInput, TermsInput
from network.people.models import JoinInvitation, Person, PersonHistory, Topic
from network.people.states import Channel, NameMode, PersonState
from payments import public as payments
from tests.conftest import AT
from tests.factories.people import (
    a_user,
    account_of,
    actor_of,
    link_of,
    make_coordinator,
    make_person,
    make_topic,
    user_of,
)

pytestmark = pytest.mark.django_db
Subscribed = Callable[[Iterable[Subscription]], None]
BOTH = frozenset({Layer.KEEP_RECORD, Layer.COORDINATION})


def invite(email: str = "new@example.org", actor: Actor | None = None) -> Invited:
    return usecases.invite_person(known_as="Rowan", email=email, actor=actor or make_coordinator(), at=AT)


def test_invited_then_joined_with_an_account_consents_and_a_payee(subscribed: Subscribed) -> None:
    subscribed([Subscription(events.PERSON_INVITED, "test.mail", lambda item: None)])
    coordinator = make_coordinator()
    invited = invite(actor=coordinator)
    assert Work.objects.get(topic=events.PERSON_INVITED).object_id == invited.invitation_id
    link = queries.join_link(invitation_id=invited.invitation_id, at=AT)
    assert link
    assert link.token == invited.token
    assert gate.contact_for_message(person_id=invited.person_id, channel=Channel.EMAIL, at=AT) == "new@example.org"
    row = JoinInvitation.objects.get()
    assert invited.token not in str(vars(row))
    assert invited.code not in str(vars(row))

    joined = consent.join(token=invited.token, code=invited.code, agreed=BOTH, at=AT)
    assert joined.person_id == invited.person_id
    person = Person.objects.get(id=joined.person_id)
    assert (person.state, person.user_id) == (PersonState.ACTIVE, joined.user_id)
    grant = RoleGrant.objects.get(user_id=joined.user_id)
    assert (grant.role, grant.scope_id) == (Role.SPOKESPERSON, person.id)
    choice = payments.payment_choice(payee_ref=person.payee_ref, owner=person.id, actor=actor_of(person.id), at=AT)
    assert choice.route is None  # known to the finance side, and nothing chosen yet
    assert [r.grant.layer for r in joined.receipts] == [Layer.KEEP_RECORD, Layer.COORDINATION]
    assert {g.layer for g in my_consents(actor=actor_of(person.id), at=AT)} == BOTH
    assert queries.join_link(invitation_id=invited.invitation_id, at=AT) is None
    assert [c.person_id for c in queries.people_visible_to(actor=coordinator, at=AT)] == [person.id]
    # Nothing but the app is safe until the person says so.
    assert gate.contact_for_message(person_id=person.id, channel=Channel.EMAIL, at=AT) is None


def test_unknown_used_run_out_and_wrong_code_are_one_answer() -> None:
    invited, late, used = invite(), invite("late@example.org"), invite("used@example.org")
    consent.join(token=used.token, code=used.code, agreed=BOTH, at=AT)
    users, after = User.objects.count(), AT + timedelta(hours=72)
    wrong = "000000" if invited.code != "000000" else "111111"
    answers = set()
    for token, code, at in (
        (ids.new_secret(), invited.code, AT),
        (used.token, used.code, AT),
        (late.token, late.code, after),
        (invited.token, wrong, AT),
    ):
        with pytest.raises(NotFound) as refused:
            consent.join(token=token, code=code, agreed=BOTH, at=at)
        answers.add((refused.value.detail, refused.value.next_step, refused.value.code))
    assert len(answers) == 1
    assert User.objects.count() == users
    consent.join(token=invited.token, code=invited.code, agreed=BOTH, at=AT)  # the right code still works


def test_five_wrong_codes_end_an_invitation() -> None:
    invited = invite()
    wrong = "000000" if invited.code != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(NotFound):
            consent.join(token=invited.token, code=wrong, agreed=BOTH, at=AT)
    with pytest.raises(NotFound):
        consent.join(token=invited.token, code=invited.code, agreed=BOTH, at=AT)
    assert Person.objects.get().state == PersonState.INVITED


def test_joining_needs_only_that_we_may_keep_a_record() -> None:
    invited = invite()
    with pytest.raises(Invalid):
        consent.join(token=invited.token, code=invited.code, agreed=frozenset({Layer.COORDINATION}), at=AT)
    joined = consent.join(token=invited.token, code=invited.code, agreed=frozenset({Layer.KEEP_RECORD}), at=AT)
    assert [r.grant.layer for r in joined.receipts] == [Layer.KEEP_RECORD]


def test_inviting_does_not_tell_who_is_here() -> None:
    invite("taken@example.org")
    said = []
    for email in ("taken@example.org", " TAKEN@example.org"):
        with pytest.raises(Invalid) as refused:
            invite(email)
        said.append(refused.value.fields["email"])
    assert said[0] == said[1]
    assert "already" not in said[0][0]
    assert Person.objects.count() == 1
    for stranger in (a_user(Role.ADMIN), a_user(Role.FINANCE_PREPARER), Actor.nobody()):
        with pytest.raises(NotFound):
            invite("other@example.org", stranger)
    assert Person.objects.count() == 1


def test_words_are_kept_as_written_and_only_the_person_writes() -> None:
    coordinator = make_coordinator()
    person, other = make_person(coordinator=coordinator), make_person()
    text = "  I was inside.\n\nI want\tit to change…  "
    usecases.save_profile(person_id=person, profile=ProfileInput(story=text, knows=""), actor=actor_of(person), at=AT)
    mine = gate.own_details(actor=actor_of(person), at=AT)
    assert (mine.story, mine.knows) == (text, "")
    assert mine.can_do  # what was left out stays
    for stranger in (actor_of(other), coordinator, link_of(person), Actor.system("x"), a_user(Role.ADMIN)):
        with pytest.raises(NotFound):
            usecases.save_profile(person_id=person, profile=ProfileInput(story="mine now"), actor=stranger, at=AT)
        with pytest.raises(NotFound):
            usecases.set_terms(person_id=person, terms=TermsInput(min_fee_pence=1), actor=stranger, at=AT)
    assert gate.own_details(actor=actor_of(person), at=AT).story == text
    assert queries.my_profile(actor=actor_of(person), at=AT).terms == TermsInput()


def test_help_by_phone_is_recorded_told_and_can_be_undone(subscribed: Subscribed) -> None:
    subscribed([Subscription(events.PERSON_HELPED_BY_PHONE, "test.tell", lambda item: None)])
    coordinator, stranger = make_coordinator(), make_coordinator()
    person = make_person(tag="ivy", coordinator=coordinator)
    with pytest.raises(NotFound):
        usecases.save_profile(person_id=person, profile=ProfileInput(story="x"), by_phone=True, actor=stranger, at=AT)
    usecases.save_profile(
        person_id=person, profile=ProfileInput(story="as said on the phone"), by_phone=True, actor=coordinator, at=AT
    )
    usecases.set_terms(
        person_id=person, terms=TermsInput(min_fee_pence=20_000, kinds=("live_tv",)), by_phone=True,
        actor=coordinator, at=AT + timedelta(minutes=1),
    )  # fmt: skip
    assert PersonHistory.objects.filter(person_id=person, by_phone=True).count() == 2
    assert Work.objects.filter(topic=events.PERSON_HELPED_BY_PHONE).count() == 2
    profile = queries.my_profile(actor=actor_of(person), at=AT)
    terms_help, words_help = profile.phone_help
    assert (profile.terms.min_fee_pence, words_help.fields) == (20_000, ("story",))
    for who in (coordinator, actor_of(make_person())):
        with pytest.raises(NotFound):
            usecases.undo_phone_help(help_id=words_help.id, actor=who, at=AT)
    usecases.undo_phone_help(help_id=words_help.id, actor=actor_of(person), at=AT)
    usecases.undo_phone_help(help_id=terms_help.id, actor=actor_of(person), at=AT)
    assert gate.own_details(actor=actor_of(person), at=AT).story.startswith("Story ivy")
    assert queries.my_profile(actor=actor_of(person), at=AT).terms == TermsInput()
    with pytest.raises(Conflict):
        usecases.undo_phone_help(help_id=words_help.id, actor=actor_of(person), at=AT)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (TermsInput(min_fee_pence=-1), "min_fee_pence"),
        (TermsInput(max_per_month=61), "max_per_month"),
        (TermsInput(in_person_ok=False, remote_ok=False), "remote_ok"),
    ],
)
def test_terms_that_cannot_be(terms: TermsInput, field: str) -> None:
    person = make_person()
    with pytest.raises(Invalid) as refused:
        usecases.set_terms(person_id=person, terms=terms, actor=actor_of(person), at=AT)
    assert field in refused.value.fields
    assert queries.my_profile(actor=actor_of(person), at=AT).terms == TermsInput()


def test_topics_identity_and_times_away_are_the_persons_own() -> None:
    person, topic = make_person(), make_topic()
    me = actor_of(person)
    usecases.choose_topics(person_id=person, topics={topic: True}, actor=me, at=AT)
    usecases.set_identity(person_id=person, identity=IdentityInput(name_mode=NameMode.OTHER), actor=me, at=AT)
    away = usecases.add_unavailable(person_id=person, starts_at=AT, ends_at=AT + timedelta(days=1), actor=me, at=AT)
    profile = queries.my_profile(actor=me, at=AT)
    assert [(t.id, t.tell_me_all) for t in profile.topics] == [(topic, True)]
    assert profile.identity.name_mode is NameMode.OTHER
    assert [s.id for s in profile.unavailable] == [away]
    other = actor_of(make_person())
    with pytest.raises(NotFound):
        usecases.remove_unavailable(unavailable_id=away, actor=other, at=AT)
    with pytest.raises(Invalid):
        usecases.choose_topics(person_id=person, topics={uuid4(): False}, actor=me, at=AT)
    with pytest.raises(Invalid):
        usecases.add_unavailable(person_id=person, starts_at=AT, ends_at=AT, actor=me, at=AT)
    assert len(queries.my_profile(actor=me, at=AT).unavailable) == 1
    usecases.remove_unavailable(unavailable_id=away, actor=me, at=AT)
    assert queries.my_profile(actor=me, at=AT).unavailable == ()


def test_safe_contact_says_which_channels_and_runs_out() -> None:
    person = make_person(safe_email=False)
    me = actor_of(person)
    assert queries.safe_channels(person_id=person, at=AT) == ()
    rules = [
        ContactRule(channel=Channel.EMAIL, allowed=True, review_on=date(2026, 12, 1)),
        ContactRule(channel=Channel.SMS, allowed=False, review_on=date(2026, 12, 1)),
    ]
    usecases.set_safe_contact(person_id=person, contact=rules, actor=me, at=AT)
    assert [r.channel for r in queries.safe_channels(person_id=person, at=AT)] == [Channel.EMAIL]
    assert queries.safe_channels(person_id=person, at=AT + timedelta(days=40)) == ()
    for bad in (
        ContactRule(channel=Channel.EMAIL, allowed=True, from_hour=20, to_hour=9, review_on=date(2026, 12, 1)),
        ContactRule(channel=Channel.EMAIL, allowed=True, review_on=date(2026, 11, 1)),
    ):
        with pytest.raises(Invalid):
            usecases.set_safe_contact(person_id=person, contact=[bad], actor=me, at=AT)
    assert [r.channel for r in queries.safe_channels(person_id=person, at=AT)] == [Channel.EMAIL]
    with pytest.raises(NotFound):
        usecases.set_safe_contact(person_id=person, contact=[], actor=make_coordinator(), at=AT)


def test_pausing_ends_by_itself_and_stop_does_not() -> None:
    person = make_person()
    me = actor_of(person)
    usecases.pause(person_id=person, until=AT + timedelta(days=2), actor=me, at=AT)
    assert queries.my_profile(actor=me, at=AT).state is PersonState.PAUSED
    assert usecases.resume_due(at=AT + timedelta(days=1)) == 0
    assert usecases.resume_due(at=AT + timedelta(days=2)) == 1
    consent.withdraw_everything(person_id=person, actor=link_of(person), at=AT)
    profile = queries.my_profile(actor=me, at=AT)
    assert (profile.state, profile.quiet) == (PersonState.PAUSED, True)
    assert usecases.resume_due(at=AT + timedelta(days=900)) == 0
    usecases.resume(person_id=person, actor=me, at=AT)
    profile = queries.my_profile(actor=me, at=AT)
    assert (profile.state, profile.quiet) == (PersonState.ACTIVE, False)


def test_leaving_ends_everything() -> None:
    coordinator = make_coordinator()
    person = make_person(coordinator=coordinator)
    me = actor_of(person)
    with pytest.raises(NotFound):
        consent.leave(person_id=person, actor=coordinator, at=AT)
    assert Person.objects.get(id=person).state == PersonState.ACTIVE
    receipts = consent.leave(person_id=person, actor=me, at=AT)
    assert len(receipts) == 3
    assert Person.objects.get(id=person).state == PersonState.LEFT
    assert queries.people_visible_to(actor=coordinator, at=AT) == ()
    assert not RoleGrant.objects.filter(user_id=user_of(person), ends_at__isnull=True).exists()
    assert gate.contact_for_message(person_id=person, channel=Channel.EMAIL, at=AT) is None


def test_staff_see_working_names_of_their_own_people_only(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mine, other, lead = make_coordinator(), make_coordinator(), a_user(Role.SAFEGUARDING)
    topic = make_topic()
    ours = {make_person(tag=f"t{n}", coordinator=mine, topics=[topic]) for n in range(3)}
    theirs = make_person(coordinator=other)
    with django_assert_num_queries(3):
        cards = queries.people_visible_to(actor=mine, at=AT)
    assert {c.person_id for c in cards} == ours
    assert {c.topics for c in cards} == {("Leaving Prison",)}
    assert not any(word in repr(cards) for word in ("First t", "Full t", "Story t"))
    with pytest.raises(NotFound):
        queries.person_visible_to(actor=mine, person_id=theirs, at=AT)
    seen = queries.people_visible_to(actor=lead, at=AT)
    assert {c.person_id for c in seen} == ours | {theirs}
    assert {c.topics for c in seen} == {()}
    for stranger in (a_user(Role.ADMIN), a_user(Role.FINANCE_APPROVER), actor_of(theirs), Actor.nobody()):
        assert queries.people_visible_to(actor=stranger, at=AT) == ()


def test_assignment_is_handed_on_and_ends() -> None:
    mine, next_one = make_coordinator(), make_coordinator()
    person = make_person(coordinator=mine)
    with pytest.raises(NotFound):
        usecases.assign(person_id=person, coordinator_id=account_of(next_one), actor=next_one, at=AT)
    usecases.assign(person_id=person, coordinator_id=account_of(next_one), actor=mine, at=AT)
    usecases.assign(person_id=person, coordinator_id=account_of(next_one), actor=mine, at=AT)
    assert queries.coordinators_of(person, AT) == (mine.user_id, next_one.user_id)
    usecases.end_assignment(person_id=person, coordinator_id=account_of(mine), actor=actor_of(person), at=AT)
    assert queries.coordinators_of(person, AT) == (next_one.user_id,)
    assert queries.people_visible_to(actor=mine, at=AT) == ()
    with pytest.raises(NotFound):
        usecases.end_assignment(person_id=person, coordinator_id=account_of(next_one), actor=mine, at=AT)


def test_topics_load_twice_as_once() -> None:
    first = usecases.load_topics()
    assert usecases.load_topics() == first == Topic.objects.count()
    tree = queries.topics_tree()
    assert len(tree) == 8
    assert all(parent.children for parent in tree)
    assert sum(1 + len(parent.children) for parent in tree) == first


def test_who_is_who() -> None:
    person = make_person()
    ref = queries.payee_ref_of(person)
    user_id = user_of(person)
    assert queries.person_of_user(user_id) == person
    assert queries.user_of_person(person) == user_id
    assert queries.people_by_payee_ref([ref, uuid4()]) == {ref: person}
    with pytest.raises(NotFound):
        queries.payee_ref_of(uuid4())
