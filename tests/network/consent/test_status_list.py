"""A status that travels: the lists against a second implementation, the standard's own example, and curious eyes."""

from __future__ import annotations

import base64
import zlib
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound
from network.consent import gate, usecases
from network.consent.data import Category, Purpose, Recipient
from network.consent.models import Grant, Release, StatusEntry
from network.consent.states import Status
from network.consent.status import bitstring, decoys, lists
from network.consent.status.lists import ENTRIES, ListPurpose
from tests.conftest import AT
from tests.factories.people import EVERYTHING, actor_of, give_for_request, make_person, make_standing_organisation
from tests.factories.requests import program_actor
from tests.network.consent import status_reader as reader

pytestmark = pytest.mark.django_db
LEAST_EXAMPLE = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"  # the standard's own: nobody
# From another implementation's tests: 100,000 entries, of which the 50,000th is revoked. (Lists of the draft before,
# StatusList2021, had their bits the other way round in each byte: not to be mistaken for it.)
ANOTHER = "uH4sIAAAAAAAAA-3OMQ0AAAgDsElHOh72EJJWQRMAAAAAAIDWXAcAAAAAAIDHFvRitn7UMAAA"


def released(org: UUID, *, at: datetime = AT, **more: Any) -> tuple[UUID, UUID, str]:
    """Somebody of whom `org` was shown something: their id, the consent's, and the reference."""
    person, opp = make_person(), uuid4()
    receipt = give_for_request(person, org, opp, at=at, **more)
    with gate.window():
        shown = gate.disclose(
            person_ids=[person], wanted=EVERYTHING, purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org), opportunity=opp, actor=program_actor(org), at=at,
        )  # fmt: skip
    return person, receipt.grant_id, shown[person].consent_ref


def invented(org: UUID, count: int, *, at: datetime = AT) -> list[str]:
    """References of consents that stand, straight into the tables: only their status matters here."""
    grants = [
        Grant(
            person_id=uuid4(), layer="for_request", categories=["name"], purpose="opportunity",
            recipient_kind="organisation", recipient_id=org, opportunity_id=uuid4(), starts_at=at,
            ends_at=at + timedelta(days=90), state="given", wording_id="for_request", wording_version=1,
            changed_at=at, last_event_id=uuid4(),
        )
        for _ in range(count)
    ]  # fmt: skip
    Grant.objects.bulk_create(grants, batch_size=5000)
    rows = [Release(ref=f"cr_{g.id.hex}", grant_id=g.id, organisation_id=org, first_at=at) for g in grants]
    Release.objects.bulk_create(rows, batch_size=5000)
    return [row.ref for row in rows]


def entry(ref: str, purpose: ListPurpose, actor: Actor, at: datetime = AT) -> dict[str, Any]:
    """The place of a reference, as the API writes it."""
    _, place = lists.ask_one(ref, actor=actor, at=at)
    return next(each for each in lists.as_entries(place) if each["statusPurpose"] == purpose)


def fetched(ref: str, purpose: ListPurpose, actor: Actor, at: datetime = AT) -> dict[str, Any]:
    """The list that a reference stands in, fetched and verified by the second implementation."""
    _, place = lists.ask_one(ref, actor=actor, at=at)
    document = lists.credential(place.list_id, purpose, actor=actor, at=at)
    return reader.opened(document, lists.public_keys(), at=at)


def told(ref: str, actor: Actor, at: datetime = AT) -> tuple[int, int, str]:
    """What the three lists say of a reference."""
    one, two, three = ListPurpose.REVOCATION, ListPurpose.SUSPENSION, ListPurpose.MESSAGE
    return (
        reader.value(fetched(ref, one, actor, at), entry(ref, one, actor, at)),
        reader.value(fetched(ref, two, actor, at), entry(ref, two, actor, at)),
        reader.message(fetched(ref, three, actor, at), entry(ref, three, actor, at)),
    )


# --- the standard ----------------------------------------------------------------------------------------------------


def test_the_bits_are_where_the_standard_and_others_have_them() -> None:
    assert reader.bits(LEAST_EXAMPLE) == reader.bits(bitstring.encoded(bytes(16_384))) == "0" * 131_072
    ours = reader.bits(bitstring.encoded(bitstring.pack([int(n == 50_000) for n in range(131_072)], 1)))
    theirs = zlib.decompress(base64.urlsafe_b64decode(ANOTHER[1:] + "=" * (-len(ANOTHER[1:]) % 4)), 31)
    assert bitstring.pack([int(n == 50_000) for n in range(131_072)], 1)[: len(theirs)] == theirs
    assert ours.index("1") == 50_000
    assert bitstring.pack([8, 1, *[0] * 131_070], 4)[:2] == b"\x81\x00"
    with pytest.raises(ValueError, match="131,072"):
        bitstring.pack([0] * 8, 1)


def test_the_document_is_verified_by_a_library_and_by_a_second_implementation() -> None:
    org = make_standing_organisation()
    actor = program_actor(org)
    _, _, ref = released(org)
    _, place = lists.ask_one(ref, actor=actor, at=AT)
    document = lists.credential(place.list_id, ListPurpose.REVOCATION, actor=actor, at=AT)
    (key,) = lists.public_keys()["keys"]
    assert set(key) == {"crv", "kty", "x", "kid", "use", "alg"}, "the public half only"
    by_library = jwt.decode(document, jwt.PyJWK(key).key, algorithms=["EdDSA"])
    assert by_library == reader.opened(document, lists.public_keys(), at=AT)
    assert by_library["credentialSubject"]["ttl"] == 60_000
    head, body, signature = document.split(".")
    for forged in (f"{head}.{body[:-8]}AAAAAAA.{signature}", f"{head}.{body}.{signature[:-4]}AAAA"):
        with pytest.raises(jwt.InvalidTokenError):
            jwt.decode(forged, jwt.PyJWK(key).key, algorithms=["EdDSA"])
    late = AT + lists.VALID_FOR
    with pytest.raises(AssertionError):
        reader.opened(document, lists.public_keys(), at=late)


def test_every_change_is_in_the_next_fetch() -> None:
    org = make_standing_organisation()
    actor = program_actor(org)
    person, grant, ref = released(org)
    assert told(ref, actor) == (0, 0, "valid")
    usecases.narrow(grant_id=grant, categories=frozenset({Category.STORY}), actor=actor_of(person), at=AT)
    assert told(ref, actor) == (0, 0, "narrowed")
    usecases.withdraw(grant_id=grant, actor=actor_of(person), at=AT)
    assert told(ref, actor) == (1, 0, "withdrawn")
    _, ending, second = released(org, ends_at=AT + timedelta(days=3))
    assert told(second, actor) == (0, 0, "valid")
    assert told(second, actor, AT + timedelta(days=3)) == (0, 0, "expired")
    Grant.objects.filter(id=ending).delete()  # erased
    assert told(second, actor) == (1, 0, "withdrawn")


def test_a_cache_of_the_list_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: the document is kept from one fetch to the next."""
    org = make_standing_organisation()
    actor = program_actor(org)
    person, grant, ref = released(org)
    kept: dict[Any, str] = {}
    real = lists.credential

    def cached(list_id: UUID, purpose: ListPurpose, **more: Any) -> str:
        return kept.setdefault((list_id, purpose), real(list_id, purpose, **more))

    monkeypatch.setattr(lists, "credential", cached)
    assert told(ref, actor) == (0, 0, "valid")
    usecases.withdraw(grant_id=grant, actor=actor_of(person), at=AT)
    assert told(ref, actor) == (0, 0, "valid"), "so the test above would have failed"


def test_stopped_for_now_is_its_own_list(monkeypatch: pytest.MonkeyPatch) -> None:
    org = make_standing_organisation()
    _, _, ref = released(org)
    monkeypatch.setattr(lists, "status_of", lambda *args: Status.SUSPENDED)
    assert told(ref, program_actor(org)) == (0, 1, "suspended")


# --- what it must not tell -------------------------------------------------------------------------------------------


def test_a_list_does_not_change_by_what_is_put_into_it() -> None:
    """Nobody who holds copies can tell how many people there are: with 0 and with 2,000 in it, it is the same list."""
    org = make_standing_organisation()
    actor, list_id = program_actor(org), lists._list_id(org, 0)

    def now(at: datetime) -> list[str]:
        return [
            reader.bits(
                reader.opened(lists.credential(list_id, p, actor=actor, at=at), lists.public_keys(), at=at)[
                    "credentialSubject"
                ]["encodedList"]
            )
            for p in ListPurpose
        ]

    empty = now(AT)
    for ref in invented(org, 20):
        lists.ask_one(ref, actor=actor, at=AT)
    lists.ask(invented(org, 1980), actor=actor, at=AT)
    assert StatusEntry.objects.count() == 2000
    assert now(AT) == empty
    later = AT + timedelta(days=30)
    ended = sum(a != b for a, b in zip(now(later)[0], empty[0], strict=True))
    assert ended > 100, "and made-up lives end all the time"
    assert 0.04 < empty[0].count("1") / ENTRIES < 0.12, "a list is never empty to look at"


def test_without_decoys_the_list_would_count_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: places that belong to nobody are all zero."""
    monkeypatch.setattr(decoys.Decoys, "status", lambda self, index: Status.VALID)
    org = make_standing_organisation()
    actor = program_actor(org)
    refs = invented(org, 50)
    lists.ask(refs, actor=actor, at=AT)
    Grant.objects.update(state="withdrawn")
    assert (
        reader.bits(fetched(refs[0], ListPurpose.REVOCATION, actor)["credentialSubject"]["encodedList"]).count("1")
        == 50
    )


def test_places_are_drawn_at_random() -> None:
    org = make_standing_organisation()
    actor = program_actor(org)
    refs = invented(org, 2000)
    asked = lists.ask(refs, actor=actor, at=AT)
    places = [one.place.index for one in asked if one.place]
    assert len(set(places)) == 2000
    tenths = Counter(index * 10 // ENTRIES for index in places)
    assert set(tenths) == set(range(10)) and min(tenths.values()) > 120, "all over the list"
    rising = sum(a < b for a, b in pairwise(places))
    assert 850 < rising < 1150, "in no order"
    assert lists.ask(refs, actor=actor, at=AT) == asked, "and a place is kept"


def test_two_organisations_cannot_join_theirs() -> None:
    """The same people in two newsrooms: no reference, list, or place in common beyond chance."""
    orgs = [make_standing_organisation(), make_standing_organisation()]
    seen = []
    for org in orgs:
        refs = invented(org, 1500)
        seen.append([one.place for one in lists.ask(refs, actor=program_actor(org), at=AT) if one.place])
    assert {p.list_id for p in seen[0]}.isdisjoint(p.list_id for p in seen[1])
    same = sum(a.index == b.index for a, b in zip(*seen, strict=True))
    assert same <= 2
    shared = len({p.index for p in seen[0]} & {p.index for p in seen[1]})
    assert shared < 60, "about 18 by chance"
    lists_of = [
        reader.bits(
            reader.opened(
                lists.credential(places[0].list_id, ListPurpose.REVOCATION, actor=program_actor(org), at=AT),
                lists.public_keys(), at=AT,
            )["credentialSubject"]["encodedList"]
        )
        for org, places in zip(orgs, seen, strict=True)
    ]  # fmt: skip
    both = sum(a == b == "1" for a, b in zip(*lists_of, strict=True))
    ones = [each.count("1") for each in lists_of]
    assert both < 2 * ones[0] * ones[1] / ENTRIES, "not more in common than chance"


def test_strangers_get_nothing() -> None:
    org = make_standing_organisation()
    _, _, ref = released(org)
    _, place = lists.ask_one(ref, actor=program_actor(org), at=AT)
    stranger = program_actor(make_standing_organisation())
    count = StatusEntry.objects.count()
    for actor in (stranger, Actor.nobody(), Actor.system("test")):
        with pytest.raises(NotFound):
            lists.ask_one(ref, actor=actor, at=AT)
        with pytest.raises(NotFound):
            lists.credential(place.list_id, ListPurpose.MESSAGE, actor=actor, at=AT)
    (asked,) = lists.ask([ref], actor=stranger, at=AT)
    assert (asked.status, asked.place) == (None, None)
    assert StatusEntry.objects.count() == count, "and leaves no trace"


# --- much ------------------------------------------------------------------------------------------------------------


def test_statements_do_not_grow_with_references() -> None:
    org = make_standing_organisation()
    actor = program_actor(org)
    refs = invented(org, 60)
    counts = set()
    for few in (1, 3, 50):
        lists.ask(refs[:few], actor=actor, at=AT)
        with CaptureQueriesContext(connection) as asked:
            lists.ask(refs[:few], actor=actor, at=AT)
        with CaptureQueriesContext(connection) as fetching:
            lists.credential(lists._list_id(org, 0), ListPurpose.MESSAGE, actor=actor, at=AT)
        counts.add((len(asked), len(fetching)))
    assert len(counts) == 1, counts


def _full(org: UUID, count: int, seed: int) -> None:
    """`count` references, their places drawn, some taken back; each read out of the one document."""
    actor, random = program_actor(org), Random(seed)
    refs = invented(org, count)
    for start in range(0, count, 10_000):
        lists.ask(refs[start : start + 10_000], actor=actor, at=AT)
    back = set(random.sample(refs, count // 10))
    for some in range(0, len(refs), 5000):
        ids = [UUID(hex=ref[3:]) for ref in refs[some : some + 5000] if ref in back]
        Grant.objects.filter(id__in=ids).update(state="withdrawn")
    rows = StatusEntry.objects.filter(organisation_id=org)
    assert set(rows.values_list("number", flat=True)) == {0}, "one document holds them all"
    places = dict(rows.values_list("ref", "index"))
    assert len(set(places.values())) == count
    document = lists.credential(lists._list_id(org, 0), ListPurpose.REVOCATION, actor=actor, at=AT)
    found = reader.opened(document, lists.public_keys(), at=AT)
    bits = reader.bits(found["credentialSubject"]["encodedList"])
    assert len(bits) == 131_072
    assert {ref for ref, index in places.items() if bits[index] == "1"} == back


def test_many_references_fit_one_document() -> None:
    _full(make_standing_organisation(), 2_000, seed=3)


@pytest.mark.slow
def test_a_hundred_thousand_references_fit_one_document_of_the_standards_size() -> None:
    org = make_standing_organisation()
    _full(org, 100_000, seed=4)
    (one_more,) = invented(org, 1)
    _, place = lists.ask_one(one_more, actor=program_actor(org), at=AT)
    assert place.list_id == lists._list_id(org, 1), "and then another list begins"
