"""Two people, both willing; a session that is paid; and never more than a mentor said."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from network.mentoring import usecases
from network.mentoring.data import Part
from network.mentoring.models import MentoringSession, MentorOffer, Pairing
from network.mentoring.queries import mentors_with_room, my_offer, pairing_visible_to, pairings_visible_to
from network.mentoring.states import PairingMove, PairingState
from network.people.models import Assignment, Person
from payments import public as payments
from tests.factories.booked import AT, actor_of, coordinator, member, organisation, person
from tests.network.racing import arena


class Pair:
    """A mentor with room for one, two who would be mentored, a coordinator, and a stranger."""

    def __init__(self) -> None:
        self.mentor, self.first, self.second = person("Heron"), person("Wren"), person("Lark")
        self.stranger = person("Tern")
        self.coordinator = coordinator()
        usecases.offer_to_mentor(
            person_id=self.mentor.id, capacity=1, open_now=True, actor=actor_of(self.mentor), at=AT
        )

    def proposed(self, mentee: Person) -> UUID:
        return usecases.propose_pairing(
            mentor_id=self.mentor.id, mentee_id=mentee.id, why="Both want to speak to committees.",
            actor=self.coordinator, at=AT,
        )  # fmt: skip

    def active(self, mentee: Person) -> UUID:
        pairing_id = self.proposed(mentee)
        for one in (self.mentor, mentee):
            usecases.answer_pairing(pairing_id=pairing_id, yes=True, actor=actor_of(one), at=AT)
        return pairing_id


@pytest.fixture
def pair(db: None) -> Pair:
    return Pair()


def test_only_the_person_offers(pair: Pair) -> None:
    for somebody in (pair.coordinator, actor_of(pair.first), actor_of(pair.stranger, ActorKind.LINK)):
        with pytest.raises(NotFound):
            usecases.offer_to_mentor(person_id=pair.stranger.id, capacity=1, open_now=True, actor=somebody, at=AT)
    with pytest.raises(Invalid):
        usecases.offer_to_mentor(
            person_id=pair.stranger.id, capacity=0, open_now=True, actor=actor_of(pair.stranger), at=AT
        )
    assert MentorOffer.objects.count() == 1


def test_both_have_to_say_yes_each_for_themselves(pair: Pair) -> None:
    pairing_id = pair.proposed(pair.first)
    answer = partial(usecases.answer_pairing, pairing_id=pairing_id, yes=True, at=AT)
    assert answer(actor=actor_of(pair.mentor)) is PairingState.PROPOSED
    assert answer(actor=actor_of(pair.mentor)) is PairingState.PROPOSED  # twice one yes is one yes
    with pytest.raises(NotAllowed):
        answer(actor=pair.coordinator)
    for stranger in (actor_of(pair.stranger), actor_of(pair.first, ActorKind.LINK), Actor.system("x")):
        with pytest.raises(NotFound):
            answer(actor=stranger)
    assert Pairing.objects.get().state == PairingState.PROPOSED
    assert answer(actor=actor_of(pair.first)) is PairingState.ACTIVE


def test_one_no_ends_it(pair: Pair) -> None:
    pairing_id = pair.proposed(pair.first)
    usecases.answer_pairing(pairing_id=pairing_id, yes=False, actor=actor_of(pair.first), at=AT)
    with pytest.raises(Conflict):
        usecases.answer_pairing(pairing_id=pairing_id, yes=True, actor=actor_of(pair.mentor), at=AT)
    assert Pairing.objects.get().state == PairingState.DECLINED


def test_a_proposal_needs_a_coordinator_an_offer_and_a_reason(pair: Pair) -> None:
    propose = partial(
        usecases.propose_pairing,
        mentor_id=pair.mentor.id,
        mentee_id=pair.first.id,
        why="x",
        actor=pair.coordinator,
        at=AT,
    )
    with pytest.raises(NotFound):
        propose(actor=actor_of(pair.mentor))
    with pytest.raises(Invalid):
        propose(why=" ")
    with pytest.raises(Invalid):
        propose(mentee_id=pair.mentor.id)
    with pytest.raises(NotAllowed):
        propose(mentor_id=pair.second.id)
    usecases.offer_to_mentor(person_id=pair.mentor.id, capacity=1, open_now=False, actor=actor_of(pair.mentor), at=AT)
    with pytest.raises(NotAllowed):
        propose()
    assert not Pairing.objects.exists()


def test_two_are_asked_once(pair: Pair) -> None:
    pair.proposed(pair.first)
    with pytest.raises(Conflict):
        pair.proposed(pair.first)
    assert Pairing.objects.count() == 1


def test_a_full_mentor_takes_nobody_more(pair: Pair) -> None:
    waiting = pair.proposed(pair.second)
    usecases.answer_pairing(pairing_id=waiting, yes=True, actor=actor_of(pair.mentor), at=AT)
    running = pair.active(pair.first)
    with pytest.raises(Conflict):
        usecases.answer_pairing(pairing_id=waiting, yes=True, actor=actor_of(pair.second), at=AT)
    assert Pairing.objects.get(id=waiting).mentee_yes_at is None
    assert mentors_with_room(pair.coordinator, AT) == ()
    usecases.end_pairing(pairing_id=running, actor=actor_of(pair.first), at=AT)
    assert (
        usecases.answer_pairing(pairing_id=waiting, yes=True, actor=actor_of(pair.second), at=AT) is PairingState.ACTIVE
    )


def _paid(someone: Person) -> list[int]:
    return [line.amount for line in payments.money_for([someone.payee_ref]).get(someone.payee_ref, ())]


def test_a_session_pays_the_mentor_once(pair: Pair) -> None:
    pairing_id = pair.active(pair.first)
    log = partial(usecases.log_session, pairing_id=pairing_id, held_on=AT.date(), minutes=60, at=AT)
    logged = log(actor=actor_of(pair.first))
    rate = payments.session_rate(AT.date())
    assert (logged.fee, logged.pay_by) == (rate, payments.pay_by(AT.date()))
    assert _paid(pair.mentor) == [rate]
    with pytest.raises(Conflict):
        log(actor=actor_of(pair.mentor))
    assert (_paid(pair.mentor), _paid(pair.first)) == ([rate], [])
    assert MentoringSession.objects.count() == 1


def test_a_session_has_to_be_possible_and_logged_by_one_of_them(pair: Pair) -> None:
    waiting = pair.proposed(pair.second)
    with pytest.raises(Conflict):
        usecases.log_session(pairing_id=waiting, held_on=AT.date(), minutes=60, actor=pair.coordinator, at=AT)
    pairing_id = pair.active(pair.first)
    tomorrow = AT.date() + timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        usecases.log_session(pairing_id=pairing_id, held_on=tomorrow, minutes=0, actor=pair.coordinator, at=AT)
    assert set(refused.value.fields) == {"held_on", "minutes"}
    with pytest.raises(Invalid):
        usecases.log_session(
            pairing_id=pairing_id, held_on=date(2026, 11, 1), minutes=60, actor=pair.coordinator, at=AT
        )
    for stranger in (actor_of(pair.stranger), actor_of(pair.second), member(organisation())):
        with pytest.raises(NotFound):
            usecases.log_session(pairing_id=pairing_id, held_on=AT.date(), minutes=60, actor=stranger, at=AT)
    assert (MentoringSession.objects.count(), _paid(pair.mentor)) == (0, [])


def test_neither_learns_who_the_other_is_before_both_agreed(pair: Pair) -> None:
    pairing_id = pair.proposed(pair.first)
    for one in (pair.mentor, pair.first):
        line = pairing_visible_to(actor_of(one), pairing_id, AT)
        assert (line.other, line.mentor, line.mentee) == ("", "", "")
        assert not {"Heron", "Wren"} & set(repr(line).replace("'", " ").split())
    for one in (pair.mentor, pair.first):
        usecases.answer_pairing(pairing_id=pairing_id, yes=True, actor=actor_of(one), at=AT)
    assert pairing_visible_to(actor_of(pair.first), pairing_id, AT).other == "Heron"
    assert pairing_visible_to(actor_of(pair.mentor), pairing_id, AT).other == "Wren"
    # A coordinator calls those they work with by their working name, the others by their reference.
    assert pairing_visible_to(pair.coordinator, pairing_id, AT).mentor == pair.mentor.reference
    assert pair.coordinator.user_id is not None
    Assignment.objects.create(person=pair.mentor, coordinator_id=pair.coordinator.user_id, starts_at=AT)
    assert pairing_visible_to(pair.coordinator, pairing_id, AT).mentor == "Heron"


def test_who_sees_which_pairing(pair: Pair) -> None:
    pairing_id = pair.active(pair.first)
    usecases.log_session(pairing_id=pairing_id, held_on=AT.date(), minutes=60, actor=pair.coordinator, at=AT)
    mentor = pairing_visible_to(actor_of(pair.mentor), pairing_id, AT)
    mentee = pairing_visible_to(actor_of(pair.first), pairing_id, AT)
    assert (mentor.part, mentee.part) == (Part.MENTOR, Part.MENTEE)
    assert (len(mentor.pay), mentee.pay) == (1, ())
    assert mentor.moves == (PairingMove.END,)
    for stranger in (actor_of(pair.stranger), member(organisation()), Actor.nobody()):
        assert pairings_visible_to(stranger, AT) == ()
        with pytest.raises(NotFound):
            pairing_visible_to(stranger, pairing_id, AT)
    offer = my_offer(actor_of(pair.mentor))
    assert offer is not None
    assert (offer.taken, offer.has_room) == (1, False)


def test_a_list_takes_the_same_statements_for_one_and_for_three(pair: Pair) -> None:
    usecases.offer_to_mentor(person_id=pair.mentor.id, capacity=5, open_now=True, actor=actor_of(pair.mentor), at=AT)

    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            pairings_visible_to(pair.coordinator, AT)
        return len(caught)

    pair.active(pair.first)
    one = count()
    pair.active(pair.second)
    pair.active(pair.stranger)
    assert (count(), len(pairings_visible_to(pair.coordinator, AT))) == (one, 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("protected", [True, False])
def test_two_yeses_at_once_take_one_place(tmp_path: Path, protected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair()
    ids = [pair.proposed(pair.first), pair.proposed(pair.second)]
    for pairing_id in ids:
        usecases.answer_pairing(pairing_id=pairing_id, yes=True, actor=actor_of(pair.mentor), at=AT)
    if not protected:  # the mutant: nobody counts
        monkeypatch.setattr(usecases, "_has_room", lambda offer: True)
    acts = [
        partial(usecases.answer_pairing, pairing_id=p, yes=True, actor=actor_of(m), at=AT)
        for p, m in zip(ids, (pair.first, pair.second), strict=True)
    ]
    with arena(tmp_path) as ring:
        results = ring.race(acts)
        active = ring.rows("SELECT COUNT(*) FROM network_pairing WHERE state = 'active'")[0][0]
    lost = [type(r) for r in results if isinstance(r, Exception)]
    assert (active, lost) == ((1, [Conflict]) if protected else (2, []))
