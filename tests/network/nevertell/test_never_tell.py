"""The never-tell list: it keeps people out of what they must be kept out of, at once, and nobody can tell (control C4).

Each test of a match has beside it the same thing without one: the two must look alike to whoever asks.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from backend.audit.models import AccessEvent
from backend.audit.queries import who_looked
from backend.kernel.actor import Actor, Role
from backend.kernel.crypto import CannotOpen
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox import worker
from network.consent import gate
from network.nevertell import queries, usecases
from network.nevertell.models import NeverTellAsker, NeverTellEntry, NeverTellHit
from network.nevertell.states import EntryKind, HitMove, HitState
from network.notifications.models import Notice
from network.opportunities import usecases as requests
from network.opportunities.data import BriefInput
from network.opportunities.models import Invitation
from network.opportunities.states import InvitationState
from network.organisations import usecases as organisations
from network.organisations.models import Organisation
from network.privacy import usecases as privacy
from network.vault import store
from tests.conftest import AT
from tests.factories.people import a_user, actor_of, make_coordinator, make_person, make_topic
from tests.factories.requests import TOPIC, invite_one, make_brief, make_candidate, make_organisation, say_yes

pytestmark = pytest.mark.django_db

ORG: dict[str, Any] = {
    "member_name": "Morgan Kayne",
    "member_email": "morgan.kayne@post.exampleton-echo.example",
    "website": "https://www.exampleton-echo.example/about",
    "about": "We are @exampleton_echo. Ring 01632 960001.",
    "billing_email": "accounts@bills.example",
}
BRIEF: dict[str, Any] = {
    "other_contributors": "Dr Alix Tennant of the clinic, and a housing officer.",
    "first_shown": "The Morning Mirror, and then its site.",
    "place": "Exampleton Library, upstairs",
    "extras": {"publication": "Sunday Mirror"},
}
# Each kind of entry, and one that would not match.
MATCHING = {
    EntryKind.EMAIL: ("Morgan.Kayne@post.exampleton-echo.EXAMPLE", "other@post.exampleton-echo.example"),
    EntryKind.PHONE: ("+44 1632 960001", "+44 1632 960002"),
    EntryKind.DOMAIN: ("exampleton-echo.example", "other-echo.example"),
    EntryKind.HANDLE: ("@Exampleton_Echo", "@exampleton_other"),
    EntryKind.OUTLET: ("the morning mirror", "The Morning Herald"),
    EntryKind.NAME: ("Morgan Cayne", "Margaret Dane"),
    EntryKind.PLACE: ("Exampleton library", "Exampleton museum"),
}


class Desk:
    def __init__(self) -> None:
        self.coordinator = make_coordinator()
        self.lead = a_user(Role.SAFEGUARDING)
        self.organisation, self.owner = make_organisation(name="The Exampleton Echo", **ORG)
        self.person = make_candidate()
        self.other = make_candidate()
        self.brief = make_brief(self.organisation, self.owner, accepted_by=self.coordinator, **BRIEF)

    def lists(self, kind: EntryKind, value: str, person: UUID | None = None) -> UUID:
        whose = person or self.person
        return usecases.add_entry(person_id=whose, kind=kind, value=value, actor=actor_of(whose), at=AT)

    def fits(self) -> set[UUID]:
        return {c.person_id for c in requests.match(opportunity_id=self.brief, actor=self.coordinator, at=AT)}

    def cards(self) -> tuple[object, int]:
        with gate.window(), CaptureQueriesContext(connection) as asked:
            cards = requests.cards_for(opportunity_id=self.brief, actor=self.owner, at=AT)
        return cards.cards, len(asked)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("kind", list(EntryKind))
def test_each_kind_keeps_somebody_out(desk: Desk, kind: EntryKind) -> None:
    matching, another = MATCHING[kind]
    desk.lists(kind, another)
    assert desk.fits() == {desk.person, desk.other}
    desk.lists(kind, matching)
    assert desk.fits() == {desk.other}
    with pytest.raises(Conflict):
        invite_one(desk.brief, desk.person, desk.coordinator)
    invite_one(desk.brief, desk.other, desk.coordinator)


def test_the_same_with_the_protection_switched_off(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: without the check everybody on the topic is told of."""
    desk.lists(EntryKind.DOMAIN, "exampleton-echo.example")
    monkeypatch.setattr("network.opportunities.matching.kept_from", lambda *a, **k: frozenset())
    assert desk.fits() == {desk.person, desk.other}


@pytest.mark.parametrize("text", ["Dr Alix Tennant", "Tennant, Alyx"])
def test_another_contributor_of_the_brief(desk: Desk, text: str) -> None:
    desk.lists(EntryKind.NAME, text)
    assert desk.fits() == {desk.other}


def test_a_brief_of_somebody_else_is_as_before(desk: Desk) -> None:
    desk.lists(EntryKind.DOMAIN, "exampleton-echo.example")
    organisation, owner = make_organisation()
    brief = make_brief(organisation, owner, accepted_by=desk.coordinator)
    found = {c.person_id for c in requests.match(opportunity_id=brief, actor=desk.coordinator, at=AT)}
    assert found == {desk.person, desk.other}


def test_every_request_on_my_topics_leaves_them_out_too(desk: Desk) -> None:
    eager = make_candidate(tell_me_all=True)
    told = make_candidate(tell_me_all=True)
    desk.lists(EntryKind.OUTLET, "The Exampleton Echo", eager)
    brief = make_brief(desk.organisation, desk.owner, accepted_by=desk.coordinator)
    assert set(Invitation.objects.filter(opportunity_id=brief).values_list("person_id", flat=True)) == {told}


def test_a_new_colleague_is_compared_too(desk: Desk) -> None:
    desk.lists(EntryKind.NAME, "Robin Quill")
    assert desk.person in desk.fits()
    organisations.add_member(
        organisation_id=desk.organisation, name="Robyn Quill", job="Editor", email="rq@news.example", actor=desk.owner,
        at=AT,
    )  # fmt: skip
    assert desk.person not in desk.fits()
    worker.run_due(most=100)
    assert NeverTellHit.objects.get(person_id=desk.person).how == "similar"


def test_a_colleague_who_left_does_not_count_any_more(desk: Desk) -> None:
    desk.lists(EntryKind.NAME, "Robin Quill")
    made = organisations.add_member(
        organisation_id=desk.organisation, name="Robin Quill", job="Editor", email="rq@news.example", actor=desk.owner,
        at=AT,
    )  # fmt: skip
    assert desk.person not in desk.fits()
    organisations.remove_member(organisation_id=desk.organisation, member_id=made, actor=desk.owner, at=AT)
    assert desk.person in desk.fits()


def test_a_change_of_the_brief_is_compared_too(desk: Desk) -> None:
    from dataclasses import replace

    from tests.factories.requests import brief_input

    desk.lists(EntryKind.NAME, "Kit Marlow")
    changed = replace(brief_input(**BRIEF), other_contributors="Kit Marlowe, a neighbour.")
    requests.change_brief(opportunity_id=desk.brief, brief=changed, actor=desk.owner, at=AT)
    assert desk.fits() == {desk.other}


# --- after an invitation went out -----------------------------------------------------------------------------------


def test_an_entry_after_a_yes_stops_what_is_shown_at_once(desk: Desk) -> None:
    say_yes(invite_one(desk.brief, desk.person, desk.coordinator), desk.person)
    assert len(desk.cards()[0]) == 1  # type: ignore[arg-type]
    desk.lists(EntryKind.EMAIL, ORG["member_email"])
    assert desk.cards()[0] == ()
    assert not worker_ran()  # no worker has come by: it is the same transaction
    assert Invitation.objects.get(person_id=desk.person).state == InvitationState.YES  # nobody answered for them


def worker_ran() -> bool:
    return NeverTellHit.objects.exists()


def test_the_gate_itself_refuses(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the mutant: with the gate's own check off, the card is there again."""
    say_yes(invite_one(desk.brief, desk.person, desk.coordinator), desk.person)
    desk.lists(EntryKind.OUTLET, "Exampleton Echo")
    assert desk.cards()[0] == ()
    monkeypatch.setattr("network.consent.gate.kept_from", lambda *a, **k: frozenset())
    assert len(desk.cards()[0]) == 1  # type: ignore[arg-type]


def test_the_requester_reads_the_same_whether_it_matched_or_not(desk: Desk) -> None:
    """Statement for statement and word for word: the same as when the person had taken their consent back."""
    say_yes(invite_one(desk.brief, desk.person, desk.coordinator), desk.person)
    entry = desk.lists(EntryKind.NAME, "Somebody Else")
    shown, statements = desk.cards()
    assert len(shown) == 1  # type: ignore[arg-type]
    usecases.remove_entry(entry_id=entry, actor=actor_of(desk.person), at=AT)
    desk.lists(EntryKind.NAME, ORG["member_name"])
    hidden, with_match = desk.cards()
    assert hidden == ()
    requests.withdrawn(
        grant_id=Invitation.objects.get(person_id=desk.person).grant_id,  # type: ignore[arg-type]
        actor=Actor.system("opportunities"), at=AT,
    )  # fmt: skip
    gone, without = desk.cards()
    assert gone == hidden
    assert with_match <= statements
    assert without <= with_match


# --- the safeguarding lead and the person ---------------------------------------------------------------------------


def hit_of(desk: Desk) -> NeverTellHit:
    worker.run_due(most=200)
    return NeverTellHit.objects.get(person_id=desk.person)


def test_the_lead_is_told_and_nobody_else(desk: Desk) -> None:
    desk.lists(EntryKind.NAME, "Morgan Cayne")
    hit = hit_of(desk)
    told = set(Notice.objects.filter(topic="never_tell.found").values_list("user_id", "person_id"))
    assert told == {(desk.lead.user_id, None)}
    line = queries.hit_visible_to(hit_id=hit.id, actor=desk.lead, at=AT)
    assert (line.entry, line.found) == ("Morgan Cayne", "Morgan Kayne")
    for stranger in (desk.coordinator, desk.owner, actor_of(desk.person), a_user(Role.ADMIN), Actor.nobody()):
        with pytest.raises(NotFound):
            queries.hit_visible_to(hit_id=hit.id, actor=stranger, at=AT)
        with pytest.raises(NotFound):
            queries.hits_visible_to(actor=stranger, at=AT)
        with pytest.raises(NotFound):
            usecases.decide(hit_id=hit.id, move=HitMove.NOT_THE_SAME, actor=stranger, at=AT)


def test_an_exact_match_shows_the_lead_no_words_and_only_the_person_clears_it(desk: Desk) -> None:
    desk.lists(EntryKind.EMAIL, ORG["member_email"])
    hit = hit_of(desk)
    line = queries.hit_visible_to(hit_id=hit.id, actor=desk.lead, at=AT)
    assert (line.entry, line.found) == ("", "")
    assert HitMove.NOT_THE_SAME not in line.moves
    with pytest.raises(NotFound):
        usecases.decide(hit_id=hit.id, move=HitMove.NOT_THE_SAME, actor=desk.lead, at=AT)
    with pytest.raises(NotFound):
        usecases.decide(hit_id=hit.id, move=HitMove.GO_ON, actor=desk.lead, at=AT)
    usecases.decide(hit_id=hit.id, move=HitMove.ASK, actor=desk.lead, at=AT)
    assert desk.person not in desk.fits()  # asking lets nobody in
    requests.answer_match(hit_id=hit.id, go_on=True, actor=actor_of(desk.person), at=AT)
    assert desk.person in desk.fits()


def test_not_the_same_lets_one_name_pass_and_not_the_next(desk: Desk) -> None:
    desk.lists(EntryKind.NAME, "Morgan Cayne")
    usecases.decide(hit_id=hit_of(desk).id, move=HitMove.NOT_THE_SAME, actor=desk.lead, at=AT)
    assert desk.person in desk.fits()
    Organisation.objects.filter(id=desk.organisation).update(billing_name="Morgen Cain")
    organisations.know(organisation_id=desk.organisation, at=AT)
    # The first that fits is what was cleared; another colleague of nearly the same name is looked at again.
    NeverTellHit.objects.filter(person_id=desk.person).update(against="x")
    assert desk.person not in desk.fits()


def test_staying_out_answers_what_was_asked_with_no(desk: Desk) -> None:
    invitation = invite_one(desk.brief, desk.person, desk.coordinator)
    say_yes(invitation, desk.person)
    desk.lists(EntryKind.DOMAIN, "exampleton-echo.example")
    hit = hit_of(desk)
    usecases.decide(hit_id=hit.id, move=HitMove.ASK, actor=desk.lead, at=AT)
    with pytest.raises(NotFound):
        requests.answer_match(hit_id=hit.id, go_on=True, actor=actor_of(desk.other), at=AT)
    requests.answer_match(hit_id=hit.id, go_on=False, actor=actor_of(desk.person), at=AT)
    assert Invitation.objects.get(id=invitation).state == InvitationState.NO
    assert NeverTellHit.objects.get(id=hit.id).state == HitState.STAYS_OUT
    assert desk.person not in desk.fits()


# --- the list itself ------------------------------------------------------------------------------------------------


def test_the_list_is_sealed_and_only_the_persons(desk: Desk) -> None:
    entry = desk.lists(EntryKind.NAME, "  Morgan Cayne ")
    assert [line.value for line in queries.my_list(actor=actor_of(desk.person), at=AT)] == ["Morgan Cayne"]
    row = NeverTellEntry.objects.get(id=entry)
    assert b"Morgan" not in bytes(row.sealed)
    assert row.digest == ""  # a name varies too little for a keyed hash
    assert queries.my_list(actor=actor_of(desk.other), at=AT) == ()
    for stranger in (desk.lead, desk.coordinator, Actor.nobody()):
        with pytest.raises(NotFound):
            queries.my_list(actor=stranger, at=AT)
        with pytest.raises(NotFound):
            usecases.add_entry(person_id=desk.person, kind=EntryKind.NAME, value="A B", actor=stranger, at=AT)
    with pytest.raises(NotFound):
        usecases.remove_entry(entry_id=entry, actor=actor_of(desk.other), at=AT)
    with pytest.raises(Invalid):
        desk.lists(EntryKind.EMAIL, "not an address")


def test_a_ciphertext_moved_to_another_row_does_not_open(desk: Desk) -> None:
    first, second = desk.lists(EntryKind.NAME, "Ada One"), desk.lists(EntryKind.NAME, "Bea Two")
    swapped = NeverTellEntry.objects.get(id=first).sealed
    NeverTellEntry.objects.filter(id=second).update(sealed=swapped)
    with pytest.raises(CannotOpen):
        queries.my_list(actor=actor_of(desk.person), at=AT)


def test_no_entry_of_who_looked_tells_of_a_match_or_a_run(desk: Desk) -> None:
    desk.lists(EntryKind.NAME, "Morgan Cayne")
    hit = hit_of(desk)
    desk.fits()
    queries.hit_visible_to(hit_id=hit.id, actor=desk.lead, at=AT)
    assert AccessEvent.objects.filter(person_id=desk.person, purpose="never_tell").exists()
    assert [s.purpose for s in who_looked(actor=actor_of(desk.person), at=AT)] == []
    assert AccessEvent.objects.filter(person_id=desk.other, purpose="matching").exists()
    assert [s.purpose for s in who_looked(actor=actor_of(desk.other), at=AT)] == []


def test_it_goes_with_the_person(desk: Desk) -> None:
    desk.lists(EntryKind.NAME, "Morgan Cayne")
    hit_of(desk)
    copy = privacy.export_person(person_id=desk.person, actor=actor_of(desk.person), at=AT)
    assert b"PK" in copy.content[:4]
    privacy.erase_person(person_id=desk.person, actor=Actor.system("test"), at=AT)
    assert not NeverTellEntry.objects.filter(person_id=desk.person).exists()
    assert not NeverTellHit.objects.filter(person_id=desk.person).exists()


def test_the_copy_tells_of_a_match_only_once_they_were_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def copied() -> object:
        made = privacy.export_person(person_id=desk.person, actor=actor_of(desk.person), at=AT)
        with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
            return json.loads(archive.read("data.json"))["records"].get("never_tell_hit", [])

    desk.lists(EntryKind.NAME, "Morgan Cayne")
    hit = hit_of(desk)
    assert copied() == []
    with monkeypatch.context() as wrong:
        wrong.setattr(queries, "untold", lambda person_id: frozenset())
        assert copied(), "the mutant is noticed"
    NeverTellHit.objects.filter(id=hit.id).update(state="asked")
    assert copied()


def test_asking_says_nothing_about_lists(desk: Desk) -> None:
    """Sending a brief costs the same statements with and without a match, and answers the same words."""

    def send() -> tuple[int, object]:
        with CaptureQueriesContext(connection) as asked:
            made = requests.send_brief(
                brief=_brief(), organisation_id=desk.organisation, source=_web(), actor=desk.owner, at=AT
            )
        return len(asked), (made.state, made.version, made.next_word_by)

    from network.opportunities.states import Source
    from tests.factories.requests import brief_input

    def _web() -> Source:
        return Source.WEB

    def _brief() -> BriefInput:
        return brief_input(**BRIEF)

    before = send()
    for kind, (matching, _) in MATCHING.items():
        desk.lists(kind, matching)
    assert send() == before


def test_what_is_known_of_those_who_ask_is_sealed_and_hashed(desk: Desk) -> None:
    for row in NeverTellAsker.objects.all():
        assert not [d for d in row.digests if "example" in d or len(d) != 64]
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM network_never_tell_asker")
        assert not [1 for (said,) in cursor.fetchall() if b"Kayne" in bytes(said) or b"kayne" in bytes(said)]


def test_the_statements_do_not_grow(desk: Desk) -> None:
    def count(ids: list[UUID]) -> int:
        with CaptureQueriesContext(connection) as asked, CaptureQueriesContext(connections["keys"]) as of_keys:
            queries.kept_from(ids, organisation_id=desk.organisation, opportunity_id=desk.brief)
        return len(asked) + len(of_keys)

    people = [make_person(topics=[make_topic(TOPIC)]) for _ in range(3)]
    for person in people:
        desk.lists(EntryKind.NAME, "Morgan Cayne", person)
    assert count([]) == count(people[:1]) == count(people) == count([desk.other]) == 4


@pytest.fixture(autouse=True)
def _keys_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of this file opens a vault without a warrant that names who."""
    plain = store.open_bodies

    def checked(warrant: object, bodies: object, **more: str) -> dict[str, str]:
        assert warrant.person_ids  # type: ignore[attr-defined]
        return plain(warrant, bodies, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "open_bodies", checked)


def test_later_by_the_clock_nothing_changes(desk: Desk) -> None:
    desk.lists(EntryKind.DOMAIN, "exampleton-echo.example")
    found = requests.match(opportunity_id=desk.brief, actor=desk.coordinator, at=AT + timedelta(days=5))
    assert {c.person_id for c in found} == {desk.other}
