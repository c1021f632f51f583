"""The ledger: one order, no change, every difference found; the projection is only its shadow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.data import Subscription
from backend.outbox.models import Work
from network.consent import chain, events, gate, usecases
from network.consent.data import Category, EventType, GrantState, Identity, Layer, Purpose, Receipt, Recipient
from network.consent.models import ChainHead, ConsentEvent, Grant
from network.consent.queries import my_consents
from network.people.states import Face, NameMode
from network.vault import store
from tests.conftest import AT, _without_guards
from tests.factories.people import (
    EVERYTHING,
    actor_of,
    give_for_request,
    link_of,
    make_coordinator,
    make_person,
    make_standing_organisation,
    requester_of,
)

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
Busy = tuple[UUID, UUID, UUID, Receipt]
Subscribed = Callable[[Iterable[Subscription]], None]


def faults() -> set[str]:
    return {f.code for f in usecases.verify(actor=SYSTEM, at=AT)}


def unguarded(statement: Callable[[], object]) -> None:
    _without_guards(lambda: (statement(), None)[1])


@pytest.fixture
def busy() -> Busy:
    """One person with a history, and one release."""
    person, org, opp = make_person(), make_standing_organisation(), uuid4()
    receipt = give_for_request(person, org, opp)
    with gate.window():
        gate.disclose(
            person_ids=[person], wanted=EVERYTHING, purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org), opportunity=opp, actor=requester_of(org), at=AT,
        )  # fmt: skip
    usecases.narrow(grant_id=receipt.grant_id, categories=frozenset({Category.STORY}), actor=actor_of(person), at=AT)
    usecases.withdraw(grant_id=receipt.grant_id, actor=actor_of(person), at=AT)
    return person, org, opp, receipt


@pytest.mark.parametrize(
    "statement", ["UPDATE network_consent_event SET seq = seq + 100", "DELETE FROM network_consent_event"]
)
def test_the_database_refuses_to_change_the_ledger(busy: Busy, statement: str) -> None:
    before = list(ConsentEvent.objects.values_list("hash", flat=True))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentEvent.objects.update(type="given")
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentEvent.objects.all().delete()
    assert list(ConsentEvent.objects.values_list("hash", flat=True)) == before


def test_all_is_well_and_the_bodies_are_sealed(busy: Busy) -> None:
    person, org, _, _ = busy
    assert faults() == set()
    assert chain.first_fault() is None
    bodies = b"".join(bytes(b) for b in ConsentEvent.objects.values_list("body", flat=True))
    assert str(org).encode() not in bodies
    assert b"for_request" not in bodies
    assert not ConsentEvent.objects.filter(person_ref__contains=str(person)).exists()


@pytest.mark.parametrize("column", ["type", "at", "person_ref", "grant_id", "body", "key_version", "prev_hash", "hash"])
def test_the_first_broken_row_is_named(busy: Busy, column: str) -> None:
    victim = ConsentEvent.objects.order_by("seq")[2]
    value = {
        "type": "expired",
        "at": AT + timedelta(microseconds=1),
        "grant_id": uuid4(),
        "body": bytes(victim.body)[:-1] + bytes([bytes(victim.body)[-1] ^ 1]),
        "key_version": F("key_version") + 1,
    }.get(column, "0" * 64)
    unguarded(lambda: ConsentEvent.objects.filter(id=victim.id).update(**{column: value}))
    broken = chain.first_fault()
    assert broken
    assert (broken.seq, broken.event_id) == (3, victim.id)
    assert "chain" in faults()


def test_a_missing_row_and_a_cut_end_are_found(busy: Busy) -> None:
    last = ConsentEvent.objects.order_by("-seq").first()
    assert last
    unguarded(lambda: ConsentEvent.objects.filter(id=last.id).delete())
    assert chain.first_fault() == chain.ChainFault(last.seq, None, "missing from the end")
    unguarded(lambda: ConsentEvent.objects.filter(seq=2).delete())
    assert chain.first_fault() == chain.ChainFault(2, None, "missing")


def test_the_projection_is_checked_and_can_be_built_again(busy: Busy) -> None:
    before = list(Grant.objects.order_by("id").values())
    Grant.objects.filter(layer="for_request").update(state="given", ends_at=AT + timedelta(days=900))
    Grant.objects.create(
        person_id=uuid4(), layer="be_asked", purpose="asking", recipient_kind="network", starts_at=AT, ends_at=AT,
        state="given", wording_id="x", wording_version=1, changed_at=AT, last_event_id=uuid4(),
    )  # fmt: skip
    Grant.objects.filter(layer="keep_record").delete()
    details = {f.detail for f in usecases.verify(actor=SYSTEM, at=AT) if f.code == "projection"}
    assert details == {"differs from the ledger", "is in the ledger only", "is not in the ledger"}
    assert usecases.rebuild_projection(actor=SYSTEM) == 4
    assert list(Grant.objects.order_by("id").values()) == before
    assert faults() == set()


@pytest.mark.parametrize(
    "change",
    [
        {"consents": []},
        {"consents": [str(uuid4())]},
        {"at": AT - timedelta(days=1)},
        {"at": AT + timedelta(days=1)},  # after the withdrawal
        {"person_id": uuid4()},
        {"organisation_id": uuid4()},
        {"categories": ["name", "photo"]},
    ],
)
def test_a_release_without_its_consent_is_a_fault(busy: Busy, change: dict[str, Any]) -> None:
    unguarded(lambda: AccessEvent.objects.update(**change))
    assert faults() == {"release"}


def test_verify_command_says_so_in_json_and_by_its_exit(busy: Busy) -> None:
    out = StringIO()
    call_command("verify", stdout=out)
    assert json.loads(out.getvalue()) == {"ok": True, "faults": []}
    unguarded(lambda: ConsentEvent.objects.filter(seq=1).update(type="renewed"))
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("verify", stdout=out)
    assert left.value.code == 1
    assert not json.loads(out.getvalue())["ok"]


def test_two_at_once_cannot_both_take_the_same_place(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    person, org, opp, _ = busy
    seq = ChainHead.objects.get().seq
    real = store.seal_body

    def somebody_else_first(*args: Any, **kwargs: Any) -> Any:
        ChainHead.objects.update(seq=F("seq") + 1)
        return real(*args, **kwargs)

    monkeypatch.setattr(store, "seal_body", somebody_else_first)
    with pytest.raises(Conflict):
        give_for_request(person, org, opp)
    assert ChainHead.objects.get().seq == seq
    assert ConsentEvent.objects.count() == seq


# --- who may ---------------------------------------------------------------------------------------------------------


def test_nobody_consents_for_somebody_else() -> None:
    person, other = make_person(), make_person()
    org, opp = make_standing_organisation(), uuid4()
    count = ConsentEvent.objects.count()
    for actor in (actor_of(other), make_coordinator(), requester_of(org), SYSTEM, Actor.nobody(), link_of(other)):
        with pytest.raises(NotFound):
            usecases.give(
                person_id=person, layer=Layer.FOR_REQUEST, categories=EVERYTHING,
                recipient=Recipient.organisation(org), opportunity=opp, actor=actor, at=AT,
            )  # fmt: skip
        with pytest.raises(NotFound):
            usecases.withdraw_everything(person_id=person, actor=actor, at=AT)
    with pytest.raises(NotFound):  # a link answers a request; it does not open a profile
        usecases.give(
            person_id=person, layer=Layer.PUBLIC_PROFILE, categories=EVERYTHING, recipient=Recipient.public(),
            actor=link_of(person), at=AT,
        )  # fmt: skip
    receipt = give_for_request(person, org, opp)
    for actor in (actor_of(other), make_coordinator(), requester_of(org), SYSTEM, link_of(other)):
        for act in (usecases.withdraw, usecases.renew, usecases.narrow, usecases.receipt):
            with pytest.raises(NotFound):
                act(grant_id=receipt.grant_id, actor=actor, at=AT)
    assert ConsentEvent.objects.count() == count + 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"categories": frozenset()}, "categories"),
        ({"opportunity": None}, "opportunity"),
        ({"recipient": Recipient.public()}, "recipient"),
        ({"ends_at": AT}, "ends_at"),
        ({"ends_at": AT + timedelta(days=731)}, "ends_at"),
        ({"identity": Identity(anonymous_from=("everyone",))}, "anonymous_from"),
    ],
)
def test_consent_without_its_parts_is_refused(change: dict[str, Any], field: str) -> None:
    person = make_person()
    count = ConsentEvent.objects.count()
    good: dict[str, Any] = {
        "categories": EVERYTHING,
        "recipient": Recipient.organisation(make_standing_organisation()),
        "opportunity": uuid4(),
    }
    with pytest.raises(Invalid) as refused:
        usecases.give(person_id=person, layer=Layer.FOR_REQUEST, actor=actor_of(person), at=AT, **(good | change))
    assert field in refused.value.fields
    assert ConsentEvent.objects.count() == count


# --- what it does ----------------------------------------------------------------------------------------------------


def test_stop_is_one_act_and_needs_nothing_else(subscribed: Subscribed) -> None:
    subscribed([Subscription(events.CONSENT_WITHDRAWN, "test.heard", lambda item: None)])
    person, org, opp = make_person(), make_standing_organisation(), uuid4()
    give_for_request(person, org, opp)
    stopped = usecases.withdraw_everything(person_id=person, actor=link_of(person), at=AT)
    assert {r.act for r in stopped.receipts} == {EventType.WITHDRAWN}
    live = [g.layer for g in my_consents(actor=actor_of(person), at=AT) if g.live(AT)]
    assert live == [Layer.KEEP_RECORD]
    told = Work.objects.filter(topic=events.CONSENT_WITHDRAWN).values_list("object_id", flat=True)
    assert set(told) == set(stopped.grant_ids)
    assert len(told) == 3
    again = usecases.withdraw_everything(person_id=person, actor=actor_of(person), at=AT)
    assert again.receipts == ()
    assert faults() == set()


def test_stopping_twice_is_stopping_once() -> None:
    person = make_person()
    receipt = give_for_request(person, make_standing_organisation(), uuid4())
    first = usecases.withdraw(grant_id=receipt.grant_id, actor=actor_of(person), at=AT)
    count = ConsentEvent.objects.count()
    again = usecases.withdraw(grant_id=receipt.grant_id, actor=actor_of(person), at=AT + timedelta(days=1))
    assert (again.id, again.at) == (first.id, AT)
    assert ConsentEvent.objects.count() == count


def test_giving_again_renews_and_after_a_stop_it_is_new() -> None:
    person, org, opp = make_person(), make_standing_organisation(), uuid4()
    first = give_for_request(person, org, opp)
    second = give_for_request(person, org, opp, categories=frozenset({Category.STORY}))
    assert (second.act, second.grant_id) == (EventType.RENEWED, first.grant_id)
    usecases.withdraw(grant_id=first.grant_id, actor=actor_of(person), at=AT)
    third = give_for_request(person, org, opp)
    assert (third.act, third.grant_id != first.grant_id) == (EventType.GIVEN, True)
    with pytest.raises(Conflict):
        usecases.renew(grant_id=first.grant_id, actor=actor_of(person), at=AT)
    assert faults() == set()


def test_narrowing_only_goes_one_way() -> None:
    person = make_person()
    receipt = give_for_request(
        person, make_standing_organisation(), uuid4(), categories=frozenset({Category.NAME, Category.STORY}),
        identity=Identity(name_mode=NameMode.FIRST, face=Face.FACE),
    )  # fmt: skip
    wider: tuple[dict[str, Any], ...] = (
        {"categories": EVERYTHING},
        {"categories": frozenset()},
        {"identity": Identity(name_mode=NameMode.FULL)},
        {"ends_at": receipt.grant.ends_at + timedelta(days=1)},
    )
    for more in wider:
        with pytest.raises(Invalid):
            usecases.narrow(grant_id=receipt.grant_id, actor=actor_of(person), at=AT, **more)
    less = usecases.narrow(
        grant_id=receipt.grant_id, identity=Identity(name_mode=NameMode.NONE), actor=actor_of(person), at=AT
    )
    assert less.grant.identity.name_mode is NameMode.NONE
    assert less.grant.categories == {Category.NAME, Category.STORY}


def test_an_end_comes_by_itself_and_is_recorded() -> None:
    person = make_person()
    end = AT + timedelta(days=3)
    receipt = give_for_request(person, make_standing_organisation(), uuid4(), ends_at=end)
    assert usecases.expire_due(at=end - timedelta(seconds=1)) == 0
    assert usecases.expire_due(at=end) == 1
    assert usecases.expire_due(at=end) == 0
    assert Grant.objects.get(id=receipt.grant_id).state == GrantState.EXPIRED
    assert faults() == set()


def test_no_and_not_now_are_recorded_without_a_reason() -> None:
    person, org, opp = make_person(), make_standing_organisation(), uuid4()
    to = Recipient.organisation(org)
    no = usecases.refuse(
        person_id=person, layer=Layer.FOR_REQUEST, recipient=to, opportunity=opp, actor=link_of(person), at=AT
    )
    later = usecases.defer(
        person_id=person, layer=Layer.FOR_REQUEST, recipient=to, opportunity=opp, actor=actor_of(person), at=AT
    )
    assert (no.grant.state, later.grant.state) == (GrantState.REFUSED, GrantState.DEFERRED)
    assert faults() == set()


def test_a_receipt_has_the_mandatory_fields_and_no_detail_of_the_person() -> None:
    person = make_person(tag="hazel")
    given = give_for_request(person, make_standing_organisation(), uuid4())
    receipt = usecases.receipt(grant_id=given.grant_id, actor=actor_of(person), at=AT)
    assert receipt == given
    document = json.loads(json.dumps(receipt.json_ld))
    assert document["dct:conformsTo"].endswith("#receipt")
    assert document["dct:identifier"] == document["dpv:hasIdentifier"] == str(receipt.id)
    (record,) = document["dpv:hasRecordOfActivity"]
    (process,) = record["dpv:hasProcess"]
    mandatory = {
        "dct:conformsTo", "dct:identifier", "dpv:hasIdentifier", "dpv:hasDataSubject", "dpv:hasNotice", "dct:language",
        "dpv:hasConsentStatus",
    }  # fmt: skip
    assert mandatory <= set(record)
    assert {
        "dpv:hasPurpose", "dpv:hasLegalBasis", "dpv:hasPersonalData", "dpv:hasDataController", "dpv:hasDataSource",
        "dpv:hasProcessing", "dpv:hasStorageCondition", "dpv:hasLocation", "dpv:hasJurisdiction", "dpv:hasRecipient",
        "dpv:hasConsentControl", "dpv:hasRight", "dpv:hasAuthority",
    } <= set(process)  # fmt: skip
    (status,) = record["dpv:hasConsentStatus"]
    assert status["@type"] == "dpv:ConsentGiven"
    assert {"dpv:isIndicatedAtTime", "dpv:hasDuration", "dpv:isIndicatedBy", "dpv:hasLegalBasis"} <= set(status)
    controller = process["dpv:hasDataController"]
    assert {"dpv:hasName", "dpv:hasAddress", "dpv:hasContact"} <= set(controller)
    assert set(record["dpv:hasDataSubject"]) == {"@type", "dct:identifier", "dpv:hasIdentifier"}
    text = json.dumps(document)
    assert "hazel" not in text
    assert str(person) not in text
    for part in (receipt.wording.who, receipt.wording.why, receipt.wording.what, receipt.wording.withdraw):
        assert part
    assert "{" not in repr(receipt.wording)
