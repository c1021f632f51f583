"""The one door: what it lets out, to whom, and that nobody gets round it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import NotFound
from network.consent import gate, usecases
from network.consent.data import (
    WITHHELD,
    Category,
    Contact,
    Disclosed,
    GrantView,
    Identity,
    Layer,
    Purpose,
    Recipient,
    Status,
    Words,
)
from network.organisations.models import Check, Organisation
from network.people import usecases as people
from network.people.models import SafeContact
from network.people.states import Channel, NameMode, Place
from tests.conftest import AT
from tests.factories.people import (
    EVERYTHING,
    a_user,
    actor_of,
    give_for_request,
    link_of,
    make_coordinator,
    make_person,
    make_standing_organisation,
    make_topic,
    requester_of,
)

pytestmark = pytest.mark.django_db


def shown_to(
    org: UUID,
    opp: UUID,
    ids: Iterable[UUID],
    *,
    wanted: frozenset[Category] = frozenset(Category),
    at: datetime = AT,
    actor: Actor | None = None,
) -> dict[UUID, Disclosed]:
    with gate.window():
        return gate.disclose(
            person_ids=ids,
            wanted=wanted,
            purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org),
            opportunity=opp,
            actor=actor or requester_of(org),
            at=at,
        )


def test_shows_exactly_what_was_agreed_and_records_it() -> None:
    person = make_person(tag="ash", topics=[make_topic()])
    org, opp = make_standing_organisation(), uuid4()
    receipt = give_for_request(person, org, opp, categories=frozenset({Category.NAME, Category.STORY}))
    shown = shown_to(org, opp, [person])[person]
    assert shown.name == "First ash"
    assert shown.pronouns == "they"
    assert isinstance(shown.story, Words)
    assert shown.story.story == "Story ash\n  exactly as written, with  spaces"
    assert shown.story.off_limits == "Limits ash"
    assert shown.contact is shown.place is shown.topics is shown.access_needs is WITHHELD
    assert shown.public_id != person
    event = AccessEvent.objects.get(person_id=person)
    assert (event.released, event.categories, event.organisation_id) == (True, ["name", "story"], org)
    assert event.consents == [str(receipt.grant_id)]
    assert "ash" not in str(vars(event))


def test_everything_agreed_is_there() -> None:
    person = make_person(tag="oak", topics=[make_topic()])
    org, opp = make_standing_organisation(), uuid4()
    give_for_request(person, org, opp)
    shown = shown_to(org, opp, [person])[person]
    assert isinstance(shown.contact, Contact)
    assert shown.contact.phone == "07700 900123"
    assert shown.contact.email.endswith("@example.net")
    assert (shown.place, shown.topics, shown.access_needs) == ("Region oak", ("Leaving Prison",), "Access oak")


@pytest.mark.parametrize(
    ("mode", "name"),
    [(NameMode.FULL, "Full elm"), (NameMode.FIRST, "First elm"), (NameMode.OTHER, "Other elm"), (NameMode.NONE, None)],
)
def test_the_name_follows_the_way_of_being_identified(mode: NameMode, name: str | None) -> None:
    person = make_person(tag="elm")
    org, opp = make_standing_organisation(), uuid4()
    give_for_request(person, org, opp, identity=Identity(name_mode=mode, place=Place.NONE))
    shown = shown_to(org, opp, [person])[person]
    assert shown.name == name if name else shown.name is WITHHELD
    assert shown.place is WITHHELD
    assert shown.name_words == (name or "Does not wish to be named")
    assert "elm" not in (repr(shown.name) + repr(shown.place)) or name


def test_nothing_for_another_organisation_request_purpose_or_time() -> None:
    person = make_person()
    org, other, opp = make_standing_organisation(), make_standing_organisation(), uuid4()
    give_for_request(person, org, opp, ends_at=AT + timedelta(days=2))
    assert shown_to(other, opp, [person]) == {}
    assert shown_to(org, uuid4(), [person]) == {}
    assert shown_to(org, opp, [person], at=AT + timedelta(days=2)) == {}
    assert shown_to(org, opp, [person], at=AT - timedelta(seconds=1)) == {}
    with gate.window():
        assert not gate.disclose(
            person_ids=[person],
            wanted=frozenset(Category),
            purpose=Purpose.REUSE,
            recipient=Recipient.organisation(org),
            opportunity=opp,
            actor=requester_of(org),
            at=AT,
        )
    assert not AccessEvent.objects.exists()
    assert shown_to(org, opp, [person])  # the same data does leak nothing only because of the checks


def test_withdrawn_is_gone_and_one_act_is_enough() -> None:
    person = make_person()
    org, opp = make_standing_organisation(), uuid4()
    receipt = give_for_request(person, org, opp)
    ref = shown_to(org, opp, [person])[person].consent_ref
    assert gate.status(ref, actor=requester_of(org), at=AT) is Status.VALID
    usecases.withdraw(grant_id=receipt.grant_id, actor=link_of(person), at=AT)
    assert shown_to(org, opp, [person]) == {}
    assert gate.status(ref, actor=requester_of(org), at=AT) is Status.WITHDRAWN
    with pytest.raises(NotFound):
        gate.status(ref, actor=requester_of(make_standing_organisation()), at=AT)


def test_narrowed_shows_less_and_says_so() -> None:
    person = make_person()
    org, opp = make_standing_organisation(), uuid4()
    receipt = give_for_request(person, org, opp)
    ref = shown_to(org, opp, [person])[person].consent_ref
    usecases.narrow(grant_id=receipt.grant_id, categories=frozenset({Category.STORY}), actor=actor_of(person), at=AT)
    shown = shown_to(org, opp, [person])[person]
    assert shown.name is shown.contact is WITHHELD
    assert shown.story
    assert gate.status(ref, actor=requester_of(org), at=AT) is Status.NARROWED


def test_identity_needs_a_check_in_date() -> None:
    person = make_person()
    weak, opp = make_standing_organisation(level="J1"), uuid4()
    give_for_request(person, weak, opp)
    shown = shown_to(weak, opp, [person])[person]
    assert shown.name is shown.contact is shown.place is WITHHELD
    assert shown.story
    assert shown_to(weak, opp, [person], wanted=frozenset({Category.NAME})) == {}
    Check.objects.filter(organisation_id=weak).update(level="J2")
    assert shown_to(weak, opp, [person])[person].name
    Check.objects.filter(organisation_id=weak).update(valid_until=AT.date() - timedelta(days=1))
    assert shown_to(weak, opp, [person])[person].name is WITHHELD
    Organisation.objects.filter(id=weak).update(state="suspended")
    assert shown_to(weak, opp, [person]) == {}


def test_pairwise_ids_do_not_join() -> None:
    person = make_person()
    one, two, opp = make_standing_organisation(), make_standing_organisation(), uuid4()
    give_for_request(person, one, opp)
    give_for_request(person, two, opp)
    first, second = shown_to(one, opp, [person])[person], shown_to(two, opp, [person])[person]
    assert len({first.public_id, second.public_id, person}) == 3
    assert first.consent_ref != second.consent_ref
    assert first.public_id == shown_to(one, opp, [person])[person].public_id


def test_only_the_recipient_asks_and_only_inside_a_window() -> None:
    person = make_person()
    org, opp = make_standing_organisation(), uuid4()
    give_for_request(person, org, opp)
    strangers = (
        requester_of(make_standing_organisation()), Actor.nobody(), actor_of(person), make_coordinator(),
        a_user(Role.ADMIN),
    )  # fmt: skip
    for stranger in strangers:
        with pytest.raises(NotFound):
            shown_to(org, opp, [person], actor=stranger)
    with pytest.raises(RuntimeError):
        gate.disclose(
            person_ids=[person],
            wanted=EVERYTHING,
            purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org),
            opportunity=opp,
            actor=requester_of(org),
            at=AT,
        )
    assert not AccessEvent.objects.exists()


def test_statements_do_not_grow_with_people() -> None:
    org, opp = make_standing_organisation(), uuid4()
    topic = make_topic()
    people_ids = [make_person(topics=[topic]) for _ in range(50)]
    for number, person in enumerate(people_ids):  # different shares, so that the cost cannot hide in uniformity
        shares = EVERYTHING if number % 3 else frozenset({Category.TOPICS, Category.NAME})
        give_for_request(person, org, opp, categories=shares)
    counts = []
    for many in (1, 3, 50):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(shown_to(org, opp, people_ids[:many])) == many
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 16


def test_own_details_are_for_the_person_signed_in() -> None:
    person = make_person(tag="yew")
    mine = gate.own_details(actor=actor_of(person), at=AT)
    assert (mine.story, mine.name_full, mine.supporter_name) == (
        "Story yew\n  exactly as written, with  spaces", "Full yew", "Supporter yew",
    )  # fmt: skip
    for other in (link_of(person), make_coordinator(), Actor.nobody(), Actor.system("x")):
        with pytest.raises(NotFound):
            gate.own_details(actor=other, at=AT)
    assert not AccessEvent.objects.exists()


def test_preview_equals_the_disclosure_and_leaves_no_trace() -> None:
    person = make_person(topics=[make_topic()])
    org, opp = make_standing_organisation(), uuid4()
    to = Recipient.organisation(org)
    assert gate.preview(person_id=person, recipient=to, opportunity=opp, actor=actor_of(person), at=AT) is None
    give_for_request(person, org, opp)
    seen = gate.preview(person_id=person, recipient=to, opportunity=opp, actor=actor_of(person), at=AT)
    assert not AccessEvent.objects.exists()
    assert seen == shown_to(org, opp, [person])[person]
    with pytest.raises(NotFound):
        gate.preview(person_id=person, recipient=to, opportunity=opp, actor=requester_of(org), at=AT)


def test_staff_reveal_one_thing_under_consent_and_it_is_recorded() -> None:
    coordinator, other = make_coordinator(), make_coordinator()
    person = make_person(tag="fir", coordinator=coordinator)

    def reveal(actor: Actor, category: Category = Category.CONTACT) -> Disclosed:
        with gate.window():
            return gate.reveal(person_id=person, category=category, task="Prepare BK-1", actor=actor, at=AT)

    seen = reveal(coordinator)
    assert isinstance(seen.contact, Contact)
    assert seen.name is seen.story is WITHHELD
    event = AccessEvent.objects.get()
    assert (event.released, event.categories, event.context) == (False, ["contact"], "task:Prepare BK-1")
    for stranger in (other, a_user(Role.ADMIN), a_user(Role.FINANCE_PREPARER), actor_of(person)):
        with pytest.raises(NotFound):
            reveal(stranger)
    assert reveal(coordinator, Category.NAME).name == "Full fir"
    usecases.withdraw_everything(person_id=person, actor=actor_of(person), at=AT)
    assert reveal(coordinator).contact is WITHHELD
    people.end_assignment(
        person_id=person, coordinator_id=coordinator.user_id or uuid4(), actor=actor_of(person), at=AT
    )
    with pytest.raises(NotFound):
        reveal(coordinator)


def test_our_own_mailer_asks_too() -> None:
    person = make_person()

    def address(channel: Channel = Channel.EMAIL, at: datetime = AT) -> str | None:
        return gate.contact_for_message(person_id=person, channel=channel, at=at)

    assert address()
    assert address(Channel.SMS) is None  # never said to be safe
    SafeContact.objects.filter(person_id=person, channel="email").update(from_hour=11, to_hour=12)
    assert address() is None  # ten o'clock in London
    assert address(at=AT + timedelta(hours=1))
    assert address(at=AT + timedelta(hours=2)) is None
    SafeContact.objects.filter(person_id=person, channel="email").update(
        from_hour=0, to_hour=24, review_on=AT.date() - timedelta(days=1)
    )
    assert address() is None
    SafeContact.objects.filter(person_id=person, channel="email").update(review_on=date(2027, 1, 1), allowed=False)
    assert address() is None
    SafeContact.objects.filter(person_id=person, channel="email").update(allowed=True)
    assert address()
    usecases.withdraw_everything(person_id=person, actor=link_of(person), at=AT)
    assert address() is None  # STOP stops messages
    people.resume(person_id=person, actor=actor_of(person), at=AT)
    assert address()
    keep = next(g for g in gate_consents(person) if g.layer is Layer.KEEP_RECORD)
    usecases.withdraw(grant_id=keep.id, actor=actor_of(person), at=AT)
    assert address() is None


def gate_consents(person: UUID) -> tuple[GrantView, ...]:
    from network.consent.queries import my_consents

    return my_consents(actor=actor_of(person), at=AT)


def test_who_may_be_asked() -> None:
    asked, not_asked = make_person(), make_person(layers=[Layer.KEEP_RECORD])
    assert gate.people_who_may_be_asked([asked, not_asked], AT) == {asked}
    usecases.withdraw_everything(person_id=asked, actor=actor_of(asked), at=AT)
    assert gate.people_who_may_be_asked([asked, not_asked], AT) == frozenset()
