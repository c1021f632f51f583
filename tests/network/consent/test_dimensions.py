"""Each dimension of a grant, what the law adds, and how consents rest, end and are remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from backend.outbox.data import Subscription
from backend.outbox.models import Work
from network.consent import events, gate, kinds_of_data, policy, rules, usecases
from network.consent.data import (
    WITHHELD,
    Category,
    DataKind,
    Disclosed,
    EventType,
    Format,
    Identity,
    Layer,
    Purpose,
    Receipt,
    Recipient,
    Status,
)
from network.consent.queries import my_consent
from network.consent.wording import REQUEST_FACTS, wording
from network.people import usecases as people
from network.people.models import Person, Topic
from network.people.protection import SetBy, regimes
from network.people.states import AnonymousFrom, Face, NameMode, PersonState, Place
from network.vault.models import VaultItem
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
DAY = timedelta(days=1)
NAMED = Identity(name_mode=NameMode.FULL, face=Face.FACE, place=Place.EXACT)
OTHERWISE = Identity(name_mode=NameMode.OTHER, place=Place.NATION)


def seen(
    person: UUID, org: UUID, opp: UUID, *, formats: Iterable[Format] = (), purpose: Purpose = Purpose.OPPORTUNITY,
    at: datetime = AT,
) -> Disclosed | None:  # fmt: skip
    with gate.window():
        return gate.disclose(
            person_ids=[person], wanted=frozenset(Category), purpose=purpose, recipient=Recipient.organisation(org),
            opportunity=opp, formats=frozenset(formats), actor=requester_of(org), at=at,
        ).get(person)  # fmt: skip


def me(person: UUID, at: datetime = AT) -> Actor:
    return replace(actor_of(person), stepped_up_at=at)


class Ready:
    """Somebody, and one organisation that asks about one thing."""

    def __init__(self) -> None:
        self.person = make_person(tag="linnet", topics=[make_topic("prison")])
        self.org, self.opp = make_standing_organisation(), uuid4()

    def protect(self, at: datetime = AT) -> None:
        usecases.keep_anonymous(person_id=self.person, regime="sexual_offence", actor=me(self.person, at), at=at)

    def waive(self, *categories: Category, at: datetime = AT, org: UUID | None = None, **more: object) -> Receipt:
        values: dict[str, object] = {"of_age": True, "freely": True, "actor": me(self.person, at)} | more
        return usecases.waive_anonymity(
            person_id=self.person, organisation_id=org or self.org, organisation="The Example",
            categories=frozenset(categories or {Category.NAME}), at=at, **values,  # type: ignore[arg-type]
        )  # fmt: skip

    def give(self, **more: object) -> Receipt:
        return give_for_request(self.person, self.org, self.opp, **more)  # type: ignore[arg-type]


@pytest.fixture
def ready() -> Ready:
    return Ready()


# --- formats, re-use, kinds of data ----------------------------------------------------------------------------------


def test_yes_to_print_is_no_yes_to_live(ready: Ready) -> None:
    ready.give(formats=frozenset({Format.PRINT, Format.SOCIAL}))
    shown = seen(ready.person, ready.org, ready.opp, formats=[Format.PRINT])
    assert shown is not None
    assert shown.formats == (Format.PRINT, Format.SOCIAL)
    assert seen(ready.person, ready.org, ready.opp, formats=[Format.LIVE]) is None
    assert seen(ready.person, ready.org, ready.opp, formats=[Format.PRINT, Format.LIVE]) is None
    assert seen(ready.person, ready.org, ready.opp) is None  # who does not say for what is shown nothing


def test_again_only_where_it_was_agreed(ready: Ready) -> None:
    ready.give()
    assert seen(ready.person, ready.org, ready.opp, purpose=Purpose.REUSE) is None
    ready.give(reuse=True)
    shown = seen(ready.person, ready.org, ready.opp, purpose=Purpose.REUSE)
    assert shown is not None
    assert shown.reuse
    less = usecases.narrow(grant_id=my_grant(ready), reuse=False, actor=actor_of(ready.person), at=AT)
    assert not less.grant.reuse
    assert seen(ready.person, ready.org, ready.opp, purpose=Purpose.REUSE) is None
    assert list(usecases.verify(actor=Actor.system("test"), at=AT)) == []


def my_grant(ready: Ready) -> UUID:
    from network.consent.queries import my_consents

    mine = my_consents(actor=actor_of(ready.person), at=AT)
    return next(g.id for g in mine if g.layer is Layer.FOR_REQUEST)


def test_what_is_of_a_special_kind_is_said_so_and_kept_as_it_was(ready: Ready) -> None:
    receipt = ready.give(categories=frozenset({Category.TOPICS, Category.NAME, Category.ACCESS_NEEDS}))
    assert receipt.grant.criminal == {Category.TOPICS}  # prison
    assert receipt.grant.special == {Category.ACCESS_NEEDS}
    text = json.dumps(receipt.json_ld)
    assert text.count('"pd:Criminal"') == 1
    assert text.count('"dpv:SpecialCategoryPersonalData"]') == 1
    people.choose_topics(
        person_id=ready.person, topics={make_topic("poverty"): False}, actor=actor_of(ready.person), at=AT
    )
    again = usecases.receipt(grant_id=receipt.grant_id, actor=actor_of(ready.person), at=AT)
    assert again.grant.criminal == {Category.TOPICS}  # what they agreed to then
    renewed = usecases.renew(grant_id=receipt.grant_id, actor=actor_of(ready.person), at=AT)
    assert renewed.grant.criminal == frozenset()


def test_a_topic_that_nobody_has_judged_counts_as_both_and_a_child_as_its_parent() -> None:
    both = frozenset(DataKind)
    assert kinds_of_data.kinds_of([Category.TOPICS], [("new-one", "")])[Category.TOPICS] == both
    assert kinds_of_data.kinds_of([Category.TOPICS], [("probation", "prison")])[Category.TOPICS] == {DataKind.CRIMINAL}
    assert kinds_of_data.kinds_of([Category.TOPICS], [("debt", "poverty")])[Category.TOPICS] == frozenset()
    people.load_topics()
    file = json.loads((Path(kinds_of_data.__file__).parent / "wording" / "data_kinds.json").read_text())
    slugs = set(Topic.objects.values_list("slug", flat=True))
    assert set(file["topics"]) <= slugs
    assert set(Topic.objects.filter(parent__isnull=True).values_list("slug", flat=True)) <= set(file["topics"])


# --- how long: dated figures that an operator can change --------------------------------------------------------------


def test_an_operator_changes_how_long_from_a_day_on(ready: Ready, settings: object, tmp_path: Path) -> None:
    later = (AT + 10 * DAY).date()
    own = tmp_path / "policy.json"
    row = {
        "name": "for_request_default",
        "effective_from": later.isoformat(),
        "value": 14,
        "unit": "days",
        "source": "Us",
    }
    own.write_text(json.dumps({"policies": [row]}))
    settings.CONSENT_POLICY_FILE = str(own)  # type: ignore[attr-defined]
    assert ready.give().grant.ends_at == AT + 90 * DAY
    assert ready.give(at=AT + 11 * DAY).grant.ends_at == AT + 25 * DAY
    for wrong in ({**row, "name": "no_such"}, {**row, "value": 0}, {**row, "effective_from": "soon"}):
        own.write_text(json.dumps({"policies": [wrong]}))
        policy._rows.cache_clear()
        with pytest.raises(ImproperlyConfigured):
            policy.lasts(Layer.FOR_REQUEST, AT)
    policy._rows.cache_clear()


def test_every_layer_has_a_default_and_a_longest_term_with_a_source() -> None:
    for layer in Layer:
        default, longest = policy.lasts(layer, AT)
        assert timedelta(0) < default <= longest
    assert all(f.source for f in policy.figures(AT.date()))
    assert not policy.figure("waiver_cooling_off", AT).confirmed  # the charity has to agree to it


# --- anonymity by law --------------------------------------------------------------------------------------------------


def test_the_law_keeps_back_what_names_also_under_a_consent_given_before(ready: Ready) -> None:
    ready.give(identity=NAMED)
    before = seen(ready.person, ready.org, ready.opp)
    assert before is not None
    assert (before.name, before.place, before.identity.face) == ("Full linnet", "Town linnet", Face.FACE)
    ready.protect()
    after = seen(ready.person, ready.org, ready.opp)
    assert after is not None
    assert after.name is after.contact is after.place is after.pronouns is WITHHELD
    assert (after.identity.name_mode, after.identity.face, after.identity.place) == (
        NameMode.NONE, Face.NO_FACE, Place.NONE,
    )  # fmt: skip
    assert after.story
    assert "Full linnet" not in repr(after)


@pytest.mark.parametrize(
    ("identity", "categories", "field"),
    [
        (Identity(name_mode=NameMode.FULL), {Category.NAME}, "name_mode"),
        (Identity(name_mode=NameMode.FIRST), {Category.STORY}, "name_mode"),
        (Identity(face=Face.FACE), {Category.STORY}, "face"),
        (Identity(place=Place.EXACT), {Category.PLACE}, "place"),
        (OTHERWISE, {Category.STORY, Category.CONTACT}, "shares"),
    ],
)
def test_what_would_name_them_cannot_be_chosen(
    ready: Ready, identity: Identity, categories: set[Category], field: str
) -> None:
    ready.protect()
    with pytest.raises(Invalid) as refused:
        ready.give(identity=identity, categories=frozenset(categories))
    assert set(refused.value.fields) == {field}
    shown = ready.give(identity=OTHERWISE, categories=EVERYTHING - {Category.CONTACT})
    assert shown.grant.identity == OTHERWISE
    now = seen(ready.person, ready.org, ready.opp)
    assert now is not None
    assert (now.name, now.place) == ("Other linnet", "Nation linnet")


def test_whoever_holds_a_link_does_not_learn_of_the_law(ready: Ready) -> None:
    ready.protect()
    with pytest.raises(Invalid) as refused:
        usecases.give(
            person_id=ready.person, layer=Layer.FOR_REQUEST, categories=EVERYTHING, identity=NAMED,
            recipient=Recipient.organisation(ready.org), opportunity=ready.opp, actor=link_of(ready.person), at=AT,
        )  # fmt: skip
    assert {text for texts in refused.value.fields.values() for text in texts} == {"Sign in to choose this."}
    for actor in (link_of(ready.person), make_coordinator(), Actor.nobody()):
        with pytest.raises(NotFound):
            gate.my_protection(actor=actor, at=AT)


def test_a_waiver_is_for_one_publisher_after_some_days_until_it_is_taken_back(ready: Ready) -> None:
    ready.give(identity=NAMED)
    other = make_standing_organisation()
    give_for_request(ready.person, other, ready.opp, identity=NAMED)
    ready.protect()
    signed = ready.waive(Category.NAME, Category.PLACE)
    assert (signed.act, signed.wording.id, signed.grant.starts_at) == (
        EventType.GIVEN, "anonymity_waiver", AT + 7 * DAY,
    )  # fmt: skip
    assert signed.json_ld["@type"] == "dpv:ConsentReceipt"
    on = AT + 7 * DAY
    for at in (AT, on - timedelta(seconds=1)):
        shown = seen(ready.person, ready.org, ready.opp, at=at)
        assert shown is not None
        assert shown.name is WITHHELD
    shown = seen(ready.person, ready.org, ready.opp, at=on)
    assert shown is not None
    assert (shown.name, shown.place, shown.identity.face) == ("Full linnet", "Town linnet", Face.NO_FACE)
    elsewhere = seen(ready.person, other, ready.opp, at=on)
    assert elsewhere is not None
    assert elsewhere.name is WITHHELD
    usecases.withdraw(grant_id=signed.grant_id, actor=link_of(ready.person), at=on)
    shown = seen(ready.person, ready.org, ready.opp, at=on)
    assert shown is not None
    assert shown.name is WITHHELD
    assert list(usecases.verify(actor=Actor.system("test"), at=on)) == []


def test_the_gate_without_its_waiver_check_would_name_them(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of the promise above."""
    ready.give(identity=NAMED)
    ready.protect()
    monkeypatch.setattr(gate, "_kept_anonymous", lambda ids, ask: frozenset())
    shown = seen(ready.person, ready.org, ready.opp)
    assert shown is not None
    assert shown.name == "Full linnet"


def test_who_may_sign_and_how(ready: Ready) -> None:
    with pytest.raises(Conflict):
        ready.waive()  # nothing to lift
    ready.protect()
    other = make_person()
    for actor in (actor_of(other), link_of(ready.person), make_coordinator(), a_user(Role.SAFEGUARDING)):
        with pytest.raises(NotFound):
            ready.waive(actor=actor)
    with pytest.raises(StepUpNeeded):
        ready.waive(actor=replace(actor_of(ready.person), stepped_up_at=None))
    for missing in ("of_age", "freely"):
        with pytest.raises(Invalid) as refused:
            ready.waive(**{missing: False})  # type: ignore[arg-type]
        assert set(refused.value.fields) == {missing}
    for wrong in ((Category.CONTACT,), (Category.STORY,)):
        with pytest.raises(Invalid):
            ready.waive(*wrong)
    with pytest.raises(Conflict):  # not by the way of other consents
        usecases.give(
            person_id=ready.person, layer=Layer.ANONYMITY_WAIVER, categories=frozenset({Category.NAME}),
            recipient=Recipient.organisation(ready.org), actor=me(ready.person), at=AT,
        )  # fmt: skip
    signed = ready.waive()
    with pytest.raises(Conflict):
        usecases.renew(grant_id=signed.grant_id, actor=me(ready.person), at=AT)


def test_taking_the_protection_off_waits_too_and_only_the_person_can(ready: Ready) -> None:
    ready.give(identity=NAMED)
    ready.protect()
    for actor in (actor_of(make_person()), a_user(Role.SAFEGUARDING), link_of(ready.person)):
        with pytest.raises(NotFound):
            usecases.stop_keeping_anonymous(person_id=ready.person, actor=actor, at=AT)
    until = usecases.stop_keeping_anonymous(person_id=ready.person, actor=me(ready.person), at=AT)
    assert until == AT + 7 * DAY
    for at, name in ((until - timedelta(seconds=1), WITHHELD), (until, "Full linnet")):
        shown = seen(ready.person, ready.org, ready.opp, at=at)
        assert shown is not None
        assert shown.name == name


def test_the_safeguarding_lead_writes_it_down_and_the_person_is_told(
    ready: Ready, subscribed: Callable[[Iterable[Subscription]], None]
) -> None:
    from network.people.events import PERSON_PROTECTED

    subscribed([Subscription(PERSON_PROTECTED, "test.heard", lambda item: None)])
    lead = a_user(Role.SAFEGUARDING)
    for actor in (make_coordinator(), a_user(Role.ADMIN), requester_of(ready.org), actor_of(make_person())):
        with pytest.raises(NotFound):
            usecases.keep_anonymous(person_id=ready.person, regime="fgm", actor=actor, at=AT)
    usecases.keep_anonymous(person_id=ready.person, regime="fgm", actor=lead, at=AT)
    assert Work.objects.filter(topic=PERSON_PROTECTED, object_id=ready.person).count() == 1
    mine = gate.my_protection(actor=actor_of(ready.person), at=AT)
    assert (mine.regime, mine.set_by, mine.by_law(AT)) == ("fgm", SetBy.SAFEGUARDING, True)


def test_nothing_in_the_clear_says_who_is_protected_or_from_whom(ready: Ready) -> None:
    people.say_from_whom(person_id=ready.person, somebody="Uncle Canary", actor=actor_of(ready.person), at=AT)
    ready.protect()
    assert gate.my_protection(actor=actor_of(ready.person), at=AT).somebody == "Uncle Canary"
    from django.db import connection

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("network_", "backend_")):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the names of our own tables
            for row in cursor.fetchall():
                text = " ".join(
                    bytes(v).decode("latin-1") if isinstance(v, memoryview | bytes) else str(v) for v in row
                )
                assert "Canary" not in text
                assert "sexual_offence" not in text
    ready.give(
        identity=replace(OTHERWISE, anonymous_from=(AnonymousFrom.SOMEBODY,)),
        categories=EVERYTHING - {Category.CONTACT},
    )
    shown = seen(ready.person, ready.org, ready.opp)
    assert "Canary" not in repr(shown)
    assert VaultItem.objects is not None


def test_what_is_not_confirmed_is_never_shown_as_a_fact() -> None:
    from network.web.person.protected import UNCONFIRMED, hint_of

    for found in regimes():
        if found.confirmed:
            assert UNCONFIRMED not in hint_of(found)
        else:
            assert found.law == ""
            assert hint_of(found) == UNCONFIRMED
    assert {"Scotland", "Northern Ireland"} <= {r.nation for r in regimes() if not r.confirmed}


def test_the_statements_do_not_grow_with_people_who_are_protected(ready: Ready) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    everybody = [make_person() for _ in range(6)]
    for person in everybody:
        give_for_request(person, ready.org, ready.opp)
        usecases.keep_anonymous(person_id=person, regime="not_said", actor=me(person), at=AT)
    counts = []
    for many in (1, 3, 6):
        with CaptureQueriesContext(connection) as queries, gate.window():
            gate.disclose(
                person_ids=everybody[:many], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
                recipient=Recipient.organisation(ready.org), opportunity=ready.opp, actor=requester_of(ready.org), at=AT,
            )  # fmt: skip
        counts.append(len(queries))
    assert len(set(counts)) == 1


# --- resting ------------------------------------------------------------------------------------------------------------


def test_not_now_is_one_act_and_nothing_is_lost(ready: Ready) -> None:
    ready.give()
    ref = seen_ref(ready)
    assert usecases.pause_everything(person_id=ready.person, actor=actor_of(ready.person), at=AT) == 1
    assert Person.objects.get(id=ready.person).state == PersonState.PAUSED
    assert seen(ready.person, ready.org, ready.opp) is None
    assert gate.status(ref, actor=requester_of(ready.org), at=AT) is Status.VALID  # that they pause is theirs to know
    grant = my_consent(my_grant(ready), actor=actor_of(ready.person))
    assert grant.standing(AT)
    assert not grant.live(AT)
    with pytest.raises(Conflict):
        usecases.renew(grant_id=grant.id, actor=actor_of(ready.person), at=AT)
    assert usecases.resume_everything(person_id=ready.person, actor=actor_of(ready.person), at=AT) == 1
    assert seen(ready.person, ready.org, ready.opp) is not None
    assert list(usecases.verify(actor=Actor.system("test"), at=AT)) == []
    for stranger in (actor_of(make_person()), link_of(ready.person), make_coordinator()):
        with pytest.raises(NotFound):
            usecases.pause_everything(person_id=ready.person, actor=stranger, at=AT)


def seen_ref(ready: Ready) -> str:
    shown = seen(ready.person, ready.org, ready.opp)
    assert shown is not None
    return shown.consent_ref


def test_a_pause_ends_on_its_day_by_itself(ready: Ready) -> None:
    ready.give()
    usecases.pause_everything(person_id=ready.person, until=AT + 3 * DAY, actor=actor_of(ready.person), at=AT)
    assert usecases.resume_due(at=AT + 2 * DAY) == 0
    assert usecases.resume_due(at=AT + 3 * DAY) == 1
    assert usecases.resume_due(at=AT + 3 * DAY) == 0
    assert seen(ready.person, ready.org, ready.opp, at=AT + 3 * DAY) is not None


def test_a_look_while_it_rested_would_be_a_fault(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` knows the new kinds of event: a gate that ignored them would be found out by the ledger."""
    ready.give()
    usecases.suspend_for_change(opportunity_id=ready.opp, actor=requester_of(ready.org), at=AT)
    real = rules.applies
    monkeypatch.setattr(rules, "applies", lambda g, ask: real(replace(g, suspended_at=None), ask))
    later = AT + timedelta(minutes=1)
    assert seen(ready.person, ready.org, ready.opp, at=later) is not None
    found = usecases.verify(actor=Actor.system("test"), at=later)
    assert {(f.code, f.detail) for f in found} == {("release", "rests on a consent that did not stand then")}


# --- reminders ----------------------------------------------------------------------------------------------------------


def test_a_reminder_before_the_end_twice_and_once_a_year(
    ready: Ready, subscribed: Callable[[Iterable[Subscription]], None]
) -> None:
    subscribed(
        [Subscription(t, f"test.{t}", lambda item: None) for t in (events.CONSENT_ENDING, events.CONSENT_REVIEW)]
    )
    given = ready.give(ends_at=AT + 60 * DAY)
    short = give_for_request(ready.person, ready.org, uuid4(), ends_at=AT + 5 * DAY)

    def told(topic: str, of: UUID) -> int:
        return Work.objects.filter(topic=topic, object_id=of).count()

    for day, times in ((29, 0), (31, 1), (31, 1), (52, 1), (54, 2), (59, 2), (61, 2)):
        usecases.remind_ending(at=AT + day * DAY)
        assert told(events.CONSENT_ENDING, given.grant_id) == times, day
    assert told(events.CONSENT_ENDING, short.grant_id) == 0  # it was given for less than the span of a reminder
    for day, times in ((300, 0), (366, 1), (400, 1)):
        usecases.remind_review(at=AT + day * DAY)
        assert told(events.CONSENT_REVIEW, ready.person) == times, day


# --- wording ------------------------------------------------------------------------------------------------------------


def test_every_layer_carries_the_four_parts() -> None:
    for layer in Layer:
        text = wording(layer, facts={"organisation": "The Example"})
        assert all((text.title, text.who, text.why, text.what, text.withdraw, text.question))
        assert "at any time" in text.withdraw
        assert "You do not have to say why" in text.withdraw
        assert "nothing about money you are owed or support" in text.withdraw


def test_the_seven_elements_come_from_the_brief() -> None:
    said = {name: f"said-{name}" for name in REQUEST_FACTS}
    text = wording(Layer.FOR_REQUEST, facts=said)
    elements = [
        ("purpose", "why", "starts", "first_shown", "audience"),
        ("kind", "recording", "edited"),
        ("question_areas", "other_contributors"),
        (),  # changes as it develops: a promise of ours
        ("editorial_terms",),
        ("quote_check",),
        ("welfare_risks", "welfare_support"),
    ]
    assert len(text.more) == len(elements) == 7
    for (_, words), facts in zip(text.more, elements, strict=True):
        for name in facts:
            assert said[name] in words
    assert "answered again" in text.more[3][1]
    bare = wording(Layer.FOR_REQUEST)
    assert "The request does not say." in {words for _, words in bare.more}
